import { describe, expect, it } from "vitest";
import { disassemble } from "../../backend-ebpf/isa/disasm.ts";
import { decode, encode } from "../../backend-ebpf/isa/insn.ts";
import { assembleCase } from "./assembler.ts";
import { parseCase } from "./case.ts";
import { type ConformanceEngine, ENGINES, interp } from "./engines.ts";
import { refusedByLinux } from "./refused-by-linux.ts";
import { casesDirectory, loadCases, runCase, runEngine } from "./suite.ts";

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

describe("refused by every Linux kernel", () => {
  it.each([
    ["call %r2", /call by register/],
    ["lsh %r0, 64", undefined],
    ["lddw %r1, 0x8d00000000", undefined],
  ])("%s", (line, reason) => {
    const excluded = refusedByLinux(encode(assembleCase([line, "exit"])));
    if (reason === undefined) expect(excluded).toBeUndefined();
    else expect(excluded).toMatch(reason);
  });
});

describe.each(ENGINES)("the ISA cases on $name", (engine) => {
  it("pass", (context) => {
    if (directory === undefined) return context.skip("ANYCALL_CORPUS is not set");
    const report = runEngine(engine, loadCases(directory).cases);
    if (report.unavailable !== undefined) return context.skip(report.unavailable);
    expect(report.failed).toEqual([]);
    return expect(report.passed.length + report.excluded.length).toBeGreaterThan(200);
  });
});
