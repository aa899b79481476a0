/** What is known of a value, in an author's words: ranges as `0…255`, pointers by what they point to. Wording only. */
import { constSigned, isConst, isZero, smax, smin, umax, umin } from "../domain/index.ts";
import type { Reg } from "../state/register.ts";

const I64_MAX = 2 ** 63;
const U64_MAX = 2 ** 64;
const U32_MAX = 2 ** 32 - 1;
const EXACT = Number.MAX_SAFE_INTEGER;

const number = (value: number) => (Math.abs(value) <= EXACT ? `${value}` : value < 0 ? "-2⁶³" : value >= U64_MAX ? "2⁶⁴-1" : "2⁶³-1");

/** `5`, `0…255`, `any number`. */
export function describeScalar(reg: Reg): string {
  if (isConst(reg)) return number(constSigned(reg));
  const [low, high] = [smin(reg), smax(reg)];
  const isBounded = low > -I64_MAX || high < I64_MAX;
  if (low < 0 && umax(reg) < U64_MAX && umin(reg) > 0) return `${number(umin(reg))}…${number(umax(reg))} as an unsigned number`;
  if (!isBounded) return "any number";
  if (low === 0 && high === U32_MAX) return "any 32-bit number (0…4294967295)";
  return `${number(low)}…${number(high)}`;
}

const POINTERS: Readonly<Record<string, (reg: Reg) => string>> = {
  fp: () => "a pointer to the stack",
  ctx: () => "the pointer to the context",
  map_ptr: (reg) => `the map '${reg.map?.name ?? ""}'`,
  map_value: (reg) => `a pointer to a value of map '${reg.map?.name ?? ""}' (${reg.map?.valueSize ?? 0} bytes)`,
  mem: (reg) => `a pointer to ${reg.memSize} bytes`,
  ringbuf_mem: (reg) => `a pointer to a ring buffer's record of ${reg.memSize} bytes`,
  btf: (reg) => `a pointer to ${reg.struct === "" ? "a kernel object" : `struct ${reg.struct}`}`,
  func: () => "a function",
};

/** The value as a phrase that fits behind "is": `0…255`, `a pointer to 16 bytes, at offset 8 + 0…255`, `without a value`. */
export function describe(reg: Reg): string {
  if (reg.type === "not_init") return "without a value";
  if (reg.isScalar) return describeScalar(reg);
  const what = (POINTERS[reg.type] ?? (() => `a pointer (${reg.type})`))(reg);
  return `${reg.nullable ? "null or " : ""}${what}${offsetOf(reg)}`;
}

function offsetOf(reg: Reg): string {
  const constant = reg.off;
  if (isZero(reg)) return constant === 0 ? "" : `, at offset ${constant}`;
  const variable = describeScalar(reg);
  return `, at offset ${constant === 0 ? "" : `${constant} + `}${isConst(reg) ? variable : `(${variable})`}`;
}
