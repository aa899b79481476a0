/** Builds what goes into the guest: the module for its kernel, static C programs, and objects by our own compiler. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder } from "./cache.ts";
import type { GuestKernel, KernelName } from "./kernels.ts";
import { run } from "./tools.ts";

/** The repository: this file runs from dist/test/vm or from test/vm. */
export const ROOT = fileURLToPath(new URL(import.meta.url.includes("/dist/") ? "../../../" : "../../", import.meta.url));
const MODULE = join(ROOT, "kernel/module");
const GUEST = join(ROOT, "test/vm/guest");

/** Where the module is built for a kernel: a copy of its folder. */
export function moduleFolder(kernel: GuestKernel): string {
  return cacheFolder("build", kernel.label);
}

/** anycall.ko for the kernel, as `make -C kernel/module` builds it, on a copy so that the checkout stays clean. */
export function buildModule(kernel: GuestKernel): Uint8Array {
  const folder = moduleFolder(kernel);
  for (const name of readdirSync(MODULE))
    if (!name.endsWith(".ts")) cpSync(join(MODULE, name), join(folder, name), { recursive: true, preserveTimestamps: true });
  // The kernel's makefiles would take yesterday's module, which is stripped, for today's.
  rmSync(join(folder, "anycall.ko"), { force: true });
  run("make", ["-C", folder, `KVER=${kernel.release}`, `KDIR=${kernel.headers}`, ...(kernel.name === "6.1" && !kernel.debug ? [`VMLINUX=${kernel.image}`] : [])]);
  return readFileSync(join(folder, "anycall.ko"));
}

/** A static program of test/vm/guest with the loader, of its parts if it has several, or anycall-load itself. */
export function buildProgram(name: string, parts: readonly string[] = [`${name}.c`]): Uint8Array {
  const out = join(cacheFolder("build", "guest"), name);
  const tools = join(MODULE, "tools");
  const sources = name === "anycall-load" ? [join(tools, "anycall-load.c"), join(tools, "json.c")] : parts.map((part) => join(GUEST, part));
  const flags = ["-O2", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Werror", "-static", `-I${tools}`];
  run("gcc", [...flags, ...sources, join(tools, "loader.c"), "-o", out, "-lbpf", "-lelf", "-lz"]);
  return readFileSync(out);
}

/** Kernel functions want a license that the GPL goes with. */
const PROJECT = {
  compilerOptions: { target: "es2022", module: "nodenext", strict: true, lib: ["es2022", "esnext.disposable"] },
  anycall: { license: "GPL" },
  include: ["*.ts"],
};

/** The object of a TypeScript source, compiled by `anycallc` for the guest's kernel. */
export function compileObject(name: string, source: string, kernel: KernelName): Uint8Array {
  const folder = cacheFolder("build", `objects-${kernel}`, name);
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  rmSync(join(folder, "node_modules/anycall"), { force: true });
  symlinkSync(ROOT, join(folder, "node_modules/anycall"));
  writeFileSync(join(folder, `${name}.ts`), source);
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(PROJECT));
  rmSync(join(folder, `${name}.bpf.o`), { force: true });
  run(process.execPath, [join(ROOT, "cli/bin/anycallc.mjs"), "-p", folder, "--emit", "obj,asm", "--kernel", kernel]);
  return readFileSync(join(folder, `${name}.bpf.o`));
}
