/** One register (or spilled slot) of the abstract machine: a scalar, or a pointer whose variable offset is the scalar part. */
import type { Btf } from "../../backend-ebpf/btf/types.ts";
import type { MapDef } from "../../backend-ebpf/object/types.ts";
import { isZero, markKnown, markUnknown, Scalar, umax } from "../domain/index.ts";

export type RegType = "not_init" | "scalar" | "fp" | "ctx" | "map_ptr" | "map_value" | "mem" | "ringbuf_mem" | "btf" | "func";

/** Marks of a scalar that is its id's base plus `off` (a linked register), by a sum of 64 bits or of 32. */
export const ADD_CONST64 = 0x8000_0000 | 0;
export const ADD_CONST32 = 0x4000_0000;
export const ADD_CONST = ADD_CONST64 | ADD_CONST32;

/**
 * What is known of a kernel object: TRUSTED it lives as long as the program holds the pointer, RCU as long as the RCU region,
 * UNTRUSTED it may be gone (it can be looked at, not handed on); PERCPU and USER are addresses that loads can't use.
 */
export const MODIFIER = { TRUSTED: 1, RCU: 2, UNTRUSTED: 4, PERCPU: 8, USER: 16 } as const;

export class Reg extends Scalar {
  type: RegType = "not_init";
  /** The pointer may be NULL. */
  nullable = false;
  /** Constant offset of a pointer; of a linked scalar its distance from the base. */
  off = 0;
  /** Equal non-zero ids: equal scalars, or copies of one possibly-null pointer. May carry ADD_CONST. */
  id = 0;
  /** Reference this pointer holds, 0 if none. */
  ref = 0;
  precise = false;
  map: MapDef | undefined;
  /** Bytes behind a `mem` pointer. */
  memSize = 0;
  readOnly = false;
  /** Frame of an `fp` pointer. */
  frame = 0;
  /** Struct behind a `btf` pointer: its name, and its type where BTF describes it (0: by name only). */
  struct = "";
  btf: Btf | undefined;
  typeId = 0;
  /** What is known of the object behind a `btf` pointer: bits of MODIFIER. */
  modifiers = 0;
  /** Subprogram of a `func` pointer. */
  subprog = 0;

  override copy(): Reg {
    const reg = new Reg();
    reg.assign(this);
    return reg;
  }

  /** Becomes a copy of `from` in every field. */
  assign(from: Reg): void {
    this.copyFrom(from);
    this.type = from.type;
    this.nullable = from.nullable;
    this.off = from.off;
    this.id = from.id;
    this.ref = from.ref;
    this.precise = from.precise;
    this.map = from.map;
    this.memSize = from.memSize;
    this.readOnly = from.readOnly;
    this.frame = from.frame;
    this.struct = from.struct;
    this.btf = from.btf;
    this.typeId = from.typeId;
    this.modifiers = from.modifiers;
    this.subprog = from.subprog;
  }

  /** Forgets everything but the numeric fields. */
  private forget(type: RegType): void {
    this.type = type;
    this.nullable = false;
    this.off = 0;
    this.id = 0;
    this.ref = 0;
    this.precise = false;
    this.map = undefined;
    this.memSize = 0;
    this.readOnly = false;
    this.frame = 0;
    this.struct = "";
    this.btf = undefined;
    this.typeId = 0;
    this.modifiers = 0;
    this.subprog = 0;
  }

  setNotInit(): void {
    this.forget("not_init");
    markUnknown(this);
  }
  setUnknown(): void {
    this.forget("scalar");
    markUnknown(this);
  }
  /** The known 64-bit number (hi, lo). */
  setKnown(hi: number, lo: number): void {
    this.forget("scalar");
    markKnown(this, hi, lo);
  }
  /** A pointer of `type` to the start of what it points to. */
  setPointer(type: RegType): void {
    this.forget(type);
    markKnown(this, 0, 0);
  }
  /** A number is in bits that narrower reads would lose: width of the value, 64 if beyond 32 bits. */
  get width(): number {
    const max = umax(this);
    return max <= 0xff ? 8 : max <= 0xffff ? 16 : max <= 0xffff_ffff ? 32 : 64;
  }
  get isScalar(): boolean {
    return this.type === "scalar";
  }
}

/** Every type but scalar and not_init: what may be spilled as a pointer. */
export function isPointer(reg: Reg): boolean {
  return reg.type !== "scalar" && reg.type !== "not_init";
}

/** The number 0, which stands for no pointer. */
export function isNull(reg: Reg): boolean {
  return reg.isScalar && isZero(reg);
}

const PREFIXES: readonly (readonly [number, string])[] = [
  [MODIFIER.USER, "user_"], [MODIFIER.PERCPU, "percpu_"], [MODIFIER.RCU, "rcu_"], [MODIFIER.UNTRUSTED, "untrusted_"], [MODIFIER.TRUSTED, "trusted_"],
];

/** The modifiers as they stand before a type's name. */
export function modifierNames(modifiers: number): string {
  return PREFIXES.map(([bit, name]) => (modifiers & bit ? name : "")).join("");
}

/** The type as the kernel's messages name it, without the struct's name. */
export function kindName(reg: Reg): string {
  if (reg.type === "btf") return `${modifierNames(reg.modifiers)}ptr_${reg.nullable ? "or_null_" : ""}`;
  const base = reg.type === "not_init" ? "?" : reg.readOnly && reg.type === "mem" ? `rdonly_${reg.type}` : reg.type;
  return reg.nullable ? `${base}_or_null` : base;
}

/** A pointer to a kernel object that lives on: it is held, or trusted and nothing else. */
export function isTrusted(reg: Reg): boolean {
  return reg.ref !== 0 || (reg.type === "btf" && reg.modifiers === MODIFIER.TRUSTED && !reg.nullable) || reg.type === "map_ptr";
}
