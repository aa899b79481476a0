/**
 * Structs of the kernel by their BTF: what an access of some bytes at an offset finds, and whether one struct begins with
 * another. Owns no state of programs; answers are kept for each BTF, because loops ask the same again and again.
 */
import { resolve, resolveId, sizeOf } from "../../backend-ebpf/btf/index.ts";
import type { Btf, BtfMember, BtfType } from "../../backend-ebpf/btf/types.ts";
import { unmodelled } from "../failure.ts";
import { MESSAGES } from "../messages.ts";
import { MODIFIER } from "../state/register.ts";

/** What is found: a number, a pointer to another struct, or a reason why the access is refused. */
export type Found =
  | { readonly kind: "scalar" }
  | { readonly kind: "pointer"; readonly typeId: number; readonly modifiers: number; readonly field: string }
  | { readonly kind: "refused"; readonly rule: Rule; readonly text: string };
type Step = Found | { readonly kind: "struct"; readonly typeId: number };

type Rule = "struct-beyond" | "struct-hole" | "struct-pointer" | "struct-member-end";
type Struct = Extract<BtfType, { kind: "struct" | "union" }>;
const SCALAR: Found = { kind: "scalar" };
const MAX_DEPTH = 64;
/** Type tags of pointers, and what they say. */
const TAGS: Readonly<Record<string, number>> = { rcu: MODIFIER.RCU, percpu: MODIFIER.PERCPU, user: MODIFIER.USER };

const walks = new WeakMap<Btf, Map<string, Found>>();

/** Name of the struct; empty for an anonymous one. */
export function structName(btf: Btf, typeId: number): string {
  const type = resolve(btf, typeId);
  return "name" in type ? type.name : "";
}

/** `size` bytes at `off` of the struct `typeId`. */
export function accessStruct(btf: Btf, typeId: number, off: number, size: number): Found {
  let known = walks.get(btf);
  if (!known) {
    known = new Map();
    walks.set(btf, known);
  }
  const key = `${typeId},${off},${size}`;
  let found = known.get(key);
  if (!found) {
    found = walk(btf, typeId, off, size);
    known.set(key, found);
  }
  return found;
}

function walk(btf: Btf, typeId: number, off: number, size: number): Found {
  const context = { untrusted: false, flexible: true };
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const step = walkOnce(btf, typeId, off, size, context);
    if (step.kind !== "struct") return step;
    typeId = step.typeId;
    off = 0;
  }
  return unmodelled("structs nested too deeply");
}

/** Whether the struct `typeId` at `off` is, or begins with, the struct `wanted`; `exact`: is. */
export function isStruct(btf: Btf, typeId: number, off: number, wantedBtf: Btf, wanted: number, exact: boolean): boolean {
  const same = (id: number) => sameStruct(btf, id, wantedBtf, wanted);
  if (off === 0 && same(typeId)) return true;
  if (exact) return false;
  const context = { untrusted: false, flexible: true };
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const step = walkOnce(btf, typeId, off, 1, context);
    if (step.kind !== "struct") return false;
    if (same(step.typeId)) return true;
    typeId = step.typeId;
    off = 0;
  }
  return false;
}

/** The same type: of two descriptions of one kernel, by name. */
function sameStruct(a: Btf, idA: number, b: Btf, idB: number): boolean {
  const [x, y] = [resolveId(a, idA), resolveId(b, idB)];
  if (a === b) return x === y;
  const name = structName(a, x);
  return name !== "" && name === structName(b, y);
}

interface Context {
  /** A union with several members was entered: what is found there is not trusted. */
  untrusted: boolean;
  readonly flexible: boolean;
}

function refused<R extends Rule>(rule: R, ...values: Parameters<(typeof MESSAGES)[R]>): Found {
  return { kind: "refused", rule, text: (MESSAGES[rule] as (...v: readonly unknown[]) => string)(...values) };
}

/** Goes into embedded structs until the access is one member's, or begins one at its offset. */
function walkOnce(btf: Btf, typeId: number, off: number, size: number, context: Context): Step {
  let struct = structOf(btf, typeId);
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    if (struct.kind === "union" && struct.members.length !== 1) context.untrusted = true;
    if (off + size > struct.size) {
      const inside = flexibleElement(btf, struct, off);
      if (!context.flexible || inside === undefined) return refused("struct-beyond", struct.name, off, size);
      if (inside === "number") return SCALAR;
      off = inside.off;
      struct = inside.struct;
      continue;
    }
    const found = memberAt(btf, struct, off, size, context);
    if (found.kind !== "inside") return found;
    struct = found.struct;
    off = found.off;
  }
  return unmodelled("structs nested too deeply");
}

function structOf(btf: Btf, typeId: number): Struct {
  const type = resolve(btf, typeId);
  if (type.kind !== "struct" && type.kind !== "union") return unmodelled(`an object of type ${type.kind}`);
  // A reduced BTF keeps no more than name and size of what is out of its reach.
  if (type.size > 0 && type.members.length === 0) return unmodelled(`${type.kind} ${type.name}, which the reduced BTF does not describe`);
  return type;
}

/** Behind the end of a struct whose last member is an array without a length. */
function flexibleElement(btf: Btf, struct: Struct, off: number): { struct: Struct; off: number } | "number" | undefined {
  const last = struct.members.at(-1);
  const array = last && resolve(btf, last.type);
  if (!last || array?.kind !== "array" || array.length !== 0 || off < last.offset >> 3) return undefined;
  const element = resolve(btf, array.type);
  if (element.kind === "int") return "number";
  if ((element.kind !== "struct" && element.kind !== "union") || element.size === 0) return undefined;
  return { struct: element, off: (off - (last.offset >> 3)) % element.size };
}

function memberAt(btf: Btf, struct: Struct, off: number, size: number, context: Context): Step | { kind: "inside"; struct: Struct; off: number } {
  for (const member of struct.members) {
    const at = member.offset >> 3;
    if (off + size <= at) break;
    if (member.bits > 0) {
      // A bit-field is read as the whole bytes that hold it.
      if (off <= at && (member.offset + member.bits + 7) >> 3 <= off + size) return SCALAR;
      continue;
    }
    if (off < at) break;
    const found = inMember(btf, struct, member, off, size, context);
    if (found) return found;
  }
  return refused("struct-hole", struct.name, off);
}

function inMember(btf: Btf, struct: Struct, member: BtfMember, off: number, size: number, context: Context): Step | { kind: "inside"; struct: Struct; off: number } | undefined {
  let at = member.offset >> 3;
  const whole = sizeOf(btf, member.type);
  if (whole === undefined) return unmodelled(`the size of ${struct.name}.${member.name}`);
  const end = at + whole;
  if (off >= end) return undefined;
  let id = resolveId(btf, member.type);
  let length = whole;
  let count = 1;
  for (let type = btf.type(id); type.kind === "array"; type = btf.type(id)) {
    count *= type.length;
    id = resolveId(btf, type.type);
  }
  if (btf.type(resolveId(btf, member.type)).kind === "array") {
    if (whole === 0 || count === 0) return undefined;
    length = whole / count;
    at += Math.floor((off - at) / length) * length;
  }
  const type = btf.type(id);
  if (type.kind === "struct" || type.kind === "union") return off === at ? { kind: "struct", typeId: id } : { kind: "inside", struct: structOf(btf, id), off: off - at };
  if (type.kind === "ptr") {
    if (length !== size || off !== at) return refused("struct-pointer", member.name, at, struct.name, off, size);
    const target = resolve(btf, type.type);
    if (target.kind === "struct" || target.kind === "union") return pointer(btf, type.type, member.name, context);
  }
  if (off + size > end && !context.untrusted) return refused("struct-member-end", member.name, end, struct.name, off, size);
  return SCALAR;
}

/** A tag counts only right behind the pointer. */
function pointer(btf: Btf, target: number, field: string, context: Context): Found {
  const tagged = btf.type(target);
  const modifiers = (tagged.kind === "type_tag" ? (TAGS[tagged.name] ?? 0) : 0) | (context.untrusted ? MODIFIER.UNTRUSTED : 0);
  return { kind: "pointer", typeId: resolveId(btf, target), modifiers, field };
}

/** Structs that are made of numbers only, arrays of them and such structs, down to four levels. */
export function isNumbersOnly(btf: Btf, typeId: number, depth = 0): boolean {
  const type = resolve(btf, typeId);
  if (type.kind !== "struct" && type.kind !== "union") return false;
  return structOf(btf, typeId).members.every((member) => {
    let inner = resolve(btf, member.type);
    if (inner.kind === "struct" || inner.kind === "union") return depth < 3 && isNumbersOnly(btf, member.type, depth + 1);
    if (inner.kind === "array") {
      if (inner.length === 0) return false;
      inner = resolve(btf, inner.type);
    }
    return isNumber(inner);
  });
}

export function isNumber(type: BtfType): boolean {
  return type.kind === "int" || type.kind === "enum" || type.kind === "enum64";
}
