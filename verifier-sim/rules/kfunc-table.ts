/**
 * Prototypes and flags of the kernel functions that a program calls: those of our module from the table of operations, the
 * kernel's own from its BTF and the table of flags. Owns what each parameter is by its type and name; checks nothing.
 */
import { hasSuffix, kfuncPrototypes, prototypeOf, resolve, resolveId, sizeOf } from "../../backend-ebpf/btf/index.ts";
import type { Btf, BtfType } from "../../backend-ebpf/btf/types.ts";
import type { KernelProfile } from "../../kernel/abi/profiles.ts";
import { opOfKfunc } from "../../kernel/abi/syscalls.ts";
import { isNumber } from "./kernel-types.ts";
import { type KfuncFlag, kernelKfuncFlags } from "./kfunc-flags.ts";

export type IteratorStep = "new" | "next" | "destroy";
const ITERATOR = /^bpf_iter_(\w+)_(new|next|destroy)$/;

/** Which step of which open-coded iterator a kfunc is; undefined if it is none. */
export function iteratorKfunc(name: string): { readonly iterator: string; readonly step: IteratorStep } | undefined {
  const found = ITERATOR.exec(name);
  return found ? { iterator: found[1]!, step: found[2] as IteratorStep } : undefined;
}
export function isIteratorNext(name: string): boolean {
  return iteratorKfunc(name)?.step === "next";
}

export interface Parameter {
  readonly name: string;
  readonly kind: "scalar" | "pointer" | "other";
  /** Of a pointer: what it points to, without qualifiers. */
  readonly target: BtfType;
  readonly targetId: number;
  /** Of a pointer: bytes behind it; undefined where the type does not say. */
  readonly size: number | undefined;
  readonly ignored: boolean;
  readonly constant: boolean;
  readonly isSize: boolean;
  readonly isConstantSize: boolean;
  readonly nullable: boolean;
  readonly optional: boolean;
}

export interface Kfunc {
  readonly name: string;
  readonly flags: readonly KfuncFlag[];
  readonly params: readonly Parameter[];
  readonly btf: Btf;
  /** Type of the result, without qualifiers. */
  readonly result: BtfType;
  readonly resultId: number;
  /** Needs a license that is compatible with the GPL: all that are not ours. */
  readonly gpl: boolean;
}

const resolved = new WeakMap<Btf, Map<string, Kfunc | undefined>>();

/** The function, or undefined if it is not modelled or its kernel's BTF has none of that name. */
export function kfuncOf(name: string, profile: KernelProfile, kernelBtf: Btf | undefined): Kfunc | undefined {
  const row = opOfKfunc(name);
  // Without the kernel's types those that the compiler itself calls are known still.
  const btf = row || !kernelBtf ? kfuncPrototypes() : kernelBtf;
  const flags = row ? (row.flags as readonly KfuncFlag[]) : kernelKfuncFlags(name, profile);
  if (!flags) return undefined;
  let known = resolved.get(btf);
  if (!known) {
    known = new Map();
    resolved.set(btf, known);
  }
  if (!known.has(name)) known.set(name, describe(btf, name, flags, row === undefined));
  return known.get(name);
}

function describe(btf: Btf, name: string, flags: readonly KfuncFlag[], gpl: boolean): Kfunc | undefined {
  const id = btf.named(name, "func")[0];
  const proto = id === undefined ? undefined : prototypeOf(btf, id);
  if (!proto) return undefined;
  const resultId = resolveId(btf, proto.ret);
  return { name, flags, btf, gpl, params: proto.params.map((param) => parameter(btf, param)), result: btf.type(resultId), resultId };
}

function parameter(btf: Btf, { name, type }: { readonly name: string; readonly type: number }): Parameter {
  const own = resolve(btf, type);
  const targetId = own.kind === "ptr" ? resolveId(btf, own.type) : 0;
  return {
    name,
    kind: own.kind === "ptr" ? "pointer" : isNumber(own) ? "scalar" : "other",
    target: btf.type(targetId),
    targetId,
    size: own.kind === "ptr" ? sizeOf(btf, own.type) : undefined,
    ignored: hasSuffix(name, "__ign"),
    constant: hasSuffix(name, "__k"),
    isSize: hasSuffix(name, "__sz"),
    isConstantSize: hasSuffix(name, "__szk"),
    nullable: hasSuffix(name, "__nullable"),
    optional: hasSuffix(name, "__opt"),
  };
}

/** Registers that a function of the kernel's reads; undefined if nothing is known of it. */
export function kfuncParameterCount(name: string, profile: KernelProfile, kernelBtf: Btf | undefined): number | undefined {
  return kfuncOf(name, profile, kernelBtf)?.params.length;
}
