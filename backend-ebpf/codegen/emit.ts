/**
 * Emission: allocated machine IR → the function's instruction slots with relocations, call sites, line records and
 * variable locations. Owns positions: block order comes from arrange.ts, branch forms are chosen here by distance.
 */
import type { BlockId } from "../../ir/types.ts";
import type { Span } from "../../kernel/abi/diagnostics.ts";
import { ENV } from "../../kernel/abi/frame.ts";
import { helperId } from "../../kernel/abi/helpers.ts";
import type { Insn } from "../isa/insn.ts";
import type { CodeUnit, Relocation } from "../object/types.ts";
import type { Allocation } from "./allocate.ts";
import { arrange } from "./arrange.ts";
import { NEGATED } from "../../ir/evaluate.ts";
import { encode, type Source } from "./encode.ts";
import { type Base, type MBlock, type MFunc, type MInstr, type MTerminator, type Operand, type Reg, STACK_POINTER } from "./mir.ts";
import { locateVariables } from "./variables.ts";

export interface Emitted {
  readonly unit: CodeUnit;
  readonly sites: readonly { readonly insn: number; readonly op: string }[];
  /** Whether an instruction of ISA v4 was emitted. */
  readonly v4: boolean;
  /** Distance of the longest jump that has no form here, if there is one. */
  readonly tooFar?: number;
}

export interface EmitOptions {
  readonly symbol: string;
  readonly v4: boolean;
}

/** Bytes of the eBPF stack that the function uses: spill slots first, then objects. */
export function stackBytes(func: MFunc, allocation: Allocation): number {
  return allocation.slots * 8 + func.objects.reduce((total, bytes) => total + bytes, 0);
}

export function emit(func: MFunc, allocation: Allocation, options: EmitOptions): Emitted {
  return new Emitter(func, allocation, options).run();
}

/** A slot of code, before positions are known. */
interface Slot {
  readonly insn: Insn;
  readonly span: Span | undefined;
  readonly target?: BlockId;
  readonly relocation?: (insn: number) => Relocation;
  readonly site?: string;
}

/** Longest distance of a 16-bit offset. */
const NEAR = 0x7fff;

class Emitter {
  readonly #func: MFunc;
  readonly #allocation: Allocation;
  readonly #options: EmitOptions;
  #v4 = false;
  /** Slot → register that holds the same value, inside a block. */
  readonly #held = new Map<number, number>();

  constructor(func: MFunc, allocation: Allocation, options: EmitOptions) {
    this.#func = func;
    this.#allocation = allocation;
    this.#options = options;
  }

  run(): Emitted {
    const bodies = new Map<MBlock, Slot[][]>(this.#func.blocks.map((block) => [block, this.#body(block)]));
    const order = arrange(this.#func.blocks, (block) => bodies.get(block)!.every((slots) => slots.length === 0));
    const far = new Set<MBlock>();
    for (;;) {
      const placed = order.map(({ block, terminator }, i) => {
        return { block, body: bodies.get(block)!, end: this.#terminator(terminator, order[i + 1]?.block.id, far.has(block)) };
      });
      const starts = new Map<BlockId, number>();
      let at = 0;
      for (const { block, body, end } of placed) {
        starts.set(block.id, at);
        at += body.reduce((n, slots) => n + slots.length, 0) + end.length;
      }
      const longest = this.#longestNear(placed, starts, far);
      if (longest === 0) return this.#finish(placed, starts);
      if (!this.#options.v4) return { ...this.#finish(placed, starts), tooFar: longest };
    }
  }

  // ---- Instructions ---------------------------------------------------------------------------------------------------

  #body(block: MBlock): Slot[][] {
    this.#held.clear();
    return block.instrs.map((instr) => this.#instr(instr));
  }

  #reg(reg: Reg): number {
    const register = this.#allocation.register(reg);
    if (register === undefined) throw new Error(`register ${reg} was not allocated`);
    return register;
  }

  #source(operand: Operand): Source {
    return typeof operand === "number" ? this.#reg(operand) : operand;
  }

  #objectOffset(object: number): number {
    return -stackBytes(this.#func, this.#allocation) + this.#func.objects.slice(object + 1).reduce((total, bytes) => total + bytes, 0);
  }

  #memory(base: Base, offset: number): [base: number, offset: number] {
    return typeof base === "number" ? [this.#reg(base), offset] : [STACK_POINTER, this.#objectOffset(base.object) + offset];
  }

  /** `dst` no longer holds what a slot holds. */
  #overwrite(dst: number): void {
    for (const [slot, reg] of this.#held) if (reg === dst) this.#held.delete(slot);
  }

  #instr(instr: MInstr): Slot[] {
    const { span } = instr;
    const one = (insn: Insn): Slot[] => [{ insn, span }];
    switch (instr.op) {
      case "mov":
        return this.#move(instr);
      case "movsx":
        this.#v4 = true;
        return this.#writing(instr.dst, (dst) => one(encode.movsx(instr.from, dst, this.#reg(instr.src))));
      case "alu":
        if (instr.fn === "sdiv" || instr.fn === "smod") this.#v4 = true;
        return this.#writing(instr.dst, (dst) => one(encode.alu(instr.fn, instr.width, dst, this.#source(instr.src))));
      case "neg":
        return this.#writing(instr.dst, (dst) => one(encode.neg(instr.width, dst)));
      case "link":
        return this.#writing(instr.dst, (dst) => one(encode.mov(64, dst, this.#reg(instr.src))));
      case "imm64":
        return this.#writing(instr.dst, (dst) => encode.imm64(dst, instr.value).map((insn) => ({ insn, span })));
      case "address": {
        const { section, addend } = instr;
        const relocation = (insn: number): Relocation => ({ insn, kind: "data", section, addend });
        return this.#writing(instr.dst, (dst) => encode.imm64(dst, 0n).map((insn, i) => (i === 0 ? { insn, span, relocation } : { insn, span })));
      }
      case "function": {
        const relocation = (insn: number): Relocation => ({ insn, kind: "function", name: instr.symbol });
        return this.#writing(instr.dst, (dst) => encode.imm64(dst, 0n).map((insn, i) => (i === 0 ? { insn, span, relocation } : { insn, span })));
      }
      case "map": {
        const relocation = (insn: number): Relocation => ({ insn, kind: "map", map: instr.map });
        return this.#writing(instr.dst, (dst) => encode.imm64(dst, 0n).map((insn, i) => (i === 0 ? { insn, span, relocation } : { insn, span })));
      }
      case "atomic":
        this.#overwrite(instr.fn === "cmpxchg" ? 0 : this.#reg(instr.src));
        return one(encode.atomic(instr.fn, instr.bytes, this.#reg(instr.base), instr.offset, this.#reg(instr.src)));
      case "load": {
        if (instr.signed) this.#v4 = true;
        const [base, offset] = this.#memory(instr.base, instr.offset);
        return this.#writing(instr.dst, (dst) => one(encode.load(instr.bytes, instr.signed, dst, base, offset)));
      }
      case "store": {
        const [base, offset] = this.#memory(instr.base, instr.offset);
        return one(encode.store(instr.bytes, base, offset, this.#source(instr.src)));
      }
      case "stackaddr":
        return this.#writing(instr.dst, (dst) => [
          { insn: encode.mov(64, dst, STACK_POINTER), span },
          { insn: encode.alu("add", 64, dst, { imm: this.#objectOffset(instr.object) }), span },
        ]);
      case "call":
        return this.#call(instr);
      case "processid":
        return this.#processId(instr);
      case "set":
        return this.#writing(instr.dst, (dst) => [
          { insn: encode.mov(64, dst, { imm: 1 }), span },
          { insn: encode.branch(instr.pred, instr.width, this.#reg(instr.a), this.#source(instr.b), 1), span },
          { insn: encode.mov(64, dst, { imm: 0 }), span },
        ]);
      case "fill":
        return this.#fill(instr);
      case "spill": {
        const slot = this.#allocation.slot(instr.slot)!;
        const src = this.#reg(instr.src);
        if (this.#held.get(slot) === src) return [];
        this.#held.set(slot, src);
        return one(encode.store(8, STACK_POINTER, slotOffset(slot), src));
      }
    }
  }

  #writing(dst: Reg, make: (dst: number) => Slot[]): Slot[] {
    const register = this.#reg(dst);
    const slots = make(register);
    this.#overwrite(register);
    return slots;
  }

  #move(instr: MInstr & { op: "mov" }): Slot[] {
    if (this.#allocation.slot(instr.dst) !== undefined) return [];
    const [dst, src] = [this.#reg(instr.dst), this.#source(instr.src)];
    if (instr.width === 64 && dst === src) return [];
    this.#overwrite(dst);
    return [{ insn: encode.mov(instr.width, dst, src), span: instr.span }];
  }

  /** A slot's value may still be in a register. */
  #fill(instr: MInstr & { op: "fill" }): Slot[] {
    const slot = this.#allocation.slot(instr.slot)!;
    const dst = this.#reg(instr.dst);
    const held = this.#held.get(slot);
    if (held === dst) return [];
    this.#overwrite(dst);
    if (held !== undefined) return [{ insn: encode.mov(64, dst, held), span: instr.span }];
    this.#held.set(slot, dst);
    return [{ insn: encode.load(8, false, dst, STACK_POINTER, slotOffset(slot)), span: instr.span }];
  }

  #call(instr: MInstr & { op: "call" }): Slot[] {
    for (const [slot, reg] of this.#held) if (reg < 6) this.#held.delete(slot);
    const { target, span, site } = instr;
    const marked = site === undefined ? {} : { site };
    if (target.kind === "helper") return [{ insn: encode.helper(target.id), span, ...marked }];
    return [{ insn: encode.kfunc(), span, relocation: (insn) => ({ insn, kind: "kfunc", name: target.name }), ...marked }];
  }

  /** The environment tells which helper answers for the caller's namespace; both leave the id in R0. */
  #processId({ which, object, site, span }: MInstr & { op: "processid" }): Slot[] {
    for (const [slot, reg] of this.#held) if (reg < 6) this.#held.delete(slot);
    const at = this.#objectOffset(object);
    const plain = (insns: readonly Insn[]): Slot[] => insns.map((insn) => ({ insn, span }));
    const call = (name: string): Slot => ({ insn: encode.helper(helperId(name)!), span, site });
    const relocation = (insn: number): Relocation => ({ insn, kind: "data", section: ".bss", addend: 0 });
    const [low, high] = encode.imm64(1, 0n) as [Insn, Insn];
    const fast = [call("get_current_pid_tgid"), ...plain([which === "tgid" ? encode.alu("rsh", 64, 0, { imm: 32 }) : encode.mov(32, 0, 0)])];
    // struct bpf_pidns_info {u32 pid; u32 tgid}
    const slow = [
      ...plain([
        encode.store(8, STACK_POINTER, at, { imm: 0 }),
        encode.load(8, false, 2, 1, ENV.pidnsIno),
        encode.load(8, false, 1, 1, ENV.pidnsDev),
        encode.mov(64, 3, STACK_POINTER),
        encode.alu("add", 64, 3, { imm: at }),
        encode.mov(64, 4, { imm: 8 }),
      ]),
      call("get_ns_current_pid_tgid"),
      ...plain([encode.load(4, false, 0, STACK_POINTER, at + (which === "tgid" ? 4 : 0))]),
    ];
    return [
      { insn: low, span, relocation },
      ...plain([high, encode.load(8, false, 2, 1, ENV.initialPidns), encode.branch("eq", 64, 2, { imm: 0 }, fast.length + 1)]),
      ...fast,
      ...plain([encode.jump(slow.length)]),
      ...slow,
    ];
  }

  // ---- Terminators ----------------------------------------------------------------------------------------------------

  /** `next` is the block laid out behind; `far`: the target is beyond 16 bits, a gotol reaches it. */
  #terminator(terminator: MTerminator, next: BlockId | undefined, far: boolean): Slot[] {
    const { span } = terminator;
    const go = (target: BlockId): Slot[] => (target === next ? [] : [{ insn: far ? encode.jumpLong(0) : encode.jump(0), span, target }]);
    switch (terminator.op) {
      case "exit":
        return [{ insn: encode.exit(), span }];
      case "jump":
        return go(terminator.to);
      case "round":
        throw new Error("a loop was not outlined");
      case "maygoto":
        if (!far) return [{ insn: encode.mayGoto(0), span, target: terminator.exhausted }, ...go(terminator.body)];
        // may_goto +1; goto +1; gotol exhausted
        return [
          { insn: encode.mayGoto(1), span },
          { insn: encode.jump(1), span },
          { insn: encode.jumpLong(0), span, target: terminator.exhausted },
          ...go(terminator.body),
        ];
      case "branch": {
        const { pred, width, a, b } = terminator;
        const [register, operand] = [this.#reg(a), this.#source(b)];
        const inverted = terminator.then === next;
        const [taken, other, test] = inverted ? [terminator.else, terminator.then, NEGATED[pred]] : [terminator.then, terminator.else, pred];
        if (!far) return [{ insn: encode.branch(test, width, register, operand, 0), span, target: taken }, ...go(other)];
        return [{ insn: encode.branch(NEGATED[test], width, register, operand, 1), span }, { insn: encode.jumpLong(0), span, target: taken }, ...go(other)];
      }
    }
  }

  // ---- Positions ------------------------------------------------------------------------------------------------------

  /** Marks blocks whose targets are too far for 16 bits; gives the longest such distance, 0 if all are near. */
  #longestNear(placed: readonly Placed[], starts: ReadonlyMap<BlockId, number>, far: Set<MBlock>): number {
    let longest = 0;
    let at = 0;
    for (const { block, body, end } of placed) {
      at += body.reduce((n, slots) => n + slots.length, 0);
      end.forEach((slot, i) => {
        if (slot.target === undefined || far.has(block)) return;
        const distance = starts.get(slot.target)! - (at + i + 1);
        if (Math.abs(distance) > NEAR) longest = Math.max(longest, Math.abs(distance));
      });
      at += end.length;
    }
    if (longest > 0) {
      at = 0;
      for (const { block, body, end } of placed) {
        at += body.reduce((n, slots) => n + slots.length, 0);
        if (end.some((slot, i) => slot.target !== undefined && Math.abs(starts.get(slot.target)! - (at + i + 1)) > NEAR)) far.add(block);
        at += end.length;
      }
    }
    return longest;
  }

  #finish(placed: readonly Placed[], starts: ReadonlyMap<BlockId, number>): Emitted {
    const insns: Insn[] = [];
    const relocations: Relocation[] = [];
    const lines: { insn: number; span: Span }[] = [];
    const sites: { insn: number; op: string }[] = [];
    const positions = new Map<MBlock, number[]>();
    let span: Span | undefined;
    const put = (slot: Slot) => {
      const at = insns.length;
      if (slot.span && slot.span !== span && !sameSpan(slot.span, span)) {
        span = slot.span;
        // The second half of a ldimm64 never differs from the first.
        lines.push({ insn: at, span });
      }
      if (slot.relocation) relocations.push(slot.relocation(at));
      if (slot.site !== undefined) sites.push({ insn: at, op: slot.site });
      insns.push(slot.target === undefined ? slot.insn : aim(slot.insn, starts.get(slot.target)! - (at + 1)));
    };
    for (const { block, body, end } of placed) {
      const starting: number[] = [];
      for (const slots of body) {
        starting.push(insns.length);
        slots.forEach(put);
      }
      starting.push(insns.length);
      end.forEach(put);
      starting.push(insns.length);
      positions.set(block, starting);
    }
    const variables = locateVariables(this.#func, this.#allocation, positions, slotOffset);
    const long = insns.some((insn) => insn.opcode === encode.jumpLong(0).opcode);
    return { unit: { symbol: this.#options.symbol, insns, relocations, lines, variables }, sites, v4: this.#v4 || long };
  }
}

interface Placed {
  readonly block: MBlock;
  readonly body: readonly Slot[][];
  readonly end: readonly Slot[];
}

const LONG = encode.jumpLong(0).opcode;

function aim(insn: Insn, distance: number): Insn {
  return insn.opcode === LONG ? { ...insn, imm: distance } : { ...insn, off: distance };
}

function sameSpan(a: Span, b: Span | undefined): boolean {
  return b !== undefined && a.file === b.file && a.start === b.start && a.length === b.length;
}

/** Byte offset from R10 of a spill slot. */
function slotOffset(slot: number): number {
  return -8 * (slot + 1);
}
