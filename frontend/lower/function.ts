/** One marked function: parameters from the frame, the body, the result into the frame. */
import type ts from "typescript";
import { type BoundaryParam, type BoundarySignature, type BoundaryType, layoutFields, layoutOf } from "../../kernel/abi/boundary.ts";
import { FRAME } from "../../kernel/abi/frame.ts";
import { FunctionBuilder } from "../../ir/builder.ts";
import { buildCfg, buildDominators, findLoops } from "../../ir/cfg.ts";
import { cleanFlow } from "../../ir/passes/rewrite.ts";
import type { Func } from "../../ir/types.ts";
import { Poisoned, refuse, spanOf, UserError } from "../diagnostics.ts";
import { typed } from "../types/integers.ts";
import { fromBoundary } from "../types/types.ts";
import type { Value } from "../values.ts";
import { bindPattern } from "./assignment.ts";
import { Lowering } from "./context.ts";
import { lowerExpression } from "./expressions.ts";
import { requirePlain } from "./inline.ts";
import { inside, placeAt, writePlace } from "./memory.ts";
import type { ModuleContext } from "./module.ts";
import { lowerStatements } from "./statements.ts";
import { coerce } from "./storage.ts";
import type { Place } from "../values.ts";

const ARGS = "args";
const RESULT = "result";

/** Throws UserError or Poisoned for errors of the program; where only statements failed, Poisoned at the end. */
export function lowerFunction(module: ModuleContext, fn: ts.FunctionLikeDeclaration, name: string, signature: BoundarySignature): Func {
  const b = new FunctionBuilder({ name, signature, span: spanOf(fn) });
  const ctx = new Lowering(module, b);
  try {
    lowerBody(ctx, fn, signature);
  } catch (error) {
    // Half-made, the function may trip the builder: what went wrong first has been told.
    if (ctx.lost) throw error instanceof UserError ? error : new Poisoned();
    throw error;
  }
  if (ctx.lost) throw new Poisoned();
  if (!b.terminated) b.unreachable();
  const func = b.finish();
  dropStraightLoops(func);
  return func;
}

function lowerBody(ctx: Lowering, fn: ts.FunctionLikeDeclaration, signature: BoundarySignature): void {
  const { module, b } = ctx;
  const result = signature.result;
  ctx.frames.push({ node: fn, returnType: fromBoundary(result), handles: 0, targets: [], returns: undefined });
  ctx.onReturn = (value, node) => emitReturn(ctx, signature, value, node);
  requirePlain(ctx, fn, fn);
  b.span = spanOf(fn.name ?? fn);
  addRegions(b, signature);
  fn.parameters.forEach((parameter, i) => bindParameter(ctx, parameter, signature.params[i]!));
  const { body } = fn;
  if (!body) return refuse("AC1005", fn, "a marked function needs a body");
  if (module.ts.isBlock(body)) {
    lowerStatements(ctx, body.statements);
    // After an error the way to here may be one that the program does not have.
    if (ctx.reachable && !ctx.lost) ctx.onReturn({ kind: "void" }, body);
  } else ctx.onReturn(lowerExpression(ctx, body), body);
}

function addRegions(b: FunctionBuilder, signature: BoundarySignature): void {
  const slots = signature.params.filter((param) => !placed(param.type));
  const size = Math.max(8, slots.length * 8);
  b.addRegion({ id: ARGS, kind: "arg", size, align: 8, name: ARGS, frameOffset: FRAME.args });
  for (const param of signature.params) {
    if (param.type.kind === "string") b.addRegion({ id: `arg.${param.name}`, kind: "arg", size: param.type.max + 1, align: 8, name: param.name, frameOffset: param.data!, type: param.type });
    if (placed(param.type)) b.addRegion({ id: `arg.${param.name}`, kind: "arg", size: layoutOf(param.type).size, align: 8, name: param.name, frameOffset: param.offset, type: param.type });
  }
  if (signature.resultOffset !== FRAME.result) {
    b.addRegion({ id: RESULT, kind: "result", size: layoutOf(signature.result).size, align: 8, name: RESULT, frameOffset: signature.resultOffset, type: signature.result });
  }
}

function placed(type: BoundaryType): boolean {
  return type.kind === "struct" || type.kind === "array";
}

function bindParameter(ctx: Lowering, node: ts.ParameterDeclaration, param: BoundaryParam): void {
  const { b } = ctx;
  const slot = param.offset - FRAME.args;
  const region = `arg.${param.name}`;
  switch (param.type.kind) {
    case "int":
      // The runtime stores the whole slot; extended again, so that every reader of the object knows the range.
      bindPattern(ctx, node.name, typed(b.load(b.addr(ARGS), slot, (param.type.bits / 8) as 1 | 2 | 4 | 8, param.type.signed), param.type), { mutable: true });
      return;
    case "bool":
      bindPattern(ctx, node.name, { kind: "bool", id: b.cmp("ne", b.load(b.addr(ARGS), slot, 1, false), b.const(0n)) }, { mutable: true });
      return;
    case "string": {
      const length = b.load(b.addr(ARGS), slot + 4, 4, false);
      ctx.check(b.cmp("sle", length, b.const(param.type.max)), { kind: "result-range", keep: true, access: param.name, requirement: `at most ${param.type.max} bytes` }, `${param.name} is too long`, node);
      bindPattern(ctx, node.name, { kind: "slice", text: true, writable: false, region, size: param.type.max + 1, offset: b.const(0n), length, name: param.name }, { mutable: true });
      return;
    }
    case "struct":
      bindPattern(ctx, node.name, { kind: "struct", type: param.type, place: placeAt(region, param.type.size) }, { mutable: true, copies: true });
      return;
    case "array":
      bindPattern(ctx, node.name, { kind: "array", type: param.type, place: placeAt(region, layoutOf(param.type).size) }, { mutable: true, copies: true });
      return;
    default:
      refuse("AC2004", node, `the parameter ${param.name} can't be compiled`);
  }
}

/** Evaluated already: converts, stores a compound result, releases what is open, and ends the call. */
function emitReturn(ctx: Lowering, signature: BoundarySignature, value: Value, node: ts.Node): void {
  const type = signature.result;
  if (type.kind === "void" || type.kind === "null") {
    ctx.releaseTo(0);
    if (ctx.reachable) ctx.b.ret();
    return;
  }
  if (value.kind === "void" && type.kind !== "union") refuse("AC2005", node, "a value must be returned here");
  if (type.kind === "int" || type.kind === "bool") {
    const converted = coerce(ctx, value, type, node);
    ctx.releaseTo(0);
    if (ctx.reachable && (converted.kind === "int" || converted.kind === "bool")) ctx.b.ret(converted.id);
    return;
  }
  storeResult(ctx, type, placeAt("result", layoutOf(type).size), value, node);
  ctx.releaseTo(0);
  if (ctx.reachable) ctx.b.ret();
}

function storeResult(ctx: Lowering, type: BoundaryType, place: Place, value: Value, node: ts.Node): void {
  if (type.kind === "tuple") {
    const elements = value.kind === "tuple" && value.elements.length === type.elements.length ? value.elements : refuse("AC2005", node, "the result is a tuple of another length");
    const { offsets } = layoutFields(type.elements);
    // All conversions before the first store, as the elements were evaluated before.
    elements.forEach((element, i) => storeResult(ctx, type.elements[i]!, inside(place, offsets[i]!), element, node));
    return;
  }
  if (type.kind === "union") {
    const union = coerce(ctx, value, fromBoundary(type), node);
    if (union.kind !== "union") return;
    ctx.b.store(ctx.b.addr(place.region), place.constant, 4, union.tag);
    const present = union.alternatives.map((alternative, i) => ({ alternative, i })).filter(({ alternative }) => alternative !== undefined && alternative.kind !== "null");
    for (const { alternative, i } of present) {
      const [yes, next] = [ctx.join(), ctx.join()];
      const known = ctx.b.constantOf(union.tag);
      ctx.branch(known === undefined ? ctx.b.cmp("eq", union.tag, ctx.b.const(i)) : ctx.b.const(known === BigInt(i) ? 1n : 0n), yes, next);
      ctx.enter(yes);
      const part = type.result && alternative!.kind === "object" ? alternative.fields.get(i === 0 ? "value" : "error")! : alternative!;
      storeResult(ctx, type.alternatives[i]!, inside(place, 8), part, node);
      ctx.goto(next);
      ctx.enter(next);
    }
    return;
  }
  if (type.kind === "null" || type.kind === "void") return;
  writePlace(ctx, type, place, value, node);
}

/** A loop whose every way leaves in its first round is none: its header goes straight on. */
function dropStraightLoops(func: Func): void {
  const cfg = buildCfg(func);
  const loops = findLoops(cfg, buildDominators(cfg));
  let changed = false;
  for (const block of func.blocks.values()) {
    const { terminator } = block;
    if (terminator.op !== "loop" || loops.byHeader(block.id)) continue;
    block.terminator = { op: "br", to: terminator.body, ...(terminator.span ? { span: terminator.span } : {}) };
    changed = true;
  }
  if (changed) cleanFlow(func);
}
