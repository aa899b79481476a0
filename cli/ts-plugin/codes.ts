/** Our codes as TypeScript wants them: numbers, beyond all of its own. */
import type { DiagnosticCode } from "../../kernel/abi/diagnostics.ts";

/** `source` of our diagnostics in tsserver's answers. */
export const SOURCE = "anycall";

/** TypeScript's own codes end below 100,000. */
const BASE = 100_000;

/** AC3104 → 103104. */
export function toTsCode(code: DiagnosticCode): number {
  return BASE + Number(code.slice(2));
}

/** 103104 → AC3104. */
export function fromTsCode(code: number): string {
  return `AC${String(code - BASE).padStart(4, "0")}`;
}
