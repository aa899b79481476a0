/** The signature of a marked function: where its arguments and its result sit in the call frame. */
import type ts from "typescript";
import { alignUp, type BoundaryParam, type BoundarySignature, type BoundaryType, layoutOf } from "../kernel/abi/boundary.ts";
import { FRAME, STRING_MAX } from "../kernel/abi/frame.ts";
import { refuse } from "./diagnostics.ts";
import { parseInteger } from "./lower/expressions.ts";
import type { ModuleContext } from "./lower/module.ts";
import type { SourceType } from "./types/types.ts";

/** The boundary form of a source type; refuses what can't cross. */
export function toBoundary(type: SourceType, node: ts.Node, what: string): BoundaryType {
  switch (type.kind) {
    case "int":
    case "bool":
    case "struct":
    case "array":
    case "str":
    case "void":
    case "null":
      return type;
    case "string":
      return { kind: "string", max: STRING_MAX };
    case "tuple":
      return { kind: "tuple", elements: type.elements.map((element) => toBoundary(element, node, what)) };
    case "union":
      if (type.alternatives.some((alternative) => alternative.kind === "ok" || alternative.kind === "error")) return resultBoundary(type.alternatives, node, what);
      return { kind: "union", alternatives: type.alternatives.map((alternative) => toBoundary(alternative, node, what)) };
    case "any":
      return refuse(type.number ? "AC2008" : "AC2004", node, type.number ? `${what} is a number without a width` : `${what} has no type that can cross to Node`);
    default:
      return refuse("AC2004", node, `${what} can't cross to Node as ${type.kind}`);
  }
}

function resultBoundary([ok, error, ...more]: readonly SourceType[], node: ts.Node, what: string): BoundaryType {
  if (ok?.kind !== "ok" || error?.kind !== "error" || more.length > 0) return refuse("AC2004", node, `${what} mixes a Result with other types`, { fix: "Return Result<T> alone; T may be `U | null`." });
  return { kind: "union", alternatives: [toBoundary(ok.value, node, what), { kind: "int", bits: 32, signed: true }], result: true };
}

/** Computes offsets: slots of 8 bytes, then struct parameters, string areas, and the area of a compound result. */
export function signatureOf(module: ModuleContext, fn: ts.FunctionLikeDeclaration): BoundarySignature {
  const types = fn.parameters.map((parameter) => parameterType(module, parameter));
  fn.parameters.forEach((parameter, i) => {
    const name = parameter.name.getText();
    if (fn.parameters.slice(0, i).some((earlier) => earlier.name.getText() === name)) refuse("AC1008", parameter, `two parameters are named ${name}`, { fix: "Rename one." });
  });
  let slot: number = FRAME.args;
  const slots = types.map((type) => {
    if (isPlaced(type)) return undefined;
    slot += 8;
    return slot - 8;
  });
  let end = slot;
  const area = (type: BoundaryType, size: number) => {
    const at = alignUp(end, Math.max(8, layoutOf(type).align));
    end = at + size;
    return at;
  };
  const params = fn.parameters.map((parameter, i): BoundaryParam => {
    const type = types[i]!;
    const name = (parameter.name as ts.Identifier).text;
    const defaultValue = parameter.initializer && constantDefault(module, parameter.initializer);
    const base = { name, type, ...(defaultValue === undefined ? {} : { defaultValue }) };
    if (isPlaced(type)) return { ...base, mode: "inout", offset: area(type, layoutOf(type).size) };
    if (type.kind === "string") return { ...base, mode: "in", offset: slots[i]!, data: area(type, type.max + 1) };
    return { ...base, mode: "in", offset: slots[i]! };
  });
  const result = resultType(module, fn);
  const scalar = result.kind === "int" || result.kind === "bool" || result.kind === "void" || result.kind === "null";
  return { params, result, resultOffset: scalar ? FRAME.result : area(result, layoutOf(result).size) };
}

/** Structs and arrays lie in the frame themselves. */
function isPlaced(type: BoundaryType): boolean {
  return type.kind === "struct" || type.kind === "array";
}

function parameterType(module: ModuleContext, parameter: ts.ParameterDeclaration): BoundaryType {
  if (!module.ts.isIdentifier(parameter.name)) return refuse("AC1022", parameter, "parameters of a marked function are plain names");
  if (parameter.dotDotDotToken) return refuse("AC1022", parameter, "rest parameters are not supported");
  const type = parameter.type ? module.declaredType(parameter.type) : refuse("AC2008", parameter, `${parameter.name.text} needs a type`);
  if (parameter.questionToken) return refuse("AC2004", parameter, "an optional parameter needs a default value", { fix: `Write ${parameter.name.text}: … = 0.` });
  if (type.kind === "str") return { kind: "string", max: type.max };
  if (type.kind === "union" || type.kind === "tuple" || type.kind === "null" || type.kind === "void") return refuse("AC2004", parameter, `the parameter ${parameter.name.text} must be an integer, boolean, string or struct`);
  return toBoundary(type, parameter, `the parameter ${parameter.name.text}`);
}

function resultType(module: ModuleContext, fn: ts.FunctionLikeDeclaration): BoundaryType {
  if (fn.type) {
    const type = module.declaredType(fn.type);
    return noStrings(toBoundary(type, fn.type, "the result"), fn.type);
  }
  const signature = module.checker.getSignatureFromDeclaration(fn);
  const inferred = signature ? module.sourceType(module.checker.getReturnTypeOfSignature(signature), fn) : ({ kind: "void" } as const);
  if (inferred.kind === "any") return refuse("AC2008", fn.name ?? fn, "the result needs a type", { fix: "Write it behind the parameters: `(…): i64`." });
  return noStrings(toBoundary(inferred, fn, "the result"), fn);
}

function noStrings(type: BoundaryType, node: ts.Node): BoundaryType {
  const has = (t: BoundaryType): boolean => t.kind === "string" || (t.kind === "tuple" && t.elements.some(has)) || (t.kind === "union" && t.alternatives.some(has));
  return has(type) ? refuse("AC2004", node, "a string can't be a result", { fix: "Use Str<N> in a struct, or put the bytes into a buffer." }) : type;
}

function constantDefault(module: ModuleContext, node: ts.Expression): string | number | boolean {
  const { ts } = module;
  if (ts.isStringLiteral(node)) return node.text;
  if (node.kind === ts.SyntaxKind.TrueKeyword) return true;
  if (node.kind === ts.SyntaxKind.FalseKeyword) return false;
  if (ts.isNumericLiteral(node)) return Number(parseInteger(node));
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken && ts.isNumericLiteral(node.operand)) return -Number(parseInteger(node.operand));
  const type = module.checker.getTypeAtLocation(node);
  if (type.isNumberLiteral() && Number.isInteger(type.value)) return type.value;
  return refuse("AC1007", node, "a default value is a constant");
}
