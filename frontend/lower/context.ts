/**
 * The state of lowering one marked function: the builder, what is known at the current point, scopes, open handles, jump
 * targets. Owns control flow (joins, checks, releases); what constructs mean is in the files beside it.
 */
import type ts from "typescript";
import type { FunctionBuilder } from "../../ir/builder.ts";
import type { BlockId, Check, RegionId, ValueId } from "../../ir/types.ts";
import { spanOf } from "../diagnostics.ts";
import { CLOSED, Facts, OPEN } from "../facts.ts";
import { I64_MAX, I64_MIN, intersect, NEGATED, type Range, refine, type Relation, SWAPPED, rangeOfType } from "../types/ranges.ts";
import type { SourceType } from "../types/types.ts";
import { type HandleValue, type IntValue, Scope, type Value } from "../values.ts";
import type { ModuleContext } from "./module.ts";

/** A block that several ways lead to, with what holds on all of them; facts null: none yet. */
export interface Join {
  readonly block: BlockId;
  facts: Facts | null;
}

/** One way into a merge: its last block, what holds there, and the value it brings. */
export interface Arm {
  readonly block: BlockId;
  readonly facts: Facts | null;
  readonly value: Value;
}

export interface JumpTarget {
  readonly labels: readonly string[];
  readonly breakTo: Join;
  /** Absent for switch and labelled blocks. */
  readonly continueTo?: Join;
  /** Handles open outside. */
  readonly handles: number;
  /** A labelled block: a plain break passes it by. */
  readonly labelledOnly?: true;
}

/** A function being lowered into the current one. */
export interface Frame {
  readonly node: ts.Node;
  readonly returnType: SourceType | undefined;
  readonly handles: number;
  readonly targets: JumpTarget[];
  /** Undefined: the marked function itself. */
  readonly returns: Arm[] | undefined;
}

/** What a condition's value tells when it is true. */
type Condition =
  | { readonly kind: "compare"; readonly a: IntValue; readonly relation: Relation; readonly b: IntValue }
  | { readonly kind: "closed"; readonly handle: ValueId }
  | { readonly kind: "not"; readonly of: ValueId };

export class Lowering {
  readonly module: ModuleContext;
  readonly b: FunctionBuilder;
  /** What holds at the current point; null where it is never reached. */
  facts: Facts | null = Facts.EMPTY;
  scope: Scope = new Scope();
  /** A statement failed, with its error told: the function is half-made, and looked at only for further errors. */
  lost = false;
  readonly frames: Frame[] = [];
  /** Module constants being evaluated. */
  constantDepth = 0;
  /** Calls inlined so far: bounds the size of the function. */
  inlined = 0;
  /** Open handles, innermost last. */
  readonly handles: HandleValue[] = [];
  readonly #conditions = new Map<ValueId, Condition>();
  #regions = 0;
  /** Returns `value` from the marked function: set by who knows its signature. */
  onReturn: (value: Value, node: ts.Node) => void = () => {};

  constructor(module: ModuleContext, b: FunctionBuilder) {
    this.module = module;
    this.b = b;
  }

  get ts() {
    return this.module.ts;
  }
  get checker() {
    return this.module.checker;
  }
  get frame(): Frame {
    return this.frames.at(-1)!;
  }
  get reachable(): boolean {
    return this.facts !== null;
  }

  // ---- Control flow ------------------------------------------------------------------------------------------------

  join(): Join {
    return { block: this.b.newBlock(), facts: null };
  }

  /** Goes to `join`; what follows is unreachable until the next `enter`. */
  goto(join: Join): void {
    if (this.facts !== null) {
      this.b.br(join.block);
      join.facts = Facts.join(join.facts, this.facts);
    }
    this.dead();
  }

  /** What follows is never reached. */
  dead(): void {
    this.b.startDead();
    this.facts = null;
  }

  /** Continues at `join`, to which no further way leads. */
  enter(join: Join): void {
    this.b.seal(join.block);
    this.b.setBlock(join.block);
    this.facts = join.facts;
  }

  /** Goes to `yes` where `condition` (int 0 or 1) is 1, else to `no`. */
  branch(condition: ValueId, yes: Join, no: Join): void {
    if (this.facts === null) return this.dead();
    const known = this.b.constantOf(condition);
    if (known !== undefined) return this.goto(known !== 0n ? yes : no);
    const facts = this.facts;
    if (yes === no) return this.goto(yes);
    this.b.condbr(condition, yes.block, no.block);
    yes.facts = Facts.join(yes.facts, this.assume(condition, true, facts));
    no.facts = Facts.join(no.facts, this.assume(condition, false, facts));
    this.dead();
  }

  // ---- Facts -------------------------------------------------------------------------------------------------------

  noteCompare(id: ValueId, a: IntValue, relation: Relation, b: IntValue): void {
    this.#conditions.set(id, { kind: "compare", a, relation, b });
  }
  noteClosed(id: ValueId, handle: ValueId): void {
    this.#conditions.set(id, { kind: "closed", handle });
  }
  noteNot(id: ValueId, of: ValueId): void {
    this.#conditions.set(id, { kind: "not", of });
  }

  /** `facts` and what follows from `condition` being `truth`. */
  assume(condition: ValueId, truth: boolean, facts: Facts): Facts {
    let known = facts.with(condition, truth ? OPEN : CLOSED);
    const told = this.#conditions.get(condition);
    if (!told) return known;
    if (told.kind === "not") return this.assume(told.of, !truth, known);
    if (told.kind === "closed") return known.with(told.handle, truth ? CLOSED : OPEN);
    const relation = truth ? told.relation : NEGATED[told.relation];
    const [a, b] = [this.rangeOf(told.a, facts), this.rangeOf(told.b, facts)];
    known = this.#learn(known, told.a, refine(a, relation, b));
    return this.#learn(known, told.b, refine(b, SWAPPED[relation], a));
  }

  #learn(facts: Facts, value: IntValue, range: Range): Facts {
    // Facts are about the signed form: a u64 beyond it has none.
    return range.max > I64_MAX || range.min < I64_MIN || value.literal !== undefined ? facts : facts.with(value.id, range);
  }

  /** All that is known about an integer here, as its type reads it. */
  rangeOf(value: IntValue, facts: Facts | null = this.facts): Range {
    const known = facts?.range(value.id);
    if (!known) return value.range;
    const full = rangeOfType(value.type);
    if (known.min < full.min || known.max > full.max) return value.range;
    return intersect(value.range, known);
  }

  // ---- Checks ------------------------------------------------------------------------------------------------------

  /** Goes on only where `condition` holds; else releases what is open and ends the call with FAULT. */
  check(condition: ValueId, check: Check, message: string, node: ts.Node, code?: number): void {
    if (this.b.constantOf(condition) === 1n) return;
    const span = spanOf(node);
    const facts = this.facts;
    this.b.withSpan(span, () => {
      const fault = this.b.addFault({ kind: check.kind, message, span, ...(code === undefined ? {} : { code }) });
      this.b.check(condition, check, () => {
        this.facts = facts && this.assume(condition, false, facts);
        this.releaseTo(0);
        this.b.stop("FAULT", fault);
      });
    });
    this.facts = facts && this.assume(condition, true, facts);
  }

  /**
   * A relation that always holds by construction, but that the kernel's verifier can't see: stated as a branch, so that
   * it can. The range pass drops it wherever the verifier knows anyway.
   */
  guard(condition: ValueId, requirement: string): void {
    if (this.b.constantOf(condition) === 1n) return;
    const { span } = this.b;
    const { facts } = this;
    const fault = this.b.addFault({ kind: "range", message: requirement, ...(span ? { span } : {}) });
    this.b.check(condition, { kind: "range", keep: false, requirement }, () => {
      this.releaseTo(0);
      this.b.stop("FAULT", fault);
    });
    this.facts = facts;
  }

  // ---- Handles -----------------------------------------------------------------------------------------------------

  /** Releases the handles above `depth` on the way out; they stay registered for the other ways. */
  releaseTo(depth: number): void {
    for (let i = this.handles.length - 1; i >= depth; i--) this.#release(this.handles[i]!);
  }

  #release(handle: HandleValue): void {
    const state = this.facts?.range(handle.id);
    if (state && state.max === 0n) return;
    if (state && state.min === 1n) {
      this.b.call("file.release", [handle.id]);
      return;
    }
    const [open, next] = [this.b.newBlock(), this.b.newBlock()];
    this.b.condbr(this.b.isnull(handle.id), next, open);
    this.b.seal(open);
    this.b.setBlock(open);
    this.b.call("file.release", [handle.id]);
    this.b.br(next);
    this.b.seal(next);
    this.b.setBlock(next);
  }

  // ---- Memory ------------------------------------------------------------------------------------------------------

  /** A region in the call's frame. */
  local(name: string, size: number, align: number): RegionId {
    const id = `local.${this.#regions++}.${name}`;
    this.b.addRegion({ id, kind: "local", size, align: Math.max(align, 8), name });
    return id;
  }

  /** Runs `body` in a scope of its own. */
  scoped<T>(body: () => T, parent: Scope | undefined = this.scope): T {
    const before = this.scope;
    this.scope = new Scope(parent);
    try {
      return body();
    } finally {
      this.scope = before;
    }
  }
}
