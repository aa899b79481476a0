/** Trees as TypeScript text. Parentheses around every operation: precedence is the parser's business, not this test's. */
import { BUFFERS, type Expr, FIELDS, GLOBAL, type Helper, INT_NAMES, type SourceProgram, type Stmt, type Target, type Type } from "./tree.ts";

const typeText = (type: Type) => (type === "bool" ? "boolean" : type);

export function printSource(program: SourceProgram): string {
  const { main } = program;
  const types = INT_NAMES.join(", ");
  return [
    `import { anycall, assert, buffer, global, max, min, O, range, sys, zero, ${types} } from "anycall";`,
    ...Object.entries(BUFFERS).map(([name, size]) => `export const ${name} = buffer(${size});`),
    `export const ${GLOBAL.name} = global<${GLOBAL.type}>(${GLOBAL.initial});`,
    `interface S { ${Object.entries(FIELDS)
      .map(([name, type]) => `${name}: ${type}`)
      .join("; ")} }`,
    ...program.helpers.flatMap((helper) => [`function ${helper.name}${signature(helper)} {`, ...printBlock(helper.body, 1), "}"]),
    `export const ${main.name} = anycall(${signature(main)} => {`,
    "  const s = zero<S>();",
    ...printBlock(main.body, 1),
    "});",
    "",
  ].join("\n");
}

function signature(helper: Helper): string {
  const result = helper.results.length === 1 ? helper.results[0]! : `[${helper.results.join(", ")}]`;
  return `(${helper.params.map(({ name, type }) => `${name}: ${type}`).join(", ")}): ${result}`;
}

function printBlock(stmts: readonly Stmt[], depth: number): string[] {
  return stmts.flatMap((stmt) => printStmt(stmt, depth).map((line) => `${"  ".repeat(depth)}${line}`));
}

const nested = (stmts: readonly Stmt[]) => printBlock(stmts, 1);
const label = (name: string | undefined) => (name === undefined ? "" : `${name}: `);

function printStmt(stmt: Stmt, _depth: number): string[] {
  switch (stmt.kind) {
    case "let":
      return [`let ${stmt.name}: ${typeText(stmt.type)} = ${printExpr(stmt.value)};`];
    case "assign":
      return [`${printTarget(stmt.target)} ${stmt.op ?? ""}= ${printExpr(stmt.value)};`];
    case "step":
      return [`${printTarget(stmt.target)}${stmt.op};`];
    case "stepped":
      return [`const ${stmt.name} = ${stmt.prefix ? stmt.op : ""}${printTarget(stmt.target)}${stmt.prefix ? "" : stmt.op};`];
    case "if":
      return [`if (${printExpr(stmt.cond)}) {`, ...nested(stmt.then), ...(stmt.else.length > 0 ? ["} else {", ...nested(stmt.else)] : []), "}"];
    case "for":
      return [`${label(stmt.label)}for (let ${stmt.name}: ${stmt.type} = 0; ${stmt.name} < ${stmt.count}; ${stmt.name}++) {`, ...nested(stmt.body), "}"];
    case "while":
      return [
        `let ${stmt.name}: u32 = 0;`,
        `${label(stmt.label)}while (${stmt.name} < ${stmt.count} && ${printExpr(stmt.cond)}) {`,
        `  ${stmt.name}++;`,
        ...nested(stmt.body),
        "}",
      ];
    case "do":
      return [
        `let ${stmt.name}: u32 = 0;`,
        `${label(stmt.label)}do {`,
        `  ${stmt.name}++;`,
        ...nested(stmt.body),
        `} while (${stmt.name} < ${stmt.count} && ${printExpr(stmt.cond)});`,
      ];
    case "range": {
      const ends = stmt.from === null ? printExpr(stmt.to) : `${printExpr(stmt.from)}, ${printExpr(stmt.to)}, ${stmt.step}`;
      return [`${label(stmt.label)}for (const ${stmt.name} of range(${ends})) {`, ...nested(stmt.body), "}"];
    }
    case "bytes":
      return [`${label(stmt.label)}for (const ${stmt.name} of ${view(stmt)}) {`, ...nested(stmt.body), "}"];
    case "switch":
      return [
        `switch (${printExpr(stmt.on)}) {`,
        ...stmt.cases.flatMap(({ value, body, falls }) => [
          `  ${value === null ? "default" : `case ${value}`}: {`,
          ...printBlock(body, 2),
          "  }",
          ...(falls ? [] : ["  break;"]),
        ]),
        "}",
      ];
    case "break":
    case "continue":
      return [`${stmt.kind}${stmt.label === undefined ? "" : ` ${stmt.label}`};`];
    case "tuple":
      return [`const [${stmt.names.join(", ")}] = ${stmt.fn}(${stmt.args.map(printExpr).join(", ")});`];
    case "assert":
      return [`assert(${printExpr(stmt.cond)}, ${stmt.code});`];
    case "file":
      return [
        "{",
        `  using ${stmt.name} = sys.open(${JSON.stringify(stmt.path)}, O.RDONLY);`,
        `  if (${stmt.name}.ok) {`,
        `    ${stmt.result} = ${stmt.name}.read(${view(stmt)});`,
        ...printBlock(stmt.body, 2),
        `  } else ${stmt.result} = ${stmt.name}.errno;`,
        "}",
      ];
    case "return":
      return [`return ${stmt.values.length === 1 ? printExpr(stmt.values[0]!) : `[${stmt.values.map(printExpr).join(", ")}]`};`];
  }
}

function view({ buf, from, to }: { readonly buf: string; readonly from: Expr; readonly to: Expr }): string {
  return `${buf}.subarray(${printExpr(from)}, ${printExpr(to)})`;
}

function printTarget(target: Target): string {
  switch (target.kind) {
    case "var":
      return target.name;
    case "byte":
      return `${target.buf}[${printExpr(target.at)}]`;
    case "field":
      return `s.${target.name}`;
    case "global":
      return `${GLOBAL.name}.value`;
  }
}

export function printExpr(expr: Expr): string {
  switch (expr.kind) {
    case "lit":
      return literalText(expr.value);
    case "bool":
      return String(expr.value);
    case "var":
    case "byte":
    case "field":
    case "global":
      return printTarget(expr);
    case "bin":
    case "cmp":
    case "logic":
      // `a << (` begins a list of type arguments where TypeScript finds a `>` later: a sign keeps the parenthesis away.
      if (expr.op === "<<") return `(${printExpr(expr.a)} << +${printExpr(expr.b)})`;
      return `(${printExpr(expr.a)} ${expr.op} ${printExpr(expr.b)})`;
    case "neg":
      return `(-(${printExpr(expr.a)}))`;
    case "complement":
      return `(~${printExpr(expr.a)})`;
    case "not":
      return `(!${printExpr(expr.a)})`;
    case "cast":
      return `${expr.type}(${printExpr(expr.a)})`;
    case "wrap":
      return `${expr.type}.wrap(${printExpr(expr.a)})`;
    case "cond":
      return `(${printExpr(expr.c)} ? ${printExpr(expr.a)} : ${printExpr(expr.b)})`;
    case "extreme":
      return `${expr.op}(${printExpr(expr.a)}, ${printExpr(expr.b)})`;
    case "call":
      return `${expr.fn}(${expr.args.map(printExpr).join(", ")})`;
    case "sys":
      return `sys.${expr.op}()`;
    case "transfer":
      return expr.op === "getrandom" ? `sys.getrandom(${view(expr)})` : `sys.${expr.op}(${printExpr(expr.fd)}, ${view(expr)})`;
  }
}

/** Beyond what a double holds exactly, hexadecimal or not, literals are written as sums of exact ones elsewhere: here they are small. */
function literalText(value: bigint): string {
  return value < 0n ? `(-${-value})` : String(value);
}
