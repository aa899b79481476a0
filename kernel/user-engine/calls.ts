/** What each call of a program calls in engine `user`: an operation of the table, a helper, the number iterator, or nothing. */
import type { LinkedProgram } from "../../backend-ebpf/object/index.ts";
import { helperId, helperName } from "../abi/helpers.ts";
import { opOfKfunc, opName, type OpName, type OpRow } from "../abi/syscalls.ts";
import { AnycallError } from "../errors.ts";
import { actionOf } from "./cfg.ts";
import { type HelperRow, USER_HELPERS } from "./helpers.ts";
import { operationType } from "./operations.ts";
import { type CallTarget, ITERATORS, type IteratorName } from "./translate.ts";

const BPF_LOOP = helperId("loop");

/** How an import is made. */
export type ImportSource = { readonly kind: "operation"; readonly row: OpRow } | { readonly kind: "helper"; readonly row: HelperRow; readonly site: OpName | undefined };

export interface ResolvedCall {
  readonly target: CallTarget;
  /** For imports. */
  readonly source?: ImportSource;
}

/** Resolves the call in `slot`. Throws AC4015 for what exists only in the kernel. */
export function resolveCall(program: LinkedProgram, slot: number): ResolvedCall {
  const insn = program.insns[slot]!;
  const action = actionOf(insn);
  if (action?.kind === "call" && action.callee === "helper") return helperCall(program, slot, insn.imm);
  if (action?.kind === "call" && action.callee === "kfunc") return kfuncCall(program, insn.imm);
  throw new AnycallError("AC4015", `${nameOf(program)}: the call in slot ${slot} can't be made outside the kernel`);
}

function helperCall(program: LinkedProgram, slot: number, id: number): ResolvedCall {
  if (id === BPF_LOOP) return { target: { kind: "loop" } };
  const row = USER_HELPERS.get(id);
  if (!row) throw new AnycallError("AC4015", `${nameOf(program)} calls the helper ${helperName(id)}, which exists only in the kernel`);
  const site = program.meta?.sites.find(({ insn }) => insn === slot)?.op as OpName | undefined;
  const target = { kind: "import", key: `helper ${id} ${site ?? ""}`, params: row.params(site), result: row.result } as const;
  return { target, source: { kind: "helper", row, site } };
}

function kfuncCall(program: LinkedProgram, index: number): ResolvedCall {
  const kfunc = program.kfuncs[index];
  const name = kfunc?.name ?? `number ${index}`;
  if ((ITERATORS as readonly string[]).includes(name)) return { target: { kind: "iterator", name: name as IteratorName } };
  const row = opOfKfunc(name);
  if (!row) throw new AnycallError("AC4015", `${nameOf(program)} calls the kernel function ${name}, which exists only in the kernel`);
  return { target: { kind: "import", key: opName(row), ...operationType(row) }, source: { kind: "operation", row } };
}

/** The program's name in the source, or its symbol. */
export function nameOf(program: LinkedProgram): string {
  return program.meta?.name ?? program.name;
}
