/**
 * The front end's half of a check: what of a source file is marked, what the language says of it, and its lowered form, ready
 * to be sent to another thread. Remembers each file until it, or a file it can depend on, changes.
 */
import type ts from "typescript";
import { check } from "../../frontend/index.ts";
import type { Module } from "../../ir/types.ts";
import { CATALOGUE, type Diagnostic, type Span } from "../../kernel/abi/diagnostics.ts";
import type { Checked } from "../compile.ts";
import type { CheckOptions, MarkedSpan } from "./types.ts";

export interface FrontCheck {
  readonly checked: Checked;
  readonly marked: readonly MarkedSpan[];
  /** Integer and boolean variables at their declarations, with the types the compiler inferred; each place once. */
  readonly integers: readonly { readonly name: string; readonly span: Span; readonly type: string }[];
}

interface Remembered {
  readonly files: readonly ts.SourceFile[];
  readonly bounds: CheckOptions["bounds"];
  readonly result: FrontCheck;
}

export class FrontChecker {
  readonly #ts: typeof ts;
  readonly #remembered = new Map<string, Remembered>();
  /** The sources of the last program asked about. */
  #last: { readonly program: ts.Program; readonly files: readonly ts.SourceFile[] } | undefined;

  constructor(tsModule: typeof ts) {
    this.#ts = tsModule;
  }

  /** Checks and lowers `sourceFile`; the same object as before while no source of the program has changed. Never throws. */
  check(program: ts.Program, sourceFile: ts.SourceFile, { bounds }: CheckOptions): FrontCheck {
    const files = this.#sources(program);
    const known = this.#remembered.get(sourceFile.fileName);
    if (known && known.bounds === bounds && known.files.length === files.length && known.files.every((f, i) => f === files[i])) return known.result;
    const result = this.#checkAnew(program, sourceFile, files, bounds);
    this.#remembered.set(sourceFile.fileName, { files, bounds, result });
    return result;
  }

  forget(fileName: string): void {
    this.#remembered.delete(fileName);
  }

  /** All that can change what is said: sources, and declarations of the user's own. A library's never change while it is open. */
  #sources(program: ts.Program): readonly ts.SourceFile[] {
    if (this.#last?.program !== program) this.#last = { program, files: program.getSourceFiles().filter((f) => !program.isSourceFileDefaultLibrary(f)) };
    return this.#last.files;
  }

  #checkAnew(program: ts.Program, sourceFile: ts.SourceFile, files: readonly ts.SourceFile[], bounds: CheckOptions["bounds"]): FrontCheck {
    const { fileName } = sourceFile;
    try {
      const { module, diagnostics, marked, integers } = check(this.#ts, program, sourceFile, bounds ? { bounds } : {});
      const mentioned = module ? filesOf(module) : new Set([fileName]);
      const sources = new Map(files.filter((f) => mentioned.has(f.fileName)).map((f) => [f.fileName, f.text]));
      return { checked: { fileName, module, diagnostics, sources }, marked: marked.map(({ name, node }) => this.#markedSpan(sourceFile, name, node)), integers: [...new Map(integers.map((v) => [`${v.span.file}:${v.span.start}`, v])).values()] };
    } catch (error) {
      return { checked: { fileName, module: null, diagnostics: [internalError(fileName, error)], sources: new Map([[fileName, sourceFile.text]]) }, marked: [], integers: [] };
    }
  }

  #markedSpan(sourceFile: ts.SourceFile, name: string, node: ts.Node): MarkedSpan {
    const ts = this.#ts;
    const statement = ts.findAncestor(node, ts.isVariableStatement) ?? node;
    const named = ts.isMethodDeclaration(node) ? node.name : ts.isVariableDeclaration(node.parent) ? node.parent.name : node;
    const span = (n: ts.Node) => ({ file: sourceFile.fileName, start: n.getStart(sourceFile), length: n.getEnd() - n.getStart(sourceFile) });
    return { name, span: span(statement), nameSpan: span(named) };
  }
}

/** Files that the spans of a module name: the bodies of functions of other files are compiled into their callers. */
function filesOf(module: Module): ReadonlySet<string> {
  const files = new Set([module.source]);
  for (const func of module.funcs) {
    for (const block of func.blocks.values()) {
      for (const instr of block.instrs) if (instr.span) files.add(instr.span.file);
      if (block.terminator.span) files.add(block.terminator.span.file);
    }
  }
  return files;
}

/** A failure of our own becomes a diagnostic: nothing is thrown at an editor. */
export function internalError(file: string, error: unknown): Diagnostic {
  const { severity, why, fix } = CATALOGUE.AC1002;
  const notes = error instanceof Error ? [error.message, ...(error.stack ?? "").split("\n").slice(1, 6)] : [String(error)];
  return { code: "AC1002", severity, message: "the compiler failed on this file", span: { file, start: 0, length: 0 }, why, fix, notes };
}
