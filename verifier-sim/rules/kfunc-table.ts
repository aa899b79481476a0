/** Kernel functions that are modelled: ours, from the table of operations, and the number iterator. */
import { type KfuncParam, kfuncParams, opOfKfunc, type OpRow } from "../../kernel/abi/syscalls.ts";

export type IteratorStep = "new" | "next" | "destroy";
const ITERATORS: Readonly<Record<string, IteratorStep>> = { bpf_iter_num_new: "new", bpf_iter_num_next: "next", bpf_iter_num_destroy: "destroy" };
const ITERATOR_PARAMETERS: Readonly<Record<IteratorStep, number>> = { new: 3, next: 1, destroy: 1 };

/** Which step of the number iterator a kfunc is; undefined if it is none. */
export function iteratorKfunc(name: string): IteratorStep | undefined {
  return ITERATORS[name];
}

export interface OurKfunc {
  readonly row: OpRow;
  readonly params: readonly KfuncParam[];
}

/** The prototype of a kfunc of our module. */
export function ourKfunc(name: string): OurKfunc | undefined {
  const row = opOfKfunc(name);
  return row && { row, params: kfuncParams(row) };
}

/** Registers that a modelled kfunc reads. */
export function kfuncParameterCount(name: string): number | undefined {
  const step = iteratorKfunc(name);
  return step ? ITERATOR_PARAMETERS[step] : ourKfunc(name)?.params.length;
}
