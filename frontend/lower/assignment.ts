/** What can be assigned to: variables, fields, elements, globals, and destructuring patterns. Operands are evaluated once. */
import type ts from "typescript";
import { layoutOf } from "../../kernel/abi/boundary.ts";
import { refuse, spanOf } from "../diagnostics.ts";
import { convert, U8 } from "../types/integers.ts";
import { type SourceType, typeName } from "../types/types.ts";
import type { Storage, Value } from "../values.ts";
import type { Lowering } from "./context.ts";
import { describeValue, elementOf, lowerExpression, lowerInt, lowerValue, member } from "./expressions.ts";
import { elementPlace, inside, refersTo, writePlace } from "./memory.ts";
import { bindingOf } from "./names.ts";
import { checkSliceIndex, storeByte } from "./slices.ts";
import { coerce, declareStorage, readStorage, narrowed, settled, writeStorage } from "./storage.ts";

export interface Reference {
  read(): Value;
  write(value: Value, node: ts.Node): void;
}

export function resolveReference(ctx: Lowering, node: ts.Expression): Reference {
  if (ctx.ts.isParenthesizedExpression(node)) return resolveReference(ctx, node.expression);
  if (ctx.ts.isNonNullExpression(node)) return resolveReference(ctx, node.expression);
  if (ctx.ts.isIdentifier(node)) return variableReference(ctx, node);
  if (ctx.ts.isPropertyAccessExpression(node)) return propertyReference(ctx, node);
  if (ctx.ts.isElementAccessExpression(node)) return elementReference(ctx, node);
  return refuse("AC1001", node, "this can't be assigned to");
}

function variableReference(ctx: Lowering, node: ts.Identifier): Reference {
  const binding = bindingOf(ctx, node);
  if (binding?.kind !== "variable") return refuse("AC1008", node, `${node.text} can't be assigned in a compiled function`);
  if (!binding.mutable) return refuse("AC1008", node, `${node.text} is a constant`);
  return {
    read: () => readStorage(ctx, binding.storage),
    write: (value, at) => {
      const current = binding.storage.kind === "place" ? readStorage(ctx, binding.storage) : undefined;
      // An out-parameter (or any struct) given a whole new value keeps its place: that is what the caller sees.
      if (current && refersTo(current) && (binding.copies || value.kind === "object" || value.kind === "tuple")) {
        writePlace(ctx, current.kind === "str" ? { kind: "str", max: current.max } : current.type, current.place, value, at);
      } else writeStorage(ctx, binding.storage, value, at);
    },
  };
}

function propertyReference(ctx: Lowering, node: ts.PropertyAccessExpression): Reference {
  const receiver = lowerValue(ctx, node.expression);
  const name = node.name.text;
  if (receiver.kind === "global" && name === "value") {
    return { read: () => member(ctx, receiver, name, node), write: (value, at) => writePlace(ctx, receiver.type, { region: receiver.region, size: layoutOf(receiver.type).size, constant: 0 }, value, at) };
  }
  if (receiver.kind === "struct") {
    const field = receiver.type.fields.find((candidate) => candidate.name === name);
    if (!field) return refuse("AC1023", node.name, `${receiver.type.name} has no field ${name}`);
    return { read: () => member(ctx, receiver, name, node), write: (value, at) => writePlace(ctx, field.type, inside(receiver.place, field.offset), value, at) };
  }
  if (receiver.kind === "object" && ctx.ts.isIdentifier(node.expression)) {
    const binding = bindingOf(ctx, node.expression);
    const field = binding?.kind === "variable" && binding.storage.kind === "object" ? binding.storage.fields.get(name) : undefined;
    if (field) return { read: () => readStorage(ctx, field), write: (value, at) => writeStorage(ctx, field, value, at) };
  }
  return refuse("AC1023", node, `${name} of ${describeValue(receiver)} can't be assigned`);
}

function elementReference(ctx: Lowering, node: ts.ElementAccessExpression): Reference {
  const receiver = lowerValue(ctx, node.expression);
  const index = lowerInt(ctx, node.argumentExpression);
  if (receiver.kind === "slice") {
    if (receiver.text || !receiver.writable) return refuse("AC1023", node, "the bytes of a string can't be changed");
    return {
      read: () => elementOf(ctx, receiver, index, node),
      write: (given, at) => {
        const value = given.kind === "union" ? narrowed(ctx, given, U8, at) : given;
        if (value.kind !== "int") return refuse("AC2005", at, "only integers can be stored in Bytes");
        checkSliceIndex(ctx, receiver, index, node);
        storeByte(ctx, receiver, index.id, convert(ctx, value, U8, at).id);
      },
    };
  }
  if (receiver.kind === "array") {
    return { read: () => elementOf(ctx, receiver, index, node), write: (value, at) => writePlace(ctx, receiver.type.element, elementPlace(ctx, receiver, index, node), value, at) };
  }
  if (receiver.kind === "tuple" && ctx.ts.isIdentifier(node.expression)) {
    const binding = bindingOf(ctx, node.expression);
    const at = index.literal;
    const part: Storage | undefined = binding?.kind === "variable" && binding.storage.kind === "tuple" && at !== undefined ? binding.storage.elements[Number(at)] : undefined;
    if (part) return { read: () => readStorage(ctx, part), write: (value, where) => writeStorage(ctx, part, value, where) };
  }
  return refuse("AC1023", node, `elements of ${describeValue(receiver)} can't be assigned`);
}

/** `[a, b] = f()` and `({ a, b } = f())`: targets first, then the value, then the stores, in order. */
export function assignPattern(ctx: Lowering, pattern: ts.ArrayLiteralExpression | ts.ObjectLiteralExpression, right: ts.Expression): Value {
  // JavaScript evaluates the right side first, then each target and its store in order.
  const source = lowerExpression(ctx, right);
  const value = partsOf(ctx, source, ctx.ts.isArrayLiteralExpression(pattern), right);
  if (ctx.ts.isArrayLiteralExpression(pattern)) {
    if (value.kind !== "tuple") return refuse("AC2005", right, "only tuples can be taken apart by position");
    const parts = value.elements;
    pattern.elements.forEach((target, i) => {
      if (ctx.ts.isOmittedExpression(target)) return;
      if (ctx.ts.isSpreadElement(target)) refuse("AC1022", target, "rest elements are not supported");
      const part = parts[i];
      if (!part) return refuse("AC2006", target, `the tuple has only ${parts.length} elements`);
      resolveReference(ctx, target).write(part, target);
    });
    return value;
  }
  for (const target of pattern.properties) {
    if (ctx.ts.isShorthandPropertyAssignment(target)) {
      const binding = bindingOf(ctx, target.name, ctx.checker.getShorthandAssignmentValueSymbol(target));
      if (binding?.kind !== "variable" || !binding.mutable) return refuse("AC1008", target, `${target.name.text} can't be assigned`);
      writeStorage(ctx, binding.storage, fieldOf(ctx, value, target.name.text, target), target);
    } else if (ctx.ts.isPropertyAssignment(target) && ctx.ts.isIdentifier(target.name)) {
      resolveReference(ctx, target.initializer).write(fieldOf(ctx, value, target.name.text, target), target);
    } else refuse("AC1022", target, "this pattern is not supported");
  }
  return value;
}

/** What is taken apart must be the one alternative that has parts: decided by a comparison, or checked. */
function partsOf(ctx: Lowering, value: Value, byPosition: boolean, node: ts.Node): Value {
  return value.kind === "union" ? narrowed(ctx, value, byPosition ? { kind: "tuple", elements: [] } : undefined, node) : value;
}

function fieldOf(ctx: Lowering, value: Value, name: string, node: ts.Node): Value {
  if (value.kind === "object") {
    const part = value.fields.get(name);
    if (part) return part;
  }
  if (value.kind === "struct") {
    const field = value.type.fields.find((candidate) => candidate.name === name);
    if (field) return readField(ctx, value, field.name, node);
  }
  return refuse("AC1023", node, `there is no field ${name}`);
}

function readField(ctx: Lowering, value: Extract<Value, { kind: "struct" }>, name: string, node: ts.Node): Value {
  return member(ctx, value, name, node as ts.PropertyAccessExpression);
}

/** Binds the names of a declaration's pattern (or its one name) to `value`. */
export function bindPattern(ctx: Lowering, name: ts.BindingName, value: Value, options: { mutable: boolean; declared?: SourceType; copies?: true }): void {
  if (ctx.ts.isIdentifier(name)) {
    const symbol = ctx.checker.getSymbolAtLocation(name);
    if (!symbol) return refuse("AC1008", name, `${name.text} is unknown`);
    if (!options.mutable && !options.declared && value.kind === "int" && value.literal !== undefined) {
      ctx.scope.set(symbol, { kind: "constant", value: value.literal });
      return;
    }
    const typedValue = options.declared ? coerce(ctx, value, options.declared, name) : settled(value);
    const storage = declareStorage(ctx, typedValue, name.text, name);
    ctx.scope.set(symbol, { kind: "variable", storage, mutable: options.mutable, ...(options.copies ? { copies: true } : {}) });
    if (storage.kind === "int" || storage.kind === "bool") ctx.module.integers.push({ name: name.text, span: spanOf(name), type: storage.kind === "int" ? typeName(storage.type) : "boolean" });
    if (storage.kind !== "fixed") writeStorage(ctx, storage, typedValue, name);
    return;
  }
  const source = partsOf(ctx, options.declared ? coerce(ctx, value, options.declared, name) : value, ctx.ts.isArrayBindingPattern(name), name);
  const inner = { mutable: options.mutable };
  if (ctx.ts.isArrayBindingPattern(name)) {
    if (source.kind !== "tuple") return refuse("AC2005", name, "only tuples can be taken apart by position");
    name.elements.forEach((element, i) => {
      if (ctx.ts.isOmittedExpression(element)) return;
      if (element.dotDotDotToken || element.initializer) refuse("AC1022", element, "rest elements and defaults are not supported in patterns");
      const part = source.elements[i];
      if (!part) return refuse("AC2006", element, `the tuple has only ${source.elements.length} elements`);
      bindPattern(ctx, element.name, settled(part), inner);
    });
    return;
  }
  for (const element of name.elements) {
    if (element.dotDotDotToken || element.initializer) refuse("AC1022", element, "rest elements and defaults are not supported in patterns");
    const key = element.propertyName ?? element.name;
    if (!ctx.ts.isIdentifier(key)) return refuse("AC1022", element, "this pattern is not supported");
    bindPattern(ctx, element.name, settled(fieldOf(ctx, source, key.text, element)), inner);
  }
}
