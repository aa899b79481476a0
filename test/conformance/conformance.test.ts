import { describe, expect, it } from "vitest";
import { disassemble } from "../../backend-ebpf/isa/disasm.ts";
import { decode, encode } from "../../backend-ebpf/isa/insn.ts";
import { runBytecode } from "../../backend-ebpf/isa/interpreter.ts";
import { AddressSpace } from "../../backend-ebpf/isa/memory.ts";
import { STATUS_NAMES } from "../../kernel/abi/frame.ts";
import type { Engine } from "../../kernel/engine.ts";
import { assembleCase } from "./assembler.ts";
import { parseCase } from "./case.ts";
import { type ConformanceEngine, interp } from "./engines.ts";
import { casesDirectory, loadCases, runCase, runEngine } from "./suite.ts";
import { conformanceEngine } from "./wrapped.ts";

const SAMPLE = `# a comment
-- asm
mov %r0, 0 # nothing yet
ldxb %r0, [%r1+1]
jeq %r0, 2, exit
mov %r0, -1
exit
-- mem
01 02
03
-- result
0x2
`;

describe("case reader", () => {
  it("reads program, memory and result", () => {
    const test = parseCase("sample", SAMPLE);
    if ("skipped" in test) throw new Error(test.skipped);
    expect(disassemble(decode(test.insns)).split("\n")).toEqual(["r0 = 0", "r0 = *(u8 *)(r1 +1)", "if r0 == 0x2 goto pc+1", "r0 = -1", "exit"]);
    expect([...test.memory]).toEqual([1, 2, 3]);
    expect(test.expected).toBe(2n);
    expect(runCase(interp, test)).toBeUndefined();
    expect(runCase(interp, { ...test, expected: 3n })).toBe("r0 is 0x2, should be 0x3");
    expect(runCase(interp, { ...test, expected: "error" })).toBe("gives 0x2, should be refused");
  });

  it.each([
    ["a section nobody knows", "-- asm\nexit\n-- bytes\n1\n-- result\n0", /"bytes" is not known/],
    ["no program", "-- result\n0", /no program/],
    ["no result", "-- asm\nexit", /no result/],
  ])("skips %s", (_what, text, reason) => {
    expect(parseCase("x", text)).toEqual({ skipped: expect.stringMatching(reason) });
  });

  it("notices that asm and raw differ", () => {
    expect(() => parseCase("x", "-- asm\nexit\n-- raw\n0x96\n-- result\n0")).toThrow(/different programs/);
  });

  it("passes a case that expects an error when the program faults", () => {
    const test = parseCase("x", "-- asm\nldxdw %r0, [%r2+0]\nexit\n-- error\nout of bounds");
    if ("skipped" in test) throw new Error(test.skipped);
    expect(test.expected).toBe("error");
    expect(runCase(interp, test)).toBeUndefined();
  });

  it.each([
    ["add32 %r1, -1", "w1 += -1"],
    ["sdiv %r1, %r2", "r1 s/= r2"],
    ["lddw %r3, 0x1122334455667788", "r3 = 0x1122334455667788 ll"],
    ["movsx832 %r1, %r2", "w1 = (s8)w2"],
    ["swap64 %r1", "r1 = bswap64 r1"],
    ["lock fetch add32 [%r10-4], %r1", "r1 = atomic_fetch_add((u32 *)(r10 -4), r1)"],
    ["lock cmpxchg [%r10 - 8], %r1", "r0 = atomic64_cmpxchg((u64 *)(r10 -8), r0, r1)"],
    ["stb [%r1], 0x7f", "*(u8 *)(r1 +0) = 127"],
    ["ldxsh %r1, [%r2-2]", "r1 = *(s16 *)(r2 -2)"],
    ["jset32 %r1, 0x80000000, +3", "if w1 & 0x80000000 goto pc+3"],
    ["call 5", "call unknown#5"],
    ["call %r2", "callx r2"],
  ])("assembles %s", (line, text) => {
    expect(disassemble(assembleCase([line]))).toBe(text);
  });

  it.each(["nonsense", "add %r1", "ja nowhere", "add %r1, 0x1ffffffff"])("refuses %s", (line) => {
    expect(() => assembleCase([line])).toThrow();
  });
});

const directory = casesDirectory();

describe("runner", () => {
  const cases = [parseCase("sample", SAMPLE)] as Extract<ReturnType<typeof parseCase>, { name: string }>[];
  const engine = (change: Partial<ConformanceEngine>): ConformanceEngine => ({ ...interp, ...change });

  it("reports an engine that is not there, what it can't be asked, and failures", () => {
    expect(runEngine(engine({ available: () => "no koffi" }), cases).unavailable).toBe("no koffi");
    expect(runEngine(engine({ excludes: () => "callx" }), cases).excluded).toEqual([{ name: "sample", reason: "callx" }]);
    expect(runEngine(engine({ run: () => 7n }), cases).failed).toEqual([{ name: "sample", message: "r0 is 0x7, should be 0x2" }]);
  });
});

/** An engine as the product's are, with the interpreter inside. */
const interpreting: Engine = {
  name: "user",
  probe: () => ({ ok: true, reason: "always", missingRows: [], exact: [] }),
  load(object) {
    const bss = new Uint8Array(object.maps[0]!.valueSize);
    const memory = new AddressSpace();
    const address = memory.map(".bss", bss);
    const call = (name: string) => {
      const program = object.programs.find((candidate) => candidate.name === name)!;
      const outcome = runBytecode(program, { memory, onHelper: () => 0n, onPseudo: (_pseudo, _map, offset) => address + BigInt(offset) });
      if (outcome.kind !== "exit") throw new Error("refused");
      return STATUS_NAMES[Number(outcome.r0)]!;
    };
    return { engine: "user", bss, data: new Uint8Array(0), call, close: () => undefined };
  },
};

describe("programs wrapped for the product's engines", () => {
  const wrapped = conformanceEngine(interpreting);
  it.each([
    ["all 64 bits of r0", ["lddw %r0, 0x8877665544332211", "exit"], [], 0x8877_6655_4433_2211n],
    ["memory and its length", ["ldxb %r0, [%r1+1]", "lsh %r0, 8", "or %r0, %r2", "exit"], [1, 2, 3], 0x203n],
    ["subprograms of its own", ["call local f", "add %r0, 1", "exit", "f:", "mov %r0, 4", "exit"], [], 5n],
  ])("give %s", (_what, lines, memory, r0) => {
    expect(wrapped.run(encode(assembleCase(lines)), Uint8Array.from(memory))).toBe(r0);
  });
  it.each([
    ["call %r2", /call by register/],
    ["lsh %r0, 64", /shift count/],
    ["arsh32 %r0, -1", /shift count/],
    ["rsh %r0, 63", undefined],
    ["lsh32 %r0, %r1", undefined],
    ["lddw %r1, 0x8d00000000", undefined],
  ])("are not asked for what Linux never takes: %s", (line, reason) => {
    const excluded = wrapped.excludes!(encode(assembleCase([line, "exit"])));
    if (reason === undefined) expect(excluded).toBeUndefined();
    else expect(excluded).toMatch(reason);
  });
  it("pass the ISA cases on any engine that can run them", (context) => {
    if (directory === undefined) return context.skip("ANYCALL_CORPUS is not set");
    const report = runEngine(wrapped, loadCases(directory).cases);
    return expect(report.failed).toEqual([]);
  });
});

describe("interp on the ISA cases", () => {
  it("passes all", (context) => {
    if (directory === undefined) return context.skip("ANYCALL_CORPUS is not set");
    const { cases, skipped } = loadCases(directory);
    expect(skipped).toEqual([]);
    expect(cases.length).toBeGreaterThanOrEqual(231);
    expect(runEngine(interp, cases).failed).toEqual([]);
  });
});
