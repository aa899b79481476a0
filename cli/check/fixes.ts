/**
 * Fixes that an editor can apply, one row a code: edits of the source made from the node that a diagnostic stands at. A diagnostic
 * that carries edits of its own brings them itself. A row answers undefined where it can't be sure.
 */
import type ts from "typescript";
import type { Diagnostic, DiagnosticCode, TextEdit } from "../../kernel/abi/diagnostics.ts";

export interface Fix {
  readonly title: string;
  readonly edits: readonly TextEdit[];
}

interface Place {
  readonly ts: typeof ts;
  readonly sourceFile: ts.SourceFile;
  /** The smallest node that covers the diagnostic. */
  readonly node: ts.Node;
}

type Maker = (place: Place) => Fix | undefined;

/** What this service can mend, beside the edits of diagnostics. */
const MAKERS: Partial<Record<DiagnosticCode, Maker>> = {
  AC1004: (place) => declareBy(place, "using"),
  AC1005: (place) => declareBy(place, "const"),
  AC1006: (place) => declareBy(place, "const"),
  AC1009: replaceMath,
  AC1025: testOpened,
  AC2002: (place) => wrapLiteral(place),
  AC2003: (place) => castOperand(place),
  AC2008: (place) => nameWidth(place),
  AC2010: (place) => testIndex(place),
  AC2009: (place) => testIndex(place),
};

export const FIXABLE: readonly DiagnosticCode[] = Object.keys(MAKERS) as DiagnosticCode[];

/** The fixes for `diagnostic` of `sourceFile`. Never throws. */
export function fixesFor(tsModule: typeof ts, sourceFile: ts.SourceFile, diagnostic: Diagnostic): Fix[] {
  const fixes: Fix[] = diagnostic.edits ? [{ title: diagnostic.fix ?? "Apply the fix", edits: diagnostic.edits }] : [];
  const { span } = diagnostic;
  if (!span || span.file !== sourceFile.fileName) return fixes;
  try {
    const made = MAKERS[diagnostic.code]?.({ ts: tsModule, sourceFile, node: nodeAt(tsModule, sourceFile, span.start, span.length) });
    if (made) fixes.push(made);
  } catch {
    // A fix is an offer: text that is being typed may fit none of the shapes.
  }
  return fixes;
}

/** The largest node of exactly this place, else the smallest that covers it. */
function nodeAt(tsModule: typeof ts, sourceFile: ts.SourceFile, start: number, length: number): ts.Node {
  let found: ts.Node = sourceFile;
  const visit = (node: ts.Node): void => {
    if (node.getStart(sourceFile) > start || node.getEnd() < start + length) return;
    const exact = found.getStart(sourceFile) === start && found.getEnd() === start + length && found !== sourceFile;
    if (exact) return;
    found = node;
    tsModule.forEachChild(node, visit);
  };
  tsModule.forEachChild(sourceFile, visit);
  return found;
}

function edit({ sourceFile }: Place, start: number, end: number, text: string): TextEdit {
  return { span: { file: sourceFile.fileName, start, length: end - start }, text };
}

/** `let file = …` → `using file = …`; `let page = …` → `const page = …`. */
function declareBy(place: Place, keyword: "using" | "const"): Fix | undefined {
  const { ts, sourceFile } = place;
  const list = ts.findAncestor(place.node, ts.isVariableDeclarationList) ?? (ts.isVariableStatement(place.node) ? place.node.declarationList : undefined);
  if (list?.declarations.length !== 1) return undefined;
  // Module memory and marked functions have no other mend than this one at module level.
  if (keyword === "const" && !ts.isSourceFile(list.parent.parent)) return undefined;
  const start = list.getStart(sourceFile);
  const written = /^(let|const|var)\b/.exec(sourceFile.text.slice(start))?.[1];
  if (!written || written === keyword) return undefined;
  return { title: `Declare it by \`${keyword}\``, edits: [edit(place, start, start + written.length, keyword)] };
}

/** `Math.floor(x)` → `x`: numbers are integers. `Math.min(a, b)` → `min(a, b)`, imported. */
function replaceMath(place: Place): Fix | undefined {
  const { ts, sourceFile, node } = place;
  const call = ts.isCallExpression(node) ? node : ts.findAncestor(node, ts.isCallExpression);
  if (!call || !ts.isPropertyAccessExpression(call.expression) || call.expression.expression.getText(sourceFile) !== "Math") return undefined;
  const name = call.expression.name.text;
  const [argument] = call.arguments;
  if (["floor", "ceil", "round", "trunc"].includes(name) && argument && call.arguments.length === 1) {
    return { title: `Leave out Math.${name}: integers need none`, edits: [edit(place, call.getStart(sourceFile), call.getEnd(), `(${argument.getText(sourceFile)})`)] };
  }
  if (name !== "min" && name !== "max") return undefined;
  const imported = importEdit(place, name);
  return imported && { title: `Use ${name} of "anycall"`, edits: [edit(place, call.expression.getStart(sourceFile), call.expression.getEnd(), name), ...imported] };
}

/** Adds `if (!file.ok) return file.errno;` before the statement. */
function testOpened(place: Place): Fix | undefined {
  const { ts, node } = place;
  const base = ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) ? node.expression.expression : ts.isPropertyAccessExpression(node) ? node.expression : node;
  if (!ts.isIdentifier(base)) return undefined;
  const before = statementStart(place);
  return before && { title: `Leave if \`${base.text}\` is not open`, edits: [edit(place, before.start, before.start, `if (!${base.text}.ok) return ${base.text}.errno;\n${before.indent}`)] };
}

/** `const x: u8 = 300` → `u8.wrap(300)` is a call on purpose: only offered where the cast is written as one. */
function wrapLiteral(place: Place): Fix | undefined {
  const { ts, sourceFile, node } = place;
  const call = ts.isCallExpression(node) ? node : ts.isCallExpression(node.parent) ? node.parent : undefined;
  if (!call || !ts.isIdentifier(call.expression) || !/^[ui](8|16|32|64)$/.test(call.expression.text)) return undefined;
  const end = call.expression.getEnd();
  return { title: `Wrap on purpose: ${call.expression.getText(sourceFile)}.wrap`, edits: [edit(place, end, end, ".wrap")] };
}

/** `a + b` → `a + u64(b)`, for the operand that is no u64 by its name's look: the right one. */
function castOperand(place: Place): Fix | undefined {
  const { ts, sourceFile, node } = place;
  if (!ts.isBinaryExpression(node)) return undefined;
  const imported = importEdit(place, "u64");
  if (!imported) return undefined;
  const { right } = node;
  return { title: "Check the sign when it runs: u64(…)", edits: [edit(place, right.getStart(sourceFile), right.getEnd(), `u64(${right.getText(sourceFile)})`), ...imported] };
}

/** `n: number` → `n: i64`; a missing result type becomes `: i64`. */
function nameWidth(place: Place): Fix | undefined {
  const { ts, sourceFile, node } = place;
  const imported = importEdit(place, "i64", true);
  if (!imported) return undefined;
  const parameter = ts.findAncestor(node, ts.isParameter);
  const fn = ts.isFunctionLike(node) ? node : ts.isCallExpression(node) && node.arguments[0] && ts.isFunctionLike(node.arguments[0]) ? node.arguments[0] : undefined;
  const type = parameter?.type ?? (node.kind === ts.SyntaxKind.NumberKeyword ? node : fn?.type);
  if (type?.kind === ts.SyntaxKind.NumberKeyword) return { title: "Give it a width: i64", edits: [edit(place, type.getStart(sourceFile), type.getEnd(), "i64"), ...imported] };
  if (parameter && !parameter.type) return { title: "Give it a width: i64", edits: [edit(place, parameter.name.getEnd(), parameter.name.getEnd(), ": i64"), ...imported] };
  if (!fn || fn.type) return undefined;
  const close = sourceFile.text.indexOf(")", fn.parameters.end);
  return close < 0 ? undefined : { title: "Give the result a width: i64", edits: [edit(place, close + 1, close + 1, ": i64"), ...imported] };
}

/** Adds `if (i >= page.length) return 0;` before the statement. */
function testIndex(place: Place): Fix | undefined {
  const { ts, node } = place;
  const access = ts.isElementAccessExpression(node) ? node : ts.findAncestor(node, ts.isElementAccessExpression);
  if (!access || !ts.isIdentifier(access.expression) || !ts.isIdentifier(access.argumentExpression)) return undefined;
  const [memory, index] = [access.expression.text, access.argumentExpression.text];
  const before = statementStart(place);
  const test = `if (${index} < 0 || ${index} >= ${memory}.length) return 0;`;
  return before && { title: `Test \`${index}\` before the access`, edits: [edit(place, before.start, before.start, `${test}\n${before.indent}`)] };
}

/** Where a statement can be put before the one that holds the place: only directly in a block. */
function statementStart({ ts, sourceFile, node }: Place): { start: number; indent: string } | undefined {
  const statement = ts.findAncestor(node, (n) => ts.isStatement(n) && !ts.isBlock(n));
  if (!statement || !ts.isBlock(statement.parent)) return undefined;
  const start = statement.getStart(sourceFile);
  const line = sourceFile.text.lastIndexOf("\n", start - 1) + 1;
  return { start, indent: /^[ \t]*/.exec(sourceFile.text.slice(line, start))![0] };
}

/** Edits that import `name` from "anycall": none if it is; undefined where the file imports nothing from there. */
function importEdit(place: Place, name: string, asType = false): TextEdit[] | undefined {
  const { ts, sourceFile } = place;
  for (const statement of sourceFile.statements) {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier) || statement.moduleSpecifier.text !== "anycall") continue;
    const bindings = statement.importClause?.namedBindings;
    if (!bindings || !ts.isNamedImports(bindings) || bindings.elements.length === 0) continue;
    const known = bindings.elements.find((element) => element.name.text === name);
    if (known && !(known.isTypeOnly && !asType)) return [];
    if (known) return [edit(place, known.getStart(sourceFile), known.getEnd(), name)];
    const end = bindings.elements.at(-1)!.getEnd();
    return [edit(place, end, end, `, ${asType ? "type " : ""}${name}`)];
  }
  return undefined;
}
