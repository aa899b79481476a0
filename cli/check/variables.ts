/**
 * What is known of integer variables where they stand in the source: the type that is written or that TypeScript knows, and
 * the range that the IR's analysis proves. Reads lowered functions; decides nothing about types.
 */
import type ts from "typescript";
import { analyzeRanges, formatRange, type Range, type RangeInfo } from "../../ir/passes/ranges.ts";
import { operandsOf, terminatorOperand } from "../../ir/operands.ts";
import type { BlockId, Func, Module, ValueId } from "../../ir/types.ts";
import type { Span } from "../../kernel/abi/diagnostics.ts";
import type { FrontCheck } from "./front.ts";
import type { VariableFacts } from "./types.ts";

interface Use {
  readonly name: string;
  readonly span: Span;
  readonly value: ValueId;
  readonly block: BlockId;
}

interface Analysed {
  readonly uses: readonly Use[];
  readonly ranges: RangeInfo;
}

const analysed = new WeakMap<Func, Analysed>();

/** Facts about the variable whose name stands at `position`, or undefined where there is none. */
export function variableAt(tsModule: typeof ts, program: ts.Program, sourceFile: ts.SourceFile, front: FrontCheck, position: number): VariableFacts | undefined {
  const node = identifierAt(tsModule, sourceFile, position);
  if (!node) return undefined;
  const span = { file: sourceFile.fileName, start: node.getStart(sourceFile), length: node.text.length };
  const { module } = front.checked;
  const type = inferredType(program.getTypeChecker(), node, front) ?? integerType(tsModule, program.getTypeChecker(), node);
  const range = module && rangeOf(module, node.text, span);
  if (!type && !range) return undefined;
  return { name: node.text, span, ...(type && { type }), ...(range && { range: formatRange(range) }) };
}

/** The identifier that covers `position`, or ends there. */
export function identifierAt(tsModule: typeof ts, sourceFile: ts.SourceFile, position: number): ts.Identifier | undefined {
  let found: ts.Identifier | undefined;
  const visit = (node: ts.Node): void => {
    if (position < node.getStart(sourceFile) || position > node.getEnd()) return;
    if (tsModule.isIdentifier(node)) found = node;
    tsModule.forEachChild(node, visit);
  };
  visit(sourceFile);
  return found;
}

/** What the compiler inferred for the variable that `node` names, at its declaration. */
function inferredType(checker: ts.TypeChecker, node: ts.Identifier, { integers }: FrontCheck): string | undefined {
  const declaration = checker.getSymbolAtLocation(node)?.valueDeclaration;
  const name = declaration && "name" in declaration ? (declaration.name as ts.Node | undefined) : undefined;
  if (!name) return undefined;
  const file = name.getSourceFile();
  const start = name.getStart(file);
  return integers.find(({ span }) => span.start === start && span.file === file.fileName)?.type;
}

/** Name of the library's integer type of `node`, as TypeScript knows it. */
export function integerType(tsModule: typeof ts, checker: ts.TypeChecker, node: ts.Node): string | undefined {
  const type = checker.getTypeAtLocation(node);
  const name = type.aliasSymbol?.name;
  if (name !== undefined && /^[ui](8|16|32|64)$/.test(name)) return name;
  return type.flags & tsModule.TypeFlags.BooleanLike ? "boolean" : undefined;
}

/** What holds for `name` at `span`: in the smallest piece of IR around it that uses a value of that name. */
function rangeOf(module: Module, name: string, span: Span): Range | undefined {
  let best: { readonly size: number; readonly range: Range } | undefined;
  for (const func of module.funcs) {
    const { uses, ranges } = analyse(func);
    for (const use of uses) {
      if (use.name !== name || use.span.file !== span.file || use.span.start > span.start || use.span.start + use.span.length < span.start + span.length) continue;
      const range = ranges.in(use.value, use.block);
      if (range && (!best || use.span.length < best.size)) best = { size: use.span.length, range };
    }
  }
  return best?.range;
}

function analyse(func: Func): Analysed {
  const known = analysed.get(func);
  if (known) return known;
  const names = new Map<ValueId, string>();
  for (const block of func.blocks.values()) for (const instr of block.instrs) if (instr.id !== undefined && instr.name) names.set(instr.id, instr.name);
  const uses: Use[] = [];
  const note = (value: ValueId, span: Span | undefined, block: BlockId) => {
    const name = names.get(value);
    if (name !== undefined && span) uses.push({ name, span, value, block });
  };
  for (const block of func.blocks.values()) {
    for (const instr of block.instrs) {
      if (instr.id !== undefined) note(instr.id, instr.span, block.id);
      for (const value of operandsOf(instr)) note(value, instr.span, block.id);
    }
    const last = terminatorOperand(block.terminator);
    if (last !== undefined) note(last, block.terminator.span, block.id);
  }
  const result = { uses, ranges: analyzeRanges(func) };
  analysed.set(func, result);
  return result;
}
