/**
 * Random IR modules for the backend: many values live at once, phis that swap, nested loops, masked indexes, both
 * widths of every operation, early returns and faults, calls that clobber. Always terminates; accesses stay in bounds
 * by masks that the kernel's verifier sees.
 */
import { FunctionBuilder, type Variable } from "../../ir/builder.ts";
import type { BinaryFn, Module, Predicate, Region, ValueId } from "../../ir/types.ts";
import { INT } from "../../kernel/abi/boundary.ts";
import { FRAME } from "../../kernel/abi/frame.ts";

export interface Random {
  /** 0 … n - 1. */
  below(n: number): number;
}

export interface RandomOptions {
  readonly variables: number;
  readonly statements: number;
  readonly calls: boolean;
  /** Loops whose bound the verifier can't see. */
  readonly unbounded: boolean;
}

export const ARGUMENTS = 3;
/** Bytes that masked offsets reach; an access may run a little beyond. */
const BUFFER = 256;
const SLACK = 16;
const FNS: readonly BinaryFn[] = ["add", "sub", "mul", "udiv", "sdiv", "umod", "smod", "and", "or", "xor", "shl", "lshr", "ashr"];
const PREDICATES: readonly Predicate[] = ["eq", "ne", "ult", "ule", "ugt", "uge", "slt", "sle", "sgt", "sge"];
const CONSTANTS = [0n, 1n, -1n, 2n, 7n, 8n, 255n, 256n, 0x7fffffffn, 0x80000000n, 0xffffffffn, 0x100000000n, -(2n ** 63n), 2n ** 63n - 1n, -128n, 1000003n];

export function randomModule(random: Random, options: RandomOptions): Module {
  const init = Uint8Array.from({ length: BUFFER + SLACK }, (_, i) => (i * 37) & 255);
  const regions = new Map<string, Region>([
    ["buf", { id: "buf", kind: "buffer", size: BUFFER + SLACK, align: 8, name: "buf" }],
    ["tab", { id: "tab", kind: "global", size: BUFFER + SLACK, align: 8, name: "tab", init }],
  ]);
  return { source: "random.ts", regions, funcs: [new Generator(random, options).run()] };
}

class Generator {
  readonly #random: Random;
  readonly #options: RandomOptions;
  readonly #b: FunctionBuilder;
  readonly #variables: Variable[];
  #budget: number;

  constructor(random: Random, options: RandomOptions) {
    this.#random = random;
    this.#options = options;
    this.#budget = options.statements;
    const params = Array.from({ length: ARGUMENTS }, (_, i) => ({ name: `p${i}`, type: INT.i64, mode: "in" as const, offset: FRAME.args + 8 * i }));
    this.#b = new FunctionBuilder({ name: "f", signature: { params, result: INT.i64, resultOffset: FRAME.result } });
    this.#b.addRegion({ id: "args", kind: "arg", size: 8 * ARGUMENTS, align: 8, name: "args", frameOffset: FRAME.args });
    this.#b.addRegion({ id: "loc", kind: "local", size: BUFFER + SLACK, align: 8, name: "loc" });
    this.#b.addFault({ kind: "range", message: "random" });
    this.#variables = Array.from({ length: options.variables }, (_, i) => this.#b.declare(`x${i}`));
  }

  run() {
    const b = this.#b;
    // Locals start undefined: give them contents.
    for (let at = 0; at < BUFFER + SLACK; at += 8) b.store(b.addr("loc"), at, 8, b.const(at * 3));
    this.#variables.forEach((v, i) => b.write(v, i < ARGUMENTS ? b.load(b.addr("args"), 8 * i, 8, true) : b.const(this.#pick(CONSTANTS))));
    this.#statements(0, Math.max(3, this.#budget));
    b.ret(this.#variables.map((v) => b.read(v)).reduce((sum, v) => b.bin("xor", b.bin("mul", sum, b.const(31n)), v)));
    return b.finish();
  }

  #below(n: number): number {
    return this.#random.below(n);
  }
  #pick<T>(from: readonly T[]): T {
    return from[this.#below(from.length)]!;
  }
  #variable(): Variable {
    return this.#pick(this.#variables);
  }

  #statements(depth: number, count: number): void {
    for (let i = 0; i < count && this.#budget > 0; i++) {
      this.#budget--;
      this.#statement(depth);
    }
  }

  #statement(depth: number): void {
    const b = this.#b;
    const kind = this.#below(20);
    if (kind < 8) return b.write(this.#variable(), this.#value());
    if (kind < 10) return b.store(this.#pointer(), this.#below(8) === 0 ? 3 : 0, this.#pick([1, 2, 4, 8] as const) as 1, this.#value());
    if (kind < 12) return this.#swap();
    if (kind < 16) return this.#branch(depth);
    if (kind < 19) return depth < 3 ? this.#loop(depth) : b.write(this.#variable(), this.#value());
    if (this.#options.calls) return b.write(this.#variable(), b.call(this.#pick(["sys.getuid", "sys.getgid"]), []));
    if (this.#below(8) === 0) this.#leave();
    return undefined;
  }

  #swap(): void {
    const [x, y] = [this.#variable(), this.#variable()];
    const [a, c] = [this.#b.read(x), this.#b.read(y)];
    this.#b.write(x, c);
    this.#b.write(y, a);
  }

  /** A pointer whose variable offset is masked into the region. */
  #pointer(): ValueId {
    const b = this.#b;
    const base = b.addr(this.#pick(["buf", "tab", "loc"]));
    if (this.#below(3) === 0) return b.ptradd(base, b.const(this.#below(BUFFER - 4)));
    return b.ptradd(base, b.bin("and", this.#atom(), b.const(BUFFER - 1)));
  }

  #atom(): ValueId {
    return this.#below(4) === 0 ? this.#b.const(this.#pick(CONSTANTS)) : this.#b.read(this.#variable());
  }

  #value(): ValueId {
    const b = this.#b;
    switch (this.#below(8)) {
      case 0:
        return b.load(this.#pointer(), 0, this.#pick([1, 2, 4, 8] as const), this.#below(2) === 0);
      case 1:
        return b.ext(this.#atom(), this.#pick([8, 16, 32] as const), this.#below(2) === 0);
      case 2:
        return this.#compare();
      default:
        return b.bin(this.#pick(FNS), this.#atom(), this.#atom(), this.#below(3) === 0 ? 32 : 64);
    }
  }

  #compare(): ValueId {
    return this.#b.cmp(this.#pick(PREDICATES), this.#atom(), this.#atom(), this.#below(3) === 0 ? 32 : 64);
  }

  /** Sometimes ends the call; the way on stays, so that loops keep their back edges. */
  #leave(): void {
    const b = this.#b;
    const [end, go] = [b.newBlock(), b.newBlock()];
    b.condbr(this.#compare(), end, go);
    b.seal(end);
    b.seal(go);
    b.setBlock(end);
    if (this.#below(2) === 0) b.ret(this.#value());
    else b.stop("FAULT", 0);
    b.setBlock(go);
  }

  #branch(depth: number): void {
    const b = this.#b;
    const [then, otherwise, join] = [b.newBlock(), b.newBlock(), b.newBlock()];
    b.condbr(this.#below(4) === 0 ? this.#atom() : this.#compare(), then, otherwise);
    for (const block of [then, otherwise]) {
      b.seal(block);
      b.setBlock(block);
      this.#statements(depth, this.#below(4));
      if (this.#below(24) === 0) this.#leave();
      b.br(join);
    }
    b.seal(join);
    b.setBlock(join);
  }

  /** for (i = 0; i < bound; i++), with `bound` a small constant or a masked variable. */
  #loop(depth: number): void {
    const b = this.#b;
    const i = b.declare(`i${depth}`);
    b.write(i, b.const(0));
    const bound = this.#options.unbounded && this.#below(2) === 0 ? b.bin("and", this.#atom(), b.const(7)) : b.const(1 + this.#below(4));
    const [head, body, inside, exhausted, out] = [b.newBlock(), b.newBlock(), b.newBlock(), b.newBlock(), b.newBlock()];
    b.br(head);
    b.setBlock(head);
    b.loop(body, exhausted);
    b.seal(exhausted);
    b.setBlock(exhausted);
    b.stop("EXHAUSTED");
    b.seal(body);
    b.setBlock(body);
    b.condbr(b.cmp("ult", b.read(i), bound), inside, out);
    b.seal(inside);
    b.setBlock(inside);
    this.#statements(depth + 1, 1 + this.#below(4));
    if (this.#below(4) === 0) {
      const go = b.newBlock();
      b.condbr(this.#compare(), out, go);
      b.seal(go);
      b.setBlock(go);
    }
    b.write(i, b.ext(b.bin("add", b.read(i), b.const(1)), 32, false));
    b.br(head);
    b.seal(head);
    b.seal(out);
    b.setBlock(out);
  }
}
