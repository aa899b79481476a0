/** Programs of the machine that the VM tests need: running them, and saying which are missing. */
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The VM tests can't run here; the message says why and what would help. */
export class Unavailable extends Error {}

/** Debian packages that hold the programs and libraries needed beside apt itself. */
export const PACKAGES = [
  "qemu-system-x86",
  "seabios",
  "gcc",
  "make",
  "dwarves",
  "busybox-static",
  "libbpf-dev",
  "libelf-dev",
  "zlib1g-dev",
  "xz-utils",
  "zstd",
] as const;

/** Programs that PACKAGES bring, and a file of the libraries. */
const LIBRARIES = "/usr/include/bpf/libbpf.h";
const PROGRAMS = ["qemu-system-x86_64", "gcc", "make", "pahole", "busybox", "xz", "zstd", "apt-get", "dpkg-deb"] as const;

const PATH = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];

/** Full path of a program; undefined where there is none. */
export function findProgram(name: string): string | undefined {
  return PATH.map((folder) => join(folder, name)).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Throws Unavailable if a program is missing. */
export function requirePrograms(): void {
  const missing: string[] = PROGRAMS.filter((name) => findProgram(name) === undefined);
  if (!existsSync(LIBRARIES)) missing.push(LIBRARIES);
  if (missing.length > 0) throw new Unavailable(`${missing.join(", ")} missing; on Debian: apt-get install ${PACKAGES.join(" ")}`);
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds. */
  readonly timeout?: number;
}

/** Runs a program to its end; its output, both streams. Throws an Error with the output if it fails. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): string {
  const { status, signal, stdout, stderr, error } = spawnSync(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    timeout: options.timeout ?? 600_000,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${signal ?? status}\n${stdout}${stderr}`);
  return stdout + stderr;
}
