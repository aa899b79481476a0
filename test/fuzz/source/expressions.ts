/** Random expressions: typed by the language's rules as they are made. Statements are generate.ts. */
import type { Random } from "../../support/random.ts";
import {
  type Arithmetic,
  arithmeticType,
  type Bitwise,
  bitwiseType,
  BUFFERS,
  type Expr,
  FIELDS,
  GLOBAL,
  type Helper,
  INT_NAMES,
  type IntName,
  isSigned,
  maxOf,
  minOf,
  promoted,
  type Relation,
  type Shift,
  shiftType,
  type Type,
} from "./tree.ts";

export const ARITHMETIC: readonly Arithmetic[] = ["+", "-", "*", "/", "%"];
export const BITWISE: readonly Bitwise[] = ["&", "|", "^"];
export const SHIFTS: readonly Shift[] = ["<<", ">>", ">>>"];
const RELATIONS: readonly Relation[] = ["<", "<=", ">", ">=", "===", "!=="];
const LITERALS: readonly bigint[] = [
  0n,
  1n,
  2n,
  3n,
  5n,
  7n,
  8n,
  10n,
  15n,
  31n,
  32n,
  63n,
  64n,
  100n,
  127n,
  128n,
  255n,
  256n,
  32767n,
  32768n,
  65535n,
  65536n,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  0x100000000n,
  2n ** 53n - 1n,
  -1n,
  -2n,
  -7n,
  -128n,
  -129n,
  -32768n,
  -(2n ** 31n),
  -(2n ** 31n) - 1n,
  -(2n ** 53n) + 1n,
];

/** Kinds whose type is `number` to tsc; the others have brands, which only widen. */
const PLAIN: ReadonlySet<string> = new Set(["bin", "neg", "complement", "extreme"] satisfies Expr["kind"][]);

/** Where code is generated: what can be named and jumped to. */
export interface Scope {
  /** Readable variables. */
  readonly variables: readonly { readonly name: string; readonly type: Type; readonly mutable: boolean }[];
  /** Loops around, innermost last. */
  readonly loops: readonly (string | undefined)[];
  readonly inSwitch: boolean;
  readonly depth: number;
}

/** What statements and expressions of one program share. */
export class ExpressionGenerator {
  protected readonly random: Random;
  protected readonly helpers: Helper[] = [];
  /** The function being made is the marked one: it has the struct. */
  protected main = false;
  #names = 0;

  constructor(random: Random) {
    this.random = random;
  }

  protected below(n: number): number {
    return this.random.below(n);
  }
  protected pick<T>(items: readonly T[]): T {
    return this.random.pick(items);
  }
  protected intName(): IntName {
    return this.pick(INT_NAMES);
  }
  protected name(prefix: string): string {
    return `${prefix}${this.#names++}`;
  }

  // ---- Expressions ---------------------------------------------------------------------------------------------------

  protected literal(type: IntName): bigint {
    const fitting = LITERALS.filter((value) => value >= minOf(type) && value <= maxOf(type));
    return this.below(3) === 0 ? BigInt(this.below(100)) : this.pick(fitting);
  }

  /** For a place of `type`: a literal that fits, or any integer that tsc lets be stored there, narrowed by the store. */
  protected stored(scope: Scope, type: IntName, depth: number): Expr {
    if (this.below(6) === 0) return { kind: "lit", type, value: this.literal(type) };
    const value = this.varying(scope, depth);
    return value.type === type || PLAIN.has(value.kind) ? value : { kind: "wrap", type, a: value };
  }

  protected place(scope: Scope): { buf: string; at: Expr } {
    const buf = this.pick(Object.keys(BUFFERS));
    const size = BUFFERS[buf]!;
    const choice = this.below(10);
    if (choice < 3) return { buf, at: { kind: "lit", type: "i64", value: BigInt(this.below(size)) } };
    const a = this.varying(scope, 1);
    // Mostly inside: masked, or a remainder; now and then whatever it is.
    if (choice < 7)
      return {
        buf,
        at: { kind: "bin", type: promoted(a.type), op: "&", a, b: { kind: "lit", type: a.type, value: BigInt(this.pick([size - 1, size / 2 - 1, 7])) } },
      };
    if (choice < 9)
      return {
        buf,
        at: { kind: "bin", type: arithmeticType(a.type, a.type), op: "%", a, b: { kind: "lit", type: a.type, value: BigInt(this.pick([size, size / 2])) } },
      };
    return { buf, at: a };
  }

  protected leaf(scope: Scope): Expr & { readonly type: IntName } {
    const variables = scope.variables.filter(({ type }) => type !== "bool");
    const choice = this.below(12);
    if (choice < 9 && variables.length > 0) {
      const { name, type } = this.pick(variables);
      return { kind: "var", name, type: type as IntName };
    }
    if (choice === 10 && this.main) return { kind: "field", ...this.field() };
    if (choice === 11) return { kind: "global", type: GLOBAL.type };
    return { kind: "byte", type: "u8", buf: "data", at: { kind: "lit", type: "i64", value: BigInt(this.below(BUFFERS["data"]!)) } };
  }

  /** No literal. */
  protected varying(scope: Scope, depth: number): Expr & { readonly type: IntName } {
    if (depth <= 0 || this.below(4) === 0) return this.leaf(scope);
    const choice = this.below(24);
    if (choice < 6) return this.binary(scope, this.pick(ARITHMETIC), depth);
    if (choice < 10) return this.binary(scope, this.pick(BITWISE), depth);
    if (choice < 13) return this.binary(scope, this.pick(SHIFTS), depth);
    if (choice === 13) {
      const a = this.signed(scope, depth - 1);
      return { kind: "neg", type: "i64", a };
    }
    if (choice === 14) {
      const a = this.varying(scope, depth - 1);
      return { kind: "complement", type: promoted(a.type), a };
    }
    if (choice === 15) return { kind: this.below(5) === 0 ? "cast" : "wrap", type: this.intName(), a: this.varying(scope, depth - 1) };
    if (choice === 16) return { kind: "wrap", type: this.intName(), a: this.varying(scope, depth - 1) };
    if (choice === 17) {
      const type = this.intName();
      const arm = (): Expr => ({ kind: "wrap", type, a: this.varying(scope, depth - 1) });
      return { kind: "cond", type, c: this.condition(scope, depth - 1), a: arm(), b: arm() };
    }
    if (choice === 18) return this.extreme(scope, depth);
    if (choice < 21) return { kind: "byte", type: "u8", ...this.place(scope) };
    if (choice === 21) return this.call(scope) ?? this.leaf(scope);
    return this.below(2) === 0 ? this.system(scope) : this.leaf(scope);
  }

  protected signed(scope: Scope, depth: number): Expr {
    const a = this.varying(scope, depth);
    return a.type === "u64" ? { kind: "wrap", type: "i64", a } : a;
  }

  /** An operand that can't be negative whatever the compiler knows of ranges. */
  protected unsigned(a: Expr & { readonly type: IntName }): Expr & { readonly type: IntName } {
    return isSigned(a.type) ? { kind: "wrap", type: "u64", a } : a;
  }

  protected binary(scope: Scope, op: Arithmetic | Bitwise | Shift, depth: number): Expr & { readonly type: IntName } {
    let a = this.varying(scope, depth - 1);
    let b = this.right(scope, op, a.type, depth - 1);
    // A literal on the left, but not of a shift: that has the type of its left operand.
    if (this.below(8) === 0 && b.kind !== "lit" && !isShift(op)) [a, b] = [{ kind: "lit", type: b.type as IntName, value: this.literal(b.type as IntName) }, b];
    else if (isArithmetic(op) && b.type === "u64") a = this.unsigned(a);
    return { kind: "bin", type: resultType(op, a.type, b.type as IntName), op, a, b };
  }

  /** A right operand for `op` beside one of `type`. */
  protected right(scope: Scope, op: Arithmetic | Bitwise | Shift, type: IntName, depth: number): Expr {
    if (isShift(op)) return this.below(2) === 0 ? { kind: "lit", type: "i64", value: BigInt(this.below(70)) } : this.varying(scope, depth);
    if (this.below(3) === 0) return { kind: "lit", type, value: this.literal(type) };
    const b = this.varying(scope, depth);
    if (!isArithmetic(op)) return b;
    if (type === "u64") return this.unsigned(b);
    return b.type === "u64" && isSigned(type) ? { kind: "wrap", type: "i64", a: b } : b;
  }

  protected extreme(scope: Scope, depth: number): Expr & { readonly type: IntName } {
    const [a, b] = [this.varying(scope, depth - 1), this.varying(scope, depth - 1)];
    const both = a.type === "u64" && b.type === "u64";
    const converted = (x: Expr): Expr => (!both && x.type === "u64" ? { kind: "wrap", type: "i64", a: x } : x);
    return { kind: "extreme", type: both ? "u64" : "i64", op: this.pick(["min", "max"]), a: converted(a), b: converted(b) };
  }

  protected condition(scope: Scope, depth: number): Expr {
    const bools = scope.variables.filter(({ type }) => type === "bool");
    const choice = depth <= 0 ? this.below(4) : this.below(8);
    if (choice === 0 && bools.length > 0) return { kind: "var", type: "bool", name: this.pick(bools).name };
    if (choice === 5) return { kind: "not", type: "bool", a: this.condition(scope, depth - 1) };
    if (choice > 5)
      return { kind: "logic", type: "bool", op: this.pick(["&&", "||"]), a: this.condition(scope, depth - 1), b: this.condition(scope, depth - 1) };
    const a = this.varying(scope, depth - 1);
    const b: Expr = this.below(2) === 0 ? { kind: "lit", type: a.type, value: this.literal(a.type) } : this.varying(scope, depth - 1);
    return { kind: "cmp", type: "bool", op: this.pick(RELATIONS), a, b };
  }

  protected arguments(scope: Scope, helper: Helper): Expr[] {
    return helper.params.map(({ type }) => this.stored(scope, type, 1));
  }

  protected call(scope: Scope): (Expr & { readonly type: IntName }) | undefined {
    const helpers = this.helpers.filter(({ results }) => results.length === 1);
    if (helpers.length === 0) return undefined;
    const helper = this.pick(helpers);
    return { kind: "call", type: helper.results[0]!, fn: helper.name, args: this.arguments(scope, helper) };
  }

  protected system(scope: Scope): Expr & { readonly type: IntName } {
    if (this.below(3) === 0) {
      const op = this.pick(["getpid", "getuid"] as const);
      return { kind: "sys", type: op === "getpid" ? "i32" : "u32", op };
    }
    const op = this.pick(["read", "write", "getrandom"] as const);
    const fd: Expr = this.below(3) === 0 ? this.small(scope) : { kind: "lit", type: "i32", value: op === "read" ? 0n : 1n };
    return { kind: "transfer", type: "i32", op, fd, buf: this.pick(Object.keys(BUFFERS)), from: this.end(scope), to: this.end(scope) };
  }

  protected field(): { name: string; type: IntName } {
    const name = this.pick(Object.keys(FIELDS));
    return { name, type: FIELDS[name]! };
  }

  /** 0 … 7, not negative by its range. */
  protected small(scope: Scope): Expr {
    const a = this.varying(scope, 1);
    return { kind: "bin", type: promoted(a.type), op: "&", a, b: { kind: "lit", type: a.type, value: this.pick([3n, 7n]) } };
  }

  /** An end of a subarray: any signed number, mostly near. */
  protected end(scope: Scope): Expr {
    if (this.below(3) === 0) return { kind: "lit", type: "i64", value: BigInt(this.below(24) - 6) };
    const value = this.small(scope);
    return this.below(3) === 0 ? { kind: "wrap", type: "i32", a: this.varying(scope, 1) } : value;
  }
}

export function declare(scope: Scope, name: string, type: Type, mutable: boolean): Scope {
  return { ...scope, variables: [...scope.variables, { name, type, mutable }] };
}

const isShift = (op: string): op is Shift => (SHIFTS as readonly string[]).includes(op);
const isArithmetic = (op: string): op is Arithmetic => (ARITHMETIC as readonly string[]).includes(op);

function resultType(op: Arithmetic | Bitwise | Shift, a: IntName, b: IntName): IntName {
  return isShift(op) ? shiftType(op, a) : isArithmetic(op) ? arithmeticType(a, b) : bitwiseType(a, b);
}
