/**
 * Values of boundary types in memory (kernel/abi/boundary.ts): a writer that checks and a reader for each type, made once per
 * signature. Owns structs, arrays, tuples and unions; integers and strings have files of their own.
 */
import { type BoundaryType, layoutFields, layoutOf } from "../abi/boundary.ts";
import { coded } from "../errors.ts";
import { intCheck, readInt, writeInt } from "./integers.ts";
import { decodePadded, decodeString, encodeString } from "./strings.ts";

/** Memory in which values lie, as bytes and as a view of the same. */
export interface Area {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

export function areaOf(bytes: Uint8Array): Area {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
}

/** Checks a value and writes it at an offset. Throws RangeError and TypeError with a code. */
export type Writer = (area: Area, at: number, value: unknown) => void;
/** Reads the value at an offset; 64-bit integers as bigint if `big`. Throws RangeError AC4018. */
export type Reader = (area: Area, at: number, big: boolean) => unknown;
/** Copies what is in memory back into an object or array that was passed. */
export type Updater = (area: Area, at: number, target: unknown) => void;

function wrongType(what: string, value: unknown, wanted: string): TypeError {
  return coded(new TypeError(`${what}: ${value === null ? "null" : typeof value} is no ${wanted}`), "AC4021");
}

export function writerOf(type: BoundaryType, what: string): Writer {
  switch (type.kind) {
    case "void":
    case "null":
      return () => {};
    case "bool":
      return ({ view }, at, value) => {
        if (typeof value !== "boolean") throw wrongType(what, value, "boolean");
        view.setUint8(at, value ? 1 : 0);
      };
    case "int": {
      const check = intCheck(type, what);
      return ({ view }, at, value) => writeInt(view, at, type, check(value));
    }
    case "str":
      return ({ bytes }, at, value) => {
        const field = bytes.subarray(at, at + type.max);
        field.fill(0, encodeString(value, field, what));
      };
    case "array":
      return sequenceWriter(Array.from({ length: type.length }, () => type.element), what);
    case "tuple":
      return sequenceWriter(type.elements, what);
    case "struct": {
      const fields = type.fields.map(({ name, type: fieldType, offset }) => ({ name, offset, write: writerOf(fieldType, `${what}.${name}`) }));
      return (area, at, value) => {
        if (typeof value !== "object" || value === null) throw wrongType(what, value, `${type.name || "struct"}`);
        for (const { name, offset, write } of fields) write(area, at + offset, (value as Record<string, unknown>)[name]);
      };
    }
    case "string":
    case "union":
      throw new TypeError(`${what}: a ${type.kind} can't be passed inside another value`);
  }
}

function sequenceWriter(types: readonly BoundaryType[], what: string): Writer {
  const { offsets } = layoutFields(types);
  const writers = types.map((type, i) => writerOf(type, `${what}[${i}]`));
  return (area, at, value) => {
    const length = (value as ArrayLike<unknown> | null | undefined)?.length;
    if (typeof value !== "object" || length === undefined) throw wrongType(what, value, "array");
    if (length !== writers.length) throw coded(new RangeError(`${what}: ${length} elements, not ${writers.length}`), "AC4016");
    writers.forEach((write, i) => write(area, at + offsets[i]!, (value as ArrayLike<unknown>)[i]));
  };
}

export function readerOf(type: BoundaryType, what: string): Reader {
  switch (type.kind) {
    case "void":
      return () => undefined;
    case "null":
      return () => null;
    case "bool":
      return ({ view }, at) => view.getUint8(at) !== 0;
    case "int":
      return ({ view }, at, big) => readInt(view, at, type, big, what);
    case "str":
      return ({ bytes }, at) => decodePadded(bytes.subarray(at, at + type.max));
    case "string":
      return ({ bytes, view }, at) => {
        const start = view.getUint32(at, true);
        return decodeString(bytes.subarray(start, start + view.getUint32(at + 4, true)));
      };
    case "array":
      return sequenceReader(Array.from({ length: type.length }, () => type.element), what);
    case "tuple":
      return sequenceReader(type.elements, what);
    case "struct": {
      const fields = type.fields.map(({ name, type: fieldType, offset }) => ({ name, offset, read: readerOf(fieldType, `${what}.${name}`) }));
      return (area, at, big) => {
        const value: Record<string, unknown> = {};
        for (const { name, offset, read } of fields) value[name] = read(area, at + offset, big);
        return value;
      };
    }
    case "union": {
      const readers = type.alternatives.map((alternative) => readerOf(alternative, what));
      return (area, at, big) => {
        const tag = area.view.getUint32(at, true);
        const read = readers[tag];
        if (!read) throw coded(new RangeError(`${what}: alternative ${tag} of ${readers.length}`), "AC4005");
        const value = read(area, at + UNION_VALUE, big);
        if (!type.result) return value;
        return tag === 0 ? { ok: true, value } : { ok: false, error: value };
      };
    }
  }
}

/** Bytes from a union's tag to its value. */
const UNION_VALUE = 8;

function sequenceReader(types: readonly BoundaryType[], what: string): Reader {
  const { offsets } = layoutFields(types);
  const readers = types.map((type, i) => readerOf(type, `${what}[${i}]`));
  return (area, at, big) => readers.map((read, i) => read(area, at + offsets[i]!, big));
}

/** Structs and arrays are updated in place, so that others who hold them see it; everything else is replaced. */
export function updaterOf(type: BoundaryType, what: string): Updater {
  const parts = partsOf(type).map(({ key, type: partType, offset }) => {
    const inner = partsOf(partType).length > 0 ? updaterOf(partType, `${what}.${key}`) : undefined;
    return { key, offset, inner, read: readerOf(partType, `${what}.${key}`) };
  });
  return (area, at, target) => {
    const object = target as Record<string | number, unknown>;
    for (const { key, offset, inner, read } of parts) {
      if (inner) inner(area, at + offset, object[key]);
      // A bigint where one was passed.
      else object[key] = read(area, at + offset, typeof object[key] === "bigint");
    }
  };
}

function partsOf(type: BoundaryType): readonly { readonly key: string | number; readonly type: BoundaryType; readonly offset: number }[] {
  if (type.kind === "struct") return type.fields.map((field) => ({ key: field.name, type: field.type, offset: field.offset }));
  if (type.kind !== "array") return [];
  const { size } = layoutOf(type.element);
  return Array.from({ length: type.length }, (_, i) => ({ key: i, type: type.element, offset: i * size }));
}
