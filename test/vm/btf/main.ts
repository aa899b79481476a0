/**
 * Makes verifier-sim/kernels/btf-VERSION.ts: `node scripts/task.mjs test/vm/btf/main.js 6.1 | 6.12 | VERSION=FILE`, where FILE is
 * a kernel's BTF, such as /sys/kernel/btf/vmlinux. For 6.1 and 6.12 the kernels of the VM are asked.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseBtf, reduceBtf } from "../../../backend-ebpf/btf/index.ts";
import { ROOT } from "../build.ts";
import { guestKernel, KERNELS } from "../kernels.ts";
import { run } from "../tools.ts";
import { WANTED } from "./wanted.ts";

const LINE = 150;

function sourceOf(argument: string): { version: string; bytes: Uint8Array; origin: string } {
  const [version, file] = argument.split("=") as [string, string | undefined];
  if (file !== undefined) return { version, bytes: readFileSync(file), origin: `Linux ${version}` };
  const name = KERNELS.find((kernel) => kernel === version);
  if (!name) throw new Error(`'${argument}' is none of ${KERNELS.join(", ")}, VERSION=FILE`);
  const kernel = guestKernel(name);
  return { version, bytes: typesOfImage(kernel.image), origin: `Debian's linux-image-${kernel.release}` };
}

/** .BTF of the kernel inside a bzImage (Documentation/arch/x86/boot.rst: setup_sects, payload_offset, payload_length). */
function typesOfImage(image: string): Uint8Array {
  const bytes = readFileSync(image);
  const at = ((bytes[497] || 4) + 1) * 512 + bytes.readUInt32LE(584);
  const length = bytes.readUInt32LE(588);
  const folder = mkdtempSync(join(tmpdir(), "anycall-btf-"));
  try {
    const payload = bytes.subarray(at, at + length);
    const packed = join(folder, "payload");
    const kernel = join(folder, "vmlinux");
    // The last four bytes are the unpacked size: padding to xz, nothing to zstd.
    const isXz = payload.readUInt32BE(0) === 0xfd377a58;
    writeFileSync(packed, isXz ? payload : payload.subarray(0, -4));
    run("sh", ["-c", `${isXz ? "xz -dc" : "zstd -dcq"} < "${packed}" > "${kernel}" 2>/dev/null || [ -s "${kernel}" ]`]);
    run("objcopy", ["--dump-section", `.BTF=${join(folder, "btf")}`, kernel, "/dev/null"]);
    return new Uint8Array(readFileSync(join(folder, "btf")));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function write(argument: string): void {
  const { version, bytes, origin } = sourceOf(argument);
  const reduced = reduceBtf(parseBtf(bytes), WANTED);
  const text = Buffer.from(reduced).toString("base64");
  const lines = text.match(new RegExp(`.{1,${LINE}}`, "g")) ?? [];
  const file = join(ROOT, "verifier-sim/kernels", `btf-${version}.ts`);
  writeFileSync(
    file,
    `/**
 * A part of the types of ${origin} (BTF, base64), made by test/vm/btf/main.ts: facts about the layout of its
 * structs and the prototypes of its functions. Linux is under GPL-2.0; none of its code is here.
 */
export const BTF = \`
${lines.join("\n")}
\`;
`,
  );
  console.log(`${file}: ${reduced.length} bytes of ${bytes.length}`);
}

for (const argument of process.argv.slice(2)) write(argument);
