/** Traces of operations: what two engines must agree on, in a form that compares deeply and prints like strace(1). */
import { pathBytes } from "../../kernel/abi/host.ts";
import type { IntName } from "../../kernel/abi/syscalls.ts";
import { asInt, type OperationArgs } from "./operation-args.ts";

/** One argument: integers and handles; bytes given to the operation (copied); room for bytes that it may fill; null. */
export type TraceArg = bigint | { readonly bytes: Uint8Array } | { readonly room: number } | null;

export interface TraceEntry {
  /** `sys.read`. */
  readonly op: string;
  readonly args: readonly TraceArg[];
  /** What the operation wrote into its out arguments, in their order (copied); nothing for a failed one but `err`. */
  readonly outputs: readonly Uint8Array[];
  readonly result: bigint;
}

/** The arguments before the operation is done. */
export function traceArgs(args: OperationArgs): TraceArg[] {
  return [...args.entries()].map(([spec, value]): TraceArg => {
    if (value === null) return null;
    if (typeof value === "bigint") return "type" in spec ? asInt(value, spec.type as IntName) : value;
    switch (spec.kind) {
      case "path":
        return { bytes: pathBytes(value).slice() };
      case "in":
        return { bytes: value.slice() };
      case "struct":
        return spec.dir === "in" ? { bytes: value.slice() } : { room: value.length };
      default:
        return { room: value.length };
    }
  });
}

/** What the operation wrote, after it is done: `result` bytes of a counted range, whole structs, `err` where it failed. */
export function traceOutputs(args: OperationArgs, result: bigint, wroteRemaining: boolean): Uint8Array[] {
  const { row } = args;
  const failed = row.result.kind === "handle" ? result === 0n : result < 0n && row.result.kind !== "value";
  return [...args.entries()].flatMap(([spec, value]): Uint8Array[] => {
    if (!(value instanceof Uint8Array)) return [];
    if (spec.kind === "err") return failed ? [value.slice(0, 4)] : [];
    if (spec.kind === "out") return failed ? [] : [value.slice(0, Number(result))];
    if (spec.kind === "struct" && spec.dir === "out") return (spec.optional ? wroteRemaining : !failed) ? [value.slice()] : [];
    return [];
  });
}

const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const printable = (bytes: Uint8Array) => bytes.every((byte) => byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c);
const quote = (bytes: Uint8Array) => (printable(bytes) ? `"${String.fromCharCode(...bytes)}"` : `x${hex(bytes)}`);

function formatArg(arg: TraceArg): string {
  if (arg === null) return "null";
  if (typeof arg === "bigint") return String(arg);
  return "bytes" in arg ? quote(arg.bytes) : `[${arg.room}]`;
}

/** `sys.openat(-100, "/etc/passwd", 0, 0) = 3`; outputs follow the result. */
export function formatTraceEntry(entry: TraceEntry): string {
  const outputs = entry.outputs.map((bytes) => ` ${quote(bytes)}`).join("");
  return `${entry.op}(${entry.args.map(formatArg).join(", ")}) = ${entry.result}${outputs}`;
}

export function formatTrace(trace: readonly TraceEntry[]): string[] {
  return trace.map(formatTraceEntry);
}
