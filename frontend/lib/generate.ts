/**
 * Makes sys.generated.ts, the typed face of kernel/abi's tables: `sys.*`, the open file, the structs of system calls and
 * the constants. A test holds the file equal to this (UPDATE_GENERATED=1 in the environment makes it write the file).
 */
import { CONSTANTS } from "../../kernel/abi/constants.ts";
import type { BoundaryType } from "../../kernel/abi/boundary.ts";
import { E, errnoRow } from "../../kernel/abi/errno.ts";
import { STRUCTS } from "../../kernel/abi/structs.ts";
import { type ArgSpec, OPS, type OpRow } from "../../kernel/abi/syscalls.ts";

const CONSTANT_DOCS: Readonly<Record<string, string>> = {
  O: "Flags of open(2).", AT: "Directory and flags of the …at(2) calls.", DT: "Types of directory entries, getdents64(2).", SEEK: "Whence of lseek(2).",
  CLOCK: "Clocks of clock_gettime(2).", S: "Bits of st_mode, inode(7).", GRND: "Flags of getrandom(2).", FD: "Standard descriptors.", F: "Commands of fcntl(2), types of locks, seals.", EPOLL: "Operations of epoll_ctl(2) and events of epoll(7).",
  MSG: "Flags of send(2) and recv(2).",
  LIMIT: "Longest path and file name in bytes.",
};

/** The text of sys.generated.ts. */
export function generateSys(): string {
  const rows: readonly OpRow[] = OPS;
  return [
    "// Generated from kernel/abi by frontend/lib/generate.ts: do not edit.",
    'import { notCompiled } from "./not-compiled.ts";',
    'import type { Dirents, Errno, Fd, i16, i32, i64, Path, u16, u32, u64 } from "./generated-types.ts";',
    "",
    ...Object.entries(STRUCTS).flatMap(([name, type]) => struct(name, type.fields)),
    "/** An open file: held, not a descriptor; released at the end of its `using` block. */",
    "export interface File extends Disposable {",
    "  readonly ok: true;",
    ...rows.filter((row) => row.on === "file" && !row.flags.includes("release")).flatMap(method),
    "  /** Entries of this directory. */",
    "  entries(): Dirents;",
    "}",
    "/** What `open` gives when it fails. `errno` is negative. */",
    "export interface NotOpened extends Disposable {",
    "  readonly ok: false;",
    "  readonly errno: Errno;",
    "}",
    "/** `using file = sys.open(…); if (!file.ok) return file.errno;` */",
    "export type Opened = File | NotOpened;",
    "",
    "/** System calls. Results are never errors thrown: a negative result is an error number. */",
    "export interface Sys {",
    ...rows.filter((row) => row.on === "sys").flatMap(method),
    "}",
    "",
    "const stub = (name: string) => (): never => {",
    "  throw notCompiled(" + "`sys.$" + "{name}`" + ");",
    "};",
    `export const sys: Sys = Object.fromEntries(${JSON.stringify(rows.filter((row) => row.on === "sys").map((row) => row.name))}.map((name) => [name, stub(name)])) as unknown as Sys;`,
    "",
    ...Object.entries(CONSTANTS).flatMap(([name, group]) => constants(name, group, () => undefined)),
    ...constants("E", E, (value) => errnoRow(value)?.text),
  ].join("\n");
}

function typeText(type: BoundaryType): string {
  if (type.kind === "int") return `${type.signed ? "i" : "u"}${type.bits}`;
  if (type.kind === "struct") return type.name;
  throw new Error(`no declaration for ${type.kind}`);
}

function struct(name: string, fields: readonly { name: string; type: BoundaryType }[]): string[] {
  return [`export interface ${name} { ${fields.map((field) => `${field.name}: ${typeText(field.type)}`).join("; ")} }`, ""];
}

/** Parameters as the author writes them: the handle is `this`, `err` is ours, `how` is flags and mode. */
function parameters(row: OpRow): string[] {
  return row.args.flatMap((arg): string[] => {
    if (arg.kind === "handle" || arg.kind === "err") return [];
    if (arg.name === "how") return ["flags: number", "mode?: number"];
    return [`${arg.name}${"optional" in arg && arg.optional !== undefined ? "?" : ""}: ${argType(arg)}`];
  });
}

function argType(arg: ArgSpec): string {
  switch (arg.kind) {
    case "fd":
      return "Fd";
    case "path":
      return "Path";
    case "in":
      return arg.text ? "Uint8Array | string" : "Uint8Array";
    case "out":
      return "Uint8Array";
    case "struct":
      return arg.struct;
    default:
      return "number";
  }
}

function resultType(row: OpRow): string {
  if (row.result.kind === "handle") return "Opened";
  if (row.result.kind === "errno") return "Errno";
  if (row.result.kind === "fd") return "Fd";
  return row.result.type;
}

function method(row: OpRow): string[] {
  return [`  /** ${row.summary} ${row.man} */`, `  ${row.name}(${parameters(row).join(", ")}): ${resultType(row)};`];
}

function constants(name: string, group: Readonly<Record<string, number>>, doc: (value: number) => string | undefined): string[] {
  const key = (member: string) => (/^[A-Z_]\w*$/.test(member) ? member : JSON.stringify(member));
  return [
    `/** ${CONSTANT_DOCS[name] ?? "Error numbers, errno(3). Results are negative: `-E.NOENT`."} */`,
    `export const ${name} = {`,
    ...Object.entries(group).map(([member, value]) => {
      const text = doc(value);
      return `${text === undefined ? "" : `  /** ${text} */\n`}  ${key(member)}: ${value},`;
    }),
    "} as const;",
    "",
  ];
}
