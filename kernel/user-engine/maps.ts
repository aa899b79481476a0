/**
 * Maps of engine `user`: array and hash maps whose values lie in linear memory, where programs reach them by address. Results
 * are addresses, or 0 and negated error numbers as the kernel's helpers give them (bpf-helpers(7)).
 */
import type { MapDef } from "../../backend-ebpf/object/index.ts";
import { E } from "../abi/errno.ts";
import { MAP_TYPE, MAP_UPDATE } from "../abi/maps.ts";
import type { MapPlace } from "./layout.ts";

export interface UserMap {
  /** Address of the value, 0 if there is none. */
  lookup(key: number): number;
  /** Copies key and value from these addresses. */
  update(key: number, value: number, flags: bigint): number;
  delete(key: number): number;
}

/** One CPU is all that a program outside the kernel sees: per-CPU maps are plain ones. */
const ARRAYS: readonly number[] = [MAP_TYPE.ARRAY, MAP_TYPE.PERCPU_ARRAY];
const HASHES: readonly number[] = [MAP_TYPE.HASH, MAP_TYPE.PERCPU_HASH];

/** The map over its place in memory; undefined for a type that has no equivalent. */
export function userMap(map: MapDef, place: MapPlace, memory: Uint8Array): UserMap | undefined {
  if (map.inner) return undefined;
  if (ARRAYS.includes(map.type)) return new ArrayMap(map, place, memory);
  return HASHES.includes(map.type) ? new HashMap(map, place, memory) : undefined;
}

abstract class ValueMap implements UserMap {
  protected readonly map: MapDef;
  protected readonly memory: Uint8Array;
  readonly #place: MapPlace;

  constructor(map: MapDef, place: MapPlace, memory: Uint8Array) {
    this.map = map;
    this.#place = place;
    this.memory = memory;
  }
  protected address(slot: number): number {
    return this.#place.values + slot * this.#place.stride;
  }
  protected store(slot: number, value: number): void {
    this.memory.copyWithin(this.address(slot), value, value + this.map.valueSize);
  }
  abstract lookup(key: number): number;
  abstract update(key: number, value: number, flags: bigint): number;
  abstract delete(key: number): number;
}

class ArrayMap extends ValueMap {
  #index(key: number): number {
    const { memory } = this;
    return (memory[key]! | (memory[key + 1]! << 8) | (memory[key + 2]! << 16) | (memory[key + 3]! << 24)) >>> 0;
  }
  lookup(key: number): number {
    const index = this.#index(key);
    return index < this.map.maxEntries ? this.address(index) : 0;
  }
  update(key: number, value: number, flags: bigint): number {
    if (flags > MAP_UPDATE.EXIST) return -E.INVAL;
    const index = this.#index(key);
    if (index >= this.map.maxEntries) return -E["2BIG"];
    if (flags === BigInt(MAP_UPDATE.NOEXIST)) return -E.EXIST;
    this.store(index, value);
    return 0;
  }
  /** Elements of an array are always there. */
  delete(): number {
    return -E.INVAL;
  }
}

class HashMap extends ValueMap {
  readonly #slots = new Map<string, number>();
  readonly #free: number[] = [];
  #used = 0;

  #key(key: number): string {
    return String.fromCharCode(...this.memory.subarray(key, key + this.map.keySize));
  }
  lookup(key: number): number {
    const slot = this.#slots.get(this.#key(key));
    return slot === undefined ? 0 : this.address(slot);
  }
  update(key: number, value: number, flags: bigint): number {
    if (flags > MAP_UPDATE.EXIST) return -E.INVAL;
    const name = this.#key(key);
    let slot = this.#slots.get(name);
    if (slot === undefined) {
      if (flags === BigInt(MAP_UPDATE.EXIST)) return -E.NOENT;
      if (this.#slots.size >= this.map.maxEntries) return -E["2BIG"];
      slot = this.#free.pop() ?? this.#used++;
      this.#slots.set(name, slot);
    } else if (flags === BigInt(MAP_UPDATE.NOEXIST)) return -E.EXIST;
    this.store(slot, value);
    return 0;
  }
  delete(key: number): number {
    const name = this.#key(key);
    const slot = this.#slots.get(name);
    if (slot === undefined) return -E.NOENT;
    this.#slots.delete(name);
    this.#free.push(slot);
    return 0;
  }
}
