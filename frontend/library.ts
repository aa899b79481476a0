/** Which names of a program are the library's: found through the module "anycall" itself, however it was imported. */
import type ts from "typescript";

type TS = typeof ts;

export class Library {
  readonly #ts: TS;
  readonly #checker: ts.TypeChecker;
  /** Symbol → `sys`, or `kernel.tasks` for "anycall/kernel". */
  readonly #names = new Map<ts.Symbol, string>();
  /** Source files that declare the library. */
  readonly #files = new Set<ts.SourceFile>();

  constructor(tsModule: TS, program: ts.Program, sourceFile: ts.SourceFile) {
    this.#ts = tsModule;
    this.#checker = program.getTypeChecker();
    const seen = new Set<ts.SourceFile>();
    for (const file of [sourceFile, ...program.getSourceFiles()]) {
      if (seen.has(file) || (file !== sourceFile && this.#names.size > 0 && !file.text.includes("anycall"))) continue;
      seen.add(file);
      for (const statement of file.statements) {
        if (!tsModule.isImportDeclaration(statement) && !tsModule.isExportDeclaration(statement)) continue;
        const specifier = statement.moduleSpecifier;
        if (!specifier || !tsModule.isStringLiteral(specifier)) continue;
        if (specifier.text === "anycall") this.#addModule(specifier, "");
        if (specifier.text === "anycall/kernel") this.#addModule(specifier, "kernel.");
      }
    }
  }

  #addModule(specifier: ts.Expression, prefix: string): void {
    const module = this.#checker.getSymbolAtLocation(specifier);
    if (!module) return;
    for (const symbol of this.#checker.getExportsOfModule(module)) {
      const target = this.resolve(symbol);
      if (!this.#names.has(target)) this.#names.set(target, prefix + symbol.name);
      for (const declaration of target.declarations ?? []) this.#files.add(declaration.getSourceFile());
    }
  }

  /** The symbol behind import aliases. */
  resolve(symbol: ts.Symbol): ts.Symbol {
    return symbol.flags & this.#ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol;
  }

  /** The library's name for `symbol`, or undefined. */
  nameOf(symbol: ts.Symbol | undefined): string | undefined {
    return symbol && this.#names.get(this.resolve(symbol));
  }

  /** The library's name for what `expression` refers to, also as `ac.sys` after `import * as ac`. */
  nameAt(expression: ts.Node): string | undefined {
    return this.nameOf(this.#checker.getSymbolAtLocation(expression));
  }

  declares(file: ts.SourceFile): boolean {
    return this.#files.has(file);
  }
}
