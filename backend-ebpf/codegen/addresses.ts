/**
 * Pointers: how region addresses, fields and pointer additions become base registers and offsets. Constant parts go to
 * the offsets of loads and stores or to the addend of a ldimm64; only a variable part makes an addition.
 */
import type { Instr, RegionId, ValueId } from "../../ir/types.ts";
import { fitsImmediate, fitsOffset } from "./constants.ts";
import type { Place } from "./layout.ts";
import type { Reg } from "./mir.ts";
import type { SelectorContext } from "./select.ts";

type Address =
  | { readonly kind: "frame"; readonly offset: number }
  | { readonly kind: "section"; readonly section: ".bss" | ".data"; readonly start: number; readonly offset: number }
  /** `reg` + `offset` bytes. */
  | { readonly kind: "reg"; readonly reg: Reg; readonly offset: number };

export class Addresses {
  readonly #cx: SelectorContext;
  readonly #placeOf: (region: RegionId) => Place;
  readonly #known = new Map<ValueId, Address>();
  /** Registers that hold a section address in this block, since the last call. */
  readonly #starts = new Map<string, Reg>();

  constructor(cx: SelectorContext, placeOf: (region: RegionId) => Place) {
    this.#cx = cx;
    this.#placeOf = placeOf;
  }

  /** Called at the start of blocks and after calls. */
  forget(): void {
    this.#starts.clear();
  }

  /** Base and offset for an access `offset` bytes behind `ptr`. */
  memory(ptr: ValueId, offset: number): { base: Reg; offset: number } {
    const address = this.#resolve(ptr);
    const total = address.offset + offset;
    const base = this.#base(address);
    if (fitsOffset(total) && fitsOffset(total + 8)) return { base, offset: total };
    const reg = this.#cx.newReg();
    this.#cx.emit({ op: "mov", width: 64, dst: reg, src: base });
    this.#addConstant(reg, total);
    return { base: reg, offset: 0 };
  }

  /** Puts the address itself into `dst`. */
  make(ptr: ValueId, dst: Reg): void {
    const address = this.#resolve(ptr);
    if (address.kind === "section") {
      this.#cx.emit({ op: "address", dst, section: address.section, addend: address.start + address.offset });
      return;
    }
    this.#cx.emit({ op: "mov", width: 64, dst, src: address.kind === "frame" ? this.#cx.frame : address.reg });
    this.#addConstant(dst, address.offset);
  }

  /** A pointer plus a variable number of bytes gets a register of its own. */
  add(instr: Instr & { op: "ptradd" }): void {
    if (this.#constantOffset(instr) !== undefined) return;
    const address = this.#resolve(instr.base);
    const reg = this.#cx.regOf(instr.id);
    this.#cx.emit({ op: "mov", width: 64, dst: reg, src: this.#base(address) });
    this.#cx.emit({ op: "alu", fn: "add", width: 64, dst: reg, src: this.#cx.reg(instr.offset) });
    this.#known.set(instr.id, { kind: "reg", reg, offset: address.offset });
  }

  #constantOffset(instr: Instr & { op: "ptradd" }): number | undefined {
    const constant = this.#cx.constant(instr.offset);
    return constant !== undefined && fitsImmediate(constant) ? Number(constant) : undefined;
  }

  #resolve(ptr: ValueId): Address {
    const known = this.#known.get(ptr);
    if (known) return known;
    const address = this.#compute(this.#cx.definition(ptr));
    this.#known.set(ptr, address);
    return address;
  }

  #compute(def: Instr): Address {
    switch (def.op) {
      case "addr": {
        const place = this.#placeOf(def.region);
        return place.kind === "frame" ? place : { kind: "section", section: place.section, start: place.offset, offset: 0 };
      }
      case "lookup":
        return { kind: "reg", reg: this.#cx.regOf(def.id), offset: 0 };
      case "field": {
        const base = this.#resolve(def.base);
        return { ...base, offset: base.offset + def.offset };
      }
      case "ptradd": {
        const base = this.#resolve(def.base);
        const constant = this.#constantOffset(def);
        if (constant === undefined) throw new Error(`v${def.id}: pointer used before its addition`);
        return { ...base, offset: base.offset + constant };
      }
      default:
        throw new Error(`v${def.id} is no pointer`);
    }
  }

  #base(address: Address): Reg {
    if (address.kind === "frame") return this.#cx.frame;
    if (address.kind === "reg") return address.reg;
    const key = `${address.section}+${address.start}`;
    const known = this.#starts.get(key);
    if (known !== undefined) return known;
    const reg = this.#cx.newReg();
    this.#cx.emit({ op: "address", dst: reg, section: address.section, addend: address.start });
    this.#starts.set(key, reg);
    return reg;
  }

  #addConstant(dst: Reg, offset: number): void {
    if (offset !== 0) this.#cx.emit({ op: "alu", fn: "add", width: 64, dst, src: { imm: offset } });
  }
}
