/** Boots a kernel with an initramfs in QEMU, under TCG so that it works on every machine, and collects its serial console. */
import { spawn } from "node:child_process";
import { createWriteStream, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "./cache.ts";
import type { GuestKernel } from "./kernels.ts";
import { findProgram } from "./tools.ts";

export interface BootOptions {
  /** Kernel command line beside what every boot has. */
  readonly append?: string;
  /** Further arguments of QEMU. */
  readonly qemu?: readonly string[];
  /** MiB. */
  readonly memory: number;
  /** Seconds until the guest is stopped. */
  readonly timeout: number;
  /** Name of the log in the cache. */
  readonly log: string;
  readonly onLine?: (line: string) => void;
}

export interface BootResult {
  readonly lines: readonly string[];
  readonly timedOut: boolean;
  readonly seconds: number;
  /** File with the whole console. */
  readonly log: string;
}

/** Runs the guest to its end; it is expected to reboot, which ends QEMU. */
export async function boot(kernel: GuestKernel, initramfs: Uint8Array, options: BootOptions): Promise<BootResult> {
  const logs = cacheFolder("logs");
  const initrd = join(logs, `${options.log}.initrd`);
  writeFileSync(initrd, initramfs);
  const log = join(logs, `${options.log}.log`);
  const append = `console=ttyS0 quiet panic=-1 oops=panic log_buf_len=4M ${options.append ?? ""}`;
  const args = ["-accel", "tcg", "-m", String(options.memory), "-nographic", "-no-reboot", "-kernel", kernel.image, "-initrd", initrd, "-append", append];
  const started = Date.now();
  const child = spawn(findProgram("qemu-system-x86_64")!, [...args, ...(options.qemu ?? [])], { stdio: ["ignore", "pipe", "pipe"] });
  const file = createWriteStream(log);
  const lines: string[] = [];
  let rest = "";
  const take = (chunk: Buffer) => {
    file.write(chunk);
    const parts = (rest + chunk.toString("latin1")).split("\n");
    rest = parts.pop()!;
    for (const part of parts) {
      const line = part.replace(/\r/g, "");
      lines.push(line);
      options.onLine?.(line);
    }
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill("SIGKILL");
  }, options.timeout * 1000);
  await new Promise<void>((done, failed) => {
    child.on("close", () => done());
    child.on("error", failed);
  });
  clearTimeout(timer);
  if (rest !== "") lines.push(rest);
  file.end();
  return { lines, timedOut, seconds: (Date.now() - started) / 1000, log };
}
