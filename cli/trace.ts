/** `run --trace`: each operation as it is made, like strace. */
import { type Host, type HostArg, pathBytes } from "../kernel/abi/host.ts";
import { opName, type OpRow } from "../kernel/abi/syscalls.ts";

const SHOWN = 32;

/** A host that prints each operation of `host` with its arguments and result. */
export function tracing(host: Host, print: (line: string) => void): Host {
  return {
    call(row, args) {
      const before = row.args.map((spec, i) => (spec.kind === "err" || spec.kind === "out" ? undefined : show(args[i] ?? null, spec.kind)));
      const result = host.call(row, args);
      print(`${opName(row)}(${parts(row, args, before, result).join(", ")}) = ${result}`);
      return result;
    },
  };
}

function parts(row: OpRow, args: readonly HostArg[], before: readonly (string | undefined)[], result: bigint): string[] {
  return row.args.flatMap((spec, i) => {
    if (spec.kind === "err") return [];
    if (spec.kind !== "out") return [before[i]!];
    const bytes = args[i] as Uint8Array;
    return [result > 0n ? show(bytes.subarray(0, Number(result)), "out") : "", `${bytes.length}`].filter(Boolean);
  });
}

function show(arg: HostArg, kind: string): string {
  if (arg === null) return "NULL";
  if (typeof arg === "bigint") return `${arg}`;
  if (kind === "struct") return "{…}";
  const bytes = kind === "path" ? pathBytes(arg) : arg;
  const text = Buffer.from(bytes.subarray(0, SHOWN)).toString("latin1").replace(/[^ -~]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`);
  return `"${text}"${bytes.length > SHOWN ? "…" : ""}`;
}
