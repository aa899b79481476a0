/**
 * Prototypes of kfuncs in BTF: those of our module, derived from the operations table, and the few of the kernel that
 * the compiler itself calls. They are what an object declares as externs, and what the simulator checks calls against
 * where no kernel BTF has them.
 */
import { STRUCTS } from "../../kernel/abi/structs.ts";
import { FILE_STRUCT, type IntName, type KfuncParam, kfuncParams, opOfKfunc, OPS, type OpRow } from "../../kernel/abi/syscalls.ts";
import { addBoundaryType } from "./boundary.ts";
import { BtfBuilder, type CIntName } from "./builder.ts";
import type { Btf } from "./types.ts";

/** DATASEC that lists a program's kernel externs. */
export const KSYMS_SECTION = ".ksyms";
/** Bytes that libbpf gives an extern in its DATASEC. */
export const KSYM_SIZE = 4;

/** Kernel kfuncs that the compiler calls: result, then parameters, as types of C_TYPES. */
const KERNEL_KFUNCS: Readonly<Record<string, readonly [keyof typeof C_TYPES, readonly (readonly [string, keyof typeof C_TYPES])[]]>> = {
  bpf_iter_num_new: [
    "int",
    [
      ["it", "iter_num"],
      ["start", "int"],
      ["end", "int"],
    ],
  ],
  bpf_iter_num_next: ["int *", [["it", "iter_num"]]],
  bpf_iter_num_destroy: ["void", [["it", "iter_num"]]],
  bpf_rcu_read_lock: ["void", []],
  bpf_rcu_read_unlock: ["void", []],
};

const C_TYPES = {
  void: () => 0,
  int: (btf: BtfBuilder) => btf.int("s32"),
  "int *": (btf: BtfBuilder) => btf.pointer(btf.int("s32")),
  iter_num: (btf: BtfBuilder) => {
    const opaque = { name: "__opaque", type: btf.array(btf.typedefInt("u64"), 1), offset: 0, bits: 0 };
    return btf.pointer(btf.add({ kind: "struct", name: "bpf_iter_num", size: 8, members: [opaque] }));
  },
} as const satisfies Record<string, (btf: BtfBuilder) => number>;

/** Adds the extern FUNC of kfunc `name` with its prototype; its id, or undefined for a kfunc that no table has. */
export function addKfunc(btf: BtfBuilder, name: string): number | undefined {
  const row = opOfKfunc(name);
  const known = Object.hasOwn(KERNEL_KFUNCS, name) ? KERNEL_KFUNCS[name] : undefined;
  const proto = row ? rowPrototype(btf, row) : known && kernelPrototype(btf, ...known);
  return proto === undefined ? undefined : btf.add({ kind: "func", name, type: proto, linkage: "extern" });
}

function kernelPrototype(btf: BtfBuilder, ret: keyof typeof C_TYPES, params: readonly (readonly [string, keyof typeof C_TYPES])[]): number {
  const types = params.map(([name, type]) => ({ name, type: C_TYPES[type](btf) }));
  return btf.add({ kind: "func_proto", ret: C_TYPES[ret](btf), params: types });
}

function rowPrototype(btf: BtfBuilder, row: OpRow): number {
  const params = kfuncParams(row).map((param) => ({ name: param.name, type: paramType(btf, param) }));
  const ret = row.result.type === "handle" ? btf.pointer(addFileStruct(btf)) : addInt(btf, row.result.type);
  return btf.add({ kind: "func_proto", ret, params });
}

/** Adds DATASEC .ksyms for these extern FUNCs, not laid out yet: the linker does that. Nothing for an empty list. */
export function addKsyms(btf: BtfBuilder, funcs: readonly number[]): void {
  if (funcs.length === 0) return;
  btf.add({ kind: "datasec", name: KSYMS_SECTION, size: 0, vars: funcs.map((type) => ({ type, offset: 0, size: 0 })) });
}

let table: Btf | undefined;

/** BTF with the prototype of every kfunc of the operations table, and of the kernel's that the compiler calls. */
export function kfuncPrototypes(): Btf {
  if (!table) {
    const btf = new BtfBuilder();
    const names = [...OPS.map((row) => row.kfunc), ...Object.keys(KERNEL_KFUNCS)];
    addKsyms(
      btf,
      names.map((name) => addKfunc(btf, name)!),
    );
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
