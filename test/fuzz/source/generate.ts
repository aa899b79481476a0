/**
 * Random programs of the language: well typed for tsc and for the compiler by construction, up to what depends on ranges
 * (a u64 with an operand that may be negative is cast first). Every loop counts; every way out of a function has a result.
 */
import type { Random } from "../../support/random.ts";
import { ARITHMETIC, BITWISE, declare, ExpressionGenerator, type Scope, SHIFTS } from "./expressions.ts";
import { BUFFERS, FILES, GLOBAL, type Helper, type IntName, type SourceProgram, type Stmt, type Target, type Type } from "./tree.ts";

export function generateSource(seed: number, random: Random, size: number): SourceProgram {
  return new Generator(seed, random, size).program();
}

/** Argument types of `main`. */
export function parameterTypes(program: SourceProgram): readonly IntName[] {
  return program.main.params.map(({ type }) => type);
}

class Generator extends ExpressionGenerator {
  readonly #seed: number;
  #budget: number;
  /** What the function being made returns. */
  #results: readonly IntName[] = [];

  constructor(seed: number, random: Random, size: number) {
    super(random);
    this.#seed = seed;
    this.#budget = size;
  }

  program(): SourceProgram {
    const total = this.#budget;
    const helpers = this.random.below(4);
    for (let i = 0; i < helpers; i++) {
      this.#budget = 1 + this.random.below(Math.max(2, total >> 2));
      this.helpers.push(this.#function(`h${i}`, 1 + this.random.below(3), 1 + this.random.below(2)));
    }
    this.#budget = total;
    this.main = true;
    const main = this.#function("f", 4, 1 + this.random.below(2));
    return { seed: this.#seed, helpers: [...this.helpers], main };
  }

  #function(name: string, parameters: number, results: number): Helper {
    const params = Array.from({ length: parameters }, (_, i) => ({ name: `${name}p${i}`, type: this.intName() }));
    this.#results = Array.from({ length: results }, () => this.intName());
    // Parameters are constants here: what is assigned is a copy.
    const scope: Scope = { variables: params.map((param) => ({ ...param, mutable: this.below(2) === 0 })), loops: [], inSwitch: false, depth: 0 };
    const start: Stmt[] = [];
    let inner = scope;
    for (let i = 0; i < 3; i++) {
      const declared = this.#let(inner);
      start.push(declared.stmt);
      inner = declared.scope;
    }
    const body = [...start, ...this.#block(inner, 2 + this.below(this.main ? 12 : 4), true)];
    return { name, params, results: this.#results, body };
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
    return { kind: "return", values: this.#results.map((type) => this.stored(scope, type, 2)) };
  }

  #stmt(scope: Scope): { stmt: Stmt; scope: Scope } {
    const same = (stmt: Stmt) => ({ stmt, scope });
    const deep = scope.depth < 4 && this.#budget > 0;
    const choice = this.below(deep ? 34 : 14);
    if (choice < 6) return same(this.#assign(scope));
    if (choice < 8) return this.#let(scope);
    if (choice === 8) return same({ kind: "step", target: this.#target(scope), op: this.pick(["++", "--"]) });
    if (choice === 9) {
      const target = this.#target(scope);
      const name = this.name("t");
      const stmt: Stmt = { kind: "stepped", name, type: target.type, target, op: this.pick(["++", "--"]), prefix: this.below(2) === 0 };
      return { stmt, scope: declare(scope, name, target.type, false) };
    }
    if (choice === 10) return this.#tuple(scope) ?? same(this.#assign(scope));
    if (choice === 11 && this.below(3) === 0) return same({ kind: "assert", cond: this.condition(scope, 2), code: 1 + this.below(100) });
    if (choice === 12 && (scope.loops.length > 0 || scope.inSwitch)) return same(this.#jump(scope));
    if (choice === 13 && scope.depth > 0 && this.below(3) === 0) return same(this.#return(scope));
    if (!deep) return same(this.#assign(scope));
    const inner = { ...scope, depth: scope.depth + 1 };
    if (choice < 21) {
      return same({
        kind: "if",
        cond: this.condition(scope, 2),
        then: this.#block(inner, 1 + this.below(4)),
        else: this.below(2) === 0 ? this.#block(inner, 1 + this.below(3)) : [],
      });
    }
    if (choice < 29) return same(this.#loop(inner));
    if (choice < 31) return same(this.#switch(inner));
    if (choice === 31) return this.#file(scope, inner) ?? same(this.#assign(scope));
    return same(this.#assign(scope));
  }

  #let(scope: Scope): { stmt: Stmt; scope: Scope } {
    const [name, type] = [this.name("v"), this.below(8) === 0 ? ("bool" as const) : this.intName()];
    const value = type === "bool" ? this.condition(scope, 2) : this.stored(scope, type, 2);
    return { stmt: { kind: "let", name, type, value }, scope: declare(scope, name, type, true) };
  }

  #target(scope: Scope): Target & { readonly type: IntName } {
    const variables = scope.variables.filter(({ type, mutable }) => mutable && type !== "bool");
    const choice = this.below(10);
    if (choice < 6 && variables.length > 0) {
      const { name, type } = this.pick(variables);
      return { kind: "var", name, type: type as IntName };
    }
    if (choice < 8 || (!this.main && choice === 8)) return { kind: "byte", type: "u8", ...this.place(scope) };
    if (choice === 8) return { kind: "field", ...this.field() };
    return { kind: "global", type: GLOBAL.type };
  }

  #assign(scope: Scope): Stmt {
    const bools = scope.variables.filter(({ type, mutable }) => mutable && type === "bool");
    if (bools.length > 0 && this.below(8) === 0) {
      return { kind: "assign", target: { kind: "var", type: "bool", name: this.pick(bools).name }, value: this.condition(scope, 2) };
    }
    const target = this.#target(scope);
    if (this.below(2) === 0) return { kind: "assign", target, value: this.stored(scope, target.type, 3) };
    const op = this.pick([...ARITHMETIC, ...BITWISE, ...SHIFTS]);
    return { kind: "assign", target, op, value: this.right(scope, op, target.type, 2) };
  }

  #jump(scope: Scope): Stmt {
    const labels = scope.loops.filter((label) => label !== undefined);
    if (labels.length > 0 && this.below(2) === 0) return { kind: this.pick(["break", "continue"]), label: this.pick(labels) };
    if (scope.loops.length === 0) return { kind: "break" };
    return { kind: this.pick(["break", "continue"]) };
  }

  #loop(scope: Scope): Stmt {
    const label = this.below(3) === 0 ? { label: this.name("L") } : {};
    const name = this.name("k");
    const within = (type: Type): Scope => ({ ...declare(scope, name, type, false), loops: [...scope.loops, label.label], inSwitch: false });
    const body = (type: Type) => this.#block(within(type), 1 + this.below(4));
    const count = 1 + this.below(6);
    switch (this.below(6)) {
      case 0:
      case 1: {
        const type = this.intName();
        return { kind: "for", ...label, name, type, count, body: body(type) };
      }
      case 2:
        return { kind: "while", ...label, name, count, cond: this.condition(scope, 2), body: body("u32") };
      case 3:
        return { kind: "do", ...label, name, count, cond: this.condition(scope, 2), body: body("u32") };
      case 4:
        return {
          kind: "range",
          ...label,
          name,
          from: this.below(2) === 0 ? null : this.small(scope),
          to: this.small(scope),
          step: 1 + this.below(3),
          body: body("u32"),
        };
      default: {
        const [buf, from, to] = [this.pick(Object.keys(BUFFERS)), this.end(scope), this.end(scope)];
        return { kind: "bytes", ...label, name, buf, from, to, body: body("u8") };
      }
    }
  }

  #switch(scope: Scope): Stmt {
    const on = this.varying(scope, 1);
    const values = new Set<bigint>();
    for (let i = this.below(5); i >= 0; i--) values.add(this.below(2) === 0 ? BigInt(this.below(4)) : this.literal(on.type));
    const cases: (bigint | null)[] = [...values];
    if (this.below(3) > 0) cases.splice(this.below(cases.length + 1), 0, null);
    const inner = { ...scope, inSwitch: true };
    return { kind: "switch", on, cases: cases.map((value) => ({ value, body: this.#block(inner, this.below(3)), falls: this.below(3) === 0 })) };
  }

  #tuple(scope: Scope): { stmt: Stmt; scope: Scope } | undefined {
    const helpers = this.helpers.filter(({ results }) => results.length === 2);
    if (helpers.length === 0) return undefined;
    const helper = this.pick(helpers);
    const names = [this.name("q"), this.name("q")] as const;
    const stmt: Stmt = { kind: "tuple", names, fn: helper.name, args: this.arguments(scope, helper) };
    return { stmt, scope: declare(declare(scope, names[0], helper.results[0]!, false), names[1], helper.results[1]!, false) };
  }

  #file(scope: Scope, inner: Scope): { stmt: Stmt; scope: Scope } | undefined {
    const results = scope.variables.filter(({ type, mutable }) => mutable && type === "i32");
    if (results.length === 0) return undefined;
    const buf = this.pick(Object.keys(BUFFERS));
    const [name, result] = [this.name("file"), this.pick(results).name];
    return {
      stmt: {
        kind: "file",
        name,
        path: this.pick(FILES),
        result,
        buf,
        from: this.end(scope),
        to: this.end(scope),
        body: this.#block(inner, this.below(4)),
      },
      scope,
    };
  }
}
