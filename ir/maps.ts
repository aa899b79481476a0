/**
 * Kernel maps as the reference interpreter knows them: plain, unlimited in time, exact in what they answer (bpf(2),
 * bpf-helpers(7)). Elements are found by the bytes of their keys. A per-CPU map is that of the one CPU there is; an LRU map
 * gives up the element that was used longest ago (kernels choose among the old ones, which no program may rely on).
 */
import { layoutOf } from "../kernel/abi/boundary.ts";
import { E } from "../kernel/abi/errno.ts";
import { MAP_TYPE, MAP_UPDATE } from "../kernel/abi/maps.ts";
import type { MapSpec } from "./types.ts";

const LRU: ReadonlySet<number> = new Set([MAP_TYPE.LRU_HASH, MAP_TYPE.LRU_PERCPU_HASH]);

export class ReferenceMap {
  readonly spec: MapSpec;
  /** In order of last use. */
  readonly #elements = new Map<string, Uint8Array>();

  constructor(spec: MapSpec) {
    this.spec = spec;
  }

  get size(): number {
    return this.#elements.size;
  }

  /** The element's own bytes, or undefined. */
  lookup(key: Uint8Array): Uint8Array | undefined {
    const name = key.join();
    const found = this.#elements.get(name);
    if (found && LRU.has(this.spec.type)) {
      this.#elements.delete(name);
      this.#elements.set(name, found);
    }
    return found;
  }

  /** 0, -EEXIST, -ENOENT, -E2BIG or -EINVAL. A new value is a new element: who holds the old one no longer sees the map's. */
  update(key: Uint8Array, value: Uint8Array, flags: number): number {
    if (flags > MAP_UPDATE.EXIST) return -E.INVAL;
    const name = key.join();
    const known = this.#elements.has(name);
    if (known && flags === MAP_UPDATE.NOEXIST) return -E.EXIST;
    if (!known && flags === MAP_UPDATE.EXIST) return -E.NOENT;
    if (!known && this.#elements.size >= this.spec.entries) {
      if (!LRU.has(this.spec.type)) return -E["2BIG"];
      this.#elements.delete(this.#elements.keys().next().value!);
    }
    this.#elements.delete(name);
    this.#elements.set(name, value.slice(0, layoutOf(this.spec.value).size));
    return 0;
  }

  /** 0 or -ENOENT. */
  delete(key: Uint8Array): number {
    return this.#elements.delete(key.join()) ? 0 : -E.NOENT;
  }
}
