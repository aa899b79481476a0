/**
 * Random programs for property tests and the fuzzer: a seeded generator of small structured programs and their lowering
 * to IR through FunctionBuilder. A program is a tree of plain data, so that it can be shrunk (minimize.ts) and stored.
 *
 * Every program is well formed by construction: accesses are masked into their region or guarded by a check that FAULTs,
 * loops count to at most 7, handles are released on every way out. Interpreting one never traps.
 */
import { FRAME } from "../../kernel/abi/frame.ts";
import { FunctionBuilder, type Variable } from "../builder.ts";
import { DEFAULT_SIGNATURE } from "../text.ts";
import type { BinaryFn, Bytes, Module, Predicate, Region, RegionId, ValueId, Width } from "../types.ts";

export type Expr =
  | { readonly kind: "const"; readonly value: bigint }
  | { readonly kind: "var"; readonly index: number }
  | { readonly kind: "bin"; readonly fn: BinaryFn; readonly width: Width; readonly a: Expr; readonly b: Expr }
  | { readonly kind: "ext"; readonly from: 8 | 16 | 32; readonly signed: boolean; readonly a: Expr }
  | { readonly kind: "cmp"; readonly pred: Predicate; readonly width: Width; readonly a: Expr; readonly b: Expr }
  | { readonly kind: "load"; readonly region: RegionId; readonly at: Expr; readonly bytes: Bytes; readonly signed: boolean }
  /** `a ? b : c`, through branches and a phi. */
  | { readonly kind: "select"; readonly a: Expr; readonly b: Expr; readonly c: Expr };

export type Stmt =
  | { readonly kind: "assign"; readonly index: number; readonly value: Expr }
  | { readonly kind: "store"; readonly region: RegionId; readonly at: Expr; readonly bytes: Bytes; readonly value: Expr }
  | { readonly kind: "if"; readonly cond: Expr; readonly then: readonly Stmt[]; readonly else: readonly Stmt[] }
  /** `index` counts from 0 below `rounds & 7`; the body may overwrite it without effect on the loop. */
  | { readonly kind: "loop"; readonly index: number; readonly rounds: Expr; readonly body: readonly Stmt[] }
  | { readonly kind: "break" }
  | { readonly kind: "return"; readonly value: Expr }
  /** FAULT unless at < limit ≤ MEMORY; then a byte is read there into a variable. */
  | { readonly kind: "checked"; readonly at: Expr; readonly limit: number; readonly keep: boolean; readonly index: number }
  | { readonly kind: "call"; readonly op: CallName; readonly a: Expr; readonly b: Expr; readonly index: number }
  /** Opens a handle; the body runs when that succeeds; the handle is released behind it. */
  | { readonly kind: "handle"; readonly index: number; readonly body: readonly Stmt[] };

export type CallName = "getpid" | "close" | "read" | "write" | "getrandom" | "lseek" | "handle-read";

export interface RandomProgram {
  readonly seed: number;
  readonly body: readonly Stmt[];
}

export interface GeneratorOptions {
  /** About how many statements; default 20. */
  readonly size?: number;
  /** Without calls and handles; default false. */
  readonly pure?: boolean;
}

/** Number of variables; the first ones start with the argument slots. */
export const VARIABLES = 6;
/** Argument slots of 8 bytes in region `args`. */
export const ARGUMENTS = 4;
/** Bytes of the regions that programs read and write. */
export const MEMORY = 64;
/** Function name in every module made here. */
export const RANDOM_FUNCTION = "random";

const REGIONS: readonly Region[] = [
  { id: "buf", kind: "buffer", size: MEMORY, align: 8, name: "buf" },
  { id: "tab", kind: "global", size: MEMORY, align: 8, name: "tab", init: Uint8Array.from({ length: MEMORY }, (_, i) => (i * 37) & 255) },
  { id: "path", kind: "const", size: 8, align: 1, name: "path", init: new TextEncoder().encode("/tmp/a\0\0") },
];
const WRITABLE: readonly RegionId[] = ["buf", "buf", "tab", "loc"];
const FUNCTIONS: readonly BinaryFn[] = ["add", "sub", "mul", "udiv", "sdiv", "umod", "smod", "and", "or", "xor", "shl", "lshr", "ashr"];
const PREDICATES: readonly Predicate[] = ["eq", "ne", "ult", "ule", "ugt", "uge", "slt", "sle", "sgt", "sge"];
const INTERESTING: readonly bigint[] = [
  0n, 1n, 2n, 3n, 4n, 7n, 8n, 10n, 63n, 64n, 255n, 256n, 65535n, 0x7fffffffn, 0x80000000n, 0xffffffffn, 2n ** 32n, 2n ** 63n - 1n, -(2n ** 63n), -1n, -2n, -128n,
  -(2n ** 31n),
];

/** Mulberry32: numbers in [0, 1), the same for the same seed everywhere. */
export function randomSource(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The program of a seed. */
export function generateProgram(seed: number, options: GeneratorOptions = {}): RandomProgram {
  const next = randomSource(seed);
  const below = (n: number) => Math.floor(next() * n);
  const pick = <T>(items: readonly T[]): T => items[below(items.length)]!;
  let budget = options.size ?? 20;

  /** Where to access: often one of few places, so that accesses meet and overlap. */
  const place = (depth: number): Expr => (below(5) < 3 ? { kind: "const", value: pick([0n, 1n, 2n, 4n, 8n]) } : expr(depth));
  const expr = (depth: number): Expr => {
    const choice = depth === 0 ? below(2) : below(10);
    switch (choice) {
      case 0:
        return { kind: "const", value: below(3) > 0 ? pick(INTERESTING) : BigInt(below(100)) };
      case 1:
      case 2:
        return { kind: "var", index: below(VARIABLES) };
      case 3:
      case 4:
      case 5:
        return { kind: "bin", fn: pick(FUNCTIONS), width: pick([32, 64, 64]), a: expr(depth - 1), b: expr(depth - 1) };
      case 6:
        return { kind: "ext", from: pick([8, 16, 32]), signed: below(2) === 0, a: expr(depth - 1) };
      case 7:
        return { kind: "cmp", pred: pick(PREDICATES), width: pick([32, 64, 64]), a: expr(depth - 1), b: expr(depth - 1) };
      case 8:
        return { kind: "load", region: pick(["buf", "buf", "tab", "loc"]), at: place(depth - 1), bytes: pick([1, 2, 4, 8]), signed: below(2) === 0 };
      default:
        return { kind: "select", a: expr(depth - 1), b: expr(depth - 1), c: expr(depth - 1) };
    }
  };
  /** Something that constant folding can't see through at once: most of a program should survive the passes. */
  const varying = (): Expr => (below(3) === 0
    ? { kind: "load", region: pick(["buf", "tab"]), at: { kind: "var", index: below(VARIABLES) }, bytes: pick([1, 2, 4, 8]), signed: below(2) === 0 }
    : { kind: "bin", fn: pick(["add", "sub", "xor", "mul"]), width: pick([32, 64]), a: { kind: "var", index: below(VARIABLES) }, b: expr(1) });
  const condition = (): Expr => (below(4) === 0 ? expr(2) : { kind: "cmp", pred: pick(PREDICATES), width: pick([32, 64, 64]), a: varying(), b: expr(1) });
  const block = (depth: number, inLoop: boolean, held: boolean): Stmt[] => {
    const count = 1 + below(4);
    return Array.from({ length: count }, () => stmt(depth, inLoop, held));
  };
  /** A load, something that may change its bytes, and the load again: what reuse of loaded values must get right. */
  const reload = (): Stmt[] => {
    const region = pick(WRITABLE);
    const load: Expr = { kind: "load", region, at: place(0), bytes: pick([1, 2, 4, 8]), signed: below(2) === 0 };
    const between: Stmt = options.pure || below(3) > 0
      ? { kind: "store", region, at: place(0), bytes: pick([1, 2, 4, 8]), value: varying() }
      : { kind: "call", op: "read", a: { kind: "const", value: 0n }, b: { kind: "const", value: 31n }, index: below(VARIABLES) };
    return [{ kind: "assign", index: below(VARIABLES), value: load }, between, { kind: "assign", index: below(VARIABLES), value: load }];
  };
  const stmt = (depth: number, inLoop: boolean, held: boolean): Stmt => {
    budget--;
    if (below(8) === 0) return { kind: "if", cond: condition(), then: reload(), else: reload() };
    const choice = budget <= 0 ? below(4) : below(20);
    const deep = depth > 0;
    if (choice < 4) return { kind: "assign", index: below(VARIABLES), value: expr(3) };
    if (choice < 6) return { kind: "store", region: pick(WRITABLE), at: place(2), bytes: pick([1, 2, 4, 8]), value: expr(2) };
    if (choice < 9 && deep) {
      return { kind: "if", cond: condition(), then: block(depth - 1, inLoop, held), else: below(2) ? block(depth - 1, inLoop, held) : [] };
    }
    if (choice < 11 && deep) return { kind: "loop", index: below(VARIABLES), rounds: expr(1), body: block(depth - 1, true, held) };
    if (choice === 11 && inLoop) return { kind: "if", cond: condition(), then: [{ kind: "break" }], else: [] };
    if (choice === 12 && deep) return { kind: "if", cond: condition(), then: [{ kind: "return", value: expr(1) }], else: [] };
    if (choice < 15) {
      // Mostly inside, so that programs go on; often provably so, which is what the range pass folds.
      const mask = pick([7n, 7n, 7n, 31n, 31n, 63n, 127n]);
      const at: Expr = below(12) ? { kind: "bin", fn: pick(["and", "umod"]), width: 64, a: varying(), b: { kind: "const", value: mask } } : expr(1);
      const limit = mask < 31n ? pick([8, 32, MEMORY]) : mask < 63n ? pick([32, MEMORY, MEMORY, 20]) : MEMORY;
      return { kind: "checked", at, limit, keep: below(5) === 0, index: below(VARIABLES) };
    }
    if (choice === 15 && deep && !options.pure) return { kind: "handle", index: below(VARIABLES), body: block(depth - 1, inLoop, true) };
    if (choice < 19 && !options.pure) {
      const names: readonly CallName[] = ["getpid", "close", "read", "write", "getrandom", "lseek", ...(held ? (["handle-read", "handle-read"] as const) : [])];
      return { kind: "call", op: pick(names), a: expr(1), b: expr(1), index: below(VARIABLES) };
    }
    return { kind: "assign", index: below(VARIABLES), value: expr(2) };
  };
  const body: Stmt[] = [];
  while (budget > 0) body.push(stmt(3, false, false));
  return { seed, body };
}

/** The program as a module with one function, RANDOM_FUNCTION, that returns a mix of its variables. */
export function lowerProgram(program: RandomProgram): Module {
  return {
    source: `random-${program.seed}.ts`, regions: new Map(REGIONS.map((region) => [region.id, { ...region }])),
    funcs: [new Lowering().run(program.body)],
  };
}

class Lowering {
  readonly #b = new FunctionBuilder({ name: RANDOM_FUNCTION, signature: DEFAULT_SIGNATURE });
  readonly #variables: Variable[] = [];
  /** Handles held here, outermost first. */
  readonly #held: Variable[] = [];
  /** Exits of the loops around, with the number of handles held outside them. */
  readonly #loops: { exit: number; held: number }[] = [];
  #fault = 0;

  run(body: readonly Stmt[]) {
    const b = this.#b;
    b.addRegion({ id: "args", kind: "arg", size: 8 * ARGUMENTS, align: 8, name: "args", frameOffset: FRAME.args });
    b.addRegion({ id: "loc", kind: "local", size: MEMORY, align: 8, name: "loc" });
    b.addRegion({ id: "err", kind: "local", size: 4, align: 4, name: "err" });
    this.#fault = b.addFault({ kind: "bounds", message: "beyond the limit" });
    for (let i = 0; i < MEMORY; i += 8) b.store(b.addr("loc"), i, 8, b.const(i));
    for (let i = 0; i < VARIABLES; i++) {
      const variable = b.declare(`x${i}`);
      this.#variables.push(variable);
      b.write(variable, i < ARGUMENTS ? b.load(b.addr("args"), 8 * i, 8, true) : b.const(i));
    }
    this.#block(body);
    if (!b.terminated) {
      this.#return(this.#variables.map((variable) => b.read(variable)).reduce((sum, value) => b.bin("add", b.bin("mul", sum, b.const(31)), value)));
    }
    return b.finish();
  }

  #block(stmts: readonly Stmt[]): void {
    for (const stmt of stmts) {
      if (this.#b.terminated) this.#b.startDead();
      this.#stmt(stmt);
    }
  }

  #return(value: ValueId): void {
    this.#release(0);
    this.#b.ret(value);
  }

  /** Releases the handles above the first `keep`, innermost first. */
  #release(keep: number): void {
    for (const handle of this.#held.slice(keep).reverse()) this.#b.call("file.release", [this.#b.read(handle)]);
  }

  #stmt(stmt: Stmt): void {
    const b = this.#b;
    switch (stmt.kind) {
      case "assign":
        b.write(this.#variables[stmt.index]!, this.#expr(stmt.value));
        break;
      case "store": {
        const value = this.#expr(stmt.value);
        b.store(this.#address(stmt.region, stmt.at, stmt.bytes), 0, stmt.bytes, value);
        break;
      }
      case "if":
        this.#branch(this.#expr(stmt.cond), () => this.#block(stmt.then), () => this.#block(stmt.else));
        break;
      case "loop":
        this.#loop(stmt);
        break;
      case "break": {
        const loop = this.#loops.at(-1);
        if (!loop) break;
        this.#release(loop.held);
        b.br(loop.exit);
        break;
      }
      case "return":
        this.#return(this.#expr(stmt.value));
        break;
      case "checked": {
        const at = this.#expr(stmt.at);
        b.check(b.cmp("ult", at, b.const(stmt.limit)), { kind: "bounds", keep: stmt.keep }, () => {
          this.#release(0);
          b.stop("FAULT", this.#fault);
        });
        b.write(this.#variables[stmt.index]!, b.load(b.ptradd(b.addr("buf"), at), 0, 1, false));
        break;
      }
      case "call":
        b.write(this.#variables[stmt.index]!, this.#call(stmt));
        break;
      case "handle":
        this.#handle(stmt);
        break;
    }
  }

  #branch(cond: ValueId, then: () => void, otherwise: () => void): void {
    const b = this.#b;
    const [yes, no, join] = [b.newBlock(), b.newBlock(), b.newBlock()];
    b.condbr(cond, yes, no);
    for (const [block, body] of [[yes, then], [no, otherwise]] as const) {
      b.seal(block);
      b.setBlock(block);
      body();
      if (!b.terminated) b.br(join);
    }
    b.seal(join);
    b.setBlock(join);
  }

  #loop(stmt: Extract<Stmt, { kind: "loop" }>): void {
    const b = this.#b;
    const rounds = b.bin("and", this.#expr(stmt.rounds), b.const(7));
    const counter = b.declare("counter");
    b.write(counter, b.const(0));
    const [head, exhausted, test, body, exit] = [b.newBlock(), b.newBlock(), b.newBlock(), b.newBlock(), b.newBlock()];
    b.br(head);
    b.setBlock(head);
    b.loop(test, exhausted);
    b.seal(exhausted);
    b.setBlock(exhausted);
    this.#release(0);
    b.stop("EXHAUSTED");
    b.seal(test);
    b.setBlock(test);
    b.condbr(b.cmp("ult", b.read(counter), rounds), body, exit);
    b.seal(body);
    b.setBlock(body);
    b.write(this.#variables[stmt.index]!, b.read(counter));
    this.#loops.push({ exit, held: this.#held.length });
    this.#block(stmt.body);
    this.#loops.pop();
    if (!b.terminated) {
      b.write(counter, b.ext(b.bin("add", b.read(counter), b.const(1)), 32, false));
      b.br(head);
    }
    b.seal(head);
    b.seal(exit);
    b.setBlock(exit);
  }

  #handle(stmt: Extract<Stmt, { kind: "handle" }>): void {
    const b = this.#b;
    const handle = b.declare("file", "handle");
    b.write(handle, b.call("sys.open", [b.addr("path"), b.const(6), b.const(0), b.const(0), b.addr("err")]));
    this.#branch(
      b.isnull(b.read(handle)),
      () => b.write(this.#variables[stmt.index]!, b.load(b.addr("err"), 0, 4, true)),
      () => {
        this.#held.push(handle);
        this.#block(stmt.body);
        if (!b.terminated) this.#release(this.#held.length - 1);
        this.#held.pop();
      },
    );
  }

  #call({ op, a, b: other }: Extract<Stmt, { kind: "call" }>): ValueId {
    const b = this.#b;
    const first = this.#expr(a);
    // 0 … 31 bytes at 0 … 31: always inside.
    const length = () => b.bin("and", this.#expr(other), b.const(31));
    const place = () => b.ptradd(b.addr("buf"), b.bin("and", first, b.const(31)));
    switch (op) {
      case "getpid":
        return b.call("sys.getpid", []);
      case "close":
        return b.call("sys.close", [first]);
      case "read": {
        const size = length();
        return b.call("sys.read", [first, place(), size]);
      }
      case "write": {
        const size = length();
        return b.call("sys.write", [first, place(), size]);
      }
      case "getrandom": {
        const size = length();
        return b.call("sys.getrandom", [place(), size, b.const(0)]);
      }
      case "lseek": {
        const offset = this.#expr(other);
        return b.call("sys.lseek", [first, offset, b.const(0)]);
      }
      case "handle-read": {
        const handle = this.#held.at(-1);
        if (!handle) return b.const(-9);
        const size = length();
        return b.call("file.read", [b.read(handle), place(), size, b.const(-1)]);
      }
    }
  }

  #address(region: RegionId, at: Expr, bytes: Bytes): ValueId {
    const b = this.#b;
    const offset = b.bin("and", this.#expr(at), b.const(MEMORY / 2 + MEMORY / 4 - 1 - (bytes - 1)));
    return b.ptradd(b.addr(region), offset);
  }

  #expr(expr: Expr): ValueId {
    const b = this.#b;
    switch (expr.kind) {
      case "const":
        return b.const(expr.value);
      case "var":
        return b.read(this.#variables[expr.index]!);
      case "bin": {
        const left = this.#expr(expr.a);
        return b.bin(expr.fn, left, this.#expr(expr.b), expr.width);
      }
      case "ext":
        return b.ext(this.#expr(expr.a), expr.from, expr.signed);
      case "cmp": {
        const left = this.#expr(expr.a);
        return b.cmp(expr.pred, left, this.#expr(expr.b), expr.width);
      }
      case "load":
        return b.load(this.#address(expr.region, expr.at, expr.bytes), 0, expr.bytes, expr.signed);
      case "select": {
        const result = b.declare("select");
        this.#branch(this.#expr(expr.a), () => b.write(result, this.#expr(expr.b)), () => b.write(result, this.#expr(expr.c)));
        return b.read(result);
      }
    }
  }
}
