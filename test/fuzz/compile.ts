/** Compiles source texts with the frontend, fast: the library is parsed once, programs reuse the one before. */
import { join } from "node:path";
import type ts from "typescript";
import { check, type FrontendResult } from "../../frontend/index.ts";
import { compilerOptions, createProgram, TYPESCRIPTS } from "../frontend/support/compile.ts";
import { ROOT } from "./root.ts";

const typescript = TYPESCRIPTS[0]!.ts;
const PATH = join(ROOT, "frontend/fixtures/fuzz-in-memory.ts");
const OPTIONS: ts.CompilerOptions = {
  ...compilerOptions(typescript),
  paths: { anycall: [join(ROOT, "frontend/lib/index.ts")], "anycall/kernel": [join(ROOT, "frontend/lib/kernel.ts")] },
};

export interface Compiled extends FrontendResult {
  readonly program: ts.Program;
  readonly sourceFile: ts.SourceFile;
}

let last: ts.Program | undefined;

/** Lets exceptions of the frontend through: they are findings. */
export function compileSource(text: string): Compiled {
  const program = createProgram(typescript, { [PATH]: text }, OPTIONS, last);
  last = program;
  const sourceFile = program.getSourceFile(PATH)!;
  return { ...check(typescript, program, sourceFile, {}), program, sourceFile };
}

/** What tsc itself objects to in the text. */
export function typeErrors({ program, sourceFile }: Compiled): string[] {
  return [...program.getSyntacticDiagnostics(sourceFile), ...program.getSemanticDiagnostics(sourceFile)].map(
    ({ code, messageText }) => `TS${code} ${typescript.flattenDiagnosticMessageText(messageText, " ")}`,
  );
}
