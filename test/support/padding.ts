/** Padding of boundary types: bytes between fields are nobody's, so comparisons leave them out. */
import { type BoundaryType, layoutFields, layoutOf } from "../../kernel/abi/boundary.ts";

/** Copies `bytes`, the memory of a `type`, with every byte zeroed that belongs to no field of the value that is there. */
export function withoutPadding(type: BoundaryType, bytes: Uint8Array): Uint8Array {
  const clean = new Uint8Array(bytes.length);
  copyFields(type, bytes, clean, 0);
  return clean;
}

function copyFields(type: BoundaryType, from: Uint8Array, to: Uint8Array, at: number): void {
  switch (type.kind) {
    case "struct":
      for (const field of type.fields) copyFields(field.type, from, to, at + field.offset);
      return;
    case "tuple":
      layoutFields(type.elements).offsets.forEach((offset, i) => copyFields(type.elements[i]!, from, to, at + offset));
      return;
    case "array":
      for (let i = 0; i < type.length; i++) copyFields(type.element, from, to, at + i * layoutOf(type.element).size);
      return;
    case "union": {
      to.set(from.subarray(at, at + 4), at);
      const chosen = type.alternatives[new DataView(from.buffer, from.byteOffset).getUint32(at, true)];
      if (chosen) copyFields(chosen, from, to, at + 8);
      return;
    }
    default:
      to.set(from.subarray(at, at + layoutOf(type).size), at);
  }
}
