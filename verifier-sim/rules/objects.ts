/** Kernel objects behind BTF pointers: typed reads, what a pointer read from one is worth, and which fields keep their trust. */
import { resolve } from "../../backend-ebpf/btf/index.ts";
import type { Btf } from "../../backend-ebpf/btf/types.ts";
import { formatTnum, isZero } from "../domain/index.ts";
import type { Machine } from "../explore/machine.ts";
import { Refusal, refuse, unmodelled } from "../failure.ts";
import { isTrusted, MODIFIER, type Reg } from "../state/register.ts";
import { accessStruct, structName } from "./kernel-types.ts";
import { isGpl } from "./license.ts";
import { inRcu } from "./rcu.ts";
import { habitsOf } from "./versions.ts";

/** Makes `reg` a pointer to the start of the object of type `typeId`. */
export function setObject(reg: Reg, btf: Btf | undefined, typeId: number, name: string, modifiers: number): void {
  reg.setPointer("btf");
  reg.btf = btf;
  reg.typeId = typeId;
  reg.struct = name;
  reg.modifiers = modifiers;
}

/** The kernel's type behind a pointer; objects that are known by name only are looked up. */
export function typeOf(m: Machine, reg: Reg): { readonly btf: Btf; readonly typeId: number } | undefined {
  if (reg.btf && reg.typeId > 0) return { btf: reg.btf, typeId: reg.typeId };
  const btf = m.kernelBtf;
  const typeId = btf?.named(reg.struct, "struct")[0];
  return btf && typeId !== undefined ? { btf, typeId } : undefined;
}

/** Reads `size` bytes at `base` + `off` into register `to`; -1: the value is not kept. */
export function loadObject(m: Machine, base: number, off: number, size: number, to: number): void {
  const pointer = m.regs[base]!;
  const at = requirePlain(m, base, off);
  const type = typeOf(m, pointer);
  if (!type) return unmodelled(`reads of struct ${pointer.struct} without BTF`);
  const found = accessStruct(type.btf, type.typeId, at, size);
  if (found.kind === "refused") throw new Refusal(found.rule, found.text, -1, base);
  if (to < 0) return;
  const target = m.regs[to]!;
  if (found.kind === "scalar") return target.setUnknown();
  const worth = worthOf(m, pointer, type.btf, type.typeId, found);
  setObject(target, type.btf, found.typeId, structName(type.btf, found.typeId), worth.modifiers);
  target.nullable = worth.nullable;
  if (target.nullable) target.id = m.newId();
}

/** Writes are for objects that the program allocated, and those are not modelled. */
export function storeObject(m: Machine, base: number, off: number): void {
  requirePlain(m, base, off);
  refuse("object-write");
}

/** The address is one that can be read directly, at a known place; the offset from the object's start. */
function requirePlain(m: Machine, base: number, off: number): number {
  const pointer = m.regs[base]!;
  const { struct, modifiers } = pointer;
  const at = pointer.off + off;
  if (!isGpl(m.program)) refuse("object-license", struct);
  if (at < 0) refuse("object-negative", base, struct, at);
  if (!isZero(pointer)) refuse("object-variable", base, struct, at, formatTnum(pointer));
  if (modifiers & MODIFIER.USER) refuse("object-user", base, struct, at);
  if (modifiers & MODIFIER.PERCPU) refuse("object-percpu", base, struct, at);
  return at;
}

/**
 * Fields whose pointers stay trusted, by the struct that names them: the kernel has these lists in place of type tags, which
 * its BTF lacks when a compiler without them built it. They are types of the kernel's own BTF (STRUCT__safe_KIND), so that each
 * kernel's list is what its BTF says.
 */
const SAFE = { trusted: "__safe_trusted", trustedOrNull: "__safe_trusted_or_null", rcu: "__safe_rcu", rcuOrNull: "__safe_rcu_or_null" } as const;

function isSafe(btf: Btf, struct: number, field: string, target: number, suffix: string): boolean {
  const type = resolve(btf, struct);
  if (type.kind !== "struct" && type.kind !== "union") return false;
  const id = btf.named(`${type.name}${suffix}`, type.kind)[0];
  const list = id === undefined ? undefined : btf.type(id);
  if (list?.kind !== "struct" && list?.kind !== "union") return false;
  return list.members.some((member) => {
    const pointer = btf.type(member.type);
    return member.name === field && pointer.kind === "ptr" && resolve(btf, pointer.type) === btf.type(target);
  });
}

interface Worth {
  readonly modifiers: number;
  readonly nullable: boolean;
}

/** What a pointer that was read from an object is worth: as much as the object at most. */
function worthOf(m: Machine, pointer: Reg, btf: Btf, struct: number, found: { typeId: number; modifiers: number; field: string }): Worth {
  const plain = (modifiers: number): Worth => ({ modifiers, nullable: false });
  if (pointer.modifiers & MODIFIER.UNTRUSTED) return plain(MODIFIER.UNTRUSTED);
  const lasting = MODIFIER.TRUSTED | MODIFIER.RCU;
  if (habitsOf(m.options.profile).trust === "assumed") return plain(found.modifiers & ~lasting);
  if (!isTrusted(pointer) && !(pointer.modifiers & MODIFIER.RCU)) return plain(found.modifiers & ~lasting);
  const safe = (suffix: string) => isSafe(btf, struct, found.field, found.typeId, suffix);
  if (safe(SAFE.trusted)) return plain(found.modifiers | MODIFIER.TRUSTED);
  if (safe(SAFE.trustedOrNull)) return { modifiers: found.modifiers | MODIFIER.TRUSTED, nullable: true };
  if (!inRcu(m)) return plain(MODIFIER.UNTRUSTED);
  if (safe(SAFE.rcu)) return plain(found.modifiers | MODIFIER.RCU);
  const listed = safe(SAFE.rcuOrNull);
  if (found.modifiers & MODIFIER.RCU || listed) {
    const kept = listed ? found.modifiers & ~MODIFIER.UNTRUSTED : found.modifiers;
    return { modifiers: kept | MODIFIER.RCU, nullable: true };
  }
  if (found.modifiers & (MODIFIER.PERCPU | MODIFIER.USER)) return plain(found.modifiers);
  return plain(found.modifiers & ~lasting);
}
