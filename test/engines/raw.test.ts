/** Bare programs: the conformance cases in every engine, and programs that must trap. */
import { describe, expect, test } from "vitest";
import * as asm from "../../backend-ebpf/isa/asm.ts";
import { encode, type Insn } from "../../backend-ebpf/isa/insn.ts";
import { AnycallError } from "../../kernel/errors.ts";
import { RAW_ENGINES, rawUnavailable, runRaw } from "../../kernel/raw-run.ts";
import { casesDirectory, loadCases } from "../conformance/suite.ts";

const { R0, R1, R2, R6, R10 } = asm;
const directory = casesDirectory();

/** Programs that must not get away with it. */
const WILD: Readonly<Record<string, readonly Insn[]>> = {
  "a load behind the memory": [asm.load(8, R0, R1, 8), asm.exit()],
  "a load that straddles the end": [asm.load(32, R0, R1, 5), asm.exit()],
  "a load in front of the memory": [asm.load(8, R0, R1, -1), asm.exit()],
  "a store far away": [asm.lsh64(R2, 28), asm.add64(R1, R2), asm.store(8, R1, 0, 0), asm.mov64(R0, 0), asm.exit()],
  "an address above 32 bits": [asm.mov64(R6, 1), asm.lsh64(R6, 32), asm.add64(R1, R6), asm.load(8, R0, R1, 0), asm.exit()],
  "a null pointer": [asm.mov64(R6, 0), asm.load(64, R0, R6, 0), asm.exit()],
  "a store above the stack": [asm.store(64, R10, 0, 1), asm.mov64(R0, 0), asm.exit()],
  "an atomic behind the memory": [asm.mov64(R0, 0), asm.atomic("add", 64, R1, 4, R2), asm.exit()],
  "the end of the program": [asm.mov64(R0, 0)],
  "a jump out of the program": [asm.mov64(R0, 0), asm.goto(5), asm.exit()],
  "endless recursion": [asm.mov64(R0, 0), asm.callSubprogram(-2), asm.exit()],
};

/** Cases that no Linux runs, by reason. */
const REFUSED: Readonly<Record<string, readonly string[]>> = { stock: ["callx"] };

describe.each(RAW_ENGINES)("engine %s", (engine) => {
  const unavailable = rawUnavailable(engine);

  test("conformance cases", (context) => {
    if (unavailable !== null) return context.skip(unavailable);
    if (!directory) return context.skip("ANYCALL_CORPUS is not set");
    const { cases } = loadCases(directory);
    const failures: string[] = [];
    for (const { name, insns, memory, expected } of cases) {
      const got = outcome(() => runRaw(insns, memory.slice(), engine));
      const wanted = REFUSED[engine]?.includes(name) ? "error" : expected;
      if (got !== wanted) failures.push(`${name}: ${got} instead of ${wanted}`);
    }
    expect(cases.length).toBeGreaterThan(200);
    expect(failures).toEqual([]);
  });

  test("the program's stores are seen", (context) => {
    if (unavailable !== null) return context.skip(unavailable);
    const memory = Uint8Array.from([1, 2, 3, 4]);
    expect(runRaw(encode([asm.load(16, R0, R1, 0), asm.store(8, R1, 3, 0x7f), asm.add64(R0, R2), asm.exit()]), memory, engine)).toBe(0x205n);
    expect([...memory]).toEqual([1, 2, 3, 0x7f]);
  });

  test.for(Object.entries(WILD))("%s ends in an error", ([, insns], context) => {
    if (unavailable !== null) return context.skip(unavailable);
    expect(() => runRaw(encode(insns), new Uint8Array(8), engine)).toThrow(AnycallError);
  });
});

function outcome(run: () => bigint): bigint | "error" {
  try {
    return run();
  } catch (error) {
    if (error instanceof AnycallError) return "error";
    throw error;
  }
}
