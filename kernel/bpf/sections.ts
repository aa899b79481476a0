/**
 * An instance's sections `.bss` and `.data`: the maps behind them mapped into this process, the environment cell filled in.
 * What engines in the kernel have in common.
 */
import type { LinkedObject } from "../../backend-ebpf/object/index.ts";
import { ENV } from "../abi/frame.ts";
import type { Ffi } from "../ffi.ts";
import type { KernelObject } from "./load.ts";
import { SharedMemory } from "./memory.ts";
import { isInitialPidNamespace, type PidNamespace } from "./namespaces.ts";

export interface Sections {
  readonly bss: Uint8Array;
  readonly data: Uint8Array;
  /** Those of the two that the object has. */
  readonly parts: readonly Uint8Array[];
  close(): void;
}

/** Maps the sections of a loaded object, which is closed if that fails. Throws AC4013. */
export function mapSections(system: Ffi, object: LinkedObject, loaded: KernelObject, namespace: PidNamespace | undefined): Sections {
  const at = [".bss", ".data"].map((section) => object.maps.findIndex((map) => map.section === section));
  const present = at.filter((index) => index >= 0);
  let memory: SharedMemory;
  try {
    memory = new SharedMemory(
      system,
      present.map((index) => ({ fd: loaded.maps[index]!, size: object.maps[index]!.valueSize })),
    );
  } catch (error) {
    loaded.close();
    throw error;
  }
  const [bss, data] = at.map((index) => (index < 0 ? new Uint8Array(0) : memory.parts[present.indexOf(index)]!)) as [Uint8Array, Uint8Array];
  if (namespace && object.meta) writeEnvironment(bss, namespace);
  return { bss, data, parts: memory.parts, close: () => memory.close() };
}

/** The environment cell at the start of `.bss`. */
function writeEnvironment(bss: Uint8Array, namespace: PidNamespace): void {
  const { dev, ino } = namespace;
  const cell = new DataView(bss.buffer, bss.byteOffset, ENV.size);
  cell.setBigUint64(ENV.pidnsDev, dev, true);
  cell.setBigUint64(ENV.pidnsIno, ino, true);
  cell.setBigUint64(ENV.initialPidns, isInitialPidNamespace(namespace) ? 1n : 0n, true);
}
