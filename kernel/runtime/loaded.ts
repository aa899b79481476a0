/**
 * A loaded object: its functions called by name with checked arguments, its buffers and globals. Owns frames and what a status
 * means to the caller; which engine runs it was decided before.
 */
import type { LinkedObject } from "../../backend-ebpf/object/index.ts";
import { FRAME, type StatusName } from "../abi/frame.ts";
import type { BufferMeta, FaultMeta, ObjectMeta, ProgramMeta } from "../abi/meta.ts";
import type { EngineName, Instance } from "../engine.ts";
import { AnycallError } from "../errors.ts";
import { Bytes } from "./bytes.ts";
import { type HashEntries, hashEntries } from "./hash.ts";
import { attachOrigin } from "./origin.ts";
import { type Boundary, boundaryOf } from "./signature.ts";
import { type TableRows, tableRows } from "./table.ts";
import { type Area, areaOf, readerOf, writerOf } from "./values.ts";

export interface CallOptions {
  /** 64-bit integers of the result as bigint. */
  readonly big?: boolean;
}

/** How a call ended. */
export interface Invocation {
  readonly status: StatusName;
  /** With status OK. */
  readonly result?: unknown;
  /** With any other status: what `call` throws. */
  readonly error?: AnycallError;
  /** Operations executed, in objects compiled to count them. */
  readonly calls: number;
}

/** What a caller of compiled code holds. */
export interface Loaded {
  readonly engine: EngineName;
  /** Why this engine, in one sentence. */
  readonly reason: string;
  readonly meta: ObjectMeta;
  /** Calls the function `name` (of the source: `Logs.countLines`). Throws AnycallError, RangeError, TypeError with a code. */
  call(name: string, args: readonly unknown[], options?: CallOptions): unknown;
  /** The same, with a status other than OK as a value. Throws for bad arguments and failing engines. */
  invoke(name: string, args: readonly unknown[], options?: CallOptions): Invocation;
  /** The function itself, for callers that call it often. */
  function(name: string): (args: readonly unknown[], big: boolean) => unknown;
  /** The live bytes of a buffer or global. Throws AC4019. */
  buffer(name: string): Bytes;
  /** A global's value, read and written in the shared memory. Throws AC4019. */
  global(name: string): { value: unknown };
  /** The rows of a table, read in the shared memory. Throws AC4019. */
  table(name: string): TableRows;
  /** A hash map by typed keys and values. Throws AC4019. */
  hash(name: string): HashEntries;
  /** Releases what the engine holds; arrays given out keep their last contents. */
  close(): void;
}

interface CompiledFunction {
  readonly meta: ProgramMeta;
  readonly boundary: Boundary;
}

export class LoadedObject implements Loaded {
  readonly reason: string;
  readonly meta: ObjectMeta;
  readonly #instance: Instance;
  readonly #functions = new Map<string, CompiledFunction>();
  readonly #frames: readonly Area[];
  /** Calls under way: the next one's frame. */
  #depth = 0;

  /** `object` must have metadata; throws AC4005 where it doesn't fit its memory. */
  constructor(object: LinkedObject, instance: Instance, reason: string) {
    this.meta = object.meta!;
    this.reason = reason;
    this.#instance = instance;
    const { framesOffset, frameSize, frameSlots } = this.meta.memory;
    if (framesOffset + frameSlots * frameSize > instance.bss.length) throw new AnycallError("AC4005", "the object's frames don't fit its memory");
    this.#frames = Array.from({ length: frameSlots }, (_, i) => areaOf(instance.bss.subarray(framesOffset + i * frameSize, framesOffset + (i + 1) * frameSize)));
    for (const meta of this.meta.programs) this.#functions.set(meta.name, { meta, boundary: boundaryOf(meta.name, meta.signature) });
  }

  get engine(): EngineName {
    return this.#instance.engine;
  }

  call(name: string, args: readonly unknown[], { big = false }: CallOptions = {}): unknown {
    return this.function(name)(args, big);
  }

  function(name: string): (args: readonly unknown[], big: boolean) => unknown {
    const compiled = this.#find(name);
    return (args, big) => {
      const frame = this.#enter();
      try {
        const status = this.#run(compiled, frame, args);
        if (status !== "OK") throw this.#failure(compiled.meta, status, frame);
        return this.#finish(compiled, frame, args, big);
      } finally {
        this.#depth--;
      }
    };
  }

  invoke(name: string, args: readonly unknown[], { big = false }: CallOptions = {}): Invocation {
    const compiled = this.#find(name);
    const frame = this.#enter();
    try {
      frame.view.setBigUint64(FRAME.calls, 0n, true);
      const status = this.#run(compiled, frame, args);
      const calls = Number(frame.view.getBigUint64(FRAME.calls, true));
      if (status !== "OK") return { status, error: this.#failure(compiled.meta, status, frame), calls };
      return { status, result: this.#finish(compiled, frame, args, big), calls };
    } finally {
      this.#depth--;
    }
  }

  buffer(name: string): Bytes {
    const { bytes } = this.#place(name);
    return new Bytes(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  global(name: string): { value: unknown } {
    const { meta, bytes } = this.#place(name);
    if (!meta.type) throw new AnycallError("AC4019", `${name} is a buffer, not a global`);
    const area = areaOf(bytes);
    const [read, write] = [readerOf(meta.type, name), writerOf(meta.type, name)];
    return {
      get value() {
        return read(area, 0, false);
      },
      set value(value) {
        write(area, 0, value);
      },
    };
  }

  table(name: string): TableRows {
    const { meta, bytes } = this.#place(name);
    if (meta.type?.kind !== "array") throw new AnycallError("AC4019", `${name} is not a table`);
    return tableRows(meta.type, areaOf(bytes), name);
  }

  hash(name: string): HashEntries {
    const meta = this.meta.maps?.find((map) => map.name === name);
    const store = meta && this.#instance.map?.(meta.symbol);
    if (!meta || !store) throw new AnycallError("AC4019", `${this.meta.source} has no map ${name}`);
    return hashEntries(meta, store);
  }

  close(): void {
    this.#instance.close();
  }

  #find(name: string): CompiledFunction {
    const found = this.#functions.get(name);
    if (!found) throw new AnycallError("AC4019", `${this.meta.source} has no compiled function ${name}`);
    return found;
  }

  #enter(): Area {
    const frame = this.#frames[this.#depth];
    if (!frame) throw new AnycallError("AC4006", `${this.#frames.length} calls are under way in ${this.meta.source}`);
    this.#depth++;
    return frame;
  }

  #run({ meta, boundary }: CompiledFunction, frame: Area, args: readonly unknown[]): StatusName {
    boundary.write(frame, args);
    return this.#instance.call(meta.symbol, (this.#depth - 1) * this.meta.memory.frameSize);
  }

  #finish({ meta, boundary }: CompiledFunction, frame: Area, args: readonly unknown[], big: boolean): unknown {
    boundary.update(frame, args);
    return attachOrigin(boundary.result(frame, big), meta, args);
  }

  #failure(meta: ProgramMeta, status: Exclude<StatusName, "OK">, { view }: Area): AnycallError {
    switch (status) {
      case "EXHAUSTED":
        return new AnycallError("AC4007", `${meta.name}: a loop used up the budget of engine ${this.engine}; there is no result`);
      case "ABORTED":
        return new AnycallError("AC4009", `${meta.name} was stopped; there is no result`);
      case "FAULT": {
        const fault: FaultMeta | undefined = meta.faults[view.getUint32(FRAME.detail, true) - 1];
        const what = fault ? `${fault.message} (${this.meta.source}:${fault.line}:${fault.column})` : "a check failed";
        return new AnycallError("AC4008", `${meta.name}: ${what}`, { ...(fault && { fault }) });
      }
    }
  }

  #place(name: string): { readonly meta: BufferMeta; readonly bytes: Uint8Array } {
    const meta = this.meta.buffers.find((buffer) => buffer.name === name);
    const section = meta?.section === ".data" ? this.#instance.data : this.#instance.bss;
    if (!meta || meta.offset + meta.size > section.length) throw new AnycallError("AC4019", `${this.meta.source} has no buffer or global ${name}`);
    return { meta, bytes: section.subarray(meta.offset, meta.offset + meta.size) };
  }
}
