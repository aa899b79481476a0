/**
 * A host for tests of the IR alone: answers every operation from a seeded stream, fills out-buffers from it, and records
 * a trace. It models no files; two runs with one seed and the same calls get the same answers.
 */
import type { Host, HostArg } from "../../kernel/abi/host.ts";
import { opName, type OpRow } from "../../kernel/abi/syscalls.ts";
import { randomSource } from "./random.ts";

export class TraceHost implements Host {
  /** One line a call: name, arguments (bytes as hex), result. */
  readonly trace: string[] = [];
  readonly #next: () => number;
  #handles = 0;

  constructor(seed: number) {
    this.#next = randomSource(seed);
  }

  call(row: OpRow, args: readonly HostArg[]): bigint {
    const given = args.map((arg, i) => (arg instanceof Uint8Array && row.args[i]!.kind !== "err" ? hex(arg) : arg instanceof Uint8Array ? "err" : String(arg)));
    const result = this.#answer(row, args);
    row.args.forEach((spec, i) => {
      const view = args[i];
      if (!(view instanceof Uint8Array)) return;
      const count = spec.kind === "out" ? Math.min(view.length, Number(result)) : 0;
      for (let at = 0; at < count; at++) view[at] = this.#below(256);
      if (spec.kind === "err" && result === 0n) new DataView(view.buffer, view.byteOffset).setInt32(0, -1 - this.#below(40), true);
    });
    this.trace.push(`${opName(row)}(${given.join(", ")}) = ${result}`);
    return result;
  }

  #below(n: number): number {
    return Math.floor(this.#next() * n);
  }

  #answer(row: OpRow, args: readonly HostArg[]): bigint {
    const failed = this.#below(4) === 0;
    switch (row.result.kind) {
      case "handle":
        return failed ? 0n : BigInt(++this.#handles);
      case "count": {
        const view = args[row.result.countOf ?? 0];
        return failed ? -5n : BigInt(this.#below((view instanceof Uint8Array ? view.length : 0) + 1));
      }
      case "errno":
        return failed ? -9n : 0n;
      default:
        return failed && row.result.kind !== "value" ? -22n : BigInt(this.#below(1000));
    }
  }
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
