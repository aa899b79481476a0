/** The language's operators on mathematical integers: independent of the compiler's. */
import { arithmeticType, bitsOf, bitwiseType, type IntName, isSigned, promoted, shiftType, wrapTo } from "./tree.ts";

export function compare(op: string, a: bigint, b: bigint): boolean {
  switch (op) {
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    case ">=":
      return a >= b;
    case "===":
      return a === b;
    default:
      return a !== b;
  }
}

/** `a op b` for operands of types `ta` and `tb`. */
export function operate(op: string, a: bigint, ta: IntName, b: bigint, tb: IntName): bigint {
  switch (op) {
    case "+":
      return wrapTo(arithmeticType(ta, tb), a + b);
    case "-":
      return wrapTo(arithmeticType(ta, tb), a - b);
    case "*":
      return wrapTo(arithmeticType(ta, tb), a * b);
    case "/":
      return b === 0n ? 0n : wrapTo(arithmeticType(ta, tb), a / b);
    case "%":
      return b === 0n ? a : a % b;
    case "&":
      return wrapTo(bitwiseType(ta, tb), a & b);
    case "|":
      return wrapTo(bitwiseType(ta, tb), a | b);
    case "^":
      return wrapTo(bitwiseType(ta, tb), a ^ b);
  }
  const count = b & BigInt(bitsOf(promoted(ta)) - 1);
  const type = shiftType(op as "<<" | ">>" | ">>>", ta);
  if (op === "<<") return wrapTo(type, a << count);
  return (op === ">>>" || !isSigned(promoted(ta)) ? BigInt.asUintN(bitsOf(promoted(ta)), a) : a) >> count;
}
