/** Compiled JavaScript of our own sources, for what runs outside vitest: Workers and child processes. */
import { mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Emits `entries` (paths from the repository's root) and what they import, unchecked, into a new directory; its path. */
export function emitSources(entries: readonly string[]): string {
  const outDir = mkdtempSync(join(tmpdir(), "anycall-emit-"));
  const program = ts.createProgram({
    rootNames: entries.map((entry) => join(ROOT, entry)),
    options: {
      rootDir: ROOT, outDir, target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext,
      rewriteRelativeImportExtensions: true, verbatimModuleSyntax: true, noCheck: true, skipLibCheck: true, types: [],
    },
  });
  const { emitSkipped } = program.emit();
  if (emitSkipped) throw new Error("nothing was emitted");
  writeFileSync(join(outDir, "package.json"), '{"type": "module"}');
  symlinkSync(join(ROOT, "node_modules"), join(outDir, "node_modules"));
  return outDir;
}
