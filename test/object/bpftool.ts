/** Runs bpftool for the tests of this folder. */
import { spawnSync } from "node:child_process";
import { openKernel } from "./kernel.ts";

/** Why objects can't be loaded with bpftool here, or "". */
export function bpftoolMissing(): string {
  if (spawnSync("bpftool", ["version"]).status !== 0) return "bpftool is not installed";
  const kernel = openKernel();
  if (typeof kernel === "string") return kernel;
  const mount = spawnSync("unshare", ["-m", "mount", "-t", "bpf", "bpf", "/sys/fs/bpf"], { encoding: "utf8" });
  return mount.status === 0 ? "" : `no private bpffs: ${mount.stderr.trim()}`;
}

export interface BpftoolLoad {
  readonly ok: boolean;
  /** What it printed with -d: libbpf's steps and the kernel's log. */
  readonly output: string;
  /** Translated code with source lines, by name of the program's pin. */
  readonly programs: Readonly<Record<string, string>>;
}

// The bpffs vanishes with the namespace, and with it the pins.
const SCRIPT = `
mount -t bpf bpf /sys/fs/bpf || exit 2
bpftool -d prog loadall "$1" /sys/fs/bpf/t || exit 1
for pin in /sys/fs/bpf/t/*; do
  echo "@@ $(basename "$pin")"
  bpftool prog dump xlated pinned "$pin" linum
done`;

/** Loads every program of an object. */
export function loadAll(path: string): BpftoolLoad {
  const { status, stdout, stderr } = spawnSync("unshare", ["-m", "sh", "-c", SCRIPT, "sh", path], { encoding: "utf8", maxBuffer: 1 << 26 });
  const parts = stdout.split(/^@@ (.*)\n/m);
  const programs: Record<string, string> = {};
  for (let i = 1; i + 1 < parts.length; i += 2) programs[parts[i]!] = parts[i + 1]!;
  return { ok: status === 0, output: parts[0]! + stderr, programs };
}
