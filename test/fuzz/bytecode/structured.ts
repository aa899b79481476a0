/**
 * Random programs with the shapes of real ones: scalars of every width, the stack at known and unknown offsets, elements of
 * an array, branches, bounded loops, may_goto, iterators, functions of their own. Most are refused for one reason or
 * another; what matters is that both verifiers say the same.
 */
import type { Insn } from "../../../backend-ebpf/isa/insn.ts";
import type { Random } from "../../support/random.ts";
import { type BareProgram, insn, type RawMap } from "./program.ts";

const ARRAY: RawMap = { name: "array", type: "ARRAY", key: 4, value: 64, max: 2, flags: 0 };
/** Where ranges and known bits change their minds. */
export const NUMBERS = [0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 63, 64, -1, -2, -8, -64, 255, 256, 0xffff, 0x7fff_ffff, -0x8000_0000] as const;
/** add sub mul div or and lsh rsh neg mod xor mov arsh, with constants and registers. */
const ALU64 = [0x07, 0x0f, 0x17, 0x1f, 0x27, 0x2f, 0x37, 0x3f, 0x47, 0x4f, 0x57, 0x5f, 0x67, 0x77, 0x87, 0x97, 0x9f, 0xa7, 0xaf, 0xb7, 0xbf, 0xc7] as const;
const BRANCHES = [0x15, 0x1d, 0x25, 0x2d, 0x35, 0x3d, 0x45, 0x4d, 0x55, 0x5d, 0x65, 0x6d, 0x75, 0x7d, 0xa5, 0xad, 0xb5, 0xbd, 0xc5, 0xcd, 0xd5, 0xdd] as const;
const LOADS = [0x79, 0x61, 0x69, 0x71, 0x81, 0x89, 0x91] as const;
/** Bytes of an access, by the size bits of the opcode. */
const WIDTHS: Readonly<Record<number, number>> = { 0: 4, 8: 2, 16: 1, 24: 8 };
const MAY_GOTO = 0xe5;
const [SCRATCH, CONTEXT, FP] = [1, 6, 10];
/** Helpers without arguments: ktime_get_ns, get_prandom_u32, get_current_pid_tgid, get_current_uid_gid. */
const HELPERS = [5, 7, 14, 15] as const;
const CLOBBERED = [1, 2, 3, 4, 5];

export function structured(random: Random): BareProgram {
  return new Generator(random).program();
}

class Generator {
  readonly #random: Random;
  readonly #insns: Insn[] = [];
  readonly #kfuncs: [number, string][] = [];
  readonly #calls: { at: number; target: number }[] = [];
  readonly #functions: number;
  /** Registers that hold scalars. */
  #scalars: number[] = [];
  /** Register that holds a pointer to an element; 0 for none. */
  #element = 0;
  #budget = 0;
  #depth = 0;
  #iterators = 0;

  constructor(random: Random) {
    this.#random = random;
    this.#functions = random.below(3);
  }

  program(): BareProgram {
    this.#main();
    const starts = Array.from({ length: this.#functions }, () => this.#function());
    for (const { at, target } of this.#calls) this.#insns[at] = { ...this.#insns[at]!, imm: starts[target]! - at - 1 };
    return { insns: this.#insns, maps: [ARRAY], kfuncs: this.#kfuncs, origin: "structured" };
  }

  #main(): void {
    this.#emit(0xbf, CONTEXT, 1);
    for (const reg of [0, 2, 3, 4, 5, 7, 8, 9]) if (this.#random.below(3) > 0) this.#define(reg);
    if (this.#scalars.length === 0) this.#constant(0, 1);
    this.#body(4 + this.#random.below(16));
    this.#emit(0xb7);
    this.#emit(0x95);
  }

  /** A function of two arguments: a scalar, and a scalar or a pointer to the caller's stack. Its first instruction. */
  #function(): number {
    const start = this.#insns.length;
    this.#scalars = [];
    this.#element = 0;
    this.#emit(0xbf, CONTEXT, 1);
    this.#scalars.push(CONTEXT);
    const use = this.#random.below(4);
    if (use < 2) this.#into(7, 0x79, 2, 0);
    if (use === 2) this.#emit(0x7b, 2, CONTEXT);
    this.#constant(0, this.#random.pick(NUMBERS));
    this.#body(2 + this.#random.below(8));
    if (!this.#scalars.includes(0)) this.#constant(0, 1);
    this.#emit(0x95);
    return start;
  }

  #body(budget: number): void {
    this.#budget = budget;
    while (this.#budget > 0) this.#statement();
  }

  #statement(): void {
    if (this.#budget-- <= 0) return;
    const choices = [this.#alu, this.#alu, this.#alu, this.#alu, this.#stack, this.#stack, this.#branch, this.#branch, this.#loop, this.#elements, this.#rest];
    this.#random.pick(choices).call(this);
  }
  #block(): void {
    this.#depth++;
    this.#statement();
    this.#statement();
    this.#depth--;
  }

  // ---- scalars ---------------------------------------------------------------------------------------------------------

  #define(reg: number): void {
    this.#scalars.push(reg);
    switch (this.#random.below(3)) {
      case 0:
        this.#emit(0xb7, reg, 0, 0, this.#random.pick(NUMBERS));
        return;
      case 1:
        this.#emit(this.#random.pick(LOADS), reg, CONTEXT, this.#random.pick([0, 8, 16]));
        return;
      default:
        this.#emit(0x61, reg, CONTEXT);
        this.#emit(0x57, reg, 0, 0, this.#random.pick([1, 3, 7, 15, 63, 255]));
    }
  }

  #alu(): void {
    const opcode = this.#random.pick(ALU64);
    const wide = this.#random.below(2) === 0;
    const bits = wide ? 64 : 32;
    const operation = opcode & 0xf0;
    const register = (opcode & 8) !== 0 && operation !== 0x80;
    let imm: number = register || operation === 0x80 ? 0 : this.#random.pick(NUMBERS);
    if ([0x60, 0x70, 0xc0].includes(operation) && !register) imm = this.#random.below(bits);
    let off = 0;
    if (operation === 0x30 || operation === 0x90) {
      if (!register && imm === 0) imm = 3;
      if (this.#random.below(3) === 0) off = 1;
    }
    if (operation === 0xb0 && register && this.#random.below(2) === 0) off = this.#random.pick(wide ? [8, 16, 32] : [8, 16]);
    const code = wide ? opcode : (opcode & 0xf8) | 4;
    this.#emit(operation === 0x80 ? code & ~8 : code, this.#scalar(), register ? this.#scalar() : 0, off, imm);
  }

  // ---- memory ----------------------------------------------------------------------------------------------------------

  /** Spills and fills of every width at every aligned place: narrower than the spill, beside it, over its edge. */
  #stack(): void {
    const base = -8 * (1 + this.#random.below(4));
    switch (this.#random.below(4)) {
      case 0:
        return this.#emit(0x7b, FP, this.#scalar(), base);
      case 1:
        return this.#narrow(this.#random.pick([0x63, 0x6b, 0x73]), base, (opcode, off) => this.#emit(opcode, FP, this.#scalar(), off));
      case 2:
        return this.#narrow(this.#random.pick([0x7a, 0x62, 0x6a, 0x72]), base, (opcode, off) => this.#emit(opcode, FP, 0, off, this.#random.pick(NUMBERS)));
      default:
        return this.#narrow(this.#random.pick(LOADS), base, (opcode, off) => this.#emit(opcode, this.#scalar(), FP, off));
    }
  }
  /** At the start of the slot as a rule, else at another place where the width is aligned. */
  #narrow(opcode: number, base: number, emit: (opcode: number, off: number) => void): void {
    const size = WIDTHS[opcode & 0x18]!;
    emit(opcode, this.#random.below(2) === 0 ? base : base + size * this.#random.below(8 / size));
  }

  /** The stack at an offset that is not known. */
  #somewhere(): void {
    const offset = this.#scalar();
    this.#emit(0x57, offset, 0, 0, this.#random.pick([7, 8, 15, 24]));
    this.#emit(0xbf, SCRATCH, FP);
    this.#emit(0x07, SCRATCH, 0, 0, -32);
    this.#emit(0x0f, SCRATCH, offset);
    if (this.#random.below(2) === 0) this.#emit(this.#random.pick([0x71, 0x79]), this.#scalar(), SCRATCH);
    else this.#emit(this.#random.pick([0x73, 0x7b]), SCRATCH, this.#scalar());
  }

  #elements(): void {
    if (this.#element === 0) {
      this.#element = this.#random.pick([7, 8, 9]);
      this.#drop(this.#element);
      this.#emit(0x18, this.#element, 2);
      this.#emit(0, 0, 0, 0, this.#random.pick([0, 8, 32]));
      return;
    }
    const index = this.#scalar();
    const into = this.#random.pick([0, 2, 3, 4, 5]);
    if (this.#random.below(3) === 0) return this.#into(into, this.#random.pick([0x79, 0x71, 0x61]), this.#element, this.#random.below(32));
    this.#emit(0x57, index, 0, 0, this.#random.pick([7, 15, 31]));
    this.#emit(0xbf, SCRATCH, this.#element);
    this.#emit(0x0f, SCRATCH, index);
    if (this.#random.below(2) === 0) this.#into(into, this.#random.pick([0x79, 0x71, 0x61]), SCRATCH, this.#random.below(24));
    else this.#emit(this.#random.pick([0x7b, 0x63, 0x73]), SCRATCH, this.#scalar(), this.#random.below(24));
  }

  // ---- control ---------------------------------------------------------------------------------------------------------

  #branch(): void {
    if (this.#depth > 3) return;
    const at = this.#conditional(this.#random.pick(BRANCHES) + (this.#random.below(3) === 0 ? 1 : 0));
    this.#block();
    this.#aim(at);
  }

  #loop(): void {
    if (this.#depth > 2) return;
    const counter = this.#scalar();
    const kind = this.#random.pick([this.#counted, this.#mayGoto, this.#mayGotoWithExit, this.#atTheEnd, this.#iterator]);
    kind.call(this, counter);
  }
  #counted(counter: number): void {
    this.#emit(0xb7, counter);
    const start = this.#insns.length;
    this.#block();
    this.#emit(0x07, counter, 0, 0, 1);
    this.#back(0xa5, counter, start, 1 + this.#random.below(6));
  }
  #atTheEnd(counter: number): void {
    const start = this.#insns.length;
    this.#block();
    this.#emit(0x07, counter, 0, 0, this.#random.pick([1, -1, 2]));
    this.#back(this.#random.pick([0xa5, 0x65, 0xc5, 0x55]), counter, start, this.#random.pick([3, 4, 8, 16]));
  }
  #mayGoto(): void {
    const start = this.#insns.length;
    this.#emit(MAY_GOTO);
    this.#block();
    this.#back(0x05, 0, start, 0);
    this.#aim(start);
  }
  #mayGotoWithExit(counter: number): void {
    const start = this.#insns.length;
    this.#emit(MAY_GOTO);
    const exit = this.#conditional(this.#random.pick([0xad, 0x2d, 0xcd, 0x3d, 0x35, 0x25]));
    this.#block();
    this.#emit(0x07, counter, 0, 0, 1);
    this.#back(0x05, 0, start, 0);
    this.#aim(start);
    this.#aim(exit);
  }
  /** bpf_iter_num over a range; rarely one of its calls is missing. */
  #iterator(): void {
    const slot = -40 - 8 * (this.#iterators++ % 2);
    const broken = this.#random.below(12) === 0;
    const step = (name: string) => {
      this.#emit(0xbf, 1, FP);
      this.#emit(0x07, 1, 0, 0, slot);
      if (name === "bpf_iter_num_new") {
        this.#emit(0xb7, 2, 0, 0, this.#random.pick(NUMBERS));
        this.#emit(0xb7, 3, 0, 0, this.#random.pick(NUMBERS));
      }
      if (!broken || this.#random.below(4) > 0) {
        this.#kfuncs.push([this.#insns.length, name]);
        this.#emit(0x85, 0, 2);
      }
      this.#clobber();
    };
    step("bpf_iter_num_new");
    const start = this.#insns.length;
    step("bpf_iter_num_next");
    const end = this.#insns.length;
    this.#emit(0x15);
    const into = this.#scalar() || 7;
    this.#into(into, 0x61, 0, 0);
    this.#constant(0, 0);
    this.#block();
    this.#back(0x05, 0, start, 0);
    this.#aim(end);
    step("bpf_iter_num_destroy");
    this.#constant(0, 1);
  }

  #rest(): void {
    if (this.#random.below(3) === 0) return this.#somewhere();
    if (this.#functions === 0 || this.#random.below(3) === 0) {
      this.#emit(0x85, 0, 0, 0, this.#random.pick(HELPERS));
      return this.#clobber();
    }
    this.#emit(0xbf, 1, this.#scalar());
    if (this.#random.below(2) === 0) {
      this.#emit(0xbf, 2, FP);
      this.#emit(0x07, 2, 0, 0, -8 * (1 + this.#random.below(4)));
    } else this.#emit(0xb7, 2, 0, 0, 1);
    this.#calls.push({ at: this.#insns.length, target: this.#random.below(this.#functions) });
    this.#emit(0x85, 0, 1);
    this.#clobber();
  }

  // ---- emitting --------------------------------------------------------------------------------------------------------

  #emit(opcode: number, dst = 0, src = 0, off = 0, imm = 0): void {
    this.#insns.push(insn(opcode, dst, src, off, imm));
  }
  #into(reg: number, opcode: number, base: number, off: number): void {
    this.#emit(opcode, reg, base, off);
    if (!this.#scalars.includes(reg)) this.#scalars.push(reg);
  }
  #constant(reg: number, value: number): void {
    this.#emit(0xb7, reg, 0, 0, value);
    if (!this.#scalars.includes(reg)) this.#scalars.push(reg);
  }
  /** A conditional jump whose target is not known yet; its place. */
  #conditional(opcode: number): number {
    const register = (opcode & 8) !== 0;
    this.#emit(opcode, this.#scalar(), register ? this.#scalar() : 0, 0, register ? 0 : this.#random.pick(NUMBERS));
    return this.#insns.length - 1;
  }
  #back(opcode: number, reg: number, start: number, imm: number): void {
    this.#emit(opcode, reg, 0, start - this.#insns.length - 1, imm);
  }
  /** The jump at `at` goes here. */
  #aim(at: number): void {
    this.#insns[at] = { ...this.#insns[at]!, off: this.#insns.length - at - 1 };
  }
  #clobber(): void {
    for (const reg of CLOBBERED) this.#drop(reg);
    if (!this.#scalars.includes(0)) this.#scalars.push(0);
  }
  #drop(reg: number): void {
    this.#scalars = this.#scalars.filter((other) => other !== reg);
    if (this.#scalars.length === 0) this.#constant(0, 1);
  }
  #scalar(): number {
    return this.#random.pick(this.#scalars);
  }
}
