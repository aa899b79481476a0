/**
 * Maps of engine `user`: array and hash maps whose values lie in linear memory, where programs reach them by address. Results
 * are addresses, or 0 and negated error numbers as the kernel's helpers give them (bpf-helpers(7)).
 */
import type { MapDef } from "../../backend-ebpf/object/index.ts";
import { E } from "../abi/errno.ts";
import { MAP_TYPE, MAP_UPDATE } from "../abi/maps.ts";
import type { MapStore } from "../engine.ts";
import type { MapPlace } from "./layout.ts";

export interface UserMap extends Partial<MapStore> {
  /** Address of the value, 0 if there is none. */
  lookup(key: number): number;
  /** Copies key and value from these addresses. */
  update(key: number, value: number, flags: bigint): number;
  remove(key: number): number;
}

/** One CPU is all that a program outside the kernel sees: per-CPU maps are plain ones. */
const ARRAYS: readonly number[] = [MAP_TYPE.ARRAY, MAP_TYPE.PERCPU_ARRAY];
const HASHES: readonly number[] = [MAP_TYPE.HASH, MAP_TYPE.PERCPU_HASH, MAP_TYPE.LRU_HASH, MAP_TYPE.LRU_PERCPU_HASH];
/** A full one gives up the element that was used longest ago. */
const LRU: readonly number[] = [MAP_TYPE.LRU_HASH, MAP_TYPE.LRU_PERCPU_HASH];

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
  abstract remove(key: number): number;
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
  remove(): number {
    return -E.INVAL;
  }
}

/** A key as a string, a character each byte. */
function nameOf(key: Uint8Array): string {
  return String.fromCharCode(...key);
}

class HashMap extends ValueMap {
  /** In order of last use where that matters. */
  readonly #slots = new Map<string, number>();
  readonly #free: number[] = [];
  #used = 0;

  #key(key: number): string {
    return nameOf(this.memory.subarray(key, key + this.map.keySize));
  }
  get(key: Uint8Array): Uint8Array[] | undefined {
    const slot = this.#slots.get(nameOf(key));
    return slot === undefined ? undefined : [this.memory.slice(this.address(slot), this.address(slot) + this.map.valueSize)];
  }
  set(key: Uint8Array, value: Uint8Array): number {
    const slot = this.#slotFor(nameOf(key), 0n);
    if (slot >= 0) this.memory.set(value, this.address(slot));
    return Math.min(slot, 0);
  }
  keys(): Uint8Array[] {
    return [...this.#slots.keys()].map((name) => Uint8Array.from(name, (character) => character.charCodeAt(0)));
  }
  lookup(key: number): number {
    const name = this.#key(key);
    const slot = this.#slots.get(name);
    if (slot === undefined) return 0;
    if (LRU.includes(this.map.type)) this.#touch(name, slot);
    return this.address(slot);
  }
  #touch(name: string, slot: number): void {
    this.#slots.delete(name);
    this.#slots.set(name, slot);
  }
  #evict(): void {
    const [name, slot] = this.#slots.entries().next().value!;
    this.#slots.delete(name);
    this.#free.push(slot);
  }
  update(key: number, value: number, flags: bigint): number {
    if (flags > MAP_UPDATE.EXIST) return -E.INVAL;
    const slot = this.#slotFor(this.#key(key), flags);
    if (slot >= 0) this.store(slot, value);
    return Math.min(slot, 0);
  }
  /** The slot of an element that may be new, or a negated error number. */
  #slotFor(name: string, flags: bigint): number {
    let slot = this.#slots.get(name);
    if (slot === undefined) {
      if (flags === BigInt(MAP_UPDATE.EXIST)) return -E.NOENT;
      if (this.#slots.size >= this.map.maxEntries) {
        if (!LRU.includes(this.map.type)) return -E["2BIG"];
        this.#evict();
      }
      slot = this.#free.pop() ?? this.#used++;
      this.#slots.set(name, slot);
    } else if (flags === BigInt(MAP_UPDATE.NOEXIST)) return -E.EXIST;
    else if (LRU.includes(this.map.type)) this.#touch(name, slot);
    return slot;
  }
  remove(key: number): number {
    return this.#remove(this.#key(key));
  }
  delete(key: Uint8Array): number {
    return this.#remove(nameOf(key));
  }
  #remove(name: string): number {
    const slot = this.#slots.get(name);
    if (slot === undefined) return -E.NOENT;
    this.#slots.delete(name);
    this.#free.push(slot);
    return 0;
  }
}
