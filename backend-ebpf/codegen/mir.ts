/**
 * Machine IR: instructions of eBPF's shape on registers that may still be virtual. Owns the types and what each
 * instruction reads, writes and clobbers; selection makes it, allocation gives registers, emission encodes it.
 * It is not SSA: phis have become copies.
 */
import type { Span } from "../../kernel/abi/diagnostics.ts";
import type { AtomicFn, BlockId, Bytes, Predicate, Width } from "../../ir/types.ts";

/** 0–9: R0–R9; 10: the read-only stack pointer; from FIRST_VIRTUAL on: virtual. */
export type Reg = number;
export const STACK_POINTER: Reg = 10;
export const FIRST_VIRTUAL: Reg = 16;
/** Registers that values may live in. */
export const REGISTERS = 10;
/** R0–R5 are unreadable after a call. */
export const CLOBBERED = 6;

/** A signed 32-bit immediate. */
export interface Imm {
  readonly imm: number;
}
export type Operand = Reg | Imm;
/** Base of a memory access: a register, or an object on the eBPF stack by its index in `MFunc.objects`. */
export type Base = Reg | { readonly object: number };

export type AluFn = "add" | "sub" | "mul" | "div" | "sdiv" | "or" | "and" | "lsh" | "rsh" | "mod" | "smod" | "xor" | "arsh";

export type CallTarget = { readonly kind: "helper"; readonly id: number } | { readonly kind: "kfunc"; readonly name: string };

export type MInstr = { readonly span?: Span | undefined } & (
  | { readonly op: "mov"; readonly width: Width; readonly dst: Reg; readonly src: Operand }
  /** ISA v4. Sign-extends the low `from` bits to 64. */
  | { readonly op: "movsx"; readonly from: 8 | 16 | 32; readonly dst: Reg; readonly src: Reg }
  /** dst = dst fn src. */
  | { readonly op: "alu"; readonly fn: AluFn; readonly width: Width; readonly dst: Reg; readonly src: Operand }
  | { readonly op: "neg"; readonly width: Width; readonly dst: Reg }
  | { readonly op: "imm64"; readonly dst: Reg; readonly value: bigint }
  /** dst = address of a byte of a data section. */
  | { readonly op: "address"; readonly dst: Reg; readonly section: ".bss" | ".data"; readonly addend: number }
  /** dst = the function that an outlined loop's rounds are. */
  | { readonly op: "function"; readonly dst: Reg; readonly symbol: string }
  /** dst = the map that `.maps` declares under that name. */
  | { readonly op: "map"; readonly dst: Reg; readonly map: string }
  /** Reads the bytes at base + offset and `src`, changes the bytes; with `fetch` what was there goes to `src`, of cmpxchg to R0, which it compares. */
  | { readonly op: "atomic"; readonly fn: AtomicFn; readonly base: Reg; readonly offset: number; readonly bytes: 4 | 8; readonly src: Reg }
  /** `again`: the register had this value all along. */
  | {
      readonly op: "load"; readonly dst: Reg; readonly base: Base; readonly offset: number; readonly bytes: Bytes; readonly signed: boolean;
      readonly again?: boolean;
    }
  | { readonly op: "store"; readonly base: Base; readonly offset: number; readonly bytes: Bytes; readonly src: Operand }
  /** dst = address of a stack object. */
  | { readonly op: "stackaddr"; readonly dst: Reg; readonly object: number }
  /** Reads R1 … R`args`, writes R0, clobbers R1–R5. `site`: the operation of the table that this call performs. */
  | { readonly op: "call"; readonly target: CallTarget; readonly args: number; readonly site?: string }
  /**
   * R0 = the process or thread id in the caller's own pid namespace; clobbers R1–R5. By the cheap helper where the
   * loader has established that this is the initial namespace, else by the one that is told the namespace.
   */
  | { readonly op: "processid"; readonly which: "tgid" | "pid"; readonly object: number; readonly site: string }
  /** dst = a pred b ? 1 : 0, by a short jump. `dst` differs from `a` and `b`. */
  | { readonly op: "set"; readonly dst: Reg; readonly pred: Predicate; readonly width: Width; readonly a: Reg; readonly b: Operand }
  /** `slot` is a spilled virtual register, which lives on the stack. */
  | { readonly op: "fill"; readonly dst: Reg; readonly slot: Reg }
  | { readonly op: "spill"; readonly slot: Reg; readonly src: Reg }
  /**
   * A copy into another register that is never coalesced away: after it the verifier of kernels before 6.8 knows that
   * the spilled copy and later fills are the same number.
   */
  | { readonly op: "link"; readonly dst: Reg; readonly src: Reg }
);

export type MTerminator = { readonly span?: Span | undefined } & (
  | { readonly op: "jump"; readonly to: BlockId }
  | {
      readonly op: "branch"; readonly pred: Predicate; readonly width: Width; readonly a: Reg; readonly b: Operand;
      readonly then: BlockId; readonly else: BlockId;
    }
  /** Goes to `exhausted` when the kernel's budget of rounds or time is used up. */
  | { readonly op: "maygoto"; readonly body: BlockId; readonly exhausted: BlockId }
  /** Ends the header of a loop whose rounds become calls of a function: outlining replaces it. */
  | { readonly op: "round"; readonly body: BlockId; readonly exhausted: BlockId }
  /** Reads R0. */
  | { readonly op: "exit" }
);

export interface MBlock {
  readonly id: BlockId;
  readonly instrs: MInstr[];
  terminator: MTerminator;
  /** Number of loops around the block. */
  readonly depth: number;
  /** Ends the call abnormally: laid out at the end. */
  readonly cold: boolean;
}

export interface MFunc {
  /** In layout order, entry first. */
  blocks: MBlock[];
  /** Next unused virtual register. */
  nextReg: Reg;
  /** Source variable of a virtual register. */
  readonly names: Map<Reg, string>;
  /** Stack objects (helper out-arguments, iterators) in bytes, multiples of 8. */
  readonly objects: number[];
  /** Registers whose range is tested by a branch and needed by an access behind it. */
  readonly ranged: Set<Reg>;
  /** Pointers that may be null, which are tested before they are used: handles and values of maps. */
  readonly nullable: Set<Reg>;
}

export function isVirtual(reg: Reg): boolean {
  return reg >= FIRST_VIRTUAL;
}

/** Calls `visit` for each register that `instr` reads. */
export function eachUse(instr: MInstr, visit: (reg: Reg) => void): void {
  switch (instr.op) {
    case "mov":
      if (typeof instr.src === "number") visit(instr.src);
      return;
    case "movsx":
    case "link":
    case "spill":
      visit(instr.src);
      return;
    case "alu":
      visit(instr.dst);
      if (typeof instr.src === "number") visit(instr.src);
      return;
    case "neg":
      visit(instr.dst);
      return;
    case "load":
      if (typeof instr.base === "number") visit(instr.base);
      return;
    case "store":
      if (typeof instr.base === "number") visit(instr.base);
      if (typeof instr.src === "number") visit(instr.src);
      return;
    case "call":
      for (let reg = 1; reg <= instr.args; reg++) visit(reg);
      return;
    case "set":
      visit(instr.a);
      if (typeof instr.b === "number") visit(instr.b);
      return;
    case "fill":
      visit(instr.slot);
      return;
    case "atomic":
      visit(instr.base);
      visit(instr.src);
      if (instr.fn === "cmpxchg") visit(0);
      return;
    case "imm64":
    case "address":
    case "map":
    case "function":
    case "stackaddr":
    case "processid":
      return;
  }
}

/** Calls `visit` for each register that `instr` writes or makes unreadable. */
export function eachDef(instr: MInstr, visit: (reg: Reg) => void): void {
  switch (instr.op) {
    case "store":
      return;
    case "spill":
      visit(instr.slot);
      return;
    case "atomic":
      visit(instr.fn === "cmpxchg" ? 0 : instr.src);
      return;
    case "call":
    case "processid":
      for (let reg = 0; reg < CLOBBERED; reg++) visit(reg);
      return;
    default:
      visit(instr.dst);
  }
}

/** Whether `instr` may be dropped when nothing reads what it writes. */
export function isPure(instr: MInstr): boolean {
  return instr.op !== "store" && instr.op !== "call" && instr.op !== "processid" && instr.op !== "atomic";
}

export function eachTerminatorUse(terminator: MTerminator, visit: (reg: Reg) => void): void {
  if (terminator.op === "exit") visit(0);
  if (terminator.op !== "branch") return;
  visit(terminator.a);
  if (typeof terminator.b === "number") visit(terminator.b);
}

export function machineSuccessors(terminator: MTerminator): readonly BlockId[] {
  switch (terminator.op) {
    case "jump":
      return [terminator.to];
    case "branch":
      return [terminator.then, terminator.else];
    case "maygoto":
    case "round":
      return [terminator.body, terminator.exhausted];
    case "exit":
      return [];
  }
}

export function mapMachineTargets(terminator: MTerminator, map: (block: BlockId) => BlockId): MTerminator {
  switch (terminator.op) {
    case "jump":
      return { ...terminator, to: map(terminator.to) };
    case "branch":
      return { ...terminator, then: map(terminator.then), else: map(terminator.else) };
    case "maygoto":
    case "round":
      return { ...terminator, body: map(terminator.body), exhausted: map(terminator.exhausted) };
    case "exit":
      return terminator;
  }
}

/** `instr` with each register replaced: what it reads by `use`, what it writes by `def` (equal for read-write operands). */
export function mapRegisters(instr: MInstr, use: (reg: Reg) => Reg, def: (reg: Reg) => Reg): MInstr {
  const operand = (o: Operand): Operand => (typeof o === "number" ? use(o) : o);
  const base = (b: Base): Base => (typeof b === "number" ? use(b) : b);
  switch (instr.op) {
    case "mov":
    case "alu":
      return { ...instr, src: operand(instr.src), dst: def(instr.dst) };
    case "movsx":
    case "link":
      return { ...instr, src: use(instr.src), dst: def(instr.dst) };
    case "spill":
      return { ...instr, src: use(instr.src) };
    case "load":
      return { ...instr, base: base(instr.base), dst: def(instr.dst) };
    case "store":
      return { ...instr, base: base(instr.base), src: operand(instr.src) };
    case "set":
      return { ...instr, a: use(instr.a), b: operand(instr.b), dst: def(instr.dst) };
    case "atomic":
      return { ...instr, base: use(instr.base), src: use(instr.src) };
    case "call":
    case "processid":
      return instr;
    default:
      return { ...instr, dst: def(instr.dst) };
  }
}

export function mapTerminatorRegisters(terminator: MTerminator, use: (reg: Reg) => Reg): MTerminator {
  if (terminator.op !== "branch") return terminator;
  return { ...terminator, a: use(terminator.a), b: typeof terminator.b === "number" ? use(terminator.b) : terminator.b };
}
