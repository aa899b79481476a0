/** Reads section `.anycall`: JSON whose outline is checked, so that a damaged object ends in ObjectError here. */
import type { ObjectMeta } from "../../kernel/abi/meta.ts";
import { ObjectError } from "./elf.ts";

type Shape = "number" | "string" | "object" | { readonly [key: string]: Shape } | readonly [Shape];

const PROGRAM: Shape = {
  name: "string",
  symbol: "string",
  signature: { params: [{ name: "string", type: "object", offset: "number" }], result: "object", resultOffset: "number" },
  sites: [{ insn: "number", op: "string" }],
  faults: [{ kind: "string", message: "string", line: "number", column: "number" }],
  moduleOnly: ["string"],
  exact: ["string"],
  instructions: "number",
};

const META: Shape = {
  abi: "number",
  compiler: "string",
  source: "string",
  kernel: "string",
  license: "string",
  memory: { framesOffset: "number", frameSize: "number", frameSlots: "number", size: "number" },
  buffers: [{ name: "string", section: "string", offset: "number", size: "number" }],
  programs: [PROGRAM],
};

/** The metadata in `bytes`. Throws ObjectError if it is no JSON of the known outline. */
export function parseMeta(bytes: Uint8Array): ObjectMeta {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new ObjectError("section .anycall is no JSON");
  }
  const problem = mismatch(value, META, "metadata");
  if (problem) throw new ObjectError(`section .anycall: ${problem}`);
  return value as ObjectMeta;
}

function mismatch(value: unknown, shape: Shape, where: string): string | undefined {
  if (typeof shape === "string") return typeof value === shape && value !== null ? undefined : `${where} is no ${shape}`;
  if (Array.isArray(shape)) {
    if (!Array.isArray(value)) return `${where} is no list`;
    return first(value.map((element, i) => mismatch(element, (shape as readonly [Shape])[0], `${where}[${i}]`)));
  }
  if (typeof value !== "object" || value === null) return `${where} is no object`;
  return first(Object.entries(shape).map(([key, inner]) => mismatch((value as Record<string, unknown>)[key], inner, `${where}.${key}`)));
}

function first(problems: readonly (string | undefined)[]): string | undefined {
  return problems.find((problem) => problem !== undefined);
}
