/**
 * The numeric domain against the running kernel: random straight-line programs with arithmetic, moves of all widths and
 * branches are verified by the kernel at log level 2, and every scalar that its log prints must be ours, character by
 * character. The kernel is the truth; skipped where it is not 6.18 or refuses.
 */
import { release } from "node:os";
import { describe, expect, test } from "vitest";
import { encode, type Insn } from "../../backend-ebpf/isa/insn.ts";
import { type KernelLoad, kernelLoader, type LoadResult } from "../../test/support/bpf-load.ts";
import {
  ALU, branchTaken, byteOrder, forkWidth, formatScalar, JMP, markKnown, markKnown32, markKnownImm, refineBranch, Scalar, scalarAlu, signExtend32,
  signExtend64, truncateTo, zeroExtend32,
} from "./index.ts";
import { type Random, random } from "./testing/random.ts";

const kernel: { readonly load: KernelLoad } | { readonly reason: string } = kernelLoader();
const version = release().split(".").slice(0, 2).join(".");
const reason = "reason" in kernel ? kernel.reason : version !== "6.18" ? `the domain is checked against 6.18, this is ${version}` : undefined;

/** More by hand: DOMAIN_PROGRAMS=100000, and other ones by DOMAIN_SEED. */
const PROGRAMS = Number(process.env.DOMAIN_PROGRAMS ?? 1500);
const SEED = Number(process.env.DOMAIN_SEED ?? 1);
const LENGTH = 14;
const REGISTERS = [6, 7, 8] as const;
/** Fork after and/or of 0 or -1: the path the kernel continues with is the one we follow. */
const ALU_OPS = [ALU.ADD, ALU.SUB, ALU.MUL, ALU.OR, ALU.AND, ALU.XOR, ALU.LSH, ALU.RSH, ALU.ARSH, ALU.NEG, ALU.DIV, ALU.MOD, ALU.END];
const JMP_OPS = Object.values(JMP);

interface Expectation {
  /** Registers after the instruction on the path that falls through. */
  readonly state: ReadonlyMap<number, string>;
}
interface Case {
  readonly insns: Insn[];
  /** By instruction: what the log's line must say of the scalars it mentions. */
  readonly after: Map<number, Expectation["state"]>;
  /** By target: what "from A to B" must say. */
  readonly at: Map<number, Expectation["state"]>;
}

const insn = (opcode: number, dst: number, src: number, off: number, imm: number): Insn => ({ opcode, dst, src, off, imm });

function generate(rng: Random): Case {
  const insns: Insn[] = [insn(0xb7, 0, 0, 0, 0)];
  const after = new Map<number, Expectation["state"]>();
  const at = new Map<number, Expectation["state"]>();
  const regs = new Map<number, Scalar>();
  const tails: { readonly branch: number; readonly state: Map<number, string> }[] = [];
  const snapshot = (): Map<number, string> => new Map([...regs].map(([r, s]) => [r, formatScalar(s)]));
  const emit = (next: Insn): void => {
    insns.push(next);
    after.set(insns.length - 1, snapshot());
  };
  for (const r of REGISTERS) {
    const scalar = new Scalar();
    const [opcode, size] = rng.pick([[0x79, 8], [0x79, 8], [0x61, 4], [0x69, 2], [0x71, 1], [0x91, -1], [0x89, -2], [0x81, -4]] as const);
    if (size > 0) truncateTo(scalar, size);
    else signExtend64(scalar, -size);
    regs.set(r, scalar);
    emit(insn(opcode, r, 1, (r - 6) * 8, 0));
  }
  let open = true;
  for (let i = 0; i < LENGTH && open; i++) {
    const dst = rng.pick(REGISTERS);
    const src = rng.pick(REGISTERS);
    const d = regs.get(dst)!;
    const s = regs.get(src)!;
    const is64 = rng.below(2) === 1;
    const choice = rng.below(10);
    if (choice < 5) open = arithmetic(dst, src, d, s, is64);
    else if (choice < 6 && dst !== src) move(dst, src, d, s, is64);
    else if (choice >= 7) open = branch(dst, src, d, s, is64);
  }
  if (open) insns.push(insn(0x95, 0, 0, 0, 0));
  for (const { branch: from, state } of tails) {
    insns[from] = { ...insns[from]!, off: insns.length - from - 1 };
    at.set(insns.length, state);
    insns.push(insn(0x95, 0, 0, 0, 0));
  }
  return { insns, after, at };

  function arithmetic(dst: number, src: number, d: Scalar, s: Scalar, is64: boolean): boolean {
    const op = rng.pick(ALU_OPS);
    const shift = op === ALU.LSH || op === ALU.RSH || op === ALU.ARSH;
    let imm = rng.imm();
    if (shift) imm = rng.below(is64 ? 64 : 32);
    if ((op === ALU.DIV || op === ALU.MOD) && imm === 0) imm = 1;
    if (op === ALU.NEG || op === ALU.END) {
      const bits = rng.pick([16, 32, 64]);
      const order = rng.pick([0xd4, 0xdc, 0xd7]);
      if (op === ALU.END) byteOrder(d, order !== 0xd4, bits);
      else scalarAlu(op, is64, d, d);
      emit(op === ALU.END ? insn(order, dst, 0, 0, bits) : insn(op | (is64 ? 7 : 4), dst, 0, 0, 0));
      return true;
    }
    const immediate = rng.below(2) === 0;
    const operand = immediate ? new Scalar() : s;
    if (immediate) markKnownImm(operand, imm);
    const fork = forkWidth(op, d, operand);
    if (fork === 64) markKnown(d, -1, -1);
    else if (fork === 32) markKnown32(d, -1);
    scalarAlu(op, is64, d, operand);
    emit(insn(op | (is64 ? 7 : 4) | (immediate ? 0 : 8), dst, immediate ? 0 : src, 0, immediate ? imm : 0));
    return true;
  }

  /** A move, then a multiplication by one: it changes no range and takes away the id that would link both registers. */
  function move(dst: number, src: number, d: Scalar, s: Scalar, is64: boolean): void {
    const bits = rng.pick(is64 ? [0, 8, 16, 32] : [0, 8, 16]);
    d.copyFrom(s);
    if (is64 && bits !== 0) signExtend64(d, bits / 8);
    if (!is64 && bits === 0) zeroExtend32(d);
    if (!is64 && bits !== 0) signExtend32(d, bits / 8);
    emit(insn(is64 ? 0xbf : 0xbc, dst, src, bits, 0));
    const one = Scalar.constant(0, 1);
    scalarAlu(ALU.MUL, true, d, one);
    emit(insn(0x27, dst, 0, 0, 1));
    scalarAlu(ALU.MUL, true, s, one);
    emit(insn(0x27, src, 0, 0, 1));
  }

  function branch(dst: number, src: number, d: Scalar, s: Scalar, is64: boolean): boolean {
    const op = rng.pick(JMP_OPS);
    const immediate = rng.below(2) === 0;
    const imm = rng.imm();
    const operand = immediate ? new Scalar() : s;
    if (immediate) markKnownImm(operand, imm);
    const jump = insn(op | (is64 ? 5 : 6) | (immediate ? 0 : 8), dst, immediate ? 0 : src, 0, immediate ? imm : 0);
    const taken = branchTaken(op, is64, d, operand);
    if (taken === -1) {
      const takenA = d.copy();
      const takenB = operand === d ? takenA : operand.copy();
      refineBranch(op, is64, takenA, takenB, d, operand);
      const state = snapshot();
      state.set(dst, formatScalar(takenA));
      if (!immediate) state.set(src, formatScalar(takenB));
      tails.push({ branch: insns.length, state });
    } else {
      // Decided: nothing is refined, and a branch never taken still needs a target.
      tails.push({ branch: insns.length, state: snapshot() });
    }
    emit(jump);
    return taken !== 1;
  }
}

/** Scalars of a state as printed: register → text without precision mark and ids. */
function printed(text: string): Map<number, string> {
  const result = new Map<number, string>();
  for (const match of text.matchAll(/\bR(\d+)(?:_w|_r)?=(P?(?:scalar\([^ ]*\)|-?(?:0x)?[0-9a-f]+))(?= |$)/g)) {
    result.set(Number(match[1]), match[2]!.replace(/^P/, "").replace(/id=\d+(?:[+-]\d+)?,?/, ""));
  }
  return result;
}

function compare(test: Case, log: string, seed: number): number {
  let compared = 0;
  const check = (want: Expectation["state"] | undefined, text: string, line: string): void => {
    if (!want) return;
    for (const [register, got] of printed(text)) {
      const expected = want.get(register);
      if (expected === undefined) continue;
      compared++;
      if (got !== expected) expect.fail(`seed ${seed}: R${register} is ${expected}, the kernel says ${got}\n${line}\n${log}`);
    }
  };
  const seen = new Set<number>();
  for (const line of log.split("\n")) {
    const step = /^(\d+): \([0-9a-f]{2}\) [^;]*; (.*)$/.exec(line);
    if (step) {
      const index = Number(step[1]);
      // A fork explores the rest again with another value: only the first visit is the path that we followed.
      if (seen.has(index)) return compared;
      seen.add(index);
      check(test.after.get(index), step[2]!, line);
    }
    const from = /^from (\d+) to (\d+): (.*)$/.exec(line);
    if (from) {
      if (!test.at.has(Number(from[2]))) return compared;
      check(test.at.get(Number(from[2])), from[3]!, line);
    }
  }
  return compared;
}

describe.skipIf(reason !== undefined)(`numeric domain against the kernel's log${reason ? ` (${reason})` : ""}`, () => {
  test(`${PROGRAMS} random programs`, () => {
    if (!("load" in kernel)) return;
    let compared = 0;
    for (let seed = SEED; seed < SEED + PROGRAMS; seed++) {
      const program = generate(random(seed));
      const result: LoadResult = kernel.load(encode(program.insns), 2);
      if (!result.ok) expect.fail(`seed ${seed}: refused\n${result.log}`);
      compared += compare(program, result.log, seed);
    }
    expect(compared).toBeGreaterThan(PROGRAMS * 10);
  });
});
