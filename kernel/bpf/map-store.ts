/** A map of a loaded object, element by element through bpf(2). Per-CPU maps have one value for each possible CPU. */
import { readFileSync } from "node:fs";
import type { MapDef } from "../../backend-ebpf/object/index.ts";
import { mapType } from "../abi/maps.ts";
import type { MapStore } from "../engine.ts";
import type { Bpf } from "./bpf.ts";

export function bpfMapStore(bpf: Bpf, fd: number, { type, keySize, valueSize }: MapDef): MapStore {
  const cpus = mapType(type)?.perCpu ? possibleCpus() : 1;
  const stride = cpus > 1 || mapType(type)?.perCpu ? Math.ceil(valueSize / 8) * 8 : valueSize;
  return {
    get(key) {
      const all = new Uint8Array(stride * cpus);
      if (bpf.lookup(fd, key, all) < 0) return undefined;
      return Array.from({ length: cpus }, (_, cpu) => all.slice(cpu * stride, cpu * stride + valueSize));
    },
    set(key, value) {
      const all = new Uint8Array(stride * cpus);
      all.set(value);
      return bpf.update(fd, key, all);
    },
    delete: (key) => bpf.delete(fd, key),
    keys() {
      const keys: Uint8Array[] = [];
      const seen = new Set<string>();
      const next = new Uint8Array(keySize);
      // A key deleted meanwhile starts the kernel's walk anew: what was seen is not given twice.
      for (let at: Uint8Array | null = null; bpf.nextKey(fd, at, next) === 0; at = next.slice()) {
        if (seen.has(next.join())) break;
        seen.add(next.join());
        keys.push(next.slice());
      }
      return keys;
    },
  };
}

let known: number | undefined;

/** The highest possible CPU and one: "0-3" or "0,2-5" (Documentation/admin-guide/cputopology.rst). */
function possibleCpus(): number {
  known ??= 1 + Math.max(...readFileSync("/sys/devices/system/cpu/possible", "utf8").trim().split(/[,-]/).map(Number));
  return known;
}

