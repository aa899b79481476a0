/** Finds the marked functions of a source file: `@anycall static m()` and `const f = anycall((…) => …)` at module level. */
import type ts from "typescript";
import { diagnosticAt } from "./diagnostics.ts";
import type { ModuleContext } from "./lower/module.ts";

export interface MarkedFunction {
  /** `Logs.countLines` or `burst`. */
  readonly name: string;
  readonly kind: "method" | "call";
  readonly node: ts.Node;
  readonly fn: ts.FunctionLikeDeclaration;
}

export function findMarked(module: ModuleContext): MarkedFunction[] {
  const { ts, library } = module;
  const marked: MarkedFunction[] = [];
  const refuseMark = (node: ts.Node, message: string) => module.diagnostics.push(diagnosticAt("AC1005", node, message));
  const isMark = (node: ts.Expression): boolean => library.nameAt(node) === "anycall";

  const visitMethod = (node: ts.MethodDeclaration, mark: ts.Decorator): void => {
    const owner = node.parent;
    const isStatic = ts.getModifiers(node)?.some((modifier) => modifier.kind === ts.SyntaxKind.StaticKeyword);
    if (!isStatic) return void refuseMark(mark, "@anycall marks static methods: an instance has no place in the kernel");
    if (!ts.isClassDeclaration(owner) || !owner.name || !ts.isSourceFile(owner.parent)) return void refuseMark(mark, "@anycall marks methods of classes that are declared at module level");
    if (!ts.isIdentifier(node.name)) return void refuseMark(mark, "a marked method has a plain name");
    marked.push({ name: `${owner.name.text}.${node.name.text}`, kind: "method", node, fn: node });
  };

  const visitCall = (node: ts.CallExpression): void => {
    const declaration = node.parent;
    const statement = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : undefined;
    const atModuleLevel = statement && ts.isVariableStatement(statement) && ts.isSourceFile(statement.parent);
    if (!atModuleLevel || !ts.isVariableDeclaration(declaration) || !ts.isIdentifier(declaration.name)) return void refuseMark(node, "anycall(…) marks the value of a module-level constant");
    if ((declaration.parent.flags & ts.NodeFlags.Const) === 0) return void refuseMark(node, `${declaration.name.text} must be a constant`);
    const [argument] = node.arguments;
    if (!argument || !(ts.isArrowFunction(argument) || ts.isFunctionExpression(argument))) return void refuseMark(node, "anycall(…) takes a function written right there");
    marked.push({ name: declaration.name.text, kind: "call", node, fn: argument });
  };

  const visit = (node: ts.Node): void => {
    const marks = ts.canHaveDecorators(node) ? (ts.getDecorators(node) ?? []).filter((decorator) => isMark(decorator.expression)) : [];
    const [mark] = marks;
    if (mark) {
      if (ts.isMethodDeclaration(node)) visitMethod(node, mark);
      else refuseMark(mark, "@anycall marks static methods");
    }
    if (ts.isCallExpression(node) && isMark(node.expression)) visitCall(node);
    ts.forEachChild(node, visit);
  };
  visit(module.sourceFile);
  return marked.filter((found, i) => {
    const taken = marked.slice(0, i).some((earlier) => earlier.name === found.name);
    if (taken) refuseMark(found.node, `two marked functions are named ${found.name}`);
    return !taken;
  });
}
