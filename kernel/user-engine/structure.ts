/**
 * Control flow as WebAssembly's blocks, loops and ifs: the dominator tree decides what is nested in what (N. Ramsey, "Beyond
 * Relooper", ICFP'22). Graphs that are not reducible go through one loop with a br_table. What blocks and conditions do
 * is the caller's.
 */
import type { ControlFlow } from "./cfg.ts";
import type { Code } from "./wasm.ts";

export interface BlockEmitter {
  /** The block's instructions, without its terminator. */
  body(block: number): void;
  /** Leaves an i32 on the stack: not 0 if the conditional instruction in this slot jumps. */
  condition(insn: number): void;
  /** Leaves the function. */
  exit(): void;
  /** At the start of every round of a loop. */
  round(): void;
}

/** Emits all blocks of the function; control never reaches what follows. */
export function emitStructured(flow: ControlFlow, code: Code, emitter: BlockEmitter): void {
  if (flow.reducible) new Structurer(flow, code, emitter).emit();
  else emitDispatch(flow, code, emitter);
  code.op("unreachable");
}

/** What a label that is open at some point stands for. */
type Label = { readonly kind: "loop" | "block"; readonly block: number } | { readonly kind: "if" };

class Structurer {
  readonly #flow: ControlFlow;
  readonly #code: Code;
  readonly #emitter: BlockEmitter;
  readonly #children: number[][];
  /** Open labels, outermost first. */
  readonly #labels: Label[] = [];
  /** What is still to be emitted, next last: a list instead of recursion, since programs nest thousands deep. */
  readonly #work: (() => void)[] = [];

  constructor(flow: ControlFlow, code: Code, emitter: BlockEmitter) {
    this.#flow = flow;
    this.#code = code;
    this.#emitter = emitter;
    this.#children = flow.blocks.map(() => []);
    flow.dominator.forEach((parent, block) => {
      if (block !== 0) this.#children[parent]!.push(block);
    });
  }

  emit(): void {
    this.#later(() => this.#tree(0));
    for (let next = this.#work.pop(); next; next = this.#work.pop()) next();
  }

  /** Schedules steps, the first of them next. */
  #later(...steps: (() => void)[]): void {
    for (const next of steps.reverse()) this.#work.push(next);
  }

  /** Opens a label around what `inside` emits. */
  #labelled(label: Label, kind: "loop" | "block" | "if", inside: () => void, after: (() => void)[] = []): void {
    this.#code.open(kind);
    this.#labels.push(label);
    const close = () => {
      this.#labels.pop();
      this.#code.end();
    };
    this.#later(inside, close, ...after);
  }

  /** The block and all it dominates. */
  #tree(block: number): void {
    // Blocks reached from several places follow the code of this one, the last in order outermost.
    const followers = this.#children[block]!.filter((child) => this.#flow.merge[child]).sort((a, b) => b - a);
    if (!this.#flow.loopHeader[block]) return this.#within(block, followers, 0);
    this.#labelled({ kind: "loop", block }, "loop", () => {
      this.#emitter.round();
      this.#within(block, followers, 0);
    });
  }

  #within(block: number, followers: readonly number[], from: number): void {
    const follower = followers[from];
    if (follower === undefined) return this.#block(block);
    this.#labelled({ kind: "block", block: follower }, "block", () => this.#within(block, followers, from + 1), [() => this.#tree(follower)]);
  }

  #block(block: number): void {
    const { terminator } = this.#flow.blocks[block]!;
    this.#emitter.body(block);
    switch (terminator.kind) {
      case "exit":
        return this.#emitter.exit();
      case "jump":
        return this.#go(block, terminator.target);
      case "branch":
        return this.#branch(block, terminator.insn, terminator.taken, terminator.next);
    }
  }

  #branch(from: number, insn: number, taken: number, next: number): void {
    this.#emitter.condition(insn);
    const takenDepth = this.#depth(from, taken);
    if (takenDepth !== undefined) {
      this.#code.brIf(takenDepth);
      return this.#go(from, next);
    }
    const nextDepth = this.#depth(from, next);
    if (nextDepth !== undefined) {
      this.#code.op("i32.eqz").brIf(nextDepth);
      return this.#go(from, taken);
    }
    const otherwise = () => {
      this.#code.else();
      this.#go(from, next);
    };
    this.#labelled({ kind: "if" }, "if", () => this.#later(() => this.#go(from, taken), otherwise));
  }

  #go(from: number, to: number): void {
    const depth = this.#depth(from, to);
    if (depth === undefined) this.#tree(to);
    else this.#code.br(depth);
  }

  /** How far out the label of an edge is; undefined if the target is emitted in place. */
  #depth(from: number, to: number): number | undefined {
    const kind = to <= from ? "loop" : this.#flow.merge[to] ? "block" : undefined;
    if (!kind) return undefined;
    const at = this.#labels.findLastIndex((label) => label.kind === kind && label.block === to);
    return this.#labels.length - 1 - at;
  }
}

/** Every block is a case of one br_table inside one loop. */
function emitDispatch(flow: ControlFlow, code: Code, emitter: BlockEmitter): void {
  const next = code.local("i32");
  const count = flow.blocks.length;
  code.open("loop");
  emitter.round();
  for (let i = 0; i < count; i++) code.open("block");
  code.get(next).brTable(Array.from({ length: count }, (_, i) => i), 0);
  flow.blocks.forEach(({ terminator }, i) => {
    code.end();
    emitter.body(i);
    const again = count - 1 - i;
    switch (terminator.kind) {
      case "exit":
        return emitter.exit();
      case "jump":
        return code.i32(terminator.target).set(next).br(again);
      case "branch": {
        code.i32(terminator.taken).i32(terminator.next);
        emitter.condition(terminator.insn);
        return code.op("select").set(next).br(again);
      }
    }
  });
  code.end();
}
