/** An object made by clang, linked by us and by libbpf: same order of functions, same operands; and the kernel takes ours. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type BtfType, parseBtf, typeText } from "../../backend-ebpf/btf/index.ts";
import { type LinkedObject, type LinkedProgram, linkObject, loadInfo, ObjectError } from "../../backend-ebpf/object/index.ts";
import { bpftoolMissing, loadAll } from "./bpftool.ts";
import { openKernel } from "./kernel.ts";

const VMLINUX = "/sys/kernel/btf/vmlinux";
const SOURCE = fileURLToPath(new URL("./fixtures/foreign.c", import.meta.url));
const noClang = spawnSync("clang", ["--target=bpf", "-x", "c", "-c", "/dev/null", "-o", "/dev/null"]).status === 0 ? "" : "clang for eBPF is not installed";

describe("an object made by clang", () => {
  beforeEach((context) => context.skip(noClang !== "", noClang));
  const directory = mkdtempSync(join(tmpdir(), "anycall-clang-"));
  const path = join(directory, "foreign.o");
  afterAll(() => rmSync(directory, { recursive: true }));
  let bytes: Uint8Array;
  let object: LinkedObject;
  const program = (name: string): LinkedProgram => object.programs.find((candidate) => candidate.name === name)!;
  const functions = (name: string) => program(name).funcInfo.map((info) => info.name);

  beforeAll(() => {
    if (noClang) return;
    const made = spawnSync("clang", ["-O2", "-g", "--target=bpf", "-mcpu=v3", "-c", SOURCE, "-o", path], { encoding: "utf8" });
    expect(made.status, made.stderr).toBe(0);
    bytes = new Uint8Array(readFileSync(path));
    object = linkObject(bytes, existsSync(VMLINUX) ? { kernelBtf: parseBtf(new Uint8Array(readFileSync(VMLINUX))) } : {});
  });

  test("has its programs, maps and license", () => {
    expect(object.programs.map(({ name, progType, loadFlags }) => [name, progType, loadFlags])).toEqual([
      ["first", 31, 16],
      ["second", 31, 16],
      ["third", 31, 16],
    ]);
    expect(object.license).toBe("GPL");
    expect(object.meta).toBeUndefined();
    expect(object.maps.map(({ name, type, keySize, valueSize, maxEntries, flags }) => [name, type, keySize, valueSize, maxEntries, flags])).toEqual([
      ["table", 1, 4, 16, 32, 0],
      ["plain", 2, 4, 8, 4, 1024],
      [".data", 2, 4, 32, 1, 1024],
      [".rodata", 2, 4, 8, 1, 1024 | 128],
      [".bss", 2, 4, 8, 1, 1024],
    ]);
    const rodata = object.maps.find((map) => map.section === ".rodata")!;
    expect(rodata).toMatchObject({ frozen: true, initial: new Uint8Array([99, 0, 0, 0, 0, 0, 0, 0]) });
    const { btf } = program("first");
    expect(typeText(btf!, object.maps[0]!.btfValue!)).toBe("struct pair");
  });

  test("orders functions depth first, and reaches function addresses", () => {
    expect(functions("first")).toEqual(["first", "mix", "twice", "shared"]);
    expect(functions("second")).toEqual(["second", "shared", "twice"]);
    expect(functions("third")).toEqual(["third", "each", "mix", "twice"]);
    const { insns, funcInfo } = program("third");
    const at = insns.findIndex((insn) => insn.opcode === 0x18 && insn.src === 4);
    expect(at + insns[at]!.imm + 1).toBe(funcInfo[1]!.insn);
  });

  test("marks weak kfuncs, and makes calls of missing ones unusable", () => {
    const { kfuncs, insns } = program("second");
    expect(kfuncs.map(({ name, weak }) => [name, weak])).toEqual([
      ["bpf_rcu_read_lock", undefined],
      ["bpf_rcu_read_unlock", undefined],
      ["no_such_kfunc", true],
    ]);
    expect(insns.filter((insn) => insn.opcode === 0x85 && insn.src === 2).map((insn) => insn.imm)).toEqual([0, 1]);
    expect(insns.filter((insn) => insn.opcode === 0x18 && insn.src === 0 && insn.imm === 0)).toHaveLength(1);
  });

  test("has line records with the source", () => {
    expect(program("first").lineInfo.map((line) => line.text.trim())).toContain("found->a += mix(limit);");
    for (const [index, { funcInfo }] of object.programs.entries()) expect(loadInfo(object, index).funcInfo.length).toBe(funcInfo.length * 8);
  });

  test("with CO-RE relocations is refused, not linked wrongly", () => {
    const code = 'struct s { int a; int b; } __attribute__((preserve_access_index)); __attribute__((section("syscall"))) int f(struct s *s) { return s->b; }';
    const core = join(directory, "core.o");
    const made = spawnSync("clang", ["-O2", "-g", "--target=bpf", "-x", "c", "-c", "-", "-o", core], { input: code, encoding: "utf8" });
    expect(made.status, made.stderr).toBe(0);
    expect(() => linkObject(new Uint8Array(readFileSync(core)))).toThrow(ObjectError);
    expect(() => linkObject(new Uint8Array(readFileSync(core)))).toThrow(/CO-RE/);
  });

  const noTool = bpftoolMissing();
  test("is linked as libbpf links it", (context) => {
    context.skip(noTool !== "", noTool);
    const { ok, output } = loadAll(path);
    expect(ok, output).toBe(true);
    for (const { name, insns, funcInfo } of object.programs) {
      const added = [...output.matchAll(new RegExp(`prog '${name}': added (\\d+) insns from sub-prog '(\\w+)'`, "g"))].map((match) => [
        match[2],
        Number(match[1]),
      ]);
      const ends = [...funcInfo.slice(1).map((info) => info.insn), insns.length];
      expect(
        funcInfo.slice(1).map((info, i) => [info.name, ends[i + 1]! - info.insn]),
        name,
      ).toEqual(added);
      const relocated = [...output.matchAll(new RegExp(`prog '${name}': insn #(\\d+) relocated, imm (-?\\d+) points`, "g"))];
      expect(relocated.length).toBeGreaterThan(0);
      for (const [, at, imm] of relocated) expect(insns[Number(at)]!.imm, `${name} ${at}`).toBe(Number(imm));
      const found = [...output.matchAll(new RegExp(`prog '${name}': found (?:data )?map (\\d+) \\(.*\\) for insn #?(\\d+)`, "g"))];
      for (const [, map, at] of found) expect(insns[Number(at)], `${name} ${at}`).toMatchObject({ opcode: 0x18, imm: Number(map) });
    }
  });

  const kernel = openKernel();
  const why = typeof kernel === "string" ? kernel : existsSync(VMLINUX) ? "" : "the kernel has no BTF";
  test("linked by us loads into the kernel", (context) => {
    context.skip(why !== "", why);
    if (typeof kernel === "string") return;
    for (const [index, { name }] of object.programs.entries()) {
      const loaded = kernel.loadProgram(object, index);
      expect(loaded, `${name}\n${loaded.log}`).toMatchObject({ ok: true });
    }
  });

  test("has the types that bpftool reads", (context) => {
    context.skip(spawnSync("bpftool", ["version"]).status !== 0, "bpftool is not installed");
    const dumped = spawnSync("bpftool", ["-j", "btf", "dump", "file", path], { encoding: "utf8" });
    const { types } = JSON.parse(dumped.stdout) as { types: Record<string, unknown>[] };
    const { btf } = program("first");
    for (const theirs of types) {
      const ours = btf!.type(theirs.id as number);
      expect(ours.kind).toBe((theirs.kind as string).toLowerCase());
      if ("name" in ours && ours.name !== "") expect(ours.name).toBe(theirs.name);
      for (const [field, value] of commonFields(ours)) expect(theirs[field], `type ${String(theirs.id)} ${field}`).toBe(value);
    }
    expect(types.length).toBeGreaterThan(40);
  });
});

/** Fields of a type under bpftool's names; data sections and externs are left out, since the linker changes them. */
function commonFields(type: BtfType): [string, unknown][] {
  switch (type.kind) {
    case "int":
      return [
        ["size", type.size],
        ["nr_bits", type.bits],
        ["bits_offset", type.offset],
      ];
    case "array":
      return [
        ["type_id", type.type],
        ["nr_elems", type.length],
      ];
    case "struct":
    case "union":
      return [
        ["size", type.size],
        ["vlen", type.members.length],
      ];
    case "func_proto":
      return [
        ["ret_type_id", type.ret],
        ["vlen", type.params.length],
      ];
    case "ptr":
    case "const":
    case "volatile":
    case "typedef":
    case "func":
    case "var":
      return [["type_id", type.type]];
    default:
      return [];
  }
}
