/** What is done for kernels before 6.8 alone: tests threaded, bounds stated again, rounds outlined. */
import { describe, expect, test } from "vitest";
import { checkModule } from "../../ir/check.ts";
import { parseModule } from "../../ir/parse.ts";
import { PROFILES } from "../../kernel/abi/profiles.ts";
import type { Insn } from "../isa/insn.ts";
import { linkObject, writeObject } from "../object/index.ts";
import { generate } from "./index.ts";

const [K61, K612] = [PROFILES[0]!, PROFILES[1]!];

function compile(text: string, profile = K61) {
  const module = parseModule(text);
  expect(checkModule(module)).toEqual([]);
  const { object, diagnostics } = generate(module, { profile, license: "GPL", compiler: "test", sources: new Map() });
  expect(diagnostics).toEqual([]);
  return object;
}

const jumpsTo = (insns: readonly Insn[], imm: number) => insns.filter(({ opcode, imm: by }) => (opcode & 7) === 5 && (opcode & 8) === 0 && opcode !== 0x05 && opcode !== 0x95 && opcode !== 0x85 && by === imm).length;

describe("bounds", () => {
  const indexed = (test: string) => `module "t" region a buffer size 64 align 8 name "a"
    func "f" { region args arg size 16 align 8 name "args" at 32
    b0: v0 = addr args v1 = load.u64 [v0 + 0] v2 = load.u8 [v0 + 8] v9 = const 50 ${test} condbr v3, b1, b2
    b1: v4 = addr a v5 = ptradd v4, v1 v6 = load.u8 [v5 + 3] ret v6
    b2: stop FAULT }`;
  test("a comparison of two numbers is followed by one with the size of the memory", () => {
    const { insns } = compile(indexed("v3 = cmp.ult v1, v2")).programs[0]!;
    expect(jumpsTo(insns, 60)).toBe(1);
  });
  test("one with a constant says enough, and later kernels learn from both", () => {
    expect(jumpsTo(compile(indexed("v3 = cmp.ult v1, v9")).programs[0]!.insns, 60)).toBe(0);
    expect(jumpsTo(compile(indexed("v3 = cmp.ult v1, v2"), K612).programs[0]!.insns, 60)).toBe(0);
  });
});

describe("outlined rounds", () => {
  const nested = `module "t" region a buffer size 64 align 8 name "a"
    func "f" { region args arg size 16 align 8 name "args" at 32
    b0: v0 = addr args v1 = load.u64 [v0 + 0] v2 = load.u64 [v0 + 8] v3 = const 0 v4 = const 1 br b1
    b1: v5 = phi int [b0: v3, b6: v12] v6 = phi int [b0: v3, b6: v8] loop b2, b9 #0
    b2: v7 = cmp.ult v5, v1 condbr v7, b3, b8
    b3: v8 = phi int [b2: v6, b5: v11] v9 = phi int [b2: v3, b5: v10] loop b4, b9 #1
    b4: v13 = cmp.ult v9, v2 condbr v13, b5, b6
    b5: v10 = add v9, v4 v11 = call sys.getuid() br b3
    b6: v12 = add v5, v4 br b1
    b8: ret v6
    b9: stop EXHAUSTED }`;

  test("each loop is a static function, the inner one named by the outer one", () => {
    const object = compile(nested);
    expect(object.subprograms).toHaveLength(2);
    const named = (unit: { relocations: readonly { kind: string }[] }) => unit.relocations.filter(({ kind }) => kind === "function").length;
    expect([named(object.programs[0]!), ...object.subprograms!.map(named)].sort()).toEqual([0, 1, 1]);
  });

  test("what the metadata says of calls is where they are once linked", () => {
    const object = compile(nested);
    const [program] = linkObject(writeObject(object)).programs;
    const { sites, instructions } = object.meta.programs[0]!;
    expect(instructions).toBe(program!.insns.length);
    expect(sites.map(({ op }) => op)).toEqual(["sys.getuid"]);
    expect(program!.insns[sites[0]!.insn]).toMatchObject({ opcode: 0x85, imm: 15 });
    expect(program!.funcInfo).toHaveLength(3);
  });
});

test("a handle that was tested is not tested again behind the place where both ways meet", () => {
  const object = compile(`module "t" region a buffer size 64 align 8 name "a"
    func "f" { region args arg size 8 align 8 name "args" at 32
    b0: v0 = addr a v1 = const 2 v2 = const 0 v9 = const 5 v4 = call sys.open(v0, v1, v2, v2, v0) v5 = isnull v4 condbr v5, b1, b2
    b1: br b3
    b2: br b3
    b3: v7 = phi int [b1: v9, b2: v2] condbr v5, b5, b4
    b4: v6 = call file.release(v4) br b5
    b5: ret v7 }`);
  const { insns, relocations } = object.programs[0]!;
  // One test of the frame's offset, one of the handle.
  const tests = insns.filter(({ opcode }) => (opcode & 7) === 5 && ![0x05, 0x85, 0x95].includes(opcode));
  expect(tests).toHaveLength(2);
  expect(relocations.filter(({ kind }) => kind === "kfunc")).toHaveLength(2);
});
