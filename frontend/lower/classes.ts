/** Classes as structs: `new C(…)` makes one in the call's frame, methods are functions that get it as `this`. */
import type ts from "typescript";
import { refuse } from "../diagnostics.ts";
import type { FunctionValue, StructValue, Value } from "../values.ts";
import { Scope } from "../values.ts";
import type { Lowering } from "./context.ts";
import { lowerExpression } from "./expressions.ts";
import { inlineCall } from "./inline.ts";
import { inside, localPlace, writePlace, zeroPlace } from "./memory.ts";

/** `this` of the scopes of methods, of constructors, and of what is nested in them. */
const receivers = new WeakMap<Scope, StructValue>();

export function lowerNew(ctx: Lowering, node: ts.NewExpression): Value {
  const declaration = classOf(ctx, node.expression);
  if (!declaration) return refuse("AC1020", node, `new ${node.expression.getText()} makes an object of JavaScript`);
  requirePlainClass(ctx, declaration, node);
  const type = ctx.module.sourceType(ctx.checker.getTypeAtLocation(node), node);
  if (type.kind !== "struct") return refuse("AC1020", node, `${node.expression.getText()} has no fields: there is nothing to make`);
  const self: StructValue = { kind: "struct", type, place: localPlace(ctx, type, type.name) };
  // Arguments are evaluated before the fields get their values, as in JavaScript.
  const args = (node.arguments ?? []).map((argument) => lowerExpression(ctx, argument));
  zeroPlace(ctx, self.place, type.size);
  for (const member of declaration.members) {
    if (!ctx.ts.isPropertyDeclaration(member) || !member.initializer || isStatic(ctx, member)) continue;
    const field = type.fields.find(({ name }) => name === member.name.getText());
    if (!field) continue;
    const { initializer } = member;
    const value = ctx.scoped(() => lowerExpression(ctx, initializer), scopeOf(self));
    writePlace(ctx, field.type, inside(self.place, field.offset), value, member);
  }
  const maker = declaration.members.find((member): member is ts.ConstructorDeclaration => ctx.ts.isConstructorDeclaration(member) && member.body !== undefined);
  if (maker) construct(ctx, self, maker, args, node);
  return self;
}

/** Parameters that are fields (`constructor(readonly size: u32)`) are stored first. */
function construct(ctx: Lowering, self: StructValue, maker: ts.ConstructorDeclaration, args: readonly Value[], node: ts.NewExpression): void {
  for (const [i, parameter] of maker.parameters.entries()) {
    if (!ctx.ts.isParameterPropertyDeclaration(parameter, maker)) continue;
    const field = self.type.fields.find(({ name }) => name === parameter.name.getText());
    const value = args[i] ?? (parameter.initializer && lowerExpression(ctx, parameter.initializer));
    if (field && value) writePlace(ctx, field.type, inside(self.place, field.offset), value, parameter);
  }
  inlineCall(ctx, { kind: "function", node: maker, scope: scopeOf(self) }, args, node as unknown as ts.CallExpression);
}

/** The method of `self` that the property names; undefined where its type has none. */
export function methodOf(ctx: Lowering, self: StructValue, name: ts.MemberName): FunctionValue | undefined {
  const declaration = ctx.checker.getSymbolAtLocation(name)?.valueDeclaration;
  if (!declaration || !ctx.ts.isMethodDeclaration(declaration) || !ctx.ts.isClassDeclaration(declaration.parent)) return undefined;
  requirePlainClass(ctx, declaration.parent, name);
  return { kind: "function", node: declaration, scope: scopeOf(self) };
}

/** `this`: of the method or constructor around, through arrow functions. */
export function lowerThis(ctx: Lowering, node: ts.Node): Value {
  if (!belongsToInstance(ctx, node)) return refuse("AC1020", node, "there is no `this` here");
  for (let scope: Scope | undefined = ctx.scope; scope; scope = scope.parent) {
    const self = receivers.get(scope);
    if (self) return self;
  }
  return refuse("AC1020", node, "there is no `this` here");
}

function belongsToInstance(ctx: Lowering, node: ts.Node): boolean {
  let at = node.parent;
  while (at && (ctx.ts.isArrowFunction(at) || !(ctx.ts.isFunctionLike(at) || ctx.ts.isPropertyDeclaration(at)))) at = at.parent;
  return at !== undefined && ctx.ts.isClassElement(at) && !isStatic(ctx, at);
}

function scopeOf(self: StructValue): Scope {
  const scope = new Scope();
  receivers.set(scope, self);
  return scope;
}

function classOf(ctx: Lowering, node: ts.Expression): ts.ClassDeclaration | undefined {
  const symbol = ctx.checker.getSymbolAtLocation(node);
  const declaration = symbol && ctx.module.library.resolve(symbol).valueDeclaration;
  return declaration && ctx.ts.isClassDeclaration(declaration) && !declaration.getSourceFile().isDeclarationFile ? declaration : undefined;
}

function isStatic(ctx: Lowering, member: ts.Node): boolean {
  return ctx.ts.canHaveModifiers(member) && (ctx.ts.getModifiers(member)?.some((modifier) => modifier.kind === ctx.ts.SyntaxKind.StaticKeyword) ?? false);
}

/** Structs only: nothing to inherit, no code behind a field. */
function requirePlainClass(ctx: Lowering, declaration: ts.ClassDeclaration, node: ts.Node): void {
  const name = declaration.name?.text ?? "the class";
  if (declaration.heritageClauses?.some((clause) => clause.token === ctx.ts.SyntaxKind.ExtendsKeyword)) refuse("AC1020", node, `${name} inherits from another class`, { fix: "Make the other struct a field." });
  const hidden = declaration.members.find((member) => ctx.ts.isAccessor(member) || (member.name !== undefined && ctx.ts.isPrivateIdentifier(member.name)));
  if (hidden) refuse("AC1020", node, `${name} has ${ctx.ts.isAccessor(hidden) ? "accessors" : "#private members"}`, { fix: ctx.ts.isAccessor(hidden) ? "Write a method." : "Write `private` instead." });
}
