/**
 * What `unwrap` says beyond the error number: the system call that failed and the path it was given, where the program leaves
 * no doubt. Attached to failed Results as properties that don't show, so that they stay what their type says.
 */
import type { ProgramMeta } from "../abi/meta.ts";
import { findOp, type OpRow } from "../abi/syscalls.ts";

const CAN_FAIL: readonly OpRow["result"]["kind"][] = ["fd", "errno", "count", "offset", "handle"];

interface Origin {
  readonly syscall?: string;
  /** Index of the parameter that is the path. */
  readonly path?: number;
}

const origins = new WeakMap<ProgramMeta, Origin>();

/** The only operation of the program that can fail, and its only string parameter if that operation takes a path. */
function originOf(meta: ProgramMeta): Origin {
  let origin = origins.get(meta);
  if (!origin) {
    const rows = [...new Set(meta.sites.map(({ op }) => op))].map(findOp).filter((row) => row !== undefined && CAN_FAIL.includes(row.result.kind));
    const [row] = rows;
    const strings = meta.signature.params.flatMap(({ type }, i) => (type.kind === "string" ? [i] : []));
    const named = rows.length === 1 && row ? { syscall: row.name } : {};
    const takesPath = rows.length === 1 && row?.args.some(({ kind }) => kind === "path");
    origin = { ...named, ...(takesPath && strings.length === 1 && { path: strings[0]! }) };
    origins.set(meta, origin);
  }
  return origin;
}

/** The result; if it is a failed Result it knows where the failure came from. */
export function attachOrigin(result: unknown, meta: ProgramMeta, args: readonly unknown[]): unknown {
  if (typeof result !== "object" || result === null || (result as { ok?: unknown }).ok !== false) return result;
  const { syscall, path } = originOf(meta);
  if (syscall !== undefined) Object.defineProperty(result, "syscall", { value: syscall });
  if (path !== undefined) Object.defineProperty(result, "path", { value: args[path] });
  return result;
}
