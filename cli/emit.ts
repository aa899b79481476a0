/**
 * The JavaScript emit: stock TypeScript output in which only the marked functions' bodies and the module-level memory
 * are replaced by calls of the loaded object. Nodes are built by `ts.factory`; the rest is tsc's own emit.
 */
import type ts from "typescript";

/** What the frontend found in one source file, by node of the program being emitted. */
export interface Replacements {
  /** Object file beside the emitted JavaScript: `wc.bpf.o`. */
  readonly objectName: string;
  /** Marked functions: `@anycall static m()` by declaration, `anycall(…)` by call. */
  readonly functions: readonly { readonly name: string; readonly node: ts.Node }[];
  /** Calls of buffer(n), global(v), …: replaced by `__ac.KIND("name", …same arguments)`. */
  readonly memory: readonly { readonly name: string; readonly kind: string; readonly node: ts.Node }[];
}

/** A `before` transformer for program.emit. Files without an entry in `files` pass through untouched. */
export function replaceBodies(tsModule: typeof ts, program: ts.Program, files: ReadonlyMap<ts.SourceFile, Replacements>): ts.TransformerFactory<ts.SourceFile> {
  return (context) => (sourceFile) => {
    const found = files.get(sourceFile);
    return found && found.functions.length > 0 ? new Rewriter(tsModule, program, context, found).rewrite(sourceFile) : sourceFile;
  };
}

class Rewriter {
  private readonly ts: typeof ts;
  private readonly program: ts.Program;
  private readonly context: ts.TransformationContext;
  private readonly found: Replacements;
  private readonly functions: Map<ts.Node, number>;
  private readonly memory: Map<ts.Node, { name: string; kind: string }>;

  constructor(tsModule: typeof ts, program: ts.Program, context: ts.TransformationContext, found: Replacements) {
    this.ts = tsModule;
    this.program = program;
    this.context = context;
    this.found = found;
    this.functions = new Map(found.functions.map((f, i) => [f.node, i]));
    this.memory = new Map(found.memory.map((m) => [m.node, m]));
  }

  rewrite(sourceFile: ts.SourceFile): ts.SourceFile {
    const { factory } = this.context;
    const statements = sourceFile.statements.map((s) => this.ts.visitNode(s, this.visit) as ts.Statement);
    // Directives ("use strict") stay first; everything else may follow the header.
    return factory.updateSourceFile(sourceFile, [...this.header(sourceFile), ...statements]);
  }

  private readonly visit = (node: ts.Node): ts.Node => {
    const index = this.functions.get(node);
    if (index !== undefined) {
      if (this.ts.isMethodDeclaration(node)) return this.stub(node, index);
      if (this.ts.isCallExpression(node)) return this.functionReference(index, node.expression);
    }
    const memory = this.memory.get(node);
    if (memory && this.ts.isCallExpression(node)) {
      const { factory } = this.context;
      const callee = factory.createPropertyAccessExpression(factory.createIdentifier(HANDLE), memory.kind);
      return this.ts.setTextRange(factory.createCallExpression(callee, undefined, [factory.createStringLiteral(memory.name), ...node.arguments]), node);
    }
    return this.ts.visitEachChild(node, this.visit, this.context);
  };

  /** `static m(a, b) { return __ac.fn[0](a, b); }`, decorator gone, stack traces on the method's name. */
  private stub(node: ts.MethodDeclaration, index: number): ts.MethodDeclaration {
    const { factory } = this.context;
    const names = node.parameters.map((p) => factory.createIdentifier((p.name as ts.Identifier).text));
    const call = this.at(factory.createCallExpression(this.functionReference(index, node.name), undefined, names), node.name);
    const body = this.at(factory.createBlock([this.at(factory.createReturnStatement(call), node.name)], true), node.name);
    const modifiers = node.modifiers?.filter((m) => !(this.ts.isDecorator(m) && this.isAnycall(m.expression)));
    return factory.updateMethodDeclaration(node, modifiers, node.asteriskToken, node.name, node.questionToken, node.typeParameters, node.parameters, node.type, body);
  }

  private functionReference(index: number, at: ts.Node): ts.Expression {
    const { factory } = this.context;
    return this.ts.setSourceMapRange(factory.createElementAccessExpression(factory.createPropertyAccessExpression(factory.createIdentifier(HANDLE), "fn"), index), at);
  }

  private isAnycall(expression: ts.Expression): boolean {
    const checker = this.program.getTypeChecker();
    const symbol = checker.getSymbolAtLocation(expression);
    const target = symbol && symbol.flags & this.ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    return target?.name === "anycall";
  }

  /** `import { module as __ac_module } from "anycall/runtime"; const __ac = __ac_module(URL of the object, names);` */
  private header(sourceFile: ts.SourceFile): ts.Statement[] {
    const { factory } = this.context;
    const id = (name: string) => factory.createIdentifier(name);
    const runtime = this.runtimeImport(isCommonJs(this.ts, this.program, sourceFile));
    const url = factory.createNewExpression(id("URL"), undefined, [factory.createStringLiteral(`./${this.found.objectName}`), this.baseUrl(sourceFile)]);
    const names = factory.createArrayLiteralExpression(this.found.functions.map((f) => factory.createStringLiteral(f.name)));
    const loaded = factory.createCallExpression(id(LOADER), undefined, [url, names]);
    const declaration = factory.createVariableDeclaration(HANDLE, undefined, undefined, loaded);
    return [runtime, factory.createVariableStatement(undefined, factory.createVariableDeclarationList([declaration], this.ts.NodeFlags.Const))];
  }

  /** In CommonJS a plain require: tsc's own rewriting of imports does not reach references that a transformer adds. */
  private runtimeImport(commonJs: boolean): ts.Statement {
    const { factory } = this.context;
    const [module, loader, from] = [factory.createIdentifier("module"), factory.createIdentifier(LOADER), factory.createStringLiteral("anycall/runtime")];
    if (!commonJs) {
      const specifier = factory.createImportSpecifier(false, module, loader);
      return factory.createImportDeclaration(undefined, factory.createImportClause(undefined, undefined, factory.createNamedImports([specifier])), from);
    }
    const pattern = factory.createObjectBindingPattern([factory.createBindingElement(undefined, module, loader)]);
    const required = factory.createCallExpression(factory.createIdentifier("require"), undefined, [from]);
    return factory.createVariableStatement(undefined, factory.createVariableDeclarationList([factory.createVariableDeclaration(pattern, undefined, undefined, required)], this.ts.NodeFlags.Const));
  }

  /** import.meta.url in ES modules; in CommonJS output the same from __filename. */
  private baseUrl(sourceFile: ts.SourceFile): ts.Expression {
    const { factory } = this.context;
    if (!isCommonJs(this.ts, this.program, sourceFile)) {
      return factory.createPropertyAccessExpression(factory.createMetaProperty(this.ts.SyntaxKind.ImportKeyword, factory.createIdentifier("meta")), "url");
    }
    const url = factory.createCallExpression(factory.createIdentifier("require"), undefined, [factory.createStringLiteral("node:url")]);
    return factory.createCallExpression(factory.createPropertyAccessExpression(url, "pathToFileURL"), undefined, [factory.createIdentifier("__filename")]);
  }

  private at<T extends ts.Node>(node: T, place: ts.Node): T {
    return this.ts.setTextRange(node, place);
  }
}

const HANDLE = "__ac";
const LOADER = "__ac_module";

function isCommonJs(tsModule: typeof ts, program: ts.Program, sourceFile: ts.SourceFile): boolean {
  const { module } = program.getCompilerOptions();
  if (module === tsModule.ModuleKind.CommonJS) return true;
  const format = sourceFile.impliedNodeFormat;
  return module !== undefined && module >= tsModule.ModuleKind.Node16 && module <= tsModule.ModuleKind.NodeNext && format === tsModule.ModuleKind.CommonJS;
}
