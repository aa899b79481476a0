/**
 * A marked function's boundary as code: arguments into a frame, result out of it (docs/abi.md). Everything is checked before
 * anything runs. Made once per function from the signature in the object.
 */
import type { BoundaryParam, BoundarySignature, BoundaryType } from "../abi/boundary.ts";
import { intCheck, readInt, writeSlot } from "./integers.ts";
import { encodeString } from "./strings.ts";
import { type Area, readerOf, type Reader, updaterOf, writerOf } from "./values.ts";
import { coded } from "../errors.ts";

export interface Boundary {
  /** Writes all arguments; missing ones take their defaults. Throws RangeError and TypeError with a code. */
  write(frame: Area, args: readonly unknown[]): void;
  /** The result of a call that ended with OK. */
  result(frame: Area, big: boolean): unknown;
  /** Copies struct parameters that the program may have changed back into the objects passed. */
  update(frame: Area, args: readonly unknown[]): void;
}

type ArgumentWriter = (frame: Area, value: unknown) => void;

/** The boundary of function `name`. */
export function boundaryOf(name: string, signature: BoundarySignature): Boundary {
  const writers = signature.params.map((param) => withDefault(param, argumentWriter(name, param)));
  const updaters = signature.params.flatMap(({ mode, type, offset, name: param }, index) => {
    return mode === "inout" ? [{ index, offset, update: updaterOf(type, `${name}: ${param}`) }] : [];
  });
  const read = resultReader(name, signature.result);
  return {
    write: (frame, args) => {
      for (let i = 0; i < writers.length; i++) writers[i]!(frame, args[i]);
    },
    result: (frame, big) => read(frame, signature.resultOffset, big),
    update: (frame, args) => {
      for (const { index, offset, update } of updaters) if (args[index] !== undefined) update(frame, offset, args[index]);
    },
  };
}

function withDefault({ defaultValue }: BoundaryParam, write: ArgumentWriter): ArgumentWriter {
  return defaultValue === undefined ? write : (frame, value) => write(frame, value === undefined ? defaultValue : value);
}

/** Scalars go to 8-byte slots, strings to an area with a slot that says where, all else lies in the frame itself. */
function argumentWriter(name: string, { name: param, type, offset, data }: BoundaryParam): ArgumentWriter {
  const what = `${name}: ${param}`;
  switch (type.kind) {
    case "int": {
      const check = intCheck(type, what);
      return ({ view }, value) => writeSlot(view, offset, check(value));
    }
    case "bool":
      return ({ view }, value) => {
        if (typeof value !== "boolean") throw coded(new TypeError(`${what}: ${value === null ? "null" : typeof value} is no boolean`), "AC4021");
        writeSlot(view, offset, value ? 1 : 0);
      };
    case "string": {
      const start = data!;
      return ({ bytes, view }, value) => {
        const length = encodeString(value, bytes.subarray(start, start + type.max), what);
        // A terminator lets system calls use a path in place.
        bytes[start + length] = 0;
        view.setUint32(offset, start, true);
        view.setUint32(offset + 4, length, true);
      };
    }
    default: {
      const write = writerOf(type, what);
      return (frame, value) => write(frame, offset, value);
    }
  }
}

/** A scalar result is a slot of 64 bits, whatever its type. */
function resultReader(name: string, type: BoundaryType): Reader {
  switch (type.kind) {
    case "int":
      return ({ view }, at, big) => readInt(view, at, type, big, name);
    case "bool":
      return ({ view }, at) => view.getUint32(at, true) !== 0 || view.getUint32(at + 4, true) !== 0;
    default:
      return readerOf(type, name);
  }
}
