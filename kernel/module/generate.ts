/**
 * Makes the generated C files of anycall.ko from the table of system calls: structs, prototypes and the list of kernel
 * functions (table.generated.h), and the functions that only hand their arguments to the kernel's own entry
 * (entry.generated.c). What a row's function does beyond that is written by hand and named in DIRECT. A test holds the files
 * equal to this (UPDATE_GENERATED=1 in the environment makes it write them).
 */
import type { BoundaryType } from "../abi/boundary.ts";
import { STRUCT_C_NAMES, STRUCTS, type StructName } from "../abi/structs.ts";
import { FILE_STRUCT, type KfuncFlag, type KfuncParam, kfuncParams, nativeRegisters, OPS, type OpRow } from "../abi/syscalls.ts";

/** Rows whose function is written by hand: direct.c, stat.c, handles.c. All others are generated. */
const DIRECT: ReadonlySet<string> = new Set([
  "anycall_getpid",
  "anycall_gettid",
  "anycall_getppid",
  "anycall_getuid",
  "anycall_getgid",
  "anycall_fstat",
  "anycall_newfstatat",
  ...OPS.filter((row: OpRow) => row.on === "file" || row.result.kind === "handle").map((row) => row.kfunc),
]);

const NOTICE = "generated from kernel/abi by kernel/module/generate.ts: do not edit";
/** Longest line and width of a tab, as in the kernel. */
const LINE = 100;
const TAB = 8;

const FLAGS: Readonly<Record<KfuncFlag, string>> = {
  acquire: "KF_ACQUIRE",
  release: "KF_RELEASE",
  "ret-null": "KF_RET_NULL",
  sleepable: "KF_SLEEPABLE",
  "trusted-args": "KF_TRUSTED_ARGS",
};

/** The text of table.generated.h. */
export function generateTable(): string {
  const rows: readonly OpRow[] = OPS;
  return [
    "/* SPDX-License-Identifier: GPL-2.0 */",
    "/*",
    " * Structs, prototypes and list of the kernel functions;",
    ` * ${NOTICE}.`,
    " */",
    "#ifndef ANYCALL_TABLE_GENERATED_H",
    "#define ANYCALL_TABLE_GENERATED_H",
    "",
    "#include <linux/build_bug.h>",
    "#include <linux/types.h>",
    "",
    "/* An open file behind a handle; never looked into by programs. */",
    `struct ${FILE_STRUCT} {`,
    "};",
    "",
    ...structsInOrder().flatMap(struct),
    ...rows.map((row) => `${wrapped(prototype(row))};`),
    "",
    "/* BTF_ID_FLAGS() of every kernel function, as the verifier is to know them. */",
    "#define ANYCALL_KFUNCS \\",
    rows.map((row) => `\t${wrapped(`BTF_ID_FLAGS(func, ${row.kfunc}${flags(row)})`, "\t")}`.replace("\n", " \\\n")).join(" \\\n"),
    "",
    "#endif /* ANYCALL_TABLE_GENERATED_H */",
    "",
  ].join("\n");
}

/** The text of entry.generated.c. */
export function generateEntry(): string {
  const rows = OPS.filter((row: OpRow) => !DIRECT.has(row.kfunc));
  return [
    "// SPDX-License-Identifier: GPL-2.0",
    "/*",
    " * System calls that go to the kernel's own entry with their arguments as they are;",
    ` * ${NOTICE}.`,
    " */",
    '#include "anycall.h"',
    '#include "table.generated.h"',
    "",
    "__bpf_kfunc_start_defs();",
    ...rows.flatMap((row) => ["", ...entryFunction(row)]),
    "",
    "__bpf_kfunc_end_defs();",
    "",
  ].join("\n");
}

function flags(row: OpRow): string {
  return row.flags.length === 0 ? "" : `, ${row.flags.map((flag) => FLAGS[flag]).join(" | ")}`;
}

const cInt = (type: string) => type.replace("i", "s");

/** Structs that others contain come first; they are in this order in the table already. */
function structsInOrder(): readonly StructName[] {
  return Object.keys(STRUCTS) as StructName[];
}

function struct(name: StructName): string[] {
  const type = STRUCTS[name];
  return [
    `struct ${STRUCT_C_NAMES[name]} {`,
    ...type.fields.map((field) => `\t${fieldType(field.type)} ${field.name};`),
    "};",
    "",
    `static_assert(sizeof(struct ${STRUCT_C_NAMES[name]}) == ${type.size});`,
    "",
  ];
}

function fieldType(type: BoundaryType): string {
  if (type.kind === "int") return `${type.signed ? "s" : "u"}${type.bits}`;
  if (type.kind === "struct") return `struct ${STRUCT_C_NAMES[type.name as StructName]}`;
  throw new Error(`no C type for ${type.kind}`);
}

function prototype(row: OpRow): string {
  const result = row.result.type === "handle" ? `struct ${FILE_STRUCT} *` : `${cInt(row.result.type)} `;
  const parameters = kfuncParams(row).map(parameter).join(", ");
  return `${result}${row.kfunc}(${parameters || "void"})`;
}

function parameter(param: KfuncParam): string {
  switch (param.kind) {
    case "int":
      return `${cInt(param.type)} ${param.name}`;
    case "mem":
      return `${param.const ? "const " : ""}void *${param.name}`;
    case "size":
      return `u32 ${param.name}`;
    case "struct":
      return `${param.const ? "const " : ""}struct ${STRUCT_C_NAMES[param.struct]} *${param.name}`;
    case "err":
      return `s32 *${param.name}`;
    case "file":
      return `struct ${FILE_STRUCT} *${param.name}`;
  }
}

function entryFunction(row: OpRow): string[] {
  const values = userArguments(row);
  return [
    wrapped(`__bpf_kfunc ${prototype(row)}`),
    "{",
    "\tstruct anycall_binding *b = anycall_enter();",
    "",
    "\tif (unlikely(!b))",
    "\t\treturn -EPERM;",
    ...allowedValues(row),
    ...presets(row),
    `\treturn ${wrapped(`anycall_entry(b, ${[String(row.nr), ...values, ...new Array<string>(6 - values.length).fill("0")].join(", ")})`, "\treturn ")};`,
    "}",
  ];
}

function allowedValues(row: OpRow): string[] {
  if (!row.only) return [];
  return [`\tswitch (${row.only.arg}) {`, ...row.only.values.map((value) => `\tcase ${value}:`), "\t\tbreak;", "\tdefault:", "\t\treturn -EINVAL;", "\t}"];
}

function presets(row: OpRow): string[] {
  return nativeRegisters(row).flatMap((register) =>
    register.kind === "field" && register.preset !== undefined
      ? [`\tif (likely(${row.args[register.arg]!.name}))`, `\t\tWRITE_ONCE(${row.args[register.arg]!.name}->${register.field}, ${register.preset});`]
      : [],
  );
}

/** Values of the entry's registers, as C expressions. */
function userArguments(row: OpRow): string[] {
  if (!row.flags.includes("sleepable")) throw new Error(`${row.kfunc}: the kernel's entry may sleep`);
  return nativeRegisters(row).map((register): string => {
    if (register.kind === "constant") return String(register.value);
    const arg = row.args[register.arg]!;
    const name = arg.kind === "struct" && arg.optional ? `${arg.name}__nullable` : arg.name;
    switch (register.kind) {
      case "int":
        return name;
      case "path":
        return `anycall_user_path(b, ${register.slot}, ${name}, ${name}__sz)`;
      case "length":
        return register.unit === 1 ? `${name}__sz` : `${name}__sz / ${register.unit}`;
      case "field":
        return `anycall_user_part(b, ${name}, ${register.offset}, ${arg.kind === "struct" ? STRUCTS[arg.struct].size - register.offset : 0})`;
      case "bounded":
        return `anycall_at_most(${name}, ${register.offset}, ${register.most})`;
      case "pointer":
        return arg.kind === "struct" ? `anycall_user(b, ${name}, sizeof(*${name}))` : `anycall_user(b, ${name}, ${name}__sz)`;
    }
  });
}

/** Breaks a declaration or call that is too long after commas; later lines stand under what follows its first parenthesis. */
function wrapped(text: string, before = ""): string {
  const column = before.replaceAll("\t", " ".repeat(TAB)).length + text.indexOf("(") + 1;
  const indent = "\t".repeat(Math.floor(column / TAB)) + " ".repeat(column % TAB);
  const lines: string[] = [];
  let line = before;
  for (const piece of text.split(/(?<=, )(?![^(]*\)[,)])/)) {
    const width = (line + piece).trimEnd().replaceAll("\t", " ".repeat(TAB)).length;
    if (line.trim() !== before.trim() && width >= LINE) {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += piece;
  }
  return [...lines, line].join("\n").slice(before.length);
}
