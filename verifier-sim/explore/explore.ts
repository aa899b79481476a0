/**
 * Exploration: follows every path of a program, depth first, until all are covered. Owns the order of paths and the limits;
 * what an instruction means is the rules'.
 */
import type { LinkedProgram } from "../../backend-ebpf/object/types.ts";
import { setArithmetic } from "../domain/index.ts";
import { Refusal, refuse, Unmodelled } from "../failure.ts";
import { reducedBtf, reducedSymbols } from "../kernels/index.ts";
import { analyze } from "../program/analysis.ts";
import { CALL, CALLER_SAVED, EXIT, isConditional, isJumpClass, isSubprogramCall } from "../program/decode.ts";
import { checkInstruction } from "../rules/instruction.ts";
import { habitsOf } from "../rules/versions.ts";
import { Frame, State } from "../state/state.ts";
import type { Failure, Verdict, VerifyOptions } from "../types.ts";
import { reasonOf } from "../explain/reasons.ts";
import { describe } from "../explain/value.ts";
import { Log } from "../log/log.ts";
import type { Observer } from "../log/observer.ts";
import { Machine } from "./machine.ts";
import { visitedOf } from "./visited.ts";

const MAX_PROCESSED = 1_000_000;
const MAX_STACK = 512;
const MAX_FRAMES = 8;
/** Steps of a failing path that are reported. */
const MAX_PATH = 64;
const PROG_TYPE_SYSCALL = 31;

/** Absent types and symbols are those of the profile's kernel. */
function withKernel(options: VerifyOptions): VerifyOptions {
  if (options.kernelBtf) return options;
  const { name } = options.profile;
  const [kernelBtf, kernelSymbols] = [reducedBtf(name), options.kernelSymbols ?? reducedSymbols(name)];
  return { ...options, ...(kernelBtf && { kernelBtf }), ...(kernelSymbols && { kernelSymbols }) };
}

export function verify(program: LinkedProgram, options: VerifyOptions): Verdict {
  const log = options.log ? new Log(program, options.log) : undefined;
  const verdict = follow(program, options, log);
  return log ? { ...verdict, log: log.finish(verdict.processed) } : verdict;
}

/** The verdict, while `observer` watches every step. */
export function follow(program: LinkedProgram, given: VerifyOptions, observer?: Observer): Verdict {
  const options = withKernel(given);
  setArithmetic(options.profile.version);
  let machine: Machine | undefined;
  let processed = 0;
  const base = () => ({ processed, stackDepth: machine?.stackDepth ?? [], log: [] as string[] });
  try {
    if (program.progType !== PROG_TYPE_SYSCALL) throw new Unmodelled(`programs of type ${program.progType}`);
    if (program.insns.length === 0 || program.insns.length > MAX_PROCESSED) throw new Unmodelled(`programs of ${program.insns.length} instructions`);
    const analysis = analyze(program, options);
    machine = new Machine(program, analysis, options, initialState(), observer);
    explore(machine, (n) => {
      processed = n;
    });
    checkStackDepth(machine);
    if (machine.missingFunctions) refuse("kfunc-not-eliminated");
    return { verdict: "ACCEPT", ...base() };
  } catch (error) {
    if (error instanceof Unmodelled) return { verdict: "UNKNOWN", reason: error.message, insn: machine?.insn ?? 0, ...base() };
    if (!(error instanceof Refusal)) throw error;
    const { detail } = error.more;
    if (detail !== undefined) observer?.line(detail);
    observer?.line(error.message);
    const insn = error.insn >= 0 ? error.insn : (machine?.insn ?? 0);
    return { verdict: "REJECT", error: error.message, insn, failure: failureOf(error, machine), ...base(), log: [...(detail === undefined ? [] : [detail]), error.message] };
  }
}

function initialState(): State {
  const state = new State();
  const main = Frame.enter(-1, 0, 0);
  main.regs[1]!.setPointer("ctx");
  state.frames.push(main);
  state.branches = 1;
  return state;
}

function explore(m: Machine, report: (processed: number) => void): void {
  const visited = visitedOf(m);
  const { insns } = m.program;
  let processed = 0;
  let jumps = 0;
  /** Where the path that was just taken up branched off. */
  let from: number | undefined;
  m.log?.functions(m.analysis.subprograms.map(({ start }) => start));
  for (;;) {
    m.entry = undefined;
    report(++processed);
    if (processed > MAX_PROCESSED) refuse("too-large", processed);
    m.state.lastInsn = m.previous;
    m.state.insn = m.insn;
    let next: number | undefined;
    const covered = m.analysis.prune[m.insn] === 1 && visited.covers(m, jumps, processed);
    if (covered) m.log?.safe(m.insn, from);
    else {
      m.log?.arrive(m.insn, from, m.state, m.touched);
      from = undefined;
      if (m.analysis.jump[m.insn]) m.record();
      const insn = m.current;
      // A call of a helper moves nowhere; jumps and calls of functions are what the kernel counts.
      if (isJumpClass(insn)) jumps++;
      void isSubprogramCall;
      const at = m.insn;
      m.liveness.begin(m.state, at);
      next = checkInstruction(m);
      if (insn.opcode === CALL) m.touched.registers |= CALLER_SAVED;
      if (m.log && isConditional(insn)) m.log.settle(at, m.state, m.touched);
      if (insn.opcode === EXIT && next !== undefined) from = at;
      m.liveness.commit(m.state);
      m.previous = at;
    }
    if (next !== undefined) {
      if (next < 0 || next >= insns.length) throw new Unmodelled(`flow to ${next}`);
      m.insn = next;
      continue;
    }
    m.touched.all();
    m.liveness.settle(m.state);
    visited.finish(m, m.state.parent);
    const pending = m.pending.pop();
    if (!pending) return;
    m.state = pending.state;
    m.insn = pending.insn;
    m.previous = pending.previous;
    from = pending.previous;
    m.touched.all();
    m.log?.rewind(pending.logged);
  }
}

/** The deepest chain of calls fits the kernel's stack. */
function checkStackDepth(m: Machine): void {
  const { insns } = m.program;
  const { subprograms } = m.analysis;
  const align = habitsOf(m.options.profile).stackAlign;
  const rounded = m.stackDepth.map((bytes) => Math.ceil((align === 32 ? Math.max(bytes, 1) : bytes) / align) * align);
  const calls = subprograms.map(({ start, end }) => {
    const targets = new Set<number>();
    for (let i = start; i < end; i++) if (isSubprogramCall(insns[i]!)) targets.add(subprograms.findIndex((s) => s.start === i + 1 + insns[i]!.imm));
    return [...targets];
  });
  const walk = (subprog: number, depth: number, frames: number): void => {
    const total = depth + rounded[subprog]!;
    if (total > MAX_STACK) refuse("stack-combined", frames, total);
    for (const callee of calls[subprog]!) {
      if (frames >= MAX_FRAMES) refuse("stack-frames-static", frames);
      walk(callee, total, frames + 1);
    }
  };
  walk(0, 0, 1);
}

/** The instructions on the failing path, the last ones if it is long. */
function failureOf(error: Refusal, m: Machine | undefined): Failure {
  const path: { insn: number; note: string }[] = [];
  for (let state: State | undefined = m?.state; state && path.length < MAX_PATH; state = state.parent) {
    for (const entry of [...state.history].reverse()) path.unshift({ insn: entry.previous, note: "" });
  }
  const reason = reasonOf(error.rule, error.message);
  // A register that does not exist has no value.
  const value = error.register === undefined ? undefined : m?.regs[error.register];
  return {
    rule: error.rule,
    class: m?.program.meta ? reason.ours : reason.class,
    ...(error.register !== undefined && { register: error.register }),
    ...(value && { known: describe(value) }),
    ...(error.more.required !== undefined && { required: error.more.required }),
    path: path.slice(-MAX_PATH),
  };
}
