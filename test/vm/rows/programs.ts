/**
 * The TypeScript source of the programs that rows are tested with: one function for each row of the table, whose byte ranges
 * and structs are parts of one shared buffer given by offset and length; and one for each handle operation, written by hand
 * since a handle lives inside one call.
 */
import { type ArgSpec, OPS, type OpRow } from "../../../kernel/abi/syscalls.ts";

/** Bytes of the shared buffer `mem`. */
export const MEMORY = 131072;

/** Where the handle programs' paths, directories, buffers and structs are: buffers of their own, which follow `mem` in `.bss`. */
export const PLACE = { path: MEMORY, directory: MEMORY + 8192, buffer: MEMORY + 16384, struct: 120000 } as const;

const PATH = "paths.subarray(0, pn)";
const DIRECTORY = "dirs.subarray(0, dn)";
const BUFFER = "data.subarray(0, bn)";
const STAT = "const st = mem.as<Stat>(120000);\n  if (st === null) return -E.FAULT;";

/** Parameters and body of each handle program. */
export const HANDLES: Readonly<Record<string, readonly [string, string]>> = {
  h_open: [
    "pn: u32, flags: i32, mode: u32",
    `using f = sys.open(${PATH}, flags, mode);
  if (!f.ok) return f.errno;
  return 0;`,
  ],
  h_read: [
    "pn: u32, flags: i32, bn: u32, at: i64",
    `using f = sys.open(${PATH}, flags);
  if (!f.ok) return f.errno;
  return f.read(${BUFFER}, at);`,
  ],
  h_read_twice: [
    "pn: u32",
    `using f = sys.open(${PATH}, O.RDONLY);
  if (!f.ok) return f.errno;
  const first = f.read(data.subarray(0, 6));
  if (first < 0) return first;
  return f.read(data.subarray(0, 6));`,
  ],
  h_write: [
    "pn: u32, flags: i32, bn: u32, at: i64",
    `using f = sys.open(${PATH}, flags, 0o644);
  if (!f.ok) return f.errno;
  return f.write(${BUFFER}, at);`,
  ],
  h_seek: [
    "pn: u32, offset: i64, whence: i32",
    `using f = sys.open(${PATH}, O.RDONLY);
  if (!f.ok) return f.errno;
  return f.seek(offset, whence);`,
  ],
  h_stat: [
    "pn: u32, flags: i32",
    `${STAT}
  using f = sys.open(${PATH}, flags);
  if (!f.ok) return f.errno;
  return f.stat(st);`,
  ],
  h_stat_at: [
    "dn: u32, pn: u32, flags: i32",
    `${STAT}
  using f = sys.open(${DIRECTORY}, O.PATH);
  if (!f.ok) return f.errno;
  return f.statAt(${PATH}, st, flags);`,
  ],
  h_open_at: [
    "dn: u32, pn: u32, bn: u32",
    `using f = sys.open(${DIRECTORY}, O.PATH);
  if (!f.ok) return f.errno;
  using g = f.open(${PATH}, O.RDONLY);
  if (!g.ok) return g.errno;
  return g.read(${BUFFER});`,
  ],
  h_read_file: [
    "dn: u32, pn: u32, bn: u32",
    `using f = sys.open(${DIRECTORY}, O.PATH);
  if (!f.ok) return f.errno;
  return f.readFile(${PATH}, ${BUFFER});`,
  ],
  h_read_dir: [
    "dn: u32, bn: u32, flags: i32",
    `using f = sys.open(${DIRECTORY}, flags);
  if (!f.ok) return f.errno;
  const first = f.readDir(${BUFFER});
  if (first <= 0) return first;
  return f.readDir(${BUFFER});`,
  ],
  pipe_eof: [
    "reader: i32, writer: i32, bn: u32",
    `const closed = sys.close(writer);
  if (closed < 0) return closed;
  return sys.read(reader, ${BUFFER});`,
  ],
};

/** Symbol of a row's function. */
export function symbolOf(row: OpRow): string {
  return `r_${row.name}`;
}

/** Rows that have a function of their own: those of `sys` whose result is no handle. */
export function plainRows(): readonly OpRow[] {
  return OPS.filter((row: OpRow) => row.on === "sys" && row.result.kind !== "handle");
}

export function rowPrograms(): string {
  const structs = [...new Set(plainRows().flatMap((row) => row.args.flatMap((arg) => (arg.kind === "struct" ? [arg.struct] : []))))];
  return [
    `import { anycall, buffer, E, O, sys, ${[...new Set([...structs, "Stat"])].map((name) => `type ${name}`).join(", ")}, type i32, type i64, type u32, type u64 } from "anycall";`,
    `export const mem = buffer(${MEMORY});`,
    ...["paths", "dirs", "data"].map((name) => `export const ${name} = buffer(8192);`),
    ...plainRows().map(rowFunction),
    ...Object.entries(HANDLES).map(([name, [parameters, body]]) => `export const ${name} = anycall((${parameters}): i64 => {\n  ${body}\n});`),
  ].join("\n");
}

function rowFunction(row: OpRow): string {
  const parameters = row.args.flatMap((arg, i) => parametersOf(arg, i));
  const checks = row.args.flatMap((arg, i) =>
    arg.kind === "struct" ? [`  const s${i} = mem.as<${arg.struct}>(a${i});`, `  if (s${i} === null) return -E.FAULT;`] : [],
  );
  const call = `sys.${row.name}(${row.args.map((arg, i) => operand(arg, i)).join(", ")})`;
  const [before, after] = row.result.type === "u64" ? ["(", ") as i64"] : ["", ""];
  return [`export const ${symbolOf(row)} = anycall((${parameters.join(", ")}): i64 => {`, ...checks, `  return ${before}${call}${after};`, "});"].join("\n");
}

function parametersOf(arg: ArgSpec, i: number): string[] {
  switch (arg.kind) {
    case "int":
    case "fd":
    case "flags":
      return [`a${i}: ${arg.type}`];
    case "path":
    case "in":
    case "out":
      return [`a${i}: u32`, `n${i}: u32`];
    case "struct":
      return [`a${i}: u32`];
    case "err":
    case "handle":
      return [];
  }
}

function operand(arg: ArgSpec, i: number): string {
  if (arg.kind === "struct") return `s${i}`;
  return arg.kind === "path" || arg.kind === "in" || arg.kind === "out" ? `mem.subarray(a${i}, a${i} + n${i})` : `a${i}`;
}
