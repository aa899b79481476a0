/** Conditional jumps: which way, and what each way says about the registers compared. */
import { JUMP, SOURCE } from "../../backend-ebpf/isa/opcodes.ts";
import { branchTaken, flipOperands, isConst, isConst32, isZero, JMP, refineBranch } from "../domain/index.ts";
import type { Machine } from "../explore/machine.ts";
import { findPrevious } from "../explore/visited.ts";
import { widen } from "../explore/widen.ts";
import { refuse } from "../failure.ts";
import { MAY_GOTO, operationOf } from "../program/decode.ts";
import { isPointer, isTrusted, Reg } from "../state/register.ts";
import type { State } from "../state/state.ts";
import { hasLock } from "./fields.ts";
import { linkedRegisters, syncLinked } from "./linked.ts";
import { habitsOf } from "./versions.ts";

/** Returns the slot to go on with; the other way waits. */
export function checkJump(m: Machine): number {
  const insn = m.current;
  const { dst, src, off, imm, opcode } = insn;
  const operation = operationOf(insn);
  const is64 = (opcode & 7) === 5;
  if (operation === JUMP.JA || operation > JUMP.JCOND) refuse("alu-opcode", operation.toString(16));
  if (operation === JUMP.JCOND) return mayGoto(m);
  const number = dst;
  const reg = m.read(number);
  const byRegister = (opcode & SOURCE.X) !== 0;
  let other: Reg;
  if (byRegister) {
    if (imm !== 0) refuse("reserved-fields", "BPF_JMP/JMP32");
    other = m.read(src);
    if (reg.type === "fp" || other.type === "fp") m.record();
  } else {
    if (src !== 0) refuse("reserved-fields", "BPF_JMP/JMP32");
    other = new Reg();
    other.setKnown(imm >> 31, imm);
  }
  const next = m.insn + 1;
  const target = next + off;
  const taken = decide(m, reg, other, operation, is64);
  if (taken >= 0) {
    if (reg.isScalar) m.precise(number);
    if (byRegister && other.isScalar) m.precise(src);
    return taken === 1 ? target : next;
  }
  const linked = linkedRegisters(m, [byRegister ? other : undefined, reg]);
  if (linked.length > 1) m.recordLinked(linked);

  const branch = m.branch(target);
  const taking = branch.top.regs;
  if (reg.isScalar && other.isScalar) {
    const takenOther = byRegister ? taking[src]! : other.copy();
    refineSides(m, operation, is64, [taking[dst]!, takenOther], [reg, byRegister ? other : other.copy()]);
  }
  if (byRegister && other.isScalar && other.id !== 0) {
    syncLinked(m.state, other, linked);
    syncLinked(branch, taking[src]!, linked);
  }
  if (reg.isScalar && reg.id !== 0) {
    syncLinked(m.state, reg, linked);
    syncLinked(branch, taking[dst]!, linked);
  }
  nullChecks(m, branch, reg, other, operation, is64, byRegister);
  return next;
}

type Operands = readonly [Reg, Reg];

/** What a comparison says of its operands where the jump is taken, and where it is not. */
function refineSides(m: Machine, operation: number, is64: boolean, taken: Operands, notTaken: Operands): void {
  const { comparesRanges } = habitsOf(m.options.profile);
  const known = is64 ? isConst : isConst32;
  const isEquality = operation === JMP.JEQ || operation === JMP.JNE;
  if (!comparesRanges && !known(taken[0]) && !known(taken[1]) && !(is64 && isEquality)) return;
  // Until then being different says nothing.
  const unequal = comparesRanges || !isEquality ? undefined : operation === JMP.JEQ ? notTaken : taken;
  const before = unequal?.map((reg) => reg.copy());
  refineBranch(operation, is64, taken[0], taken[1], notTaken[0], notTaken[1]);
  unequal?.forEach((reg, i) => {
    reg.assign(before![i]!);
  });
}

function mayGoto(m: Machine): number {
  const { opcode, dst, src, off, imm } = m.current;
  const { mayGotoNext } = habitsOf(m.options.profile);
  if (opcode !== MAY_GOTO || src !== 0 || dst !== 0 || imm !== 0 || (off === 0 && !mayGotoNext))
    mayGotoNext ? refuse("may-goto-imm", imm) : refuse("may-goto-fields", off, imm);
  const round = m.branch(m.insn + 1);
  round.mayGotoDepth++;
  const previous = findPrevious(m, m.state);
  if (previous) widen(previous, round);
  return m.insn + 1 + off;
}

/** 1: always taken, 0: never, -1: not known. */
function decide(m: Machine, reg: Reg, other: Reg, operation: number, is64: boolean): number {
  if (reg.isScalar && other.isScalar) return branchTaken(operation, is64, reg, other);
  const constant = (r: Reg) => r.isScalar && (is64 ? isConst(r) : isConst32(r));
  let [pointer, value, op] = [reg, other, operation];
  if (!constant(value)) [pointer, value, op] = [other, reg, flipOperands(operation)];
  if (!constant(value) || !neverNull(m, pointer)) return -1;
  const zero = is64 ? isZero(value) : value.tvLo === 0;
  if (!zero) return -1;
  return op === JMP.JEQ ? 0 : op === JMP.JNE ? 1 : -1;
}

function neverNull(m: Machine, reg: Reg): boolean {
  return !reg.nullable && habitsOf(m.options.profile).neverNull.includes(reg.type) && (reg.type !== "btf" || isTrusted(reg));
}

function nullChecks(m: Machine, branch: State, reg: Reg, other: Reg, operation: number, is64: boolean, byRegister: boolean): void {
  const { dst, src } = m.current;
  const equality = operation === JMP.JEQ || operation === JMP.JNE;
  if (!is64 || !equality) return;
  if (byRegister && isPointer(reg) && isPointer(other) && reg.nullable !== other.nullable && reg.type !== "btf" && other.type !== "btf") {
    const equal = operation === JMP.JEQ ? branch.top.regs : m.regs;
    equal[other.nullable ? src : dst]!.nullable = false;
    return;
  }
  if (!reg.nullable || !other.isScalar || !isZero(other)) return;
  markNull(m.state, dst, operation === JMP.JNE);
  markNull(branch, dst, operation === JMP.JEQ);
}

/** Every copy of the pointer is null, or none is. */
function markNull(state: State, number: number, isNull: boolean): void {
  const { id, ref } = state.top.regs[number]!;
  if (ref !== 0 && ref === id && isNull) state.refs = state.refs.filter((r) => r.id !== ref);
  state.eachRegister((reg) => {
    if (!reg.nullable || reg.id !== id) return;
    if (isNull) {
      reg.setKnown(0, 0);
      return;
    }
    reg.nullable = false;
    const inner = reg.type === "map_value" ? reg.map?.inner : undefined;
    if (inner) {
      // The value of a map of maps is a map.
      reg.setPointer("map_ptr");
      reg.map = inner;
      return;
    }
    // A value with a lock keeps its identity.
    if (!reg.map || !hasLock(reg.map)) reg.id = 0;
  });
}
