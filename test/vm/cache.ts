/** Where the VM's kernels, builds and logs are kept: outside the repository, ANYCALL_VM_CACHE or ~/.cache/anycall/vm. */
import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** A folder of the cache, made if it isn't there. */
export function cacheFolder(...parts: string[]): string {
  const base = process.env["ANYCALL_VM_CACHE"] ?? join(homedir(), ".cache", "anycall", "vm");
  const folder = resolve(base, ...parts);
  mkdirSync(folder, { recursive: true });
  return folder;
}
