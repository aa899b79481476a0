/** Random programs of the language as trees of plain data: what the generator makes, the printer prints, the evaluator evaluates. */

export type IntName = "u8" | "u16" | "u32" | "u64" | "i8" | "i16" | "i32" | "i64";
export const INT_NAMES: readonly IntName[] = ["u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64"];
export type Type = IntName | "bool";

export type Arithmetic = "+" | "-" | "*" | "/" | "%";
export type Bitwise = "&" | "|" | "^";
export type Shift = "<<" | ">>" | ">>>";
export type Relation = "<" | "<=" | ">" | ">=" | "===" | "!==";

/** Every expression carries its type by the language's rules. */
export type Expr =
  /** Only beside an operand of this type, or where this type is stored. */
  | { readonly kind: "lit"; readonly type: IntName; readonly value: bigint }
  | { readonly kind: "bool"; readonly type: "bool"; readonly value: boolean }
  | { readonly kind: "var"; readonly type: Type; readonly name: string }
  | { readonly kind: "bin"; readonly type: IntName; readonly op: Arithmetic | Bitwise | Shift; readonly a: Expr; readonly b: Expr }
  | { readonly kind: "neg" | "complement"; readonly type: IntName; readonly a: Expr }
  | { readonly kind: "not"; readonly type: "bool"; readonly a: Expr }
  | { readonly kind: "cast" | "wrap"; readonly type: IntName; readonly a: Expr }
  | { readonly kind: "cmp"; readonly type: "bool"; readonly op: Relation; readonly a: Expr; readonly b: Expr }
  | { readonly kind: "logic"; readonly type: "bool"; readonly op: "&&" | "||"; readonly a: Expr; readonly b: Expr }
  | { readonly kind: "cond"; readonly type: Type; readonly c: Expr; readonly a: Expr; readonly b: Expr }
  | { readonly kind: "extreme"; readonly type: IntName; readonly op: "min" | "max"; readonly a: Expr; readonly b: Expr }
  | { readonly kind: "byte"; readonly type: "u8"; readonly buf: string; readonly at: Expr }
  | { readonly kind: "field"; readonly type: IntName; readonly name: string }
  | { readonly kind: "global"; readonly type: IntName }
  | { readonly kind: "call"; readonly type: IntName; readonly fn: string; readonly args: readonly Expr[] }
  | { readonly kind: "sys"; readonly type: IntName; readonly op: "getpid" | "getuid" }
  /** A transfer on `buf.subarray(from, to)`. */
  | {
      readonly kind: "transfer";
      readonly type: "i32";
      readonly op: "read" | "write" | "getrandom";
      readonly fd: Expr;
      readonly buf: string;
      readonly from: Expr;
      readonly to: Expr;
    };

export type Target =
  | { readonly kind: "var"; readonly type: Type; readonly name: string }
  | { readonly kind: "byte"; readonly type: "u8"; readonly buf: string; readonly at: Expr }
  | { readonly kind: "field"; readonly type: IntName; readonly name: string }
  | { readonly kind: "global"; readonly type: IntName };

export type Stmt =
  | { readonly kind: "let"; readonly name: string; readonly type: Type; readonly value: Expr }
  /** `op` undefined: plain assignment. */
  | { readonly kind: "assign"; readonly target: Target; readonly op?: Arithmetic | Bitwise | Shift; readonly value: Expr }
  | { readonly kind: "step"; readonly target: Target; readonly op: "++" | "--" }
  /** `name = target++` and the like. */
  | { readonly kind: "stepped"; readonly name: string; readonly type: Type; readonly target: Target; readonly op: "++" | "--"; readonly prefix: boolean }
  | { readonly kind: "if"; readonly cond: Expr; readonly then: readonly Stmt[]; readonly else: readonly Stmt[] }
  /** `for (let name: type = 0; name < count; name++)`; the body does not assign `name`. */
  | { readonly kind: "for"; readonly label?: string; readonly name: string; readonly type: IntName; readonly count: number; readonly body: readonly Stmt[] }
  /** Counts in `name`, which nothing else assigns. */
  | {
      readonly kind: "while" | "do";
      readonly label?: string;
      readonly name: string;
      readonly count: number;
      readonly cond: Expr;
      readonly body: readonly Stmt[];
    }
  /** `for (const name of range(from, to, step))`; both ends are 0 … 7. Without `from` it counts from 0 by 1. */
  | {
      readonly kind: "range";
      readonly label?: string;
      readonly name: string;
      readonly from: Expr | null;
      readonly to: Expr;
      readonly step: number;
      readonly body: readonly Stmt[];
    }
  | {
      readonly kind: "bytes";
      readonly label?: string;
      readonly name: string;
      readonly buf: string;
      readonly from: Expr;
      readonly to: Expr;
      readonly body: readonly Stmt[];
    }
  | {
      readonly kind: "switch";
      readonly on: Expr;
      readonly cases: readonly { readonly value: bigint | null; readonly body: readonly Stmt[]; readonly falls: boolean }[];
    }
  | { readonly kind: "break" | "continue"; readonly label?: string }
  | { readonly kind: "tuple"; readonly names: readonly [string, string]; readonly fn: string; readonly args: readonly Expr[] }
  | { readonly kind: "assert"; readonly cond: Expr; readonly code: number }
  /** `using name = sys.open(path, flags)`: what failed, or one read, is stored. */
  | {
      readonly kind: "file";
      readonly name: string;
      readonly path: string;
      readonly result: string;
      readonly buf: string;
      readonly from: Expr;
      readonly to: Expr;
      readonly body: readonly Stmt[];
    }
  | { readonly kind: "return"; readonly values: readonly Expr[] };

export interface Helper {
  readonly name: string;
  readonly params: readonly { readonly name: string; readonly type: IntName }[];
  /** One: an integer; two: a tuple. */
  readonly results: readonly IntName[];
  readonly body: readonly Stmt[];
}

export interface SourceProgram {
  readonly seed: number;
  readonly helpers: readonly Helper[];
  readonly main: Helper;
}

export const BUFFERS: Readonly<Record<string, number>> = { data: 64, other: 16 };
export const FIELDS: Readonly<Record<string, IntName>> = { a: "u8", b: "i16", c: "u32", d: "i64", e: "i8", f: "u16" };
export const GLOBAL = { name: "hits", type: "u32", initial: 5n } as const;
export const FILES: readonly string[] = ["/tmp/a", "/tmp/d/b", "/none"];

export const bitsOf = (type: IntName): number => Number(type.slice(1));
export const isSigned = (type: IntName): boolean => type.startsWith("i");
export const minOf = (type: IntName): bigint => (isSigned(type) ? -(1n << BigInt(bitsOf(type) - 1)) : 0n);
export const maxOf = (type: IntName): bigint => (1n << BigInt(isSigned(type) ? bitsOf(type) - 1 : bitsOf(type))) - 1n;
export const wrapTo = (type: IntName, value: bigint): bigint => (isSigned(type) ? BigInt.asIntN(bitsOf(type), value) : BigInt.asUintN(bitsOf(type), value));

/** At least 32 bits: what bitwise operators and shifts work on. */
export function promoted(type: IntName): IntName {
  return bitsOf(type) >= 32 ? type : isSigned(type) ? "i32" : "u32";
}
export function bitwiseType(a: IntName, b: IntName): IntName {
  const [x, y] = [promoted(a), promoted(b)];
  if (bitsOf(x) !== bitsOf(y)) return bitsOf(x) > bitsOf(y) ? x : y;
  return isSigned(x) && isSigned(y) ? x : (`u${bitsOf(x)}` as IntName);
}
export function shiftType(op: Shift, a: IntName): IntName {
  return op === ">>>" ? (`u${bitsOf(promoted(a))}` as IntName) : promoted(a);
}
export function arithmeticType(a: IntName, b: IntName): IntName {
  return a === "u64" || b === "u64" ? "u64" : "i64";
}
