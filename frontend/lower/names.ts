/** What a name means: a variable in scope, a module constant, memory, a function, something of the library. */
import type ts from "typescript";
import { Poisoned, refuse } from "../diagnostics.ts";
import { literal } from "../types/integers.ts";
import type { Binding, Value } from "../values.ts";
import type { Lowering } from "./context.ts";
import { lowerExpression } from "./expressions.ts";
import { wholeRegion } from "./slices.ts";
import { readStorage } from "./storage.ts";

/** Constants under evaluation at once: more is a cycle. */
const MAX_CONSTANT_DEPTH = 64;

export function bindingOf(ctx: Lowering, node: ts.Identifier, symbol: ts.Symbol | undefined = ctx.checker.getSymbolAtLocation(node)): Binding | undefined {
  const binding = symbol && ctx.scope.get(symbol);
  if (binding?.kind === "poison") throw new Poisoned();
  return binding;
}

export function resolveName(ctx: Lowering, node: ts.Identifier): Value {
  return lookup(ctx, ctx.checker.getSymbolAtLocation(node), node);
}

export function lookup(ctx: Lowering, found: ts.Symbol | undefined, node: ts.Identifier): Value {
  if (node.text === "undefined") return { kind: "null" };
  if (!found) return refuse("AC1008", node, `${node.text} is unknown here`);
  const binding = bindingOf(ctx, node, found);
  if (binding?.kind === "variable") return readStorage(ctx, binding.storage);
  if (binding?.kind === "constant") return literal(ctx, binding.value, node);
  const symbol = ctx.module.library.resolve(found);
  const library = ctx.module.library.nameOf(symbol);
  if (library !== undefined) return { kind: "library", name: library };
  if (ctx.module.refused.has(symbol)) throw new Poisoned();
  const memory = ctx.module.memory.get(symbol);
  if (memory) {
    if (memory.hash) return { kind: "hash", region: memory.region.id, ...memory.hash };
    if (memory.row) return { kind: "table", row: memory.row, length: memory.region.size / memory.row.size, region: memory.region.id };
    if (memory.kind === "global") return { kind: "global", region: memory.region.id, type: memory.type! };
    return wholeRegion(ctx, memory.region.id, memory.region.size, { text: false, writable: true, name: memory.name });
  }
  return moduleValue(ctx, symbol, node);
}

function moduleValue(ctx: Lowering, symbol: ts.Symbol, node: ts.Identifier): Value {
  const declaration = symbol.valueDeclaration;
  if (!declaration) return isNamespaceImport(ctx, node) ? { kind: "library", name: "" } : refuse("AC1008", node, `${node.text} has no value here`);
  if (ctx.ts.isSourceFile(declaration)) return { kind: "library", name: "" };
  if (ctx.ts.isFunctionDeclaration(declaration)) return { kind: "function", node: implementation(symbol, declaration, ctx), scope: undefined };
  if (ctx.ts.isEnumDeclaration(declaration)) return enumNamespace(ctx, declaration);
  if (ctx.ts.isVariableDeclaration(declaration)) return variable(ctx, declaration, node);
  if (ctx.ts.isClassDeclaration(declaration)) return classNamespace(ctx, declaration);
  return refuse("AC1008", node, `${node.text} has no value that a compiled function can use`);
}

function isNamespaceImport(ctx: Lowering, node: ts.Identifier): boolean {
  const symbol = ctx.checker.getSymbolAtLocation(node);
  return symbol?.declarations?.some((declaration) => ctx.ts.isNamespaceImport(declaration)) ?? false;
}

function implementation(symbol: ts.Symbol, fallback: ts.FunctionDeclaration, ctx: Lowering): ts.FunctionDeclaration {
  return symbol.declarations?.find((candidate): candidate is ts.FunctionDeclaration => ctx.ts.isFunctionDeclaration(candidate) && candidate.body !== undefined) ?? fallback;
}

/** A module constant: evaluated where it is used, so that literals keep their typing. */
function variable(ctx: Lowering, declaration: ts.VariableDeclaration, node: ts.Identifier): Value {
  const list = declaration.parent;
  const isConstant = ctx.ts.isVariableDeclarationList(list) && (list.flags & ctx.ts.NodeFlags.Const) !== 0;
  if (isLocal(ctx, declaration)) return refuse("AC1008", node, `${node.text} belongs to another function`);
  if (!isConstant || !declaration.initializer) {
    return refuse("AC1008", node, `${node.text} is a mutable variable of the JavaScript program`, { fix: `Declare it as a constant, or as const ${node.text} = global(…).` });
  }
  const { initializer } = declaration;
  if (ctx.ts.isCallExpression(initializer)) return initializedByCall(ctx, declaration, initializer, node);
  if (ctx.ts.isArrowFunction(initializer) || ctx.ts.isFunctionExpression(initializer)) return { kind: "function", node: initializer, scope: undefined };
  requireConstant(ctx, initializer, node);
  if (ctx.constantDepth > MAX_CONSTANT_DEPTH) return refuse("AC1007", node, `${node.text} is defined by itself`);
  ctx.constantDepth++;
  try {
    return ctx.scoped(() => lowerExpression(ctx, initializer), undefined);
  } finally {
    ctx.constantDepth--;
  }
}

/** Module memory of this file is known already: what is left are marked functions, memory of other files, other calls. */
function initializedByCall(ctx: Lowering, declaration: ts.VariableDeclaration, call: ts.CallExpression, node: ts.Identifier): Value {
  const library = ctx.module.library.nameAt(call.expression);
  if (library === "anycall") {
    const argument = call.arguments[0];
    if (argument && (ctx.ts.isArrowFunction(argument) || ctx.ts.isFunctionExpression(argument))) return { kind: "function", node: argument, scope: undefined };
  }
  if (library === "buffer" || library === "global" || library === "table" || library === "hash") return refuse("AC1027", node, `${node.text} is memory of ${declaration.getSourceFile().fileName}`);
  const later: Readonly<Record<string, "AC1012">> = { ring: "AC1012" };
  if (library !== undefined && later[library]) return refuse(later[library]!, node, `${node.text} is a ${library}, which this version does not support`);
  if (library === undefined && !/^[ui](8|16|32|64)$/.test(call.expression.getText())) return refuse("AC1007", node, `${node.text} is computed by JavaScript, not a constant`);
  if (library === "stack" || library === "zero") return refuse("AC1006", node, `${library} is local to a call: declare ${node.text} in the function`);
  return lowerExpression(ctx, call);
}

function isLocal(ctx: Lowering, declaration: ts.Node): boolean {
  for (let at: ts.Node | undefined = declaration.parent; at; at = at.parent) if (ctx.ts.isFunctionLike(at)) return true;
  return false;
}

/** Only literals, operators on them, and names of other constants: nothing that JavaScript computes. */
function requireConstant(ctx: Lowering, expression: ts.Expression, use: ts.Node): void {
  const walk = (node: ts.Node): void => {
    const { ts } = ctx;
    const fine = ts.isLiteralExpression(node) || ts.isIdentifier(node) || ts.isPrefixUnaryExpression(node) || ts.isBinaryExpression(node) || ts.isParenthesizedExpression(node) ||
      ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node) || ts.isConditionalExpression(node) || ts.isAsExpression(node) || ts.isSatisfiesExpression(node) ||
      ts.isObjectLiteralExpression(node) || ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node) || ts.isArrayLiteralExpression(node) || ts.isToken(node) ||
      (ts.isCallExpression(node) && ctx.module.library.nameAt(node.expression) !== undefined);
    if (!fine) refuse("AC1007", use, `${use.getText()} is not a constant that the compiler can evaluate`);
    if (ts.isAsExpression(node) || ts.isSatisfiesExpression(node)) return walk(node.expression);
    if (ts.isBinaryExpression(node) && node.operatorToken.kind >= ts.SyntaxKind.FirstAssignment && node.operatorToken.kind <= ts.SyntaxKind.LastAssignment) refuse("AC1007", use, `${use.getText()} is not a constant`);
    node.forEachChild(walk);
  };
  walk(expression);
}

function enumNamespace(ctx: Lowering, declaration: ts.EnumDeclaration): Value {
  const members = new Map<string, () => Value>();
  for (const entry of declaration.members) {
    if (!ctx.ts.isIdentifier(entry.name) && !ctx.ts.isStringLiteral(entry.name)) continue;
    members.set(entry.name.text, () => {
      const value = ctx.checker.getConstantValue(entry);
      if (typeof value !== "number" || !Number.isInteger(value)) return refuse("AC2001", entry, `${entry.getText()} is not an integer`);
      return literal(ctx, BigInt(value), entry);
    });
  }
  return { kind: "namespace", members, name: declaration.name.text };
}

/** Static methods of a class, marked or not, are helpers by `Class.method`. */
function classNamespace(ctx: Lowering, declaration: ts.ClassDeclaration): Value {
  const members = new Map<string, () => Value>();
  for (const entry of declaration.members) {
    const isStatic = ctx.ts.canHaveModifiers(entry) && ctx.ts.getModifiers(entry)?.some((modifier) => modifier.kind === ctx.ts.SyntaxKind.StaticKeyword);
    if (!isStatic || !entry.name || !ctx.ts.isIdentifier(entry.name)) continue;
    if (ctx.ts.isMethodDeclaration(entry) && entry.body) members.set(entry.name.text, () => ({ kind: "function", node: entry, scope: undefined }));
    else if (ctx.ts.isPropertyDeclaration(entry) && entry.initializer && ctx.ts.getModifiers(entry)?.some((modifier) => modifier.kind === ctx.ts.SyntaxKind.ReadonlyKeyword)) {
      const { initializer } = entry;
      members.set(entry.name.text, () => {
        requireConstant(ctx, initializer, entry.name);
        return ctx.scoped(() => lowerExpression(ctx, initializer), undefined);
      });
    }
  }
  return { kind: "namespace", members, name: declaration.name?.text ?? "class" };
}
