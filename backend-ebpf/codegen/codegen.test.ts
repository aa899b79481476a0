import { describe, expect, test } from "vitest";
import { FunctionBuilder } from "../../ir/builder.ts";
import { parseModule } from "../../ir/parse.ts";
import type { Module } from "../../ir/types.ts";
import { type Feature, PROFILES, profileOf } from "../../kernel/abi/profiles.ts";
import { INT } from "../../kernel/abi/boundary.ts";
import { disassemble } from "../isa/disasm.ts";
import { generate } from "./index.ts";

const [K61, K612, K618] = PROFILES as [(typeof PROFILES)[0], (typeof PROFILES)[0], (typeof PROFILES)[0]];
const compile = (module: Module, profile = K618, sources = new Map<string, string>()) =>
  generate(module, { profile, license: "MIT", compiler: "anycallc 1", sources });

/** A function on n = args[0], m = args[1], as lines of assembly. */
function body(text: string, profile = K618): string[] {
  const module = parseModule(`module "t" region buf buffer size 64 align 8 name "buf" region str const size 4 align 1 name "s"
   func "f" { region args arg size 16 align 8 name "args" at 32 region loc local size 40000 align 8 name "loc"
   b0: v0 = addr args v1 = load.u64 [v0 + 0] v2 = load.u64 [v0 + 8] ${text} }`);
  const { object, diagnostics } = compile(module, profile);
  expect(diagnostics).toEqual([]);
  return disassemble(object.programs[0]!.insns).split("\n");
}

const opcodes = (text: string, profile = K618): number[] => {
  const module = parseModule(`module "t" func "f" { region args arg size 16 align 8 name "args" at 32
   b0: v0 = addr args v1 = load.u64 [v0 + 0] v2 = load.u64 [v0 + 8] ${text} }`);
  const { object, diagnostics } = compile(module, profile);
  expect(diagnostics).toEqual([]);
  return object.programs[0]!.insns.map((insn) => insn.opcode);
};

describe("selection", () => {
  const ALU64_IMM = (code: number) => code | 0x07;
  test.each([
    ["immediates that fit", "v3 = const 536870911 v4 = add v1, v3 ret v4", ALU64_IMM(0x00), 1],
    ["two additions of what the verifier would keep beside the register", "v3 = const 2147483647 v4 = add v1, v3 ret v4", ALU64_IMM(0x00), 2],
    ["no ldimm64 for a negative immediate", "v3 = const -5 v4 = add v1, v3 ret v4", 0x18, 1],
    ["a ldimm64 where it does not fit", "v3 = const 2147483648 v4 = add v1, v3 ret v4", 0x18, 2],
    ["shifts masked to the width", "v3 = const 65 v4 = shl v1, v3 ret v4", ALU64_IMM(0x60), 1],
    ["division by a power of two as a shift", "v3 = const 8 v4 = udiv v1, v3 ret v4", ALU64_IMM(0x70), 1],
    ["modulo a power of two as a mask", "v3 = const 8 v4 = umod v1, v3 ret v4", ALU64_IMM(0x50), 1],
    ["no division by a constant zero, which the verifier refuses", "v3 = const 0 v4 = udiv v1, v3 v5 = sdiv v1, v3 v6 = add v4, v5 ret v6", ALU64_IMM(0x30), 0],
    ["negation", "v3 = const 0 v4 = sub v3, v1 ret v4", 0x87, 1],
    ["one 32-bit addition for a wrapping u32", "v3 = const 1 v4 = add v1, v3 v5 = ext.u32 v4 ret v5", 0x04, 1],
    ["movsx with v4", "v3 = ext.s32 v1 ret v3", 0xbf, 1],
    ["a constant result as a store of an immediate", "v3 = const 7 ret v3", 0x7a, 2],
    ["the condition's operands in the branch", "v3 = cmp.slt v1, v2 condbr v3, b1, b2 b1: ret v1 b2: ret v2", 0x7d, 1],
    ["the comparison swapped for a constant on the left", "v3 = const 5 v4 = cmp.ult v3, v1 condbr v4, b1, b2 b1: ret v1 b2: ret v2", 0xb5, 1],
    ["a negated comparison as the opposite branch", "v3 = cmp.eq v1, v2 v4 = const 0 v5 = cmp.eq v3, v4 condbr v5, b1, b2 b1: ret v1 b2: ret v2", 0x1d, 1],
    ["a 32-bit comparison as JMP32", "v3 = cmp32.eq v1, v2 condbr v3, b1, b2 b1: ret v1 b2: ret v2", 0x5e, 1],
  ])("%s", (_, text, opcode, count) => {
    expect(opcodes(text).filter((o) => o === opcode)).toHaveLength(count);
  });

  test("6.1 gets neither movsx nor sdiv nor ldsx", () => {
    const text = "v3 = ext.s16 v1 v4 = sdiv v1, v2 v5 = smod32 v1, v2 v6 = load.s32 [v0 + 4] v7 = add v3, v4 v8 = add v5, v6 v9 = xor v7, v8 ret v9";
    const module = parseModule(`module "t" func "f" { region args arg size 16 align 8 name "args" at 32
      b0: v0 = addr args v1 = load.u64 [v0 + 0] v2 = load.u64 [v0 + 8] ${text} }`);
    const old = compile(module, K61).object;
    for (const insn of old.programs[0]!.insns) {
      const alu = (insn.opcode & 7) === 4 || (insn.opcode & 7) === 7;
      if (alu) expect(insn.off).toBe(0);
      expect(insn.opcode & 0xe7).not.toBe(0x81);
    }
    expect(old.meta.kernel).toBe("6.1");
    const fresh = compile(module, K618).object;
    expect(fresh.meta.kernel).toBe("6.12");
    expect(fresh.programs[0]!.insns.length).toBeLessThan(old.programs[0]!.insns.length);
  });

  test("constant offsets go into loads, stores and addends", () => {
    const lines = body(`v3 = addr buf v4 = field v3, "S" ["x"] + 8 v5 = const 4 v6 = ptradd v4, v5 v7 = load.u8 [v6 + 3]
      v8 = addr loc store.64 [v8 + 16], v7 v9 = const 39000 v10 = ptradd v8, v9 store.32 [v10 + 0], v7 ret v7`);
    const text = lines.join("\n");
    // 8 + 4 + 3 in the load; the frame-local store by the frame register; 48 + 39000 does not fit 16 bits.
    expect(text).toMatch(/\*\(u8 \*\)\(r\d \+ ?15\)/);
    expect(text).toMatch(/\*\(u64 \*\)\(r\d \+ ?64\) = /);
    expect(text).toMatch(/r\d \+= 39048/);
  });
});

describe("metadata", () => {
  test("symbols are identifiers, faults have lines, sites have operations", () => {
    const source = "line one\nconst x = page[i];\n";
    const text = `module "a.ts" func "Logs.count" { fault bounds "index 3 is beyond page" code 7 @15+4
      b0: v1 = call sys.getppid() v2 = call sys.getuid() stop FAULT fault 0 }
      func "Logs_count" { b0: ret }`;
    const { object } = compile(parseModule(text), K61, new Map([["a.ts", source]]));
    expect(object.programs.map((p) => p.symbol)).toEqual(["Logs_count", "Logs_count_2"]);
    const [meta] = object.meta.programs;
    expect(meta).toMatchObject({
      name: "Logs.count", faults: [{ kind: "bounds", line: 2, column: 7, code: 7 }], moduleOnly: ["sys.getppid"], exact: [],
      instructions: object.programs[0]!.insns.length,
    });
    expect(meta!.sites.map((s) => s.op)).toEqual(["sys.getppid", "sys.getuid"]);
    for (const { insn } of meta!.sites) expect(object.programs[0]!.insns[insn]!.opcode).toBe(0x85);
    // What needs the module has all its calls from there, also those with a stock form.
    const kfuncs = ["anycall_getppid", "anycall_getuid"].map((name, i) => ({ insn: meta!.sites[i]!.insn, kind: "kfunc", name }));
    expect(object.programs[0]!.relocations.filter((r) => r.kind === "kfunc")).toEqual(kfuncs);
    expect(object.meta).toMatchObject({ license: "MIT", compiler: "anycallc 1", source: "a.ts", kernel: "6.1" });
  });

  test("clock_gettime is stock for the constants it has helpers for, a kfunc otherwise", () => {
    const program = (clock: string) => `module "a.ts" func "f" { region args arg size 8 align 8 name "args" at 32 region t local size 16 align 8 name "t"
      b0: v0 = addr args v1 = ${clock} v2 = addr t v3 = call sys.clock_gettime(v1, v2) ret v3 }`;
    const calls = (clock: string) => {
      const { object } = compile(parseModule(program(clock)));
      return object.programs[0]!.insns.filter((i) => i.opcode === 0x85).map((i) => [i.src, i.imm]);
    };
    expect(calls("const 1")).toEqual([[0, 5]]);
    expect(calls("const 7")).toEqual([[0, 125]]);
    expect(calls("const 0")).toEqual([[2, 0]]);
    expect(calls("load.s32 [v0 + 0]")).toEqual([[2, 0]]);
  });

  test("named values are in registers or on the stack, by ranges", () => {
    const many = Array.from({ length: 14 }, (_, i) => i);
    const text = `module "a.ts" func "f" { region args arg size 8 align 8 name "args" at 32 b0: v0 = addr args
      ${many.map((i) => `v${10 + i} = load.u64 [v0 + 0] "x${i}"`).join(" ")} v40 = call sys.getuid() "uid"
      ${many.map((i) => `v${50 + i} = add v${i === 0 ? 40 : 49 + i}, v${10 + i}`).join(" ")} ret v63 }`;
    const { object, diagnostics } = compile(parseModule(text));
    expect(diagnostics).toEqual([]);
    const [unit] = object.programs;
    const call = unit!.insns.findIndex((i) => i.opcode === 0x85);
    for (const i of many) {
      const at = unit!.variables.find((v) => v.name === `x${i}` && v.from <= call && call < v.to);
      if (at?.location.kind === "register") expect(at.location.register).toBeGreaterThanOrEqual(6);
      else expect(at?.location.kind).toBe("stack");
    }
    expect(unit!.variables.some((v) => v.location.kind === "stack")).toBe(true);
    for (const { from, to } of unit!.variables) expect(from).toBeLessThan(to);
  });

  test("the same input gives the same output, and the module is left alone", () => {
    const module = parseModule(`module "a.ts" func "f" { region args arg size 8 align 8 name "args" at 32
      b0: v0 = addr args v1 = load.u64 [v0 + 0] v2 = const 0 v3 = const 1 br b1
      b1: v5 = phi int [b0: v2, b3: v7] loop b2, b4 #0 b2: v6 = cmp.ult v5, v1 condbr v6, b3, b5 b3: v7 = add v5, v3 br b1 b4: stop EXHAUSTED b5: ret v5 }`);
    const before = JSON.stringify([...module.funcs[0]!.blocks.values()], (_, v) => (typeof v === "bigint" ? `${v}n` : v));
    const first = JSON.stringify(compile(module).object, (_, v) => (v instanceof Uint8Array ? [...v] : v));
    expect(JSON.stringify(compile(module).object, (_, v) => (v instanceof Uint8Array ? [...v] : v))).toBe(first);
    expect(JSON.stringify([...module.funcs[0]!.blocks.values()], (_, v) => (typeof v === "bigint" ? `${v}n` : v))).toBe(before);
  });
});

describe("limits", () => {
  /** `count` values that all live across a call. */
  const crowded = (count: number): Module => {
    const b = new FunctionBuilder({ name: "f", signature: { params: [], result: INT.i64, resultOffset: 8 } });
    b.addRegion({ id: "args", kind: "arg", size: 8, align: 8, name: "args", frameOffset: 32 });
    const values = Array.from({ length: count }, () => b.load(b.addr("args"), 0, 8, false));
    b.ret(values.reduce((sum, v) => b.bin("add", sum, v), b.call("sys.getuid", [])));
    return { source: "a.ts", regions: new Map(), funcs: [b.finish()] };
  };

  test("what does not fit the stack is a diagnostic", () => {
    expect(compile(crowded(60)).diagnostics).toEqual([]);
    const [problem, ...others] = compile(crowded(90)).diagnostics;
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ code: "AC3003", severity: "error" });
    expect(problem!.message).toMatch(/`f`.*\d+ bytes/);
  });

  /** A jump over `count` stores. */
  const long = (count: number): Module => {
    const b = new FunctionBuilder({ name: "f", signature: { params: [], result: INT.i64, resultOffset: 8 } });
    b.addRegion({ id: "args", kind: "arg", size: 8, align: 8, name: "args", frameOffset: 32 });
    const x = b.load(b.addr("args"), 0, 8, false);
    const [then, out] = [b.newBlock(), b.newBlock()];
    b.condbr(b.cmp("eq", x, b.const(0)), then, out);
    b.seal(then);
    b.setBlock(then);
    for (let i = 0; i < count; i++) b.store(b.addr("args"), 0, 4, b.const(i));
    b.br(out);
    b.seal(out);
    b.setBlock(out);
    b.ret(x);
    return { source: "a.ts", regions: new Map(), funcs: [b.finish()] };
  };

  test("a jump beyond 16 bits is a gotol with v4, a diagnostic without", () => {
    const near = compile(long(32000), K61);
    expect(near.diagnostics).toEqual([]);
    expect(compile(long(33000), K61).diagnostics.map((d) => d.code)).toEqual(["AC3004"]);
    const { object, diagnostics } = compile(long(33000), profileOf("host", [6, 6]));
    expect(diagnostics).toEqual([]);
    const { insns } = object.programs[0]!;
    // The first is the prologue's, to the refusal of a bad frame at the end.
    const at = insns.findLastIndex((i) => i.opcode === 0x06);
    expect(insns[at]!.imm).toBeGreaterThan(32767);
    // The branch in front skips the gotol; the target is the store of the result.
    expect(insns[at - 1]).toMatchObject({ off: 1 });
    expect(insns[at + 1 + insns[at]!.imm]).toMatchObject({ off: 8 });
    expect(object.meta.kernel).toBe("6.12");
  });

  test("profiles without loop features say which loop and what to do", () => {
    const module = parseModule(`module "a.ts" func "f" { region args arg size 8 align 8 name "args" at 32
      b0: v0 = addr args v1 = load.u64 [v0 + 0] v2 = const 0 v3 = const 1 br b1
      b1: v5 = phi int [b0: v2, b3: v7] loop b2, b4 #0 @30+12
      b2: v6 = cmp.ult v5, v1 condbr v6, b3, b5 b3: v7 = add v5, v3 br b1 b4: stop EXHAUSTED b5: ret v5 }`);
    const none = { ...K61, features: new Set<Feature>() };
    expect(compile(module, none).diagnostics).toMatchObject([{ code: "AC3001", span: { file: "a.ts", start: 30, length: 12 } }]);
    expect(compile(module, K61)).toMatchObject({ diagnostics: [], loops: [{ func: "f", form: "bpf_loop" }] });
    expect(compile(module, K612)).toMatchObject({ diagnostics: [], loops: [{ func: "f", form: "may_goto" }] });
  });
});
