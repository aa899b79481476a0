/**
 * Whether a program's idea of a type fits the kernel's, by libbpf's rule for kernel functions: same shape of pointers,
 * arrays and prototypes down to structs, unions, enumerations and integers, whose contents don't matter.
 */
import { BtfError } from "./format.ts";
import { resolve } from "./query.ts";
import type { Btf, BtfType } from "./types.ts";

const MAX_DEPTH = 32;

/** Compares type `id` of `btf` with type `otherId` of `other`. Throws BtfError for types nested too deeply. */
export function compatible(btf: Btf, id: number, other: Btf, otherId: number, depth = 0): boolean {
  if (depth > MAX_DEPTH) throw new BtfError(`BTF type ${id} is nested too deeply`);
  const [a, b] = [resolve(btf, id), resolve(other, otherId)];
  const deeper = (inner: number, otherInner: number) => compatible(btf, inner, other, otherInner, depth + 1);
  if (isEnum(a) && isEnum(b)) return true;
  if (a.kind === "int" && b.kind === "int") return a.offset === 0 && b.offset === 0;
  if ((a.kind === "ptr" && b.kind === "ptr") || (a.kind === "array" && b.kind === "array")) return deeper(a.type, b.type);
  if (a.kind === "func_proto" && b.kind === "func_proto") {
    return a.params.length === b.params.length && a.params.every((param, i) => deeper(param.type, b.params[i]!.type)) && deeper(a.ret, b.ret);
  }
  return a.kind === b.kind && (a.kind === "void" || a.kind === "struct" || a.kind === "union" || a.kind === "fwd");
}

function isEnum(type: BtfType): boolean {
  return type.kind === "enum" || type.kind === "enum64";
}
