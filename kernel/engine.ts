/** The interface of an engine, and of a loaded instance. An engine runs linked programs and nothing else. */
import type { LinkedObject } from "../backend-ebpf/object/types.ts";
import type { StatusName } from "./abi/frame.ts";
import type { Host } from "./abi/host.ts";

export type EngineName = "module" | "stock" | "user";

export interface Probe {
  readonly ok: boolean;
  /** Why not, or what was found; one sentence. */
  readonly reason: string;
  /** Operations of the table this engine can't do here. */
  readonly missingRows: readonly string[];
  /** Facts established for exact stock answers: "pid-namespace", "initial-user-namespace", … */
  readonly exact: readonly string[];
}

export interface LoadOptions {
  /** For engine `user` only: the host; the real one if absent. */
  readonly host?: Host;
  /** Rounds a call's loops may make before EXHAUSTED; engine `stock` has the kernel's own limit. */
  readonly rounds?: number;
  /** ELF symbols of the programs to load; all of the object's if absent. What others need is not asked for then. */
  readonly programs?: readonly string[];
}

export interface Engine {
  readonly name: EngineName;
  /** Never throws; cheap after the first time. */
  probe(): Probe;
  /** Throws AnycallError (AC4xxx) with the kernel's log when the object can't be loaded. */
  load(object: LinkedObject, options?: LoadOptions): Instance;
}

/** Elements of a map by the bytes of their keys. Results of changes are 0 or negated error numbers, as bpf(2) gives them. */
export interface MapStore {
  /** One value, or one for each CPU; undefined if there is none. */
  get(key: Uint8Array): Uint8Array[] | undefined;
  set(key: Uint8Array, value: Uint8Array): number;
  delete(key: Uint8Array): number;
  /** The keys that are there now. */
  keys(): Uint8Array[];
}

/** One loaded object with memory of its own. */
export interface Instance {
  readonly engine: EngineName;
  /** The `.bss` bytes: environment cell, frames, buffers; shared with the running programs. */
  readonly bss: Uint8Array;
  /** The `.data` bytes. */
  readonly data: Uint8Array;
  /** Runs program `name` (ELF symbol) on the frame at `frameOffset` bytes from the first frame. */
  call(name: string, frameOffset: number): StatusName;
  /** The map of that name in `.maps`; undefined if there is none. */
  map?(symbol: string): MapStore | undefined;
  /** Releases descriptors and mappings; the instance can't be used afterwards. */
  close(): void;
}
