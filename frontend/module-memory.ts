/** Module-level memory of a source file: `const page = buffer(n)`, `const hits = global<u64>(0)`, `const rows = table<Row>(n)`. */
import type ts from "typescript";
import { alignUp, type BoundaryType, layoutOf, type StructType } from "../kernel/abi/boundary.ts";
import { MAP_LIMITS, MAP_TYPE } from "../kernel/abi/maps.ts";
import type { MapSpec, Region } from "../ir/types.ts";
import { Poisoned, refuse, UserError } from "./diagnostics.ts";
import { FunctionBuilder } from "../ir/builder.ts";
import { Lowering } from "./lower/context.ts";
import { lowerExpression } from "./lower/expressions.ts";
import type { ModuleContext, ModuleMemory } from "./lower/module.ts";
import { isMemoryType, type MemoryType } from "./types/types.ts";
import type { Value } from "./values.ts";

/** Ids that frame regions have: module memory of that name gets another id. */
const FRAME_REGIONS: ReadonlySet<string> = new Set(["args", "result"]);
/** Largest buffer in bytes. */
const BUFFER_MAX = 1n << 30n;

export function collectMemory(module: ModuleContext): void {
  const { ts } = module;
  for (const statement of module.sourceFile.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const declaration of statement.declarationList.declarations) {
      const { initializer, name } = declaration;
      if (!initializer || !ts.isCallExpression(initializer) || !ts.isIdentifier(name)) continue;
      const kind = module.library.nameAt(initializer.expression);
      if (kind !== "buffer" && kind !== "global" && kind !== "table" && kind !== "hash") continue;
      const symbol = module.checker.getSymbolAtLocation(name);
      if (!symbol) continue;
      try {
        if ((statement.declarationList.flags & ts.NodeFlags.Const) === 0) refuse("AC1006", name, `${name.text} must be a constant: const ${name.text} = ${kind}(…)`);
        const exported = ts.getModifiers(statement)?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword) ?? false;
        const { region, row, hash } = makeRegion(module, kind, name.text, initializer);
        const taken = FRAME_REGIONS.has(region.id) || module.regions.has(region.id);
        const complete: Region = { ...region, ...(taken ? { id: `${region.id}.${module.regions.size}` } : {}), ...(exported ? { exported: true } : {}) };
        module.regions.set(complete.id, complete);
        module.memory.set(symbol, { kind, name: name.text, node: initializer, region: complete, ...(complete.type ? { type: complete.type } : {}), ...(row ? { row } : {}), ...(hash ? { hash } : {}) });
      } catch (error) {
        module.refused.add(symbol);
        if (error instanceof UserError) module.diagnostics.push(error.diagnostic);
        else if (!(error instanceof Poisoned)) throw error;
      }
    }
  }
}

function makeRegion(module: ModuleContext, kind: ModuleMemory["kind"], name: string, call: ts.CallExpression): { readonly region: Region } & Pick<ModuleMemory, "row" | "hash"> {
  if (kind === "hash") return hashRegion(module, name, call);
  if (kind === "table") return tableRegion(module, name, call);
  return { region: kind === "buffer" ? bufferRegion(module, name, call) : globalRegion(module, name, call) };
}

/** Evaluates a constant of the module: nothing is emitted that lasts. */
function evaluate(module: ModuleContext, node: ts.Expression): { value: Value; ctx: Lowering } {
  const ctx = new Lowering(module, new FunctionBuilder({ name: "constant", signature: { params: [], result: { kind: "void" }, resultOffset: 8 } }));
  ctx.frames.push({ node, returnType: undefined, handles: 0, targets: [], returns: [] });
  return { value: lowerExpression(ctx, node), ctx };
}

function bufferRegion(module: ModuleContext, name: string, call: ts.CallExpression): Region {
  const [argument] = call.arguments;
  const size = argument ? evaluate(module, argument).value : refuse("AC1006", call, "buffer(n) needs its size in bytes");
  if (size.kind !== "int" || size.literal === undefined) return refuse("AC1007", argument ?? call, "the size of a buffer is a constant");
  if (size.literal < 1n || size.literal > BUFFER_MAX) return refuse("AC1006", argument ?? call, `a buffer has 1 to ${BUFFER_MAX} bytes`);
  return { id: name, kind: "buffer", size: Number(size.literal), align: 8, name };
}

/** Kinds of hash maps by the options of `hash`. */
const HASH_TYPES = { "": MAP_TYPE.HASH, lru: MAP_TYPE.LRU_HASH, perCpu: MAP_TYPE.PERCPU_HASH, "lru perCpu": MAP_TYPE.LRU_PERCPU_HASH } as const;
/** Most elements of a map, whose memory is reserved when it is made. */
const ENTRIES_MAX = 1n << 24n;

function hashRegion(module: ModuleContext, name: string, call: ts.CallExpression): { readonly region: Region } & Pick<ModuleMemory, "hash"> {
  const [keyNode, valueNode] = call.typeArguments ?? [];
  if (!keyNode || !valueNode) return refuse("AC2004", call, "hash<K, V>(n) needs the types of its keys and values", { fix: "Write them, as in hash<u32, u64>(1024)." });
  const part = (node: ts.TypeNode, what: string): MemoryType => {
    const type = module.declaredType(node);
    return type.kind === "int" || type.kind === "struct" ? type : refuse("AC2004", node, `the ${what} of a map are integers or structs`);
  };
  const hash = { key: part(keyNode, "keys"), value: part(valueNode, "values") };
  const [keySize, size] = [layoutOf(hash.key).size, layoutOf(hash.value).size];
  if (keySize > MAP_LIMITS.keyMax) return refuse("AC1011", keyNode, `a key has at most ${MAP_LIMITS.keyMax} bytes, this one has ${keySize}`);
  const [argument, options] = call.arguments;
  const entries = argument ? evaluate(module, argument).value : refuse("AC1011", call, "hash<K, V>(n) needs its number of entries");
  if (entries.kind !== "int" || entries.literal === undefined) return refuse("AC1007", argument ?? call, "the number of entries of a map is a constant");
  if (entries.literal < 1n || entries.literal > ENTRIES_MAX) return refuse("AC1011", argument ?? call, `a map has 1 to ${ENTRIES_MAX} entries`);
  const type = HASH_TYPES[options ? hashKind(module, options) : ""];
  if (size > MAP_LIMITS.perCpuValueMax && (type === MAP_TYPE.PERCPU_HASH || type === MAP_TYPE.LRU_PERCPU_HASH)) return refuse("AC1011", valueNode, `a value for each CPU has at most ${MAP_LIMITS.perCpuValueMax} bytes, this one has ${size}`);
  const map: MapSpec = { type, entries: Number(entries.literal), key: hash.key, value: hash.value };
  return { region: { id: name, kind: "map", size, align: 8, name, map }, hash };
}

/** `{ lru: true, perCpu: true }`, in that order. */
function hashKind(module: ModuleContext, options: ts.Expression): keyof typeof HASH_TYPES {
  const { ts } = module;
  const on = new Set<string>();
  for (const member of ts.isObjectLiteralExpression(options) ? options.properties : refuse("AC1011", options, "the kind of a map is written here: { lru: true }, { perCpu: true } or both")) {
    if (!ts.isPropertyAssignment(member) || member.initializer.kind !== ts.SyntaxKind.TrueKeyword) return refuse("AC1011", member, "the kind of a map is written as { lru: true }");
    on.add(member.name.getText());
  }
  return [...(on.has("lru") ? ["lru"] : []), ...(on.has("perCpu") ? ["perCpu"] : [])].join(" ") as keyof typeof HASH_TYPES;
}

/** Rows one after the other, as an array of the struct. */
function tableRegion(module: ModuleContext, name: string, call: ts.CallExpression): { readonly region: Region; readonly row: StructType } {
  const [given] = call.typeArguments ?? [];
  if (!given) return refuse("AC2004", call, "table<T>(n) needs the type of its rows", { fix: "Write it, as in table<Row>(64)." });
  const row = module.declaredType(given);
  if (row.kind !== "struct") return refuse("AC2004", given, "the rows of a table are structs");
  const [argument] = call.arguments;
  const length = argument ? evaluate(module, argument).value : refuse("AC1010", call, "table<T>(n) needs its number of rows");
  if (length.kind !== "int" || length.literal === undefined) return refuse("AC1007", argument ?? call, "the number of rows of a table is a constant");
  if (length.literal < 1n || length.literal * BigInt(row.size) > BUFFER_MAX) return refuse("AC1010", argument ?? call, `a table of ${row.size}-byte rows has 1 to ${BUFFER_MAX / BigInt(row.size)} of them`);
  const count = Number(length.literal);
  return { region: { id: name, kind: "buffer", size: count * row.size, align: alignUp(row.align, 8), name, type: { kind: "array", element: row, length: count } }, row };
}

function globalRegion(module: ModuleContext, name: string, call: ts.CallExpression): Region {
  const [argument] = call.arguments;
  if (!argument) return refuse("AC1006", call, "global(v) needs its first value");
  const [given] = call.typeArguments ?? [];
  const declared = given ? module.declaredType(given) : undefined;
  const { value, ctx } = evaluate(module, argument);
  const type = declared ?? (value.kind === "int" ? ({ kind: "int", bits: 64, signed: true } as const) : value.kind === "bool" ? ({ kind: "bool" } as const) : undefined);
  if (!type || !isMemoryType(type) || type.kind === "str" || type.kind === "array") return refuse("AC2004", call, "a global holds an integer, a boolean or a struct: write the type, as in global<u64>(0)");
  const init = new Uint8Array(layoutOf(type).size);
  fill(ctx, init, 0, type, value, argument);
  return { id: name, kind: "global", size: init.length, align: Math.max(8, layoutOf(type).align), name, init, type };
}

function fill(ctx: Lowering, init: Uint8Array, at: number, type: BoundaryType, value: Value, node: ts.Node): void {
  if (type.kind === "int" && value.kind === "int") {
    const known = value.literal ?? ctx.b.constantOf(value.id);
    if (known === undefined) return refuse("AC1007", node, "the first value is a constant");
    const [min, max] = type.signed ? [-(1n << BigInt(type.bits - 1)), (1n << BigInt(type.bits - 1)) - 1n] : [0n, (1n << BigInt(type.bits)) - 1n];
    if (known < min || known > max) return refuse("AC2002", node, `${known} does not fit`);
    for (let i = 0; i < type.bits / 8; i++) init[at + i] = Number(BigInt.asUintN(8, known >> BigInt(8 * i)));
  } else if (type.kind === "bool" && value.kind === "bool") init[at] = Number(ctx.b.constantOf(value.id) ?? refuse("AC1007", node, "the first value is a constant"));
  else if (type.kind === "struct" && value.kind === "object") {
    for (const field of type.fields) fill(ctx, init, at + field.offset, field.type, value.fields.get(field.name) ?? refuse("AC2005", node, `the field ${field.name} is missing`), node);
  } else refuse("AC2005", node, "the first value does not have the global's type");
}
