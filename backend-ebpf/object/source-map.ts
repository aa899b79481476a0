/**
 * NAME.bpf.o.map: a source map, version 3, for an object file. A generated line is a function (programs, then
 * subprograms, in the object's order), a generated column a byte offset in it. `x_anycall` says where each variable lives.
 */
import { INSN_SIZE, ObjectError } from "./elf.ts";
import { SourceIndex } from "./lines.ts";
import type { CodeUnit, LinkedObject, ObjectInput, VariableRange } from "./types.ts";
import { decodeVlq, encodeVlq } from "./vlq.ts";

/** The file's content. */
export interface ObjectSourceMap {
  readonly version: 3;
  /** Name of the object file. */
  readonly file: string;
  readonly sources: readonly string[];
  readonly sourcesContent?: readonly (string | null)[];
  readonly names: readonly string[];
  readonly mappings: string;
  readonly x_anycall: {
    readonly version: 1;
    /** In the order of generated lines. */
    readonly functions: readonly { readonly symbol: string; readonly variables: readonly VariableRange[] }[];
  };
}

export interface SourceMapOptions {
  /** How a source is called in the map, for example relative to it; default: as in the spans. */
  readonly sourceName?: (file: string) => string;
  /** Whether the map carries the sources' text. */
  readonly content?: boolean;
}

/** One mapping: from this byte offset of the function on, code stems from this place. Line 1-based, column 0-based. */
export interface Mapping {
  readonly offset: number;
  readonly source: string;
  readonly line: number;
  readonly column: number;
}

/** The map of the object that writeObject makes of `input`, as JSON text. `file` is the object file's name. Same input, same text. */
export function writeSourceMap(input: ObjectInput, file: string, options: SourceMapOptions = {}): string {
  const index = new SourceIndex(input.sources);
  const units = unitsOf(input);
  const files: string[] = [];
  const previous = { source: 0, line: 0, column: 0 };
  const lines = units.map((unit) => {
    let offset = 0;
    return index
      .linesOf(unit, input.meta.source)
      .map(({ insn, file: source, line, column }) => {
        if (!files.includes(source)) files.push(source);
        const now = { source: files.indexOf(source), line: line - 1, column: column - 1 };
        const at = insn * INSN_SIZE;
        const segment = encodeVlq([at - offset, now.source - previous.source, now.line - previous.line, now.column - previous.column]);
        offset = at;
        Object.assign(previous, now);
        return segment;
      })
      .join(",");
  });
  const map: ObjectSourceMap = {
    version: 3,
    file,
    sources: files.map((source) => options.sourceName?.(source) ?? source),
    ...(options.content && { sourcesContent: files.map((source) => input.sources.get(source) ?? null) }),
    names: [],
    mappings: lines.join(";"),
    x_anycall: { version: 1, functions: units.map(({ symbol, variables }) => ({ symbol, variables })) },
  };
  return `${JSON.stringify(map)}\n`;
}

function unitsOf(input: ObjectInput): CodeUnit[] {
  return [...input.programs, ...(input.subprograms ?? [])];
}

export interface ReadSourceMap {
  readonly map: ObjectSourceMap;
  /** By function symbol, ascending by offset. */
  readonly mappings: ReadonlyMap<string, readonly Mapping[]>;
  readonly variables: ReadonlyMap<string, readonly VariableRange[]>;
}

/** Reads what writeSourceMap wrote. Throws ObjectError for anything else. */
export function readSourceMap(text: string): ReadSourceMap {
  let map: ObjectSourceMap;
  try {
    map = JSON.parse(text) as ObjectSourceMap;
  } catch {
    throw new ObjectError("the source map is no JSON");
  }
  const functions: unknown = map?.x_anycall?.functions;
  if (map?.version !== 3 || typeof map.mappings !== "string" || !Array.isArray(map.sources) || !Array.isArray(functions)) {
    throw new ObjectError("not the source map of an AnyCall object");
  }
  if (!map.x_anycall.functions.every((fn) => typeof fn?.symbol === "string" && Array.isArray(fn.variables) && fn.variables.every(isVariableRange))) {
    throw new ObjectError("the source map's variables are malformed");
  }
  const lines = decodeMappings(map);
  return {
    map,
    mappings: new Map(map.x_anycall.functions.map(({ symbol }, i) => [symbol, lines[i] ?? []])),
    variables: new Map(map.x_anycall.functions.map(({ symbol, variables }) => [symbol, variables])),
  };
}

function isVariableRange(value: unknown): value is VariableRange {
  const range = value as VariableRange | null;
  const location = range?.location;
  const place = location?.kind === "register" ? location.register : location?.kind === "stack" ? location.offset : undefined;
  return typeof range?.name === "string" && Number.isInteger(range.from) && Number.isInteger(range.to) && Number.isInteger(place);
}

function decodeMappings(map: ObjectSourceMap): Mapping[][] {
  let [source, line, column] = [0, 0, 0];
  try {
    return map.mappings.split(";").map((text) => {
      let offset = 0;
      return text
        .split(",")
        .filter((segment) => segment !== "")
        .map((segment) => {
          const fields = decodeVlq(segment);
          if (fields.length < 4) throw new RangeError("a mapping has no source");
          offset += fields[0]!;
          source += fields[1]!;
          line += fields[2]!;
          column += fields[3]!;
          const name = map.sources[source];
          if (typeof name !== "string" || offset < 0 || line < 0 || column < 0) throw new RangeError("a mapping points outside the sources");
          return { offset, source: name, line: line + 1, column };
        });
    });
  } catch (error) {
    throw new ObjectError(`the source map is malformed: ${(error as Error).message}`);
  }
}

/** The object with the variable ranges of its map; those of subprograms are moved to where the linker put them. */
export function withVariables(object: LinkedObject, source: ReadSourceMap): LinkedObject {
  return {
    ...object,
    programs: object.programs.map((program) => {
      const starts = program.funcInfo.length > 0 ? program.funcInfo : [{ insn: 0, name: program.name }];
      const variables = starts.flatMap(({ insn, name }) =>
        (source.variables.get(name ?? "") ?? []).map((range) => ({ ...range, from: range.from + insn, to: range.to + insn })),
      );
      return { ...program, variables };
    }),
  };
}
