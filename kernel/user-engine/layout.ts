/**
 * The linear memory of engine `user`: a guard where nothing lies, contexts, stacks, then maps. Owns addresses and the one
 * WebAssembly.Memory, allocated whole at the start since growing would detach every view.
 */
import type { MapDef } from "../../backend-ebpf/object/index.ts";
import { FRAME_SLOTS } from "../abi/frame.ts";
import { AnycallError } from "../errors.ts";

export const WASM_PAGE = 65536;
/** Bytes of stack of one eBPF function, and functions that may nest. */
export const DIRECT_STACK = 512;
export const MAX_FRAMES = 8;

/** Larger than any offset of an instruction: a null pointer plus an offset stays inside. */
const GUARD = WASM_PAGE;
/** A context may be accessed up to offset 65,535, whatever its size. */
const CONTEXT_ROOM = WASM_PAGE;
const STACK_ROOM = FRAME_SLOTS * MAX_FRAMES * DIRECT_STACK;
/** A WebAssembly memory has at most 4 GiB; leave room for the process. */
const MAX_BYTES = 2 ** 31;
const alignTo = (value: number, align: number) => Math.ceil(value / align) * align;

export interface MapPlace {
  /** Address of the first value. */
  readonly values: number;
  /** Bytes from one value to the next. */
  readonly stride: number;
  /** What a program holds as the map's address: it identifies the map and is never accessed. */
  readonly handle: number;
}

export class Layout {
  readonly maps: readonly MapPlace[];
  readonly stackTop: number;
  /** 64 bytes for results that a helper needs in memory. */
  readonly scratch: number;
  readonly bytes: number;

  /** Throws AC4015 when the maps are too large. */
  constructor(maps: readonly Pick<MapDef, "valueSize" | "maxEntries">[]) {
    let at = GUARD + FRAME_SLOTS * CONTEXT_ROOM;
    this.scratch = at;
    at += 64;
    at = alignTo(at, DIRECT_STACK) + STACK_ROOM;
    this.stackTop = at;
    // Addresses below a map's first value that arithmetic on a pointer passes through are no other map's.
    at += GUARD;
    this.maps = maps.map(({ valueSize, maxEntries }, i) => {
      const stride = alignTo(valueSize, 8);
      const values = alignTo(at, WASM_PAGE / 16);
      at = values + stride * maxEntries;
      return { values, stride, handle: 16 * (i + 1) };
    });
    // Accesses with an offset end before the memory does.
    this.bytes = alignTo(at + GUARD, WASM_PAGE);
    if (!(this.bytes <= MAX_BYTES)) throw new AnycallError("AC4015", `the maps take ${this.bytes} bytes, engine user has at most ${MAX_BYTES}`);
  }

  get pages(): number {
    return this.bytes / WASM_PAGE;
  }
  /** Address of the context of the call at nesting depth `depth`. */
  context(depth: number): number {
    return GUARD + depth * CONTEXT_ROOM;
  }
}

/** Linear memory of exactly `pages` pages. */
export function allocate(pages: number): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: pages, maximum: pages });
}
