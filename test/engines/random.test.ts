/** Random bytecode: engine `user`'s translation and the running kernel against the BigInt interpreter. */
import { describe, expect, test } from "vitest";
import * as asm from "../../backend-ebpf/isa/asm.ts";
import { disassemble } from "../../backend-ebpf/isa/disasm.ts";
import { encode, type Insn } from "../../backend-ebpf/isa/insn.ts";
import { AnycallError } from "../../kernel/errors.ts";
import { type RawEngineName, runRaw } from "../../kernel/raw-run.ts";
import { UserEngine } from "../../kernel/user-engine/engine.ts";
import { controlFlow } from "../../kernel/user-engine/cfg.ts";
import { Random } from "../support/random.ts";
import { MEMORY_SIZE, randomBytecode, type Shape } from "./random-bytecode.ts";
import { accepting, handMade, noBpf } from "./support.ts";

function outcome(insns: readonly Insn[], memory: Uint8Array, engine: RawEngineName): string {
  const bytes = memory.slice();
  const r0 = runRaw(encode(insns), bytes, engine);
  return `r0 ${r0.toString(16)}, memory ${Buffer.from(bytes).toString("hex")}`;
}

/** Byte offset of the memory in `.bss`; r0 goes to 0. */
const MEMORY_AT = 64;

/** A program that returns OK, around one that returns anything. */
function asSubprogram(insns: readonly Insn[]): Insn[] {
  const tail = [...asm.ldpseudo(asm.R1, "map_value", 0), asm.store(64, asm.R1, 0, asm.R0), asm.mov64(asm.R0, 0), asm.exit()];
  return [...asm.ldpseudo(asm.R1, "map_value", 0, MEMORY_AT), asm.mov64(asm.R2, MEMORY_SIZE), asm.callSubprogram(tail.length), ...tail, ...insns];
}

function generate(seed: number, shape: Partial<Shape> = {}): { insns: Insn[]; memory: Uint8Array } {
  const random = new Random(seed);
  const insns = randomBytecode(random, { pieces: 2 + random.below(60), subprogram: random.below(4) === 0, jumps: random.below(40), ...shape });
  const memory = new Uint8Array(MEMORY_SIZE);
  random.fill(memory);
  return { insns, memory };
}

describe("random bytecode", () => {
  test("user gives what the interpreter gives", () => {
    let irreducible = 0;
    for (let seed = 1; seed <= 600; seed++) {
      const { insns, memory } = generate(seed);
      if (!controlFlow(insns, 0).reducible) irreducible++;
      expect(outcome(insns, memory, "user"), `seed ${seed}\n${disassemble(insns)}`).toBe(outcome(insns, memory, "interp"));
    }
    // Both ways of making control flow are exercised.
    expect(irreducible).toBeGreaterThan(30);
    expect(irreducible).toBeLessThan(500);
  });

  test("the same without checks, as verified programs run", () => {
    const engine = new UserEngine(accepting);
    for (let seed = 1001; seed <= 1200; seed++) {
      const { insns, memory } = generate(seed);
      const instance = engine.load(handMade(asSubprogram(insns)));
      instance.bss.set(memory, MEMORY_AT);
      expect(instance.call("main", 0)).toBe("OK");
      const r0 = new DataView(instance.bss.buffer, instance.bss.byteOffset).getBigUint64(0, true);
      const got = `r0 ${r0.toString(16)}, memory ${Buffer.from(instance.bss.subarray(MEMORY_AT, MEMORY_AT + MEMORY_SIZE)).toString("hex")}`;
      expect(got, `seed ${seed}\n${disassemble(insns)}`).toBe(outcome(insns, memory, "interp"));
    }
  });

  test("a long program with many jumps does not exhaust the translator's stack", () => {
    const { insns, memory } = generate(7, { pieces: 20_000, jumps: 50, subprogram: false });
    expect(outcome(insns, memory, "user")).toBe(outcome(insns, memory, "interp"));
  });

  test.skipIf(noBpf !== "")(`the kernel gives what the interpreter gives${noBpf && `: ${noBpf}`}`, () => {
    let ran = 0;
    for (let seed = 1; seed <= 150; seed++) {
      const plain = seed % 3 > 0;
      const { insns, memory } = generate(seed, plain ? { jumps: 0, subprogram: false } : { jumps: 5, subprogram: true });
      let got: string;
      try {
        got = outcome(insns, memory, "stock");
      } catch (error) {
        // Unreachable code, too many states, atomics at a variable place of the stack: such programs may be refused, plain ones not.
        if (!(error instanceof AnycallError) || plain) throw error;
        continue;
      }
      ran++;
      expect(got, `seed ${seed}\n${disassemble(insns)}`).toBe(outcome(insns, memory, "interp"));
    }
    expect(ran).toBeGreaterThan(100);
  });
});
