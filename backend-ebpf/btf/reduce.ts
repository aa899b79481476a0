/**
 * A part of a kernel's BTF that stands on its own: chosen functions with their prototypes, chosen structs with all that they
 * embed. Of structs that are only pointed to, name and size are left (a struct with a size and no members); of types that no
 * verifier asks about (typedefs, qualifiers, names of enumerators, what pointers to other things point to) nothing is.
 */
import { encodeTypes } from "./builder.ts";
import { prototypeOf, resolve, resolveId } from "./query.ts";
import type { Btf, BtfMember, BtfType } from "./types.ts";

export interface Wanted {
  /** Names of FUNCs; those that the BTF lacks are left out. */
  readonly functions: readonly string[];
  /** Structs and unions that are described; a name that ends with `*` stands for all that begin so, one that begins with it for all that end so. */
  readonly structs: readonly string[];
  /** Variables. */
  readonly variables: readonly string[];
}

const PER_CPU = ".data..percpu";

/** The encoded part. Same input, same bytes. */
export function reduceBtf(btf: Btf, wanted: Wanted): Uint8Array {
  return new Reduction(btf, wanted).encode();
}

class Reduction {
  readonly #btf: Btf;
  readonly #wanted: Wanted;
  /** Types in the new order; a place is taken before it is filled. */
  readonly #types: (BtfType | undefined)[] = [];
  readonly #places = new Map<string, number>();
  readonly #described = new Set<number>();

  constructor(btf: Btf, wanted: Wanted) {
    this.#btf = btf;
    this.#wanted = wanted;
  }

  encode(): Uint8Array {
    const structs = [...this.#chosenStructs(), ...this.#namedByFunctions()];
    for (const id of structs) this.#describe(id);
    for (const id of structs) this.#struct(id);
    for (const name of this.#wanted.functions) this.#function(name);
    this.#variables();
    return encodeTypes(this.#types as BtfType[]);
  }

  /** Structs that the functions take or give pointers to: calls are checked by what is in them. */
  #namedByFunctions(): number[] {
    const btf = this.#btf;
    return this.#wanted.functions.flatMap((name) => {
      const id = btf.named(name, "func")[0];
      const proto = id === undefined ? undefined : prototypeOf(btf, id);
      return [proto?.ret, ...(proto?.params.map(({ type }) => type) ?? [])].flatMap((type) => {
        const pointer = type === undefined ? undefined : resolve(btf, type);
        if (pointer?.kind !== "ptr") return [];
        const target = resolveId(btf, pointer.type);
        const { kind } = btf.type(target);
        return kind === "struct" || kind === "union" ? [target] : [];
      });
    });
  }

  #chosenStructs(): number[] {
    const btf = this.#btf;
    const exact = new Set(this.#wanted.structs);
    const ends = this.#wanted.structs.filter((name) => name.startsWith("*")).map((name) => name.slice(1));
    const begins = this.#wanted.structs.filter((name) => name.endsWith("*")).map((name) => name.slice(0, -1));
    const ids: number[] = [];
    for (let id = btf.firstId; id < btf.count; id++) {
      const type = btf.type(id);
      if (type.kind !== "struct" && type.kind !== "union") continue;
      const { name } = type;
      if (name !== "" && type.size > 0 && (exact.has(name) || ends.some((end) => name.endsWith(end)) || begins.some((begin) => name.startsWith(begin)))) ids.push(id);
    }
    return ids;
  }

  /** The struct and all that it embeds: known before any pointer to them is made. */
  #describe(id: number): void {
    const own = resolveId(this.#btf, id);
    const type = this.#btf.type(own);
    if (type.kind === "array") return this.#describe(type.type);
    if ((type.kind !== "struct" && type.kind !== "union") || this.#described.has(own)) return;
    this.#described.add(own);
    for (const member of type.members) this.#describe(member.type);
  }

  #place(key: string, make: () => BtfType): number {
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const at = this.#types.push(undefined);
    this.#places.set(key, at);
    this.#types[at - 1] = make();
    return at;
  }

  /** A struct in whole, with what it embeds. */
  #struct(id: number): number {
    return this.#place(`struct ${id}`, () => {
      const type = this.#btf.type(id);
      if (type.kind !== "struct" && type.kind !== "union") throw new TypeError("no struct");
      return { ...type, members: type.members.map((member): BtfMember => ({ ...member, type: this.#value(member.type) })) };
    });
  }

  /** A type by value: what a member is. */
  #value(id: number): number {
    const own = resolveId(this.#btf, id);
    const type = this.#btf.type(own);
    switch (type.kind) {
      case "struct":
      case "union":
        return this.#struct(own);
      case "array": {
        const element = this.#value(type.type);
        const index = this.#place("index", () => ({ kind: "int", name: "", size: 4, bits: 32, offset: 0, signed: false, char: false, bool: false }));
        return this.#place(`array ${element} ${type.length}`, () => ({ kind: "array", type: element, index, length: type.length }));
      }
      case "ptr":
        return this.#pointer(type.type);
      case "enum":
        return this.#place(`enum ${type.size} ${type.signed}`, () => ({ ...type, name: "", values: [] }));
      case "enum64":
        return this.#place(`enum64 ${type.size} ${type.signed}`, () => ({ ...type, name: "", values: [] }));
      case "int":
        return this.#place(`int ${type.name}`, () => type);
      case "void":
        return 0;
      default:
        return this.#place(`${type.kind} ${"name" in type ? type.name : own}`, () => (type.kind === "func_proto" ? { kind: "func_proto", ret: 0, params: [] } : type));
    }
  }

  /** A pointer keeps the struct that it leads to, and the tag right behind it. */
  #pointer(target: number): number {
    const tag = this.#btf.type(target);
    let to = this.#target(target);
    if (tag.kind === "type_tag" && to !== 0) {
      const inner = to;
      to = this.#place(`tag ${tag.name} ${inner}`, () => ({ kind: "type_tag", name: tag.name, type: inner }));
    }
    return this.#place(`ptr ${to}`, () => ({ kind: "ptr", type: to }));
  }

  #target(id: number): number {
    const own = resolveId(this.#btf, id);
    const type = this.#btf.type(own);
    if (type.kind !== "struct" && type.kind !== "union") return 0;
    if (this.#described.has(own)) return this.#struct(own);
    return this.#place(`stub ${own}`, () => ({ kind: type.kind, name: type.name, size: type.size, members: [] }));
  }

  #function(name: string): void {
    const btf = this.#btf;
    const id = btf.named(name, "func")[0];
    const func = id === undefined ? undefined : btf.type(id);
    const proto = func?.kind === "func" ? btf.type(func.type) : undefined;
    if (func?.kind !== "func" || proto?.kind !== "func_proto") return;
    const ret = this.#argument(proto.ret);
    const params = proto.params.map((param) => ({ name: param.name, type: this.#argument(param.type) }));
    const type = this.#place(`proto ${name}`, () => ({ kind: "func_proto", ret, params }));
    this.#place(`func ${name}`, () => ({ ...func, type }));
  }

  /** A parameter or result: behind pointers, numbers count too. */
  #argument(id: number): number {
    const type = resolve(this.#btf, id);
    if (type.kind !== "ptr") return this.#value(id);
    const target = resolve(this.#btf, type.type);
    if (target.kind === "struct" || target.kind === "union") return this.#pointer(type.type);
    const to = this.#value(type.type);
    return this.#place(`ptr ${to}`, () => ({ kind: "ptr", type: to }));
  }

  #variables(): void {
    const btf = this.#btf;
    const section = btf.named(PER_CPU, "datasec")[0];
    const all = section === undefined ? undefined : btf.type(section);
    const entries: { type: number; offset: number; size: number }[] = [];
    for (const name of this.#wanted.variables) {
      const id = btf.named(name, "var")[0];
      const type = id === undefined ? undefined : btf.type(id);
      if (type?.kind !== "var") continue;
      const struct = resolve(btf, type.type);
      const of = struct.kind === "struct" || struct.kind === "union" ? this.#target(type.type) : this.#value(type.type);
      const at = this.#place(`var ${name}`, () => ({ ...type, type: of }));
      const entry = all?.kind === "datasec" ? all.vars.find((variable) => variable.type === id) : undefined;
      if (entry) entries.push({ ...entry, type: at });
    }
    if (entries.length > 0) this.#place("percpu", () => ({ kind: "datasec", name: PER_CPU, size: entries.reduce((end, e) => Math.max(end, e.offset + e.size), 0), vars: entries }));
  }
}
