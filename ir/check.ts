/**
 * The IR checker: every invariant that passes and the backend rely on. Runs after lowering and, in tests, after every
 * pass. Reports all violations it can find; never changes or repairs anything.
 *
 * Structure (this file)
 *  - `structure`: map keys equal block and region ids; ids are below nextValue/nextBlock; the entry exists, has no
 *    predecessors and no phis; targets exist; every block is reachable; loop and fault indices are valid and loop ids
 *    unique; a scalar result is returned as a value; operation fields are in their ranges.
 *  - `ssa`: every value is defined once, and its definition dominates each use; a phi's incoming value dominates the end
 *    of the block it comes from.
 *  - `type`: operands have the types of their positions; no phi of pointers, no pointer or handle stored, compared or computed with.
 *  - `phi`: phis come first in their block, with exactly one entry for each predecessor.
 * Flow (this file)
 *  - `flow`: no irreducible flow; every natural loop's header ends in `loop`, so that every cycle takes rounds from the
 *    budget; `loop` ends nothing but such headers and its `exhausted` way leaves the loop.
 * Memory (check-memory.ts)
 *  - `region`: addressed regions exist; frame regions of a call have frame offsets where required.
 *  - `access`: an access or a byte range at a constant offset lies inside its region (judged only in blocks that no
 *    constant condition cuts off); regions of kind `const` are never written.
 *  - `call`: the row exists, and number, types and nullability of the operands are those of kfuncParams(row); a handle
 *    result is always named.
 * Handles (check-handles.ts)
 *  - `handle`: a handle is used only where it is known not to be null, is released exactly once on each path to ret and
 *    stop (a null handle needs no release), is not used, tested or passed on after its release or after its ownership went
 *    to a phi, and is not acquired again while held.
 */
import { checkHandles } from "./check-handles.ts";
import { checkMemory } from "./check-memory.ts";
import { buildCfg, buildDominators, findLoops, type Cfg, type DominatorTree } from "./cfg.ts";
import { operandsOf, resultType, successorsOf, terminatorOperand } from "./operands.ts";
import { collectDefinitions, type Definition } from "./pointers.ts";
import type { Block, BlockId, Func, Instr, Module, ValueId, ValueType } from "./types.ts";

export type IrRule = "structure" | "ssa" | "type" | "phi" | "flow" | "region" | "access" | "call" | "handle";

export interface IrError {
  readonly rule: IrRule;
  readonly func: string;
  readonly block?: BlockId;
  /** The offending value or, for uses, the value used. */
  readonly value?: ValueId;
  readonly message: string;
}

/** What a checker of one concern gets: the function with the facts already computed about it. */
export interface CheckContext {
  readonly module: Module;
  readonly func: Func;
  readonly cfg: Cfg;
  readonly dominators: DominatorTree;
  readonly definitions: ReadonlyMap<ValueId, Definition>;
  readonly report: (rule: IrRule, message: string, block?: BlockId, value?: ValueId) => void;
}

/** All violations in a module; empty when it is well formed. */
export function checkModule(module: Module): IrError[] {
  const errors: IrError[] = [];
  const names = new Set<string>();
  for (const func of module.funcs) {
    if (names.has(func.name)) errors.push({ rule: "structure", func: func.name, message: "two functions have this name" });
    names.add(func.name);
    errors.push(...checkFunc(module, func));
  }
  return errors;
}

/** All violations in one function of `module`. Later concerns are judged only when structure and SSA form hold. */
export function checkFunc(module: Module, func: Func): IrError[] {
  const errors: IrError[] = [];
  const report: CheckContext["report"] = (rule, message, block, value) => {
    errors.push({ rule, func: func.name, ...(block === undefined ? {} : { block }), ...(value === undefined ? {} : { value }), message });
  };
  checkStructure(func, report);
  if (errors.length > 0) return errors;
  const cfg = buildCfg(func);
  const dominators = buildDominators(cfg);
  const context: CheckContext = { module, func, cfg, dominators, definitions: collectDefinitions(func), report };
  checkValues(context);
  checkFlow(context);
  if (errors.length > 0) return errors;
  checkMemory(context);
  checkHandles(context);
  return errors;
}

/** Throws an Error that lists the violations, if there are any. `when` says after what (a pass's name). */
export function assertModule(module: Module, when = "check"): void {
  const errors = checkModule(module);
  if (errors.length > 0) throw new Error(`invalid IR after ${when}:\n${errors.map(formatIrError).join("\n")}`);
}

/** One line: `f b3 v7: message [rule]`. */
export function formatIrError(error: IrError): string {
  const place = [error.func, error.block === undefined ? "" : `b${error.block}`, error.value === undefined ? "" : `v${error.value}`].filter(Boolean).join(" ");
  return `${place}: ${error.message} [${error.rule}]`;
}

// ---- Structure -----------------------------------------------------------------------------------------------------

function checkStructure(func: Func, report: CheckContext["report"]): void {
  if (!func.blocks.has(func.entry)) {
    report("structure", `the entry b${func.entry} does not exist`);
    return;
  }
  const loops = new Set<number>();
  const defined = new Set<ValueId>();
  for (const [id, block] of func.blocks) {
    if (block.id !== id) report("structure", `b${block.id} is stored as b${id}`, id);
    if (id >= func.nextBlock) report("structure", `b${id} is not below nextBlock`, id);
    for (const instr of block.instrs) checkInstrFields(func, instr, id, defined, report);
    checkTerminatorFields(func, block, loops, report);
  }
  for (const [id, region] of func.regions) {
    if (region.id !== id) report("structure", `region ${region.id} is stored as ${id}`);
  }
  const cfg = buildCfg(func);
  for (const id of func.blocks.keys()) if (!cfg.index.has(id)) report("structure", "the block is unreachable", id);
  if (cfg.predecessors.get(func.entry)!.length > 0) report("structure", "the entry has predecessors", func.entry);
}

function checkInstrFields(func: Func, instr: Instr, block: BlockId, defined: Set<ValueId>, report: CheckContext["report"]): void {
  if (instr.id !== undefined) {
    if (defined.has(instr.id)) report("ssa", "defined twice", block, instr.id);
    if (instr.id >= func.nextValue || instr.id < 0) report("structure", "not below nextValue", block, instr.id);
    defined.add(instr.id);
  } else if (instr.op !== "store" && instr.op !== "call") {
    report("structure", `${instr.op} must define a value`, block);
  }
  if (instr.op === "store" && instr.id !== undefined) report("structure", "store defines no value", block, instr.id);
  if (instr.op === "const" && BigInt.asIntN(64, instr.value) !== instr.value) report("structure", "constant beyond 64 bits", block, instr.id);
  if ((instr.op === "load" || instr.op === "store") && ![1, 2, 4, 8].includes(instr.bytes)) {
    report("structure", `access of ${instr.bytes} bytes`, block, instr.id);
  }
  if ((instr.op === "load" || instr.op === "store" || instr.op === "field") && !Number.isSafeInteger(instr.offset)) {
    report("structure", `offset ${instr.offset}`, block, instr.id);
  }
}

function checkTerminatorFields(func: Func, block: Block, loops: Set<number>, report: CheckContext["report"]): void {
  const { terminator } = block;
  for (const to of successorsOf(terminator)) if (!func.blocks.has(to)) report("structure", `target b${to} does not exist`, block.id);
  if (terminator.op === "loop") {
    if (loops.has(terminator.loop.id)) report("structure", `loop #${terminator.loop.id} appears twice`, block.id);
    loops.add(terminator.loop.id);
  }
  if (terminator.op === "stop" && terminator.fault !== undefined && !func.faults[terminator.fault]) {
    report("structure", `fault ${terminator.fault} does not exist`, block.id);
  }
  const scalar = func.signature.result.kind === "int" || func.signature.result.kind === "bool";
  if (terminator.op === "ret" && scalar && terminator.value === undefined) report("structure", "ret without the scalar result", block.id);
}

// ---- SSA form and types ----------------------------------------------------------------------------------------------

function checkValues(context: CheckContext): void {
  const { func, cfg, report } = context;
  for (const id of cfg.order) {
    const block = func.blocks.get(id)!;
    let phisAllowed = true;
    block.instrs.forEach((instr, index) => {
      if (instr.op !== "phi") phisAllowed = false;
      else if (!phisAllowed) report("phi", "a phi must come before other instructions", id, instr.id);
      if (instr.op === "phi") {
        checkPhi(context, instr, id);
      } else {
        for (const value of operandsOf(instr)) checkUse(context, value, id, index);
        checkOperandTypes(context, instr, id);
      }
    });
    const operand = terminatorOperand(block.terminator);
    if (operand !== undefined) {
      checkUse(context, operand, id, block.instrs.length);
      expectType(context, operand, "int", id);
    }
  }
}

function checkPhi(context: CheckContext, phi: Extract<Instr, { op: "phi" }>, block: BlockId): void {
  const { cfg, func, definitions, report } = context;
  const predecessors = cfg.predecessors.get(block)!;
  const seen = new Set<BlockId>();
  if (block === func.entry) report("structure", "a phi in the entry", block, phi.id);
  if (phi.type !== "int" && phi.type !== "handle") report("type", `a phi of ${String(phi.type)}`, block, phi.id);
  for (const { from, value } of phi.incoming) {
    if (seen.has(from)) report("phi", `two entries for b${from}`, block, phi.id);
    seen.add(from);
    if (!predecessors.includes(from)) {
      report("phi", `b${from} is no predecessor`, block, phi.id);
      continue;
    }
    if (definitions.has(value)) checkUse(context, value, from, func.blocks.get(from)!.instrs.length);
    else report("ssa", `v${value} is not defined`, block, phi.id);
    expectType(context, value, phi.type, block);
  }
  for (const from of predecessors) if (!seen.has(from)) report("phi", `no entry for b${from}`, block, phi.id);
}

/** `value` must be defined before position `index` of `block`, or in a block that dominates it. */
function checkUse(context: CheckContext, value: ValueId, block: BlockId, index: number): void {
  const definition = context.definitions.get(value);
  if (!definition) {
    context.report("ssa", "used but not defined", block, value);
  } else if (definition.block === block ? definition.index >= index : !context.dominators.dominates(definition.block, block)) {
    context.report("ssa", `its definition in b${definition.block} does not dominate this use`, block, value);
  }
}

function expectType(context: CheckContext, value: ValueId, type: ValueType, block: BlockId): void {
  const definition = context.definitions.get(value);
  const actual = definition && resultType(definition.instr);
  if (actual !== undefined && actual !== type) context.report("type", `is ${actual}, must be ${type}`, block, value);
}

/** Types of all operands but those of phis and calls (check-memory.ts compares calls with their rows). */
function checkOperandTypes(context: CheckContext, instr: Instr, block: BlockId): void {
  const expect = (value: ValueId, type: ValueType) => expectType(context, value, type, block);
  switch (instr.op) {
    case "bin":
    case "cmp":
      expect(instr.a, "int");
      expect(instr.b, "int");
      break;
    case "ext":
      expect(instr.a, "int");
      break;
    case "ptradd":
      expect(instr.base, "ptr");
      expect(instr.offset, "int");
      break;
    case "field":
      expect(instr.base, "ptr");
      break;
    case "load":
      expect(instr.ptr, "ptr");
      break;
    case "store":
      expect(instr.ptr, "ptr");
      expect(instr.value, "int");
      break;
    case "isnull": {
      const tested = context.definitions.get(instr.handle)?.instr;
      if (tested?.op !== "lookup") expect(instr.handle, "handle");
      break;
    }
    case "lookup":
      expect(instr.key, "ptr");
      break;
    case "mapcall":
      for (const arg of instr.args) expect(arg, "ptr");
      break;
    case "atomic":
      expect(instr.ptr, "ptr");
      expect(instr.value, "int");
      if (instr.expected !== undefined) expect(instr.expected, "int");
      break;
    case "const":
    case "addr":
    case "phi":
    case "call":
      break;
  }
}

// ---- Flow --------------------------------------------------------------------------------------------------------------

function checkFlow({ func, cfg, dominators, report }: CheckContext): void {
  const forest = findLoops(cfg, dominators);
  for (const { from, to } of forest.irreducible) report("flow", `irreducible flow: b${from} enters the cycle of b${to} from the side`, from);
  for (const id of cfg.order) {
    const { terminator } = func.blocks.get(id)!;
    const loop = forest.byHeader(id);
    if (loop && terminator.op !== "loop") report("flow", "the header of a cycle must end in `loop`", id);
    if (terminator.op !== "loop") continue;
    if (!loop) report("flow", "`loop` in a block that heads no cycle", id);
    else if (loop.blocks.has(terminator.exhausted)) report("flow", `exhausted way b${terminator.exhausted} stays in the loop`, id);
  }
}
