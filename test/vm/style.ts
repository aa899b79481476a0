/** The module's sources by the kernel's own rules: `sparse`, and scripts/checkpatch.pl of the sources where they are. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { moduleFolder, ROOT } from "./build.ts";
import { cacheFolder } from "./cache.ts";
import type { GuestKernel } from "./kernels.ts";
import { findProgram, run } from "./tools.ts";

const FOLDERS = ["kernel/module", "kernel/module/uapi", "kernel/module/tools"];

/** Rules that can't hold here, with the reason. */
const IGNORED = {
  LINUX_VERSION_CODE: "one source for two kernels (compat.h)",
  CONSTANT_COMPARISON: "taken amiss in comparisons of LINUX_VERSION_CODE",
  COMPLEX_MACRO: "lists of BTF_ID_FLAGS() are no expressions",
  BIT_MACRO: "headers for user space have no BIT()",
  ENOSYS: "what the kernel's entry has in RAX before a call",
  CAMELCASE: "names of <elf.h> and <inttypes.h>",
} as const;

/** What sparse says of the module; null where it is not installed. */
export function sparse(kernel: GuestKernel): readonly string[] | null {
  if (findProgram("sparse") === undefined) return null;
  try {
    const said = run("make", ["-C", moduleFolder(kernel), `KVER=${kernel.release}`, `KDIR=${kernel.headers}`, "sparse"]);
    const checked = said.split("\n").filter((line) => /^\s*CHECK /.test(line)).length;
    return [...said.split("\n").filter((line) => /(warning|error):/.test(line)), ...(checked === 0 ? ["nothing was checked"] : [])];
  } catch (error) {
    return (error as Error).message.split("\n").filter((line) => /(warning|error):/.test(line));
  }
}

/** What checkpatch says of the sources in the checkout; null where perl or the kernel's sources are not there. */
export function checkpatch(): readonly string[] | null {
  const tree = join(cacheFolder("source-6.1"), "linux-source-6.1");
  const program = join(tree, "scripts/checkpatch.pl");
  if (findProgram("perl") === undefined || !existsSync(program)) return null;
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => /\.[ch]$/.test(name))
      .map((name) => join(ROOT, folder, name)),
  );
  // Its list of names for CAMELCASE goes into the working directory.
  const options = [`--root=${tree}`, "--strict", "--terse", "--show-types", "--no-summary", `--ignore=${Object.keys(IGNORED).join(",")}`];
  try {
    return run("perl", [program, ...options, "--file", ...files], { cwd: cacheFolder("build") }).split("\n").filter((line) => /: (ERROR|WARNING|CHECK):/.test(line));
  } catch (error) {
    const found = (error as Error).message.split("\n").filter((line) => /: (ERROR|WARNING|CHECK):/.test(line));
    return found.length > 0 ? found : [(error as Error).message];
  }
}
