/**
 * Questions about BTF types: look-up by name, what stands behind typedefs and qualifiers, sizes, members, C text.
 * Reads through the Btf interface only. Chains are bounded as in the kernel, so that cyclic input ends in BtfError.
 */
import { BtfError } from "./format.ts";
import type { Btf, BtfKind, BtfMember, BtfType } from "./types.ts";

/** Longest chain of typedefs, qualifiers, arrays and nested structs that is followed. */
const MAX_DEPTH = 64;
const POINTER_SIZE = 8;

/** Id of the first type called `name` of this kind, or undefined. */
export function findType(btf: Btf, name: string, kind: BtfKind): number | undefined {
  return btf.named(name, kind)[0];
}

/** The id behind typedefs, const, volatile, restrict and type tags. Throws BtfError on a cycle. */
export function resolveId(btf: Btf, id: number): number {
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const type = btf.type(id);
    switch (type.kind) {
      case "typedef":
      case "type_tag":
      case "const":
      case "volatile":
      case "restrict":
        id = type.type;
        break;
      default:
        return id;
    }
  }
  throw new BtfError(`BTF type ${id} is behind too many typedefs or qualifiers`);
}

/** The type behind typedefs, const, volatile, restrict and type tags. */
export function resolve(btf: Btf, id: number): BtfType {
  return btf.type(resolveId(btf, id));
}

/** Names of the type tags (rcu, user, percpu, …) on the way from `id` to the type it resolves to, outermost first. */
export function typeTags(btf: Btf, id: number): string[] {
  const tags: string[] = [];
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const type = btf.type(id);
    if (type.kind === "type_tag") tags.push(type.name);
    else if (type.kind !== "typedef" && type.kind !== "const" && type.kind !== "volatile" && type.kind !== "restrict") return tags;
    id = type.type;
  }
  throw new BtfError(`BTF type ${id} is behind too many typedefs or qualifiers`);
}

/** Names of the declaration tags on a type itself (component -1). Scans the whole BTF: for small ones. */
export function declTags(btf: Btf, id: number): string[] {
  const tags: string[] = [];
  for (let other = 1; other < btf.count; other++) {
    const type = btf.type(other);
    if (type.kind === "decl_tag" && type.type === id && type.component === -1) tags.push(type.name);
  }
  return tags;
}

/** Bytes that a value of the type takes; undefined for void, functions and forward declarations. */
export function sizeOf(btf: Btf, id: number): number | undefined {
  let factor = 1;
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const type = resolve(btf, id);
    switch (type.kind) {
      case "array":
        factor *= type.length;
        id = type.type;
        continue;
      case "ptr":
        return factor * POINTER_SIZE;
      case "var":
        id = type.type;
        continue;
      case "int":
      case "float":
      case "enum":
      case "enum64":
      case "struct":
      case "union":
      case "datasec":
        return factor * type.size;
      default:
        return undefined;
    }
  }
  throw new BtfError(`BTF type ${id} is nested too deeply`);
}

/** Natural alignment in bytes; undefined where sizeOf is. A packed struct gives what its members ask for. */
export function alignOf(btf: Btf, id: number, depth = 0): number | undefined {
  if (depth > MAX_DEPTH) throw new BtfError(`BTF type ${id} is nested too deeply`);
  const type = resolve(btf, id);
  switch (type.kind) {
    case "ptr":
      return POINTER_SIZE;
    case "int":
    case "float":
    case "enum":
    case "enum64":
      return Math.min(type.size, POINTER_SIZE);
    case "array":
    case "var":
      return alignOf(btf, type.type, depth + 1);
    case "struct":
    case "union":
      return type.members.reduce((most, member) => Math.max(most, alignOf(btf, member.type, depth + 1) ?? 1), 1);
    default:
      return undefined;
  }
}

/** A member found by name: bits from the start of the outermost struct. */
export interface FoundMember extends BtfMember {
  /** Index of the member in its own struct, and that struct's id (differs from the asked one inside anonymous members). */
  readonly index: number;
  readonly owner: number;
}

/** Member `name` of the struct or union `id`, also inside anonymous members; undefined if there is none. */
export function findMember(btf: Btf, id: number, name: string, depth = 0): FoundMember | undefined {
  if (depth > MAX_DEPTH) throw new BtfError(`BTF type ${id} is nested too deeply`);
  const owner = resolveId(btf, id);
  const type = btf.type(owner);
  if (type.kind !== "struct" && type.kind !== "union") return undefined;
  for (const [index, member] of type.members.entries()) {
    if (member.name === name) return { ...member, index, owner };
    if (member.name === "") {
      const inner = findMember(btf, member.type, name, depth + 1);
      if (inner) return { ...inner, offset: inner.offset + member.offset };
    }
  }
  return undefined;
}

/** The function prototype of FUNC `id`, or undefined if it is none. */
export function prototypeOf(btf: Btf, id: number): Extract<BtfType, { kind: "func_proto" }> | undefined {
  const func = btf.type(id);
  if (func.kind !== "func") return undefined;
  const proto = btf.type(func.type);
  return proto.kind === "func_proto" ? proto : undefined;
}

/** The type as C would write it, for messages: `const struct task_struct *`, `u8[16]`. */
export function typeText(btf: Btf, id: number, depth = 0): string {
  if (depth > MAX_DEPTH) return "…";
  const type = btf.type(id);
  const inner = (of: number) => typeText(btf, of, depth + 1);
  switch (type.kind) {
    case "void":
      return "void";
    case "ptr": {
      const text = inner(type.type);
      return text.endsWith("*") ? `${text}*` : `${text} *`;
    }
    case "const":
    case "volatile":
    case "restrict": {
      const text = inner(type.type);
      return text.endsWith("*") ? `${text} ${type.kind}` : `${type.kind} ${text}`;
    }
    case "type_tag":
      return `${inner(type.type)} __${type.name}`;
    case "array":
      return `${inner(type.type)}[${type.length}]`;
    case "struct":
    case "union":
    case "enum":
      return `${type.kind} ${type.name || "(anonymous)"}`;
    case "enum64":
      return `enum ${type.name || "(anonymous)"}`;
    case "fwd":
      return `${type.union ? "union" : "struct"} ${type.name}`;
    case "func_proto":
      return `${inner(type.ret)} (${type.params.map((param) => (param.type === 0 ? "..." : inner(param.type))).join(", ") || "void"})`;
    default:
      return type.name;
  }
}
