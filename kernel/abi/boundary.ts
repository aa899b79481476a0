/**
 * Types that cross the boundary between Node and a compiled program, and their layout in a call frame.
 * Data only: the frontend produces these descriptions, the object carries them, the runtime marshals by them.
 */

/** Width of an integer in bits. */
export type Bits = 8 | 16 | 32 | 64;

export type BoundaryType =
  | { readonly kind: "void" }
  | { readonly kind: "null" }
  | { readonly kind: "bool" }
  | { readonly kind: "int"; readonly bits: Bits; readonly signed: boolean }
  /** UTF-8 bytes; `max` excludes any terminator. As a parameter: slot holds {u32 offset from the frame's start, u32 length}. */
  | { readonly kind: "string"; readonly max: number }
  /** Fixed-capacity string inside a struct: `Str<N>`, N bytes, zero padded. */
  | { readonly kind: "str"; readonly max: number }
  | { readonly kind: "array"; readonly element: BoundaryType; readonly length: number }
  | StructType
  | { readonly kind: "tuple"; readonly elements: readonly BoundaryType[] }
  /** `A | B`: a u32 tag (index into `alternatives`) at the value's offset, the alternative's value 8 bytes later. */
  | {
      readonly kind: "union";
      readonly alternatives: readonly BoundaryType[];
      /** A `Result<T>`: alternative 0 is the `value` of `{ok: true}`, alternative 1 the `error` of `{ok: false}`. */
      readonly result?: true;
    };

/** Natural C layout: every field at a multiple of its own alignment, size a multiple of the largest alignment. */
export interface StructType {
  readonly kind: "struct";
  readonly name: string;
  /** Bytes, padding included. */
  readonly size: number;
  readonly align: number;
  readonly fields: readonly StructField[];
}

export interface StructField {
  readonly name: string;
  readonly type: BoundaryType;
  /** Bytes from the struct's start. */
  readonly offset: number;
}

/** One parameter of a marked function and where its value sits in the frame. */
export interface BoundaryParam {
  readonly name: string;
  readonly type: BoundaryType;
  /** `in`: copied into the frame before the call; `inout`: a struct parameter, also copied back after it. */
  readonly mode: "in" | "inout";
  /** A default value used when the caller passes undefined (compile-time constant). */
  readonly defaultValue?: string | number | boolean;
  /** Byte offset in the frame: the 8-byte slot of an integer, boolean or string; the bytes themselves of a struct. */
  readonly offset: number;
  /** For strings: byte offset in the frame of the area (max + 1 bytes) that receives the UTF-8 bytes. */
  readonly data?: number;
}

export interface BoundarySignature {
  readonly params: readonly BoundaryParam[];
  readonly result: BoundaryType;
  /** Byte offset in the frame of the result (FRAME.result for scalars, a reserved area for tuples, structs and unions). */
  readonly resultOffset: number;
  /** The caller asked for bigint results (`big(f)` decides at run time; this is the static default, false). */
}

/** Size and alignment in bytes of `type` when stored in memory (struct field, array element, frame). */
export function layoutOf(type: BoundaryType): { size: number; align: number } {
  switch (type.kind) {
    case "void":
    case "null":
      return { size: 0, align: 1 };
    case "bool":
      return { size: 1, align: 1 };
    case "int":
      return { size: type.bits / 8, align: type.bits / 8 };
    case "string":
      return { size: 8, align: 4 };
    case "str":
      return { size: type.max, align: 1 };
    case "array": {
      const element = layoutOf(type.element);
      return { size: element.size * type.length, align: element.align };
    }
    case "struct":
      return { size: type.size, align: type.align };
    case "tuple": {
      const { size, align } = layoutFields(type.elements);
      return { size, align };
    }
    case "union": {
      const largest = Math.max(0, ...type.alternatives.map((a) => layoutOf(a).size));
      return { size: 8 + alignUp(largest, 8), align: 8 };
    }
  }
}

/** Offsets of consecutive fields in natural C layout, with the whole's size and alignment in bytes. */
export function layoutFields(types: readonly BoundaryType[]): { offsets: number[]; size: number; align: number } {
  const offsets: number[] = [];
  let end = 0;
  let align = 1;
  for (const type of types) {
    const layout = layoutOf(type);
    end = alignUp(end, layout.align);
    offsets.push(end);
    end += layout.size;
    align = Math.max(align, layout.align);
  }
  return { offsets, size: alignUp(end, align), align };
}

/** Smallest multiple of `align` (a power of two is not required) that is at least `value`. */
export function alignUp(value: number, align: number): number {
  return Math.ceil(value / align) * align;
}

/** Builds a struct type from field types in declaration order. */
export function structType(name: string, fields: readonly { name: string; type: BoundaryType }[]): StructType {
  const { offsets, size, align } = layoutFields(fields.map((f) => f.type));
  return { kind: "struct", name, size, align, fields: fields.map((f, i) => ({ ...f, offset: offsets[i]! })) };
}

export const INT = {
  u8: { kind: "int", bits: 8, signed: false },
  u16: { kind: "int", bits: 16, signed: false },
  u32: { kind: "int", bits: 32, signed: false },
  u64: { kind: "int", bits: 64, signed: false },
  i8: { kind: "int", bits: 8, signed: true },
  i16: { kind: "int", bits: 16, signed: true },
  i32: { kind: "int", bits: 32, signed: true },
  i64: { kind: "int", bits: 64, signed: true },
} as const satisfies Record<string, BoundaryType>;
