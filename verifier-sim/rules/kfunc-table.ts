/**
 * Kernel functions that are modelled: ours, from the table of operations, the number iterator, and the few of the kernel's
 * own that SYSCALL programs may call and that need no more than objects, references and numbers. Prototypes and flags are
 * data; flags are not in BTF (include/linux/btf.h, KF_*), so they are rows here.
 */
import { FILE_STRUCT, type KfuncParam, kfuncParams, opOfKfunc } from "../../kernel/abi/syscalls.ts";

export type IteratorStep = "new" | "next" | "destroy";
const ITERATORS: Readonly<Record<string, IteratorStep>> = { bpf_iter_num_new: "new", bpf_iter_num_next: "next", bpf_iter_num_destroy: "destroy" };
const ITERATOR_PARAMETERS: Readonly<Record<IteratorStep, number>> = { new: 3, next: 1, destroy: 1 };

/** Which step of the number iterator a kfunc is; undefined if it is none. */
export function iteratorKfunc(name: string): IteratorStep | undefined {
  return ITERATORS[name];
}

/** What an argument must be: memory and numbers as in the table of operations, or a pointer to a kernel object. */
export type Parameter = Exclude<KfuncParam, { kind: "file" }> | { readonly name: string; readonly kind: "object"; readonly struct: string };

export interface ModelledKfunc {
  readonly name: string;
  /** acquire, release, ret-null, trusted-args, sleepable. */
  readonly flags: readonly string[];
  readonly params: readonly Parameter[];
  /** Struct of the object that is returned; absent: a number or nothing. */
  readonly result?: string;
  /** Needs a license that is compatible with the GPL: all that are not ours. */
  readonly gpl: boolean;
}

const number = (name: string, type: "i32" | "u64"): Parameter => ({ name, kind: "int", type });
const key: Parameter = { name: "bkey", kind: "object", struct: "bpf_key" };
const ACQUIRES = ["acquire", "ret-null"];

/** kernel/trace/bpf_trace.c (key_kfunc_set), since 6.1. */
const KERNEL: readonly ModelledKfunc[] = [
  { name: "bpf_lookup_user_key", flags: [...ACQUIRES, "sleepable"], params: [number("serial", "i32"), number("flags", "u64")], result: "bpf_key", gpl: true },
  { name: "bpf_lookup_system_key", flags: ACQUIRES, params: [number("id", "u64")], result: "bpf_key", gpl: true },
  { name: "bpf_key_put", flags: ["release"], params: [key], gpl: true },
];
const KERNEL_BY_NAME = new Map(KERNEL.map((kfunc) => [kfunc.name, kfunc]));

/** The prototype of a kfunc, of the kernel's or of our module's; undefined if it is not modelled. */
export function modelledKfunc(name: string): ModelledKfunc | undefined {
  const row = opOfKfunc(name);
  if (!row) return KERNEL_BY_NAME.get(name);
  const params = kfuncParams(row).map((param): Parameter => (param.kind === "file" ? { name: param.name, kind: "object", struct: FILE_STRUCT } : param));
  const flags: readonly string[] = row.flags;
  return { name, flags, params, gpl: false, ...(flags.includes("acquire") && { result: FILE_STRUCT }) };
}

/** Registers that a modelled kfunc reads. */
export function kfuncParameterCount(name: string): number | undefined {
  const step = iteratorKfunc(name);
  return step ? ITERATOR_PARAMETERS[step] : modelledKfunc(name)?.params.length;
}
