/**
 * SSA construction on the fly: which value a mutable variable has where (Braun et al., "Simple and Efficient Construction
 * of Static Single Assignment Form", CC 2013). Owns variables' definitions and phis; blocks belong to FunctionBuilder.
 */
import type { BlockId, Instr, ValueId } from "./types.ts";

/** A mutable source variable, made by `FunctionBuilder.declare`. */
export interface Variable {
  readonly name: string;
  readonly type: "int" | "handle";
}

/** What construction needs to know about the function being built. */
export interface SsaHost {
  readonly entry: BlockId;
  readonly isSealed: (block: BlockId) => boolean;
  /** Each once. */
  readonly predecessorsOf: (block: BlockId) => readonly BlockId[];
  readonly newValue: (type: "int" | "handle") => ValueId;
  /** The value of a variable that no path wrote; throws where there is none. */
  readonly undefinedAtEntry: (variable: Variable) => ValueId;
}

interface PhiState {
  readonly id: ValueId;
  readonly block: BlockId;
  readonly variable: Variable;
  /** Filled when the block is sealed. */
  incoming: { readonly from: BlockId; readonly value: ValueId }[];
  complete: boolean;
}

export class SsaConstruction {
  readonly #host: SsaHost;
  readonly #definitions = new Map<Variable, Map<BlockId, ValueId>>();
  readonly #phis = new Map<BlockId, PhiState[]>();
  /** Value → phis that have it as an operand. */
  readonly #users = new Map<ValueId, Set<PhiState>>();
  /** Trivial phi → what it stands for. */
  readonly #replaced = new Map<ValueId, ValueId>();

  constructor(host: SsaHost) {
    this.#host = host;
  }

  declare(variable: Variable): void {
    this.#definitions.set(variable, new Map());
  }

  write(variable: Variable, block: BlockId, value: ValueId): void {
    this.#definitionsOf(variable).set(block, value);
  }

  /** The value at the end of what `block` has so far; makes phis as needed. */
  read(variable: Variable, block: BlockId): ValueId {
    const created: PhiState[] = [];
    const value = this.#lookup(variable, block, created);
    this.#complete(created);
    return this.resolve(value);
  }

  /** The block has all its predecessors now: its waiting phis get their operands. */
  blockSealed(block: BlockId): void {
    this.#complete((this.#phis.get(block) ?? []).filter((phi) => !phi.complete));
  }

  /** The value that `value` stands for: itself, or what a trivial phi was replaced by. */
  resolve(value: ValueId): ValueId {
    let root = value;
    for (let next = this.#replaced.get(root); next !== undefined; next = this.#replaced.get(root)) root = next;
    for (let at = value; at !== root; ) {
      const next = this.#replaced.get(at)!;
      this.#replaced.set(at, root);
      at = next;
    }
    return root;
  }

  /** Forgets what comes from blocks outside `reachable`; phis that become trivial by that go. */
  dropUnreachable(reachable: ReadonlySet<BlockId>): void {
    const kept = [...this.#phis.values()].flat().filter((phi) => reachable.has(phi.block));
    for (const phi of kept) phi.incoming = phi.incoming.filter((entry) => reachable.has(entry.from));
    this.#removeTrivial(kept);
  }

  /** The phis of `block` that are left, operands resolved. */
  phisOf(block: BlockId): Instr[] {
    return (this.#phis.get(block) ?? []).filter((phi) => !this.#replaced.has(phi.id)).map(({ id, variable, incoming }) => ({
      op: "phi", id, type: variable.type, incoming: incoming.map(({ from, value }) => ({ from, value: this.resolve(value) })), name: variable.name,
    }));
  }

  #definitionsOf(variable: Variable): Map<BlockId, ValueId> {
    const definitions = this.#definitions.get(variable);
    if (!definitions) throw new Error(`variable ${variable.name} was declared by another builder`);
    return definitions;
  }

  /**
   * The definition that reaches the end of `block`. Walks chains of single predecessors in a loop rather than by
   * recursion and leaves the operands of new phis to the caller (`created`), so that long functions can't overflow the stack.
   */
  #lookup(variable: Variable, block: BlockId, created: PhiState[]): ValueId {
    const definitions = this.#definitionsOf(variable);
    const path = new Set<BlockId>();
    let at = block;
    let value = definitions.get(at);
    while (value === undefined) {
      // A sealed cycle of single predecessors has no way in: it is dead code, and any value does.
      const circular = path.has(at);
      path.add(at);
      const predecessors = this.#host.predecessorsOf(at);
      if (at === this.#host.entry) {
        value = this.#host.undefinedAtEntry(variable);
      } else if (circular || !this.#host.isSealed(at) || predecessors.length !== 1) {
        const phi = this.#newPhi(variable, at);
        if (this.#host.isSealed(at) && !circular) created.push(phi);
        value = phi.id;
      } else {
        at = predecessors[0]!;
        value = definitions.get(at);
      }
    }
    for (const passed of path) definitions.set(passed, value);
    return value;
  }

  #newPhi(variable: Variable, block: BlockId): PhiState {
    const phi: PhiState = { id: this.#host.newValue(variable.type), block, variable, incoming: [], complete: false };
    const phis = this.#phis.get(block);
    if (phis) phis.push(phi);
    else this.#phis.set(block, [phi]);
    return phi;
  }

  /** Fills the operands of phis in sealed blocks, and of the phis that this makes in turn; then removes trivial ones. */
  #complete(phis: readonly PhiState[]): void {
    const work = [...phis];
    for (let i = 0; i < work.length; i++) {
      const phi = work[i]!;
      for (const from of this.#host.predecessorsOf(phi.block)) {
        const value = this.resolve(this.#lookup(phi.variable, from, work));
        phi.incoming.push({ from, value });
        this.#addUser(value, phi);
      }
      phi.complete = true;
    }
    this.#removeTrivial(work);
  }

  #addUser(value: ValueId, phi: PhiState): void {
    const users = this.#users.get(value);
    if (users) users.add(phi);
    else this.#users.set(value, new Set([phi]));
  }

  /**
   * A phi whose operands are one value and itself stands for that value; its users may become trivial then. Works from
   * the end, where the phis nearest to the definitions are, so that the users of a replaced phi stay few.
   */
  #removeTrivial(candidates: readonly PhiState[]): void {
    const work = [...candidates];
    for (let phi = work.pop(); phi !== undefined; phi = work.pop()) {
      if (!phi.complete || this.#replaced.has(phi.id)) continue;
      const operands = new Set(phi.incoming.map((entry) => this.resolve(entry.value)));
      operands.delete(phi.id);
      const [same] = operands;
      // Without any other operand the phi is in dead code; `finish()` drops the block.
      if (operands.size !== 1 || same === undefined) continue;
      this.#replaced.set(phi.id, same);
      for (const user of this.#users.get(phi.id) ?? []) {
        if (user === phi || this.#replaced.has(user.id)) continue;
        this.#addUser(same, user);
        work.push(user);
      }
      this.#users.delete(phi.id);
    }
  }
}
