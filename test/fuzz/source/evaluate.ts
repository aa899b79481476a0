/**
 * What a random program must do, computed from its tree by the language's rules in BigInt. Shares no code with the
 * compiler: its own arithmetic, its own memory, its own calls of the scripted host.
 */
import { O } from "../../../kernel/abi/constants.ts";
import type { HostArg } from "../../../kernel/abi/host.ts";
import { findOp } from "../../../kernel/abi/syscalls.ts";
import { compare, operate } from "./arithmetic.ts";
import type { ScriptedHost } from "../../support/scripted-host.ts";
import { BUFFERS, type Expr, FIELDS, GLOBAL, type Helper, type IntName, maxOf, minOf, type SourceProgram, type Stmt, type Target, wrapTo } from "./tree.ts";

export interface Expected {
  readonly status: "OK" | "FAULT";
  readonly values: readonly bigint[];
  readonly buffers: ReadonlyMap<string, Uint8Array>;
  readonly global: bigint;
}

class Fault extends Error {}
/** The program ran longer than it is worth; it says nothing about the program. */
export class TooLong extends Error {}
type Flow =
  | { readonly kind: "next" }
  | { readonly kind: "break" | "continue"; readonly label: string | undefined }
  | { readonly kind: "return"; readonly values: readonly bigint[] };
const NEXT: Flow = { kind: "next" };
const STEPS = 20_000;

export function evaluate(program: SourceProgram, args: readonly bigint[], buffers: ReadonlyMap<string, Uint8Array>, host: ScriptedHost): Expected {
  const world = new World(program, buffers, host);
  try {
    const values = world.call(program.main, args);
    return { status: "OK", values, buffers: world.buffers, global: world.global };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { status: "FAULT", values: [], buffers: world.buffers, global: world.global };
  }
}

class World {
  readonly buffers = new Map<string, Uint8Array>();
  global: bigint = GLOBAL.initial;
  readonly helpers: ReadonlyMap<string, Helper>;
  readonly host: ScriptedHost;
  readonly fields = new Map<string, bigint>(Object.keys(FIELDS).map((name) => [name, 0n]));
  /** Handles that are open, released when a fault ends the call. */
  readonly open: bigint[] = [];
  #steps = 0;

  constructor(program: SourceProgram, buffers: ReadonlyMap<string, Uint8Array>, host: ScriptedHost) {
    this.helpers = new Map(program.helpers.map((helper) => [helper.name, helper]));
    this.host = host;
    for (const [name, size] of Object.entries(BUFFERS)) this.buffers.set(name, buffers.get(name)?.slice() ?? new Uint8Array(size));
  }

  call(helper: Helper, args: readonly bigint[]): readonly bigint[] {
    const scope = new Map<string, bigint>(helper.params.map(({ name, type }, i) => [name, wrapTo(type, args[i]!)]));
    const flow = new Activation(this, scope).block(helper.body);
    if (flow.kind !== "return") throw new Error(`${helper.name} ends without a result`);
    return flow.values.map((value, i) => wrapTo(helper.results[i]!, value));
  }

  system(name: string, args: readonly HostArg[]): bigint {
    const row = findOp(name)!;
    return this.host.call(row, args);
  }

  /** Ends the call: what is open is released, innermost first. */
  fault(): never {
    for (const handle of this.open.splice(0).reverse()) this.system("file.release", [handle]);
    throw new Fault();
  }

  tick(): void {
    if (++this.#steps > STEPS) throw new TooLong();
  }
}

class Activation {
  readonly #world: World;
  readonly #scope: Map<string, bigint>;

  constructor(world: World, scope: Map<string, bigint>) {
    this.#world = world;
    this.#scope = scope;
  }

  block(stmts: readonly Stmt[]): Flow {
    for (const stmt of stmts) {
      const flow = this.#stmt(stmt);
      if (flow.kind !== "next") return flow;
    }
    return NEXT;
  }

  #stmt(stmt: Stmt): Flow {
    this.#world.tick();
    switch (stmt.kind) {
      case "let":
        this.#scope.set(stmt.name, narrow(stmt.type, this.#expr(stmt.value)));
        return NEXT;
      case "assign":
        this.#assign(stmt);
        return NEXT;
      case "step":
        this.#step(stmt.target, stmt.op);
        return NEXT;
      case "stepped": {
        const [before, after] = this.#step(stmt.target, stmt.op);
        this.#scope.set(stmt.name, stmt.prefix ? after : before);
        return NEXT;
      }
      case "if":
        return this.block(this.#truth(stmt.cond) ? stmt.then : stmt.else);
      case "for": {
        let i = 0n;
        return this.#loop(
          stmt.label,
          () => i < BigInt(stmt.count),
          () => {
            this.#scope.set(stmt.name, i);
            return this.block(stmt.body);
          },
          () => i++,
        );
      }
      case "while":
      case "do": {
        this.#scope.set(stmt.name, 0n);
        let first = stmt.kind === "do";
        const test = () => {
          const go = first || (this.#scope.get(stmt.name)! < BigInt(stmt.count) && this.#truth(stmt.cond));
          first = false;
          return go;
        };
        return this.#loop(stmt.label, test, () => {
          this.#scope.set(stmt.name, this.#scope.get(stmt.name)! + 1n);
          return this.block(stmt.body);
        });
      }
      case "range": {
        let i = stmt.from === null ? 0n : this.#expr(stmt.from);
        const to = this.#expr(stmt.to);
        return this.#loop(
          stmt.label,
          () => i < to,
          () => {
            this.#scope.set(stmt.name, i);
            return this.block(stmt.body);
          },
          () => {
            i += stmt.from === null ? 1n : BigInt(stmt.step);
          },
        );
      }
      case "bytes": {
        const view = this.#view(stmt);
        let i = 0;
        return this.#loop(
          stmt.label,
          () => i < view.length,
          () => {
            this.#scope.set(stmt.name, BigInt(view[i]!));
            return this.block(stmt.body);
          },
          () => i++,
        );
      }
      case "switch":
        return this.#switch(stmt);
      case "break":
      case "continue":
        return { kind: stmt.kind, label: stmt.label };
      case "tuple": {
        const values = this.#world.call(
          this.#world.helpers.get(stmt.fn)!,
          stmt.args.map((arg) => this.#expr(arg)),
        );
        stmt.names.forEach((name, i) => this.#scope.set(name, values[i]!));
        return NEXT;
      }
      case "assert":
        return this.#truth(stmt.cond) ? NEXT : this.#world.fault();
      case "file":
        return this.#file(stmt);
      case "return":
        return { kind: "return", values: stmt.values.map((value) => this.#expr(value)) };
    }
  }

  #loop(label: string | undefined, test: () => boolean, body: () => Flow, step?: () => void): Flow {
    while (test()) {
      this.#world.tick();
      const flow = body();
      const mine = flow.kind !== "next" && flow.kind !== "return" && (flow.label === undefined || flow.label === label);
      if (flow.kind === "return" || (flow.kind !== "next" && !mine)) return flow;
      if (flow.kind === "break") break;
      step?.();
    }
    return NEXT;
  }

  #switch(stmt: Extract<Stmt, { kind: "switch" }>): Flow {
    const on = this.#expr(stmt.on);
    let at = stmt.cases.findIndex(({ value }) => value === on);
    if (at < 0) at = stmt.cases.findIndex(({ value }) => value === null);
    for (const { body, falls } of at < 0 ? [] : stmt.cases.slice(at)) {
      const flow = this.block(body);
      if (flow.kind === "break" && flow.label === undefined) return NEXT;
      if (flow.kind !== "next") return flow;
      if (!falls) return NEXT;
    }
    return NEXT;
  }

  #file(stmt: Extract<Stmt, { kind: "file" }>): Flow {
    const world = this.#world;
    const error = new Uint8Array(4);
    const handle = world.system("sys.open", openArguments(stmt.path, error));
    if (handle === 0n) {
      this.#store({ kind: "var", type: "i32", name: stmt.result }, BigInt(new DataView(error.buffer).getInt32(0, true)));
      return NEXT;
    }
    world.open.push(handle);
    const view = this.#view(stmt);
    const count = world.system("file.read", [handle, view, -1n]);
    this.#store({ kind: "var", type: "i32", name: stmt.result }, count);
    const flow = this.block(stmt.body);
    world.open.pop();
    world.system("file.release", [handle]);
    return flow;
  }

  #assign({ target, op, value }: Extract<Stmt, { kind: "assign" }>): void {
    // As in JavaScript: the place first, then what it holds, then the right side, then the store.
    const place = this.#place(target);
    const before = op === undefined ? 0n : this.#load(target, place);
    const right = this.#expr(value);
    if (op === undefined) return this.#put(target, place, right);
    this.#put(target, place, operate(op, before, target.type as IntName, right, value.type as IntName));
  }

  #step(target: Target, op: "++" | "--"): readonly [bigint, bigint] {
    const place = this.#place(target);
    const before = this.#load(target, place);
    const after = wrapTo(target.type as IntName, op === "++" ? before + 1n : before - 1n);
    this.#put(target, place, after);
    return [before, after];
  }

  #store(target: Target, value: bigint): void {
    this.#put(target, this.#place(target), value);
  }

  #place(target: Target): bigint {
    return target.kind === "byte" ? this.#expr(target.at) : 0n;
  }

  #byteAt(buf: string, at: bigint): Uint8Array {
    const bytes = this.#world.buffers.get(buf)!;
    if (at < 0n || at >= BigInt(bytes.length)) this.#world.fault();
    return bytes;
  }

  #load(target: Target, place: bigint): bigint {
    switch (target.kind) {
      case "var":
        return this.#scope.get(target.name)!;
      case "byte":
        return BigInt(this.#byteAt(target.buf, place)[Number(place)]!);
      case "field":
        return this.#world.fields.get(target.name)!;
      case "global":
        return this.#world.global;
    }
  }

  #put(target: Target, place: bigint, value: bigint): void {
    switch (target.kind) {
      case "var":
        this.#scope.set(target.name, narrow(target.type, value));
        return;
      case "byte":
        this.#byteAt(target.buf, place)[Number(place)] = Number(BigInt.asUintN(8, value));
        return;
      case "field":
        this.#world.fields.set(target.name, wrapTo(target.type, value));
        return;
      case "global":
        this.#world.global = wrapTo(target.type, value);
    }
  }

  #view({ buf, from, to }: { readonly buf: string; readonly from: Expr; readonly to: Expr }): Uint8Array {
    const bytes = this.#world.buffers.get(buf)!;
    const clamp = (at: bigint) => {
      const size = BigInt(bytes.length);
      const absolute = at < 0n ? at + size : at;
      return Number(absolute < 0n ? 0n : absolute > size ? size : absolute);
    };
    const start = clamp(this.#expr(from));
    const end = clamp(this.#expr(to));
    return bytes.subarray(start, Math.max(start, end));
  }

  #truth(expr: Expr): boolean {
    return this.#expr(expr) !== 0n;
  }

  #expr(expr: Expr): bigint {
    switch (expr.kind) {
      case "lit":
        return expr.value;
      case "bool":
        return expr.value ? 1n : 0n;
      case "var":
      case "byte":
      case "field":
      case "global":
        return this.#load(expr, this.#place(expr));
      case "bin": {
        const a = this.#expr(expr.a);
        return operate(expr.op, a, expr.a.type as IntName, this.#expr(expr.b), expr.b.type as IntName);
      }
      case "neg":
        return wrapTo(expr.type, -this.#expr(expr.a));
      case "complement":
        return wrapTo(expr.type, ~this.#expr(expr.a));
      case "not":
        return this.#truth(expr.a) ? 0n : 1n;
      case "cast": {
        const value = this.#expr(expr.a);
        return value < minOf(expr.type) || value > maxOf(expr.type) ? this.#world.fault() : value;
      }
      case "wrap":
        return wrapTo(expr.type, this.#expr(expr.a));
      case "cmp": {
        const a = this.#expr(expr.a);
        return compare(expr.op, a, this.#expr(expr.b)) ? 1n : 0n;
      }
      case "logic":
        return this.#truth(expr.a) === (expr.op === "&&") ? this.#expr(expr.b) : expr.op === "&&" ? 0n : 1n;
      case "cond":
        return this.#expr(this.#truth(expr.c) ? expr.a : expr.b);
      case "extreme": {
        const a = this.#expr(expr.a);
        const b = this.#expr(expr.b);
        return a < b === (expr.op === "min") ? a : b;
      }
      case "call":
        return this.#world.call(
          this.#world.helpers.get(expr.fn)!,
          expr.args.map((arg) => this.#expr(arg)),
        )[0]!;
      case "sys":
        return this.#world.system(`sys.${expr.op}`, []);
      case "transfer": {
        const fd = expr.op === "getrandom" ? [] : [wrapTo("i32", this.#expr(expr.fd))];
        const view = this.#view(expr);
        return this.#world.system(`sys.${expr.op}`, [...fd, view, ...(expr.op === "getrandom" ? [0n] : [])]);
      }
    }
  }
}

/** How the table's row takes its arguments: the path, flags and mode in one word, room for the error. */
function openArguments(path: string, error: Uint8Array): HostArg[] {
  const row = findOp("sys.open")!;
  return row.args.map((spec): HostArg => {
    if (spec.kind === "path") return new TextEncoder().encode(path);
    if (spec.kind === "err") return error;
    return spec.name === "flags" || spec.name === "how" ? BigInt(O.RDONLY) : 0n;
  });
}

function narrow(type: IntName | "bool", value: bigint): bigint {
  return type === "bool" ? value : wrapTo(type, value);
}
