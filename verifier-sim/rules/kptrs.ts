/** Pointers to kernel objects that map values hold (kptr): how they are read, written, and exchanged. */
import type { MapDef } from "../../backend-ebpf/object/types.ts";
import { MODE } from "../../backend-ebpf/isa/opcodes.ts";
import { constSigned, formatTnum, isConst } from "../domain/index.ts";
import type { Machine } from "../explore/machine.ts";
import { refuse, unmodelled } from "../failure.ts";
import { modeOf } from "../program/decode.ts";
import { isNull, kindName, MODIFIER, type Reg } from "../state/register.ts";
import type { Written } from "./memory.ts";
import { acquire } from "./references.ts";

type Field = NonNullable<MapDef["fields"]>[number];
const SIZE = 8;

export function isKptr({ kind }: Field): boolean {
  return kind.startsWith("kptr");
}

/** An access that touches `field`: whole, at a known place, and by the program itself. */
export function requireWholeKptr(pointer: Reg, at: number, size: number, field: Field, direct: boolean): void {
  if (!direct) refuse("kptr-indirect");
  if (!isConst(pointer)) refuse("kptr-variable");
  const off = at + constSigned(pointer);
  if (off !== field.offset) refuse("kptr-misaligned", field.offset, off);
  if (size !== SIZE) refuse("kptr-size");
}

/** The kptr at the pointer's known offset + `off`, if there is one. */
export function kptrAt(pointer: Reg, off: number): Field | undefined {
  if (!isConst(pointer)) return undefined;
  const at = pointer.off + off + constSigned(pointer);
  return pointer.map?.fields?.find((field) => isKptr(field) && field.offset === at);
}

/** What is read may go away at any time: it is not trusted. */
export function loadKptr(m: Machine, to: number, field: Field): void {
  requirePlain(m);
  if (to < 0) return;
  const reg = m.regs[to]!;
  reg.setPointer("btf");
  reg.struct = field.type ?? "";
  reg.nullable = true;
  reg.modifiers = MODIFIER.UNTRUSTED;
  reg.id = m.newId();
}

export function storeKptr(m: Machine, value: Written, field: Field): void {
  requirePlain(m);
  if (field.kind !== "kptr_untrusted") refuse("kptr-referenced");
  if (value.register === undefined) {
    if (value.imm !== 0) refuse("kptr-immediate", field.offset);
    return;
  }
  const reg = m.regs[value.register]!;
  if (isNull(reg)) return;
  const bad = (): never => refuse("kptr-type", value.register!, `${kindName(reg)}${reg.type === "btf" ? reg.struct : ""}`, `ptr_${field.type} or untrusted_ptr_${field.type}`);
  if (reg.type !== "btf") bad();
  if (reg.off < 0) refuse("pointer-negative-offset", kindName(reg), value.register, reg.off);
  if (!isConst(reg) || constSigned(reg) !== 0) refuse("pointer-variable", kindName(reg), formatTnum(reg));
  if (reg.struct === field.type) {
    if (reg.off !== 0) bad();
    return;
  }
  unmodelled("a kernel object inside another");
}

/** The first argument of bpf_kptr_xchg; the field it points to. */
export function exchangedKptr(number: number, pointer: Reg): Field {
  const map = pointer.map!;
  if (!isConst(pointer)) refuse("kptr-xchg-variable", number);
  if (!map.fields) refuse("map-without-btf", map.name, "bpf_kptr_xchg");
  if (!map.fields.some(isKptr)) refuse("field-missing", map.name, "kptr");
  const field = kptrAt(pointer, 0);
  if (!field) return refuse("kptr-missing", pointer.off + constSigned(pointer));
  if (field.kind === "kptr_untrusted") refuse("kptr-unreferenced", field.offset);
  return field;
}

/** What bpf_kptr_xchg gives back belongs to the program. */
export function takeKptr(m: Machine, field: Field): void {
  const reg = m.regs[0]!;
  reg.setPointer("btf");
  reg.struct = field.type ?? "";
  reg.nullable = true;
  reg.id = reg.ref = acquire(m);
}

function requirePlain(m: Machine): void {
  if (modeOf(m.current) !== MODE.MEM) refuse("kptr-mode");
}
