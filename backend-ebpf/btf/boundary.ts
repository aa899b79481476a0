/** C types of AnyCall's data: boundary types (structs of kernel/abi, globals of an object) written as BTF. */
import { type BoundaryType, type StructType, layoutFields, layoutOf } from "../../kernel/abi/boundary.ts";
import { STRUCT_C_NAMES, STRUCTS } from "../../kernel/abi/structs.ts";
import type { BtfBuilder, CIntName } from "./builder.ts";
import { uniqueIdentifier } from "./names.ts";

const C_STRUCT_NAMES = new Map<StructType, string>(
  (Object.keys(STRUCTS) as (keyof typeof STRUCTS)[]).map((name): [StructType, string] => [STRUCTS[name], STRUCT_C_NAMES[name]]),
);

/** Id of `type` as it lies in memory; same size and field offsets as layoutOf and layoutFields give. */
export function addBoundaryType(btf: BtfBuilder, type: BoundaryType): number {
  switch (type.kind) {
    case "void":
    case "null":
      return btf.add({ kind: "struct", name: "", size: 0, members: [] });
    case "bool":
      return btf.bool();
    case "int":
      return btf.typedefInt(`${type.signed ? "s" : "u"}${type.bits}` as CIntName);
    case "str":
      return btf.array(btf.int("u8"), type.max);
    case "array":
      return btf.array(addBoundaryType(btf, type.element), type.length);
    case "struct": {
      const taken = new Set<string>();
      const members = type.fields.map((field) => ({
        name: uniqueIdentifier(field.name, taken),
        type: addBoundaryType(btf, field.type),
        offset: field.offset * 8,
        bits: 0,
      }));
      return btf.add({ kind: "struct", name: C_STRUCT_NAMES.get(type) ?? uniqueIdentifier(type.name, new Set()), size: type.size, members });
    }
    case "tuple": {
      const { offsets, size } = layoutFields(type.elements);
      const members = type.elements.map((element, i) => ({ name: `_${i}`, type: addBoundaryType(btf, element), offset: offsets[i]! * 8, bits: 0 }));
      return btf.add({ kind: "struct", name: "", size, members });
    }
    case "string": {
      const u32 = btf.typedefInt("u32");
      const members = ["offset", "length"].map((name, i) => ({ name, type: u32, offset: i * 32, bits: 0 }));
      return btf.add({ kind: "struct", name: "", size: 8, members });
    }
    case "union": {
      const alternatives = type.alternatives.map((alternative, i) => ({ name: `_${i}`, type: addBoundaryType(btf, alternative), offset: 0, bits: 0 }));
      const largest = Math.max(0, ...type.alternatives.map((alternative) => layoutOf(alternative).size));
      const value = btf.add({ kind: "union", name: "", size: largest, members: alternatives });
      const members = [
        { name: "tag", type: btf.typedefInt("u32"), offset: 0, bits: 0 },
        { name: "value", type: value, offset: 64, bits: 0 },
      ];
      return btf.add({ kind: "struct", name: "", size: layoutOf(type).size, members });
    }
  }
}
