/**
 * Prototypes of our module's kfuncs in BTF, derived from the operations table: what an object declares as externs, and
 * what the simulator checks calls against where no kernel BTF has them.
 */
import { STRUCTS } from "../../kernel/abi/structs.ts";
import { FILE_STRUCT, type IntName, type KfuncParam, kfuncParams, OPS, type OpRow } from "../../kernel/abi/syscalls.ts";
import { addBoundaryType } from "./boundary.ts";
import { BtfBuilder, type CIntName } from "./builder.ts";
import type { Btf } from "./types.ts";

/** DATASEC that lists a program's kernel externs. */
export const KSYMS_SECTION = ".ksyms";
/** Bytes that libbpf gives an extern in its DATASEC. */
export const KSYM_SIZE = 4;

/** Adds the extern FUNC of a row's kfunc with its prototype; its id. */
export function addKfunc(btf: BtfBuilder, row: OpRow): number {
  const params = kfuncParams(row).map((param) => ({ name: param.name, type: paramType(btf, param) }));
  const ret = row.result.type === "handle" ? btf.pointer(addFileStruct(btf)) : addInt(btf, row.result.type);
  const proto = btf.add({ kind: "func_proto", ret, params });
  return btf.add({ kind: "func", name: row.kfunc, type: proto, linkage: "extern" });
}

/** Adds DATASEC .ksyms for these extern FUNCs, not laid out yet: the linker does that. Nothing for an empty list. */
export function addKsyms(btf: BtfBuilder, funcs: readonly number[]): void {
  if (funcs.length === 0) return;
  btf.add({ kind: "datasec", name: KSYMS_SECTION, size: 0, vars: funcs.map((type) => ({ type, offset: 0, size: 0 })) });
}

let table: Btf | undefined;

/** BTF with the prototype of every kfunc of the operations table. */
export function kfuncPrototypes(): Btf {
  if (!table) {
    const btf = new BtfBuilder();
    addKsyms(btf, OPS.map((row) => addKfunc(btf, row)));
    table = btf.build();
  }
  return table;
}

function addInt(btf: BtfBuilder, type: IntName): number {
  return btf.typedefInt(type.replace("i", "s") as CIntName);
}

/** The open file: a struct without members, since libbpf tells a struct of the kernel from a forward declaration. */
function addFileStruct(btf: BtfBuilder): number {
  return btf.add({ kind: "struct", name: FILE_STRUCT, size: 0, members: [] });
}

function paramType(btf: BtfBuilder, param: KfuncParam): number {
  const pointer = (to: number, isConst: boolean) => btf.pointer(isConst ? btf.constant(to) : to);
  switch (param.kind) {
    case "int":
      return addInt(btf, param.type);
    case "mem":
      return pointer(0, param.const);
    case "size":
      return btf.typedefInt("u32");
    case "struct":
      return pointer(addBoundaryType(btf, STRUCTS[param.struct]), param.const);
    case "err":
      return btf.pointer(btf.typedefInt("s32"));
    case "file":
      return btf.pointer(addFileStruct(btf));
  }
}
