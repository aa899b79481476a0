/**
 * Sparse conditional constant propagation (Wegman and Zadeck, 1991): values that are one constant on every executable
 * path become constants, branches on constants become plain branches, unreachable blocks go. Arithmetic is evaluate.ts.
 * Leaves branches of checks with `keep` alone: both their ways count as executable.
 */
import { evaluateBinary, evaluateCompare, evaluateExtend } from "../evaluate.ts";
import { operandsOf, successorsOf, terminatorOperand } from "../operands.ts";
import type { Block, BlockId, Func, Instr, ValueId } from "../types.ts";
import { cleanFlow, setInstrs } from "./rewrite.ts";

/** undefined: no executable definition seen yet; null: not a constant. */
type Lattice = bigint | null | undefined;

export function propagateConstants(func: Func): boolean {
  const state = solve(func);
  let changed = false;
  for (const block of func.blocks.values()) {
    if (!state.executable(block.id)) continue;
    if (materialize(func, block, state.value)) changed = true;
    const { terminator } = block;
    if (terminator.op !== "condbr" || terminator.check?.keep) continue;
    const cond = state.value(terminator.cond);
    if (cond === null || cond === undefined) continue;
    block.terminator = { op: "br", to: cond !== 0n ? terminator.then : terminator.else, ...(terminator.span ? { span: terminator.span } : {}) };
    changed = true;
  }
  return cleanFlow(func) || changed;
}

interface Solution {
  readonly value: (id: ValueId) => Lattice;
  readonly executable: (block: BlockId) => boolean;
}

function solve(func: Func): Solution {
  const values = new Map<ValueId, bigint | null>();
  const users = collectUsers(func);
  const executableBlocks = new Set<BlockId>();
  const executableEdges = new Set<number>();
  const flow: { from: BlockId | undefined; to: BlockId }[] = [{ from: undefined, to: func.entry }];
  const changedValues: ValueId[] = [];

  const edgeKey = (from: BlockId, to: BlockId) => from * func.nextBlock + to;
  const set = (id: ValueId, value: Lattice) => {
    if (value === undefined || values.get(id) === value || values.get(id) === null) return;
    values.set(id, values.has(id) ? null : value);
    changedValues.push(id);
  };
  const visit = (instr: Instr, block: BlockId) => {
    if (instr.id !== undefined) set(instr.id, evaluate(instr, (id) => values.get(id), (from) => executableEdges.has(edgeKey(from, block))));
  };
  const visitTerminator = (block: Block) => {
    const { terminator } = block;
    const cond = terminator.op === "condbr" && !terminator.check?.keep ? values.get(terminator.cond) : null;
    if (cond === undefined) return;
    if (terminator.op === "condbr" && cond !== null) flow.push({ from: block.id, to: cond !== 0n ? terminator.then : terminator.else });
    else for (const to of successorsOf(terminator)) flow.push({ from: block.id, to });
  };

  while (flow.length > 0 || changedValues.length > 0) {
    const edge = flow.pop();
    if (edge) {
      if (edge.from !== undefined) {
        const key = edgeKey(edge.from, edge.to);
        if (executableEdges.has(key)) continue;
        executableEdges.add(key);
      }
      const block = func.blocks.get(edge.to)!;
      const first = !executableBlocks.has(edge.to);
      executableBlocks.add(edge.to);
      for (const instr of block.instrs) if (first || instr.op === "phi") visit(instr, edge.to);
      if (first) visitTerminator(block);
    } else {
      for (const { block, instr } of users.get(changedValues.pop()!) ?? []) {
        if (!executableBlocks.has(block)) continue;
        if (instr) visit(instr, block);
        else visitTerminator(func.blocks.get(block)!);
      }
    }
  }
  return { value: (id) => values.get(id), executable: (block) => executableBlocks.has(block) };
}

/** Users of each value; a user without an instruction is its block's terminator. */
function collectUsers(func: Func): Map<ValueId, { block: BlockId; instr?: Instr }[]> {
  const users = new Map<ValueId, { block: BlockId; instr?: Instr }[]>();
  const add = (value: ValueId, user: { block: BlockId; instr?: Instr }) => {
    const list = users.get(value);
    if (list) list.push(user);
    else users.set(value, [user]);
  };
  for (const block of func.blocks.values()) {
    for (const instr of block.instrs) for (const value of operandsOf(instr)) add(value, { block: block.id, instr });
    const operand = terminatorOperand(block.terminator);
    if (operand !== undefined) add(operand, { block: block.id });
  }
  return users;
}

function evaluate(instr: Instr, value: (id: ValueId) => Lattice, edgeExecutable: (from: BlockId) => boolean): Lattice {
  switch (instr.op) {
    case "const":
      return instr.value;
    case "bin":
    case "cmp": {
      const [a, b] = [value(instr.a), value(instr.b)];
      if (a === undefined || b === undefined) return undefined;
      if (a === null || b === null) return null;
      return instr.op === "bin" ? evaluateBinary(instr.fn, instr.width, a, b) : evaluateCompare(instr.pred, instr.width, a, b) ? 1n : 0n;
    }
    case "ext": {
      const a = value(instr.a);
      return a === undefined || a === null ? a : evaluateExtend(instr.from, instr.signed, a);
    }
    case "phi": {
      let joined: Lattice;
      for (const entry of instr.incoming) {
        if (!edgeExecutable(entry.from)) continue;
        const incoming = value(entry.value);
        if (incoming === undefined) continue;
        if (incoming === null || (joined !== undefined && joined !== incoming)) return null;
        joined = incoming;
      }
      return joined;
    }
    default:
      return null;
  }
}

/** Turns definitions of known constants into `const`, behind the phis, keeping id, name and span. */
function materialize(func: Func, block: Block, value: (id: ValueId) => Lattice): boolean {
  const phis: Instr[] = [];
  const constants: Instr[] = [];
  const rest: Instr[] = [];
  for (const instr of block.instrs) {
    const known = instr.id === undefined || instr.op === "const" || instr.op === "call" ? null : value(instr.id);
    if (known === null || known === undefined || instr.id === undefined) {
      (instr.op === "phi" ? phis : rest).push(instr);
      continue;
    }
    const made: Instr = {
      op: "const", id: instr.id, value: known, ...(instr.span ? { span: instr.span } : {}), ...(instr.name !== undefined ? { name: instr.name } : {}),
    };
    if (instr.op === "phi") constants.push(made);
    else rest.push(made);
  }
  const before = block.instrs;
  const after = [...phis, ...constants, ...rest];
  if (after.every((instr, i) => instr === before[i])) return false;
  setInstrs(func, block.id, after);
  return true;
}
