import { describe, expect, it } from "vitest";
import { ldpseudo, R1 } from "./asm.ts";
import type { Insn } from "./insn.ts";
import { CLOBBERED, type Machine, MAX_FRAMES, runBytecode } from "./interpreter.ts";
import { AddressSpace, MemoryFault } from "./memory.ts";
import { assemble } from "./text.ts";

const run = (text: string | readonly Insn[], machine: Machine = {}) => runBytecode({ insns: typeof text === "string" ? assemble(text) : text }, machine);

/** r0 of a program that must end. */
function result(text: string | readonly Insn[], machine: Machine = {}): bigint {
  const outcome = run(text, machine);
  if (outcome.kind !== "exit") throw new Error(JSON.stringify({ ...outcome }));
  return outcome.r0;
}

const ALL_ONES = 0xffff_ffff_ffff_ffffn;
const MIN64 = 0x8000_0000_0000_0000n;

/** [r1 = a; r2 = b; program over them → r0] */
const VALUES: readonly (readonly [program: string, a: bigint, b: bigint, r0: bigint])[] = [
  ["r0 = r1; r0 += r2", ALL_ONES, 2n, 1n],
  ["w0 = w1; w0 += w2", 0x1_ffff_ffffn, 2n, 1n],
  ["r0 = r1; r0 -= 5", 3n, 0n, ALL_ONES - 1n],
  ["r0 = r1; r0 *= r2", MIN64, 2n, 0n],
  ["r0 = r1; r0 /= r2", 7n, 0n, 0n],
  ["r0 = r1; r0 %= r2", 7n, 0n, 7n],
  ["w0 = w1; w0 %= w2", 0x1_0000_0007n, 0x1_0000_0000n, 7n],
  ["r0 = r1; r0 /= -1", 5n, 0n, 0n],
  ["r0 = r1; r0 s/= r2", MIN64, ALL_ONES, MIN64],
  ["r0 = r1; r0 s%= r2", MIN64, ALL_ONES, 0n],
  ["w0 = w1; w0 s/= w2", 0x8000_0000n, 0xffff_ffffn, 0x8000_0000n],
  ["w0 = w1; w0 s%= w2", 0x8000_0000n, 0xffff_ffffn, 0n],
  ["r0 = r1; r0 s/= r2", 5n, 0n, 0n],
  ["r0 = r1; r0 s%= r2", ALL_ONES - 6n, 0n, ALL_ONES - 6n],
  ["r0 = r1; r0 s%= 3", ALL_ONES - 6n, 0n, ALL_ONES],
  ["r0 = r1; r0 <<= r2", 1n, 65n, 2n],
  ["w0 = w1; w0 <<= w2", 1n, 33n, 2n],
  ["r0 = r1; r0 s>>= 63", MIN64, 0n, ALL_ONES],
  ["w0 = w1; w0 s>>= 31", 0x8000_0000n, 0n, 0xffff_ffffn],
  ["w0 = w1; w0 = -w0", 1n, 0n, 0xffff_ffffn],
  ["r0 = -1", 0n, 0n, ALL_ONES],
  ["w0 = -1", 0n, 0n, 0xffff_ffffn],
  ["r0 = (s8)r1", 0x1ffn, 0n, ALL_ONES],
  ["w0 = (s16)w1", 0x8000n, 0n, 0xffff_8000n],
  ["r0 = (s32)r1", 0x8000_0000n, 0n, 0xffff_ffff_8000_0000n],
  ["r0 = r1; r0 = be16 r0", 0x1_1234n, 0n, 0x3412n],
  ["r0 = r1; r0 = le32 r0", 0x1_2345_6789n, 0n, 0x2345_6789n],
  ["r0 = r1; r0 = bswap64 r0", 0x0102_0304_0506_0708n, 0n, 0x0807_0605_0403_0201n],
];

describe("values", () => {
  it.each(VALUES)("%s with 0x%x and 0x%x", (program, a, b, r0) => {
    expect(result(`${program.replaceAll("; ", "\n")}\nexit`, { args: [a, b] })).toBe(r0);
  });

  it.each([
    ["r1 s< r2", ALL_ONES, 0n, true],
    ["r1 < r2", ALL_ONES, 0n, false],
    ["w1 == w2", 0x1_0000_0005n, 5n, true],
    ["r1 == r2", 0x1_0000_0005n, 5n, false],
    ["r1 & 0x80000000", 0x8000_0000_0000n, 0n, true],
    ["w1 & 0x80000000", 0x8000_0000n, 0n, true],
    ["r1 > 0xffffffff", ALL_ONES - 1n, 0n, false],
    ["w1 s>= 0xffffffff", 0xffff_ffffn, 0n, true],
  ])("if %s with 0x%x and 0x%x: %s", (condition, a, b, taken) => {
    expect(result(`r0 = 1\nif ${condition} goto +1\nr0 = 0\nexit`, { args: [a, b] })).toBe(taken ? 1n : 0n);
  });
});

describe("memory", () => {
  it.each([
    ["*(u8 *)(r10 -1) = 511\nr0 = *(u8 *)(r10 -1)", 255n],
    ["*(u64 *)(r10 -8) = -1\nr0 = *(u64 *)(r10 -8)", ALL_ONES],
    ["*(u32 *)(r10 -4) = -1\nr0 = *(s32 *)(r10 -4)", ALL_ONES],
    ["*(u16 *)(r10 -3) = 0x8001\nr0 = *(s16 *)(r10 -3)", 0xffff_ffff_ffff_8001n],
    ["r1 = 0x1122334455667788 ll\n*(u64 *)(r10 -8) = r1\nr0 = *(u16 *)(r10 -7)", 0x6677n],
    ["*(u64 *)(r10 -8) = 5\nr1 = 7\nr1 = atomic64_fetch_add((u64 *)(r10 -8), r1)\nr0 = *(u64 *)(r10 -8)\nr0 *= 10\nr0 += r1", 125n],
    ["*(u64 *)(r10 -8) = -1\nr1 = 1\nr1 = atomic_fetch_add((u32 *)(r10 -8), r1)\nr0 = r1", 0xffff_ffffn],
    ["*(u64 *)(r10 -8) = -1\nr1 = 1\nlock *(u32 *)(r10 -8) += r1\nr0 = *(u64 *)(r10 -8)", 0xffff_ffff_0000_0000n],
    ["*(u64 *)(r10 -8) = 5\nr0 = -1\nr1 = 9\nr0 = atomic_cmpxchg((u32 *)(r10 -8), r0, r1)", 5n],
    ["*(u64 *)(r10 -8) = 5\nr0 = 5\nr1 = 9\nr0 = atomic64_cmpxchg((u64 *)(r10 -8), r0, r1)\nr0 = *(u64 *)(r10 -8)", 9n],
    ["r1 = 3\nstore_release((u64 *)(r10 -8), r1)\nr0 = load_acquire((u64 *)(r10 -8))", 3n],
  ])("%s", (program, r0) => {
    expect(result(`${program}\nexit`)).toBe(r0);
  });

  it("is the caller's, by reference", () => {
    const memory = new AddressSpace();
    const bytes = Uint8Array.from([1, 2, 3, 4]);
    const address = memory.map("ctx", bytes);
    expect(result("r0 = *(u32 *)(r1 +0)\n*(u8 *)(r1 +3) = 9\nexit", { memory, args: [address] })).toBe(0x0403_0201n);
    expect([...bytes]).toEqual([1, 2, 3, 9]);
    expect(memory.find(0x7fn)).toBeUndefined();
  });

  it("knows ranges, overlaps and read-only bytes", () => {
    const memory = new AddressSpace();
    memory.map("low", new Uint8Array(16), { address: 0x100n, writable: false });
    expect(() => memory.map("other", new Uint8Array(1), { address: 0x10fn })).toThrow(/other overlaps low/);
    expect(memory.view(0x108n, 8).length).toBe(8);
    expect(() => memory.view(0x108n, 9)).toThrow(MemoryFault);
    expect(() => memory.store(0x100n, 8, 1n)).toThrow(/read-only low/);
    expect(memory.view(0x5n, 0).length).toBe(0);
    memory.unmap(0x100n);
    expect(() => memory.load(0x100n, 8)).toThrow(/not mapped/);
  });
});

describe("calls", () => {
  it("keep r6 to r9, give each frame its stack, and clobber r1 to r5", () => {
    const program = `
      r6 = 40
      *(u64 *)(r10 -8) = 1
      r1 = 2
      call local add
      r0 += r6
      r7 = *(u64 *)(r10 -8)
      r0 += r7
      exit
    add:
      r6 = 1000
      *(u64 *)(r10 -8) = 77
      r0 = r1
      exit`;
    expect(result(program)).toBe(43n);
    expect(result("r1 = 1\ncall local f\nr0 = r1\nexit\nf: r0 = 0\nexit")).toBe(CLOBBERED);
    expect(result("r1 = 1\ncall h#7\nr0 = r1\nexit", { onHelper: () => 0n })).toBe(CLOBBERED);
  });

  it("reach helpers, kfuncs and what ldimm64 names", () => {
    const memory = new AddressSpace();
    const map = memory.map("map", new Uint8Array(16));
    const seen: unknown[] = [];
    const machine: Machine = {
      memory,
      onHelper(id, { args, pc }) {
        seen.push(["helper", id, args[0], pc]);
        return -1n;
      },
      onKfunc(imm, { args, memory: space }, off) {
        seen.push(["kfunc", imm, off]);
        space.store(args[0]!, 32, 5n);
        return 2n;
      },
      onPseudo(pseudo, low, high) {
        seen.push([pseudo, low, high]);
        return map + BigInt(high);
      },
    };
    const program = [...assemble("r1 = 9\ncall h#3\nr6 = r0"), ...ldpseudo(R1, "map_value", 4, 8), ...assemble("r7 = r1\ncall kfunc f#12 fd 1\nr0 = *(u64 *)(r7 +0)\nr0 += r6\nexit")];
    expect(result(program, machine)).toBe(4n);
    expect(seen).toEqual([["helper", 3, 9n, 1], ["map_value", 4, 8], ["kfunc", 12, 1]]);
  });

  it("callx calls the helper that the register names", () => {
    expect(result("r2 = 5\ncallx r2\nexit", { onHelper: (id) => BigInt(id) })).toBe(5n);
  });

  it(`nest to ${MAX_FRAMES} frames`, () => {
    const nested = (depth: number) => `r1 = ${depth}\ncall local f\nexit\nf: r0 = r1\nif r1 == 0 goto end\nr1 -= 1\ncall local f\nend: exit`;
    expect(result(nested(MAX_FRAMES - 2))).toBe(0n);
    expect(run(nested(MAX_FRAMES - 1))).toMatchObject({ kind: "fault", message: expect.stringMatching(/nest deeper/) });
  });

  it("let errors of callbacks through", () => {
    expect(() => run("call h#1\nexit", { onHelper: () => { throw new TypeError("mine"); } })).toThrow("mine");
  });
});

describe("loops", () => {
  const counting = "r0 = 0\nloop: may_goto done\nr0 += 1\ngoto loop\ndone: exit";
  it.each([0, 1, 5])("may_goto falls through %d times", (rounds) => {
    expect(run(counting, { rounds })).toMatchObject({ kind: "exit", r0: BigInt(rounds), roundsUsed: rounds });
  });
  it("gotol jumps by its immediate", () => {
    expect(result("r0 = 1\ngotol over\nr0 = 2\nover: exit")).toBe(1n);
  });
  it("stop when steps run out", () => {
    expect(run("loop: goto loop", { steps: 10 })).toEqual({ kind: "steps", pc: 0, steps: 10 });
  });
});

describe("faults", () => {
  it.each<[string, string | Insn[], number, RegExp]>([
    ["running off the end", "r0 = 1", 0, /no instruction in slot 1/],
    ["jumping out", "goto -9\nexit", 0, /no instruction in slot -8/],
    ["jumping into a ldimm64", "goto +1\nr1 = 0x100000000 ll\nexit", 2, /no such instruction: opcode 0x0/],
    ["an unknown opcode", [{ opcode: 0xff, dst: 0, src: 0, off: 0, imm: 0 }], 0, /opcode 0xff/],
    ["reserved fields", [{ opcode: 0x95, dst: 0, src: 0, off: 1, imm: 0 }], 0, /exit: reserved fields/],
    ["register 11", [{ opcode: 0xb7, dst: 11, src: 0, off: 0, imm: 0 }], 0, /r0 to r10/],
    ["writing r10", "r10 = 5\nexit", 0, /r10 is read only/],
    ["half a ldimm64", assemble("r1 = 0x1 ll").slice(0, 1), 0, /second slot/],
    ["no memory there", "r1 = 0\nr0 = *(u8 *)(r1 +0)\nexit", 1, /1 bytes are not mapped at 0x0/],
    ["past the stack", "r0 = *(u64 *)(r10 -4)\nexit", 0, /run past the end of stack 0/],
    ["a helper nobody has", "call h#1\nexit", 0, /no helper 1/],
    ["a map nobody has", [...ldpseudo(R1, "map_fd", 1), ...assemble("exit")], 0, /map_fd\(1, 0\)/],
    ["packet access", "r0 = *(u8 *)skb[0]\nexit", 0, /packet/],
  ])("%s", (_what, program, pc, message) => {
    expect(run(program)).toMatchObject({ kind: "fault", pc, message: expect.stringMatching(message) });
  });

  it("takes its stacks away, also after a fault", () => {
    const memory = new AddressSpace();
    let stack = 0n;
    run("call local f\nexit\nf: r0 = *(u8 *)(r10 +5)\nexit", { memory, onInsn: (_pc, registers) => { stack = registers[10]!; } });
    expect(stack).not.toBe(0n);
    expect(memory.find(stack - 1n)).toBeUndefined();
  });
});

it("the hook sees every instruction with the registers before it", () => {
  const seen: [number, bigint, number][] = [];
  run("r0 = 5\ncall local f\nexit\nf: r0 = 6\nexit", { onInsn: (pc, registers, depth) => void seen.push([pc, registers[0]!, depth]) });
  expect(seen).toEqual([[0, CLOBBERED, 0], [1, 5n, 0], [3, CLOBBERED, 1], [4, 6n, 1], [2, 6n, 0]]);
});
