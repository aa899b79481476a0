/**
 * Random programs of the language: well typed for tsc and for the compiler by construction, up to what depends on ranges
 * (a u64 with an operand that may be negative is cast first). Every loop counts; every way out of a function has a result.
 */
import type { Random } from "../../support/random.ts";
import {
  type Arithmetic, arithmeticType, type Bitwise, bitwiseType, BUFFERS, type Expr, FIELDS, FILES, GLOBAL, type Helper, INT_NAMES, type IntName, isSigned, maxOf, minOf, promoted,
  type Relation, type Shift, shiftType, type SourceProgram, type Stmt, type Target, type Type,
} from "./tree.ts";

const ARITHMETIC: readonly Arithmetic[] = ["+", "-", "*", "/", "%"];
const BITWISE: readonly Bitwise[] = ["&", "|", "^"];
const SHIFTS: readonly Shift[] = ["<<", ">>", ">>>"];
const RELATIONS: readonly Relation[] = ["<", "<=", ">", ">=", "===", "!=="];
const LITERALS: readonly bigint[] = [
  0n, 1n, 2n, 3n, 5n, 7n, 8n, 10n, 15n, 31n, 32n, 63n, 64n, 100n, 127n, 128n, 255n, 256n, 32767n, 32768n, 65535n, 65536n, 0x7fffffffn, 0x80000000n, 0xffffffffn,
  0x100000000n, 2n ** 53n - 1n, -1n, -2n, -7n, -128n, -129n, -32768n, -(2n ** 31n), -(2n ** 31n) - 1n, -(2n ** 53n) + 1n,
];

/** Kinds whose type is `number` to tsc; the others have brands, which only widen. */
const PLAIN: ReadonlySet<string> = new Set(["bin", "neg", "complement", "extreme"] satisfies Expr["kind"][]);

/** Where code is generated: what can be named and jumped to. */
interface Scope {
  /** Readable variables. */
  readonly variables: readonly { readonly name: string; readonly type: Type; readonly mutable: boolean }[];
  /** Loops around, innermost last. */
  readonly loops: readonly (string | undefined)[];
  readonly inSwitch: boolean;
  readonly depth: number;
}

export function generateSource(seed: number, random: Random, size: number): SourceProgram {
  return new Generator(seed, random, size).program();
}

/** Argument types of `main`. */
export function parameterTypes(program: SourceProgram): readonly IntName[] {
  return program.main.params.map(({ type }) => type);
}

class Generator {
  readonly #seed: number;
  readonly #random: Random;
  readonly #helpers: Helper[] = [];
  #budget: number;
  #names = 0;
  /** The function being made: whether it has the struct, what it returns. */
  #main = false;
  #results: readonly IntName[] = [];

  constructor(seed: number, random: Random, size: number) {
    this.#seed = seed;
    this.#random = random;
    this.#budget = size;
  }

  program(): SourceProgram {
    const total = this.#budget;
    const helpers = this.#random.below(4);
    for (let i = 0; i < helpers; i++) {
      this.#budget = 1 + this.#random.below(Math.max(2, total >> 2));
      this.#helpers.push(this.#function(`h${i}`, 1 + this.#random.below(3), 1 + this.#random.below(2)));
    }
    this.#budget = total;
    this.#main = true;
    const main = this.#function("f", 4, 1 + this.#random.below(2));
    return { seed: this.#seed, helpers: [...this.#helpers], main };
  }

  #function(name: string, parameters: number, results: number): Helper {
    const params = Array.from({ length: parameters }, (_, i) => ({ name: `${name}p${i}`, type: this.#intName() }));
    this.#results = Array.from({ length: results }, () => this.#intName());
    // Parameters are constants here: what is assigned is a copy.
    const scope: Scope = { variables: params.map((param) => ({ ...param, mutable: this.#below(2) === 0 })), loops: [], inSwitch: false, depth: 0 };
    const start: Stmt[] = [];
    let inner = scope;
    for (let i = 0; i < 3; i++) {
      const declared = this.#let(inner);
      start.push(declared.stmt);
      inner = declared.scope;
    }
    const body = [...start, ...this.#block(inner, 2 + this.#below(this.#main ? 12 : 4), true)];
    return { name, params, results: this.#results, body };
  }

  #below(n: number): number {
    return this.#random.below(n);
  }
  #pick<T>(items: readonly T[]): T {
    return this.#random.pick(items);
  }
  #intName(): IntName {
    return this.#pick(INT_NAMES);
  }
  #name(prefix: string): string {
    return `${prefix}${this.#names++}`;
  }

  // ---- Statements ----------------------------------------------------------------------------------------------------

  #block(scope: Scope, count: number, ends = false): Stmt[] {
    const stmts: Stmt[] = [];
    let inner = scope;
    for (let i = 0; i < count && this.#budget > 0; i++) {
      this.#budget--;
      const made = this.#stmt(inner);
      stmts.push(made.stmt);
      inner = made.scope;
      if (["break", "continue", "return"].includes(made.stmt.kind)) break;
    }
    if (ends && stmts.at(-1)?.kind !== "return") stmts.push(this.#return(inner));
    return stmts;
  }

  #return(scope: Scope): Stmt {
    return { kind: "return", values: this.#results.map((type) => this.#stored(scope, type, 2)) };
  }

  #stmt(scope: Scope): { stmt: Stmt; scope: Scope } {
    const same = (stmt: Stmt) => ({ stmt, scope });
    const deep = scope.depth < 4 && this.#budget > 0;
    const choice = this.#below(deep ? 34 : 14);
    if (choice < 6) return same(this.#assign(scope));
    if (choice < 8) return this.#let(scope);
    if (choice === 8) return same({ kind: "step", target: this.#target(scope), op: this.#pick(["++", "--"]) });
    if (choice === 9) {
      const target = this.#target(scope);
      const name = this.#name("t");
      const stmt: Stmt = { kind: "stepped", name, type: target.type, target, op: this.#pick(["++", "--"]), prefix: this.#below(2) === 0 };
      return { stmt, scope: declare(scope, name, target.type, false) };
    }
    if (choice === 10) return this.#tuple(scope) ?? same(this.#assign(scope));
    if (choice === 11 && this.#below(3) === 0) return same({ kind: "assert", cond: this.#condition(scope, 2), code: 1 + this.#below(100) });
    if (choice === 12 && (scope.loops.length > 0 || scope.inSwitch)) return same(this.#jump(scope));
    if (choice === 13 && scope.depth > 0 && this.#below(3) === 0) return same(this.#return(scope));
    if (!deep) return same(this.#assign(scope));
    const inner = { ...scope, depth: scope.depth + 1 };
    if (choice < 21) {
      return same({ kind: "if", cond: this.#condition(scope, 2), then: this.#block(inner, 1 + this.#below(4)), else: this.#below(2) === 0 ? this.#block(inner, 1 + this.#below(3)) : [] });
    }
    if (choice < 29) return same(this.#loop(inner));
    if (choice < 31) return same(this.#switch(inner));
    if (choice === 31) return this.#file(scope, inner) ?? same(this.#assign(scope));
    return same(this.#assign(scope));
  }

  #let(scope: Scope): { stmt: Stmt; scope: Scope } {
    const [name, type] = [this.#name("v"), this.#below(8) === 0 ? ("bool" as const) : this.#intName()];
    const value = type === "bool" ? this.#condition(scope, 2) : this.#stored(scope, type, 2);
    return { stmt: { kind: "let", name, type, value }, scope: declare(scope, name, type, true) };
  }

  #target(scope: Scope): Target & { readonly type: IntName } {
    const variables = scope.variables.filter(({ type, mutable }) => mutable && type !== "bool");
    const choice = this.#below(10);
    if (choice < 6 && variables.length > 0) {
      const { name, type } = this.#pick(variables);
      return { kind: "var", name, type: type as IntName };
    }
    if (choice < 8 || (!this.#main && choice === 8)) return { kind: "byte", type: "u8", ...this.#place(scope) };
    if (choice === 8) return { kind: "field", ...this.#field() };
    return { kind: "global", type: GLOBAL.type };
  }

  #field(): { name: string; type: IntName } {
    const name = this.#pick(Object.keys(FIELDS));
    return { name, type: FIELDS[name]! };
  }

  #assign(scope: Scope): Stmt {
    const bools = scope.variables.filter(({ type, mutable }) => mutable && type === "bool");
    if (bools.length > 0 && this.#below(8) === 0) {
      return { kind: "assign", target: { kind: "var", type: "bool", name: this.#pick(bools).name }, value: this.#condition(scope, 2) };
    }
    const target = this.#target(scope);
    if (this.#below(2) === 0) return { kind: "assign", target, value: this.#stored(scope, target.type, 3) };
    const op = this.#pick([...ARITHMETIC, ...BITWISE, ...SHIFTS]);
    return { kind: "assign", target, op, value: this.#right(scope, op, target.type, 2) };
  }

  #jump(scope: Scope): Stmt {
    const labels = scope.loops.filter((label) => label !== undefined);
    if (labels.length > 0 && this.#below(2) === 0) return { kind: this.#pick(["break", "continue"]), label: this.#pick(labels) };
    if (scope.loops.length === 0) return { kind: "break" };
    return { kind: this.#pick(["break", "continue"]) };
  }

  #loop(scope: Scope): Stmt {
    const label = this.#below(3) === 0 ? { label: this.#name("L") } : {};
    const name = this.#name("k");
    const within = (type: Type): Scope => ({ ...declare(scope, name, type, false), loops: [...scope.loops, label.label], inSwitch: false });
    const body = (type: Type) => this.#block(within(type), 1 + this.#below(4));
    const count = 1 + this.#below(6);
    switch (this.#below(6)) {
      case 0:
      case 1: {
        const type = this.#intName();
        return { kind: "for", ...label, name, type, count, body: body(type) };
      }
      case 2:
        return { kind: "while", ...label, name, count, cond: this.#condition(scope, 2), body: body("u32") };
      case 3:
        return { kind: "do", ...label, name, count, cond: this.#condition(scope, 2), body: body("u32") };
      case 4:
        return { kind: "range", ...label, name, from: this.#below(2) === 0 ? null : this.#small(scope), to: this.#small(scope), step: 1 + this.#below(3), body: body("u32") };
      default: {
        const [buf, from, to] = [this.#pick(Object.keys(BUFFERS)), this.#end(scope), this.#end(scope)];
        return { kind: "bytes", ...label, name, buf, from, to, body: body("u8") };
      }
    }
  }

  /** 0 … 7, not negative by its range. */
  #small(scope: Scope): Expr {
    const a = this.#varying(scope, 1);
    return { kind: "bin", type: promoted(a.type), op: "&", a, b: { kind: "lit", type: a.type, value: this.#pick([3n, 7n]) } };
  }

  /** An end of a subarray: any signed number, mostly near. */
  #end(scope: Scope): Expr {
    if (this.#below(3) === 0) return { kind: "lit", type: "i64", value: BigInt(this.#below(24) - 6) };
    const value = this.#small(scope);
    return this.#below(3) === 0 ? { kind: "wrap", type: "i32", a: this.#varying(scope, 1) } : value;
  }

  #switch(scope: Scope): Stmt {
    const on = this.#varying(scope, 1);
    const values = new Set<bigint>();
    for (let i = this.#below(5); i >= 0; i--) values.add(this.#below(2) === 0 ? BigInt(this.#below(4)) : this.#literal(on.type));
    const cases: (bigint | null)[] = [...values];
    if (this.#below(3) > 0) cases.splice(this.#below(cases.length + 1), 0, null);
    const inner = { ...scope, inSwitch: true };
    return { kind: "switch", on, cases: cases.map((value) => ({ value, body: this.#block(inner, this.#below(3)), falls: this.#below(3) === 0 })) };
  }

  #tuple(scope: Scope): { stmt: Stmt; scope: Scope } | undefined {
    const helpers = this.#helpers.filter(({ results }) => results.length === 2);
    if (helpers.length === 0) return undefined;
    const helper = this.#pick(helpers);
    const names = [this.#name("q"), this.#name("q")] as const;
    const stmt: Stmt = { kind: "tuple", names, fn: helper.name, args: this.#arguments(scope, helper) };
    return { stmt, scope: declare(declare(scope, names[0], helper.results[0]!, false), names[1], helper.results[1]!, false) };
  }

  #file(scope: Scope, inner: Scope): { stmt: Stmt; scope: Scope } | undefined {
    const results = scope.variables.filter(({ type, mutable }) => mutable && type === "i32");
    if (results.length === 0) return undefined;
    const buf = this.#pick(Object.keys(BUFFERS));
    const [name, result] = [this.#name("file"), this.#pick(results).name];
    return { stmt: { kind: "file", name, path: this.#pick(FILES), result, buf, from: this.#end(scope), to: this.#end(scope), body: this.#block(inner, this.#below(4)) }, scope };
  }

  // ---- Expressions ---------------------------------------------------------------------------------------------------

  #literal(type: IntName): bigint {
    const fitting = LITERALS.filter((value) => value >= minOf(type) && value <= maxOf(type));
    return this.#below(3) === 0 ? BigInt(this.#below(100)) : this.#pick(fitting);
  }

  /** For a place of `type`: a literal that fits, or any integer that tsc lets be stored there, narrowed by the store. */
  #stored(scope: Scope, type: IntName, depth: number): Expr {
    if (this.#below(6) === 0) return { kind: "lit", type, value: this.#literal(type) };
    const value = this.#varying(scope, depth);
    return value.type === type || PLAIN.has(value.kind) ? value : { kind: "wrap", type, a: value };
  }

  #place(scope: Scope): { buf: string; at: Expr } {
    const buf = this.#pick(Object.keys(BUFFERS));
    const size = BUFFERS[buf]!;
    const choice = this.#below(10);
    if (choice < 3) return { buf, at: { kind: "lit", type: "i64", value: BigInt(this.#below(size)) } };
    const a = this.#varying(scope, 1);
    // Mostly inside: masked, or a remainder; now and then whatever it is.
    if (choice < 7) return { buf, at: { kind: "bin", type: promoted(a.type), op: "&", a, b: { kind: "lit", type: a.type, value: BigInt(this.#pick([size - 1, size / 2 - 1, 7])) } } };
    if (choice < 9) return { buf, at: { kind: "bin", type: arithmeticType(a.type, a.type), op: "%", a, b: { kind: "lit", type: a.type, value: BigInt(this.#pick([size, size / 2])) } } };
    return { buf, at: a };
  }

  #leaf(scope: Scope): Expr & { readonly type: IntName } {
    const variables = scope.variables.filter(({ type }) => type !== "bool");
    const choice = this.#below(12);
    if (choice < 9 && variables.length > 0) {
      const { name, type } = this.#pick(variables);
      return { kind: "var", name, type: type as IntName };
    }
    if (choice === 10 && this.#main) return { kind: "field", ...this.#field() };
    if (choice === 11) return { kind: "global", type: GLOBAL.type };
    return { kind: "byte", type: "u8", buf: "data", at: { kind: "lit", type: "i64", value: BigInt(this.#below(BUFFERS["data"]!)) } };
  }

  /** No literal. */
  #varying(scope: Scope, depth: number): Expr & { readonly type: IntName } {
    if (depth <= 0 || this.#below(4) === 0) return this.#leaf(scope);
    const choice = this.#below(24);
    if (choice < 6) return this.#binary(scope, this.#pick(ARITHMETIC), depth);
    if (choice < 10) return this.#binary(scope, this.#pick(BITWISE), depth);
    if (choice < 13) return this.#binary(scope, this.#pick(SHIFTS), depth);
    if (choice === 13) {
      const a = this.#signed(scope, depth - 1);
      return { kind: "neg", type: "i64", a };
    }
    if (choice === 14) {
      const a = this.#varying(scope, depth - 1);
      return { kind: "complement", type: promoted(a.type), a };
    }
    if (choice === 15) return { kind: this.#below(5) === 0 ? "cast" : "wrap", type: this.#intName(), a: this.#varying(scope, depth - 1) };
    if (choice === 16) return { kind: "wrap", type: this.#intName(), a: this.#varying(scope, depth - 1) };
    if (choice === 17) {
      const type = this.#intName();
      const arm = (): Expr => ({ kind: "wrap", type, a: this.#varying(scope, depth - 1) });
      return { kind: "cond", type, c: this.#condition(scope, depth - 1), a: arm(), b: arm() };
    }
    if (choice === 18) return this.#extreme(scope, depth);
    if (choice < 21) return { kind: "byte", type: "u8", ...this.#place(scope) };
    if (choice === 21) return this.#call(scope) ?? this.#leaf(scope);
    return this.#below(2) === 0 ? this.#system(scope) : this.#leaf(scope);
  }

  #signed(scope: Scope, depth: number): Expr {
    const a = this.#varying(scope, depth);
    return a.type === "u64" ? { kind: "wrap", type: "i64", a } : a;
  }

  /** An operand that can't be negative whatever the compiler knows of ranges. */
  #unsigned(a: Expr & { readonly type: IntName }): Expr & { readonly type: IntName } {
    return isSigned(a.type) ? { kind: "wrap", type: "u64", a } : a;
  }

  #binary(scope: Scope, op: Arithmetic | Bitwise | Shift, depth: number): Expr & { readonly type: IntName } {
    let a = this.#varying(scope, depth - 1);
    let b = this.#right(scope, op, a.type, depth - 1);
    // A literal on the left, but not of a shift: that has the type of its left operand.
    if (this.#below(8) === 0 && b.kind !== "lit" && !isShift(op)) [a, b] = [{ kind: "lit", type: b.type as IntName, value: this.#literal(b.type as IntName) }, b];
    else if (isArithmetic(op) && b.type === "u64") a = this.#unsigned(a);
    return { kind: "bin", type: resultType(op, a.type, b.type as IntName), op, a, b };
  }

  /** A right operand for `op` beside one of `type`. */
  #right(scope: Scope, op: Arithmetic | Bitwise | Shift, type: IntName, depth: number): Expr {
    if (isShift(op)) return this.#below(2) === 0 ? { kind: "lit", type: "i64", value: BigInt(this.#below(70)) } : this.#varying(scope, depth);
    if (this.#below(3) === 0) return { kind: "lit", type, value: this.#literal(type) };
    const b = this.#varying(scope, depth);
    if (!isArithmetic(op)) return b;
    if (type === "u64") return this.#unsigned(b);
    return b.type === "u64" && isSigned(type) ? { kind: "wrap", type: "i64", a: b } : b;
  }

  #extreme(scope: Scope, depth: number): Expr & { readonly type: IntName } {
    const [a, b] = [this.#varying(scope, depth - 1), this.#varying(scope, depth - 1)];
    const both = a.type === "u64" && b.type === "u64";
    const fit = (x: Expr): Expr => (!both && x.type === "u64" ? { kind: "wrap", type: "i64", a: x } : x);
    return { kind: "extreme", type: both ? "u64" : "i64", op: this.#pick(["min", "max"]), a: fit(a), b: fit(b) };
  }

  #condition(scope: Scope, depth: number): Expr {
    const bools = scope.variables.filter(({ type }) => type === "bool");
    const choice = depth <= 0 ? this.#below(4) : this.#below(8);
    if (choice === 0 && bools.length > 0) return { kind: "var", type: "bool", name: this.#pick(bools).name };
    if (choice === 5) return { kind: "not", type: "bool", a: this.#condition(scope, depth - 1) };
    if (choice > 5) return { kind: "logic", type: "bool", op: this.#pick(["&&", "||"]), a: this.#condition(scope, depth - 1), b: this.#condition(scope, depth - 1) };
    const a = this.#varying(scope, depth - 1);
    const b: Expr = this.#below(2) === 0 ? { kind: "lit", type: a.type, value: this.#literal(a.type) } : this.#varying(scope, depth - 1);
    return { kind: "cmp", type: "bool", op: this.#pick(RELATIONS), a, b };
  }

  #arguments(scope: Scope, helper: Helper): Expr[] {
    return helper.params.map(({ type }) => this.#stored(scope, type, 1));
  }

  #call(scope: Scope): (Expr & { readonly type: IntName }) | undefined {
    const helpers = this.#helpers.filter(({ results }) => results.length === 1);
    if (helpers.length === 0) return undefined;
    const helper = this.#pick(helpers);
    return { kind: "call", type: helper.results[0]!, fn: helper.name, args: this.#arguments(scope, helper) };
  }

  #system(scope: Scope): Expr & { readonly type: IntName } {
    if (this.#below(3) === 0) {
      const op = this.#pick(["getpid", "getuid"] as const);
      return { kind: "sys", type: op === "getpid" ? "i32" : "u32", op };
    }
    const op = this.#pick(["read", "write", "getrandom"] as const);
    const fd: Expr = this.#below(3) === 0 ? this.#small(scope) : { kind: "lit", type: "i32", value: op === "read" ? 0n : 1n };
    return { kind: "transfer", type: "i32", op, fd, buf: this.#pick(Object.keys(BUFFERS)), from: this.#end(scope), to: this.#end(scope) };
  }
}

function declare(scope: Scope, name: string, type: Type, mutable: boolean): Scope {
  return { ...scope, variables: [...scope.variables, { name, type, mutable }] };
}

const isShift = (op: string): op is Shift => (SHIFTS as readonly string[]).includes(op);
const isArithmetic = (op: string): op is Arithmetic => (ARITHMETIC as readonly string[]).includes(op);

function resultType(op: Arithmetic | Bitwise | Shift, a: IntName, b: IntName): IntName {
  return isShift(op) ? shiftType(op, a) : isArithmetic(op) ? arithmeticType(a, b) : bitwiseType(a, b);
}
