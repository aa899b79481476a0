/** `hash<K, V>(entries)` in Node: the map of a loaded object by typed keys and values. Values are copies. */
import { type BoundaryType, layoutOf } from "../abi/boundary.ts";
import type { MapMeta } from "../abi/meta.ts";
import type { MapStore } from "../engine.ts";
import { areaOf, readerOf, writerOf } from "./values.ts";

/** What emitted JavaScript holds in place of a hash map. */
export interface HashEntries extends Iterable<readonly [key: unknown, value: unknown]> {
  readonly entries: number;
  /** A copy of the value, or null. Of a per-CPU map the sum over the CPUs, field by field. */
  get(key: unknown): unknown;
  has(key: unknown): boolean;
  /** 0 or a negative error number. Of a per-CPU map the value is the first CPU's, and the others' are 0. */
  set(key: unknown, value: unknown): number;
  /** The value that is there, made of `value` where there was none; null where it could not be made. */
  init(key: unknown, value: unknown): unknown;
  /** 0 or a negative error number. Reads and writes: not one step, as it is in programs. */
  add(key: unknown, n: number): number;
  delete(key: unknown): boolean;
}

export function hashEntries({ name, entries, key: keyType, value: valueType }: MapMeta, store: MapStore): HashEntries {
  const encode = (type: BoundaryType, what: string) => {
    const write = writerOf(type, what);
    return (value: unknown): Uint8Array => {
      const bytes = new Uint8Array(layoutOf(type).size);
      write(areaOf(bytes), 0, value);
      return bytes;
    };
  };
  const [keyBytes, valueBytes] = [encode(keyType, `a key of ${name}`), encode(valueType, `a value of ${name}`)];
  const [readKey, readValue] = [readerOf(keyType, `a key of ${name}`), readerOf(valueType, `a value of ${name}`)];
  const valueAt = (key: Uint8Array): unknown => {
    const values = store.get(key)?.map((bytes) => readValue(areaOf(bytes), 0, false));
    return values ? values.reduce(sum) : null;
  };
  const set = (key: unknown, value: unknown) => store.set(keyBytes(key), valueBytes(value));
  return {
    entries,
    get: (key) => valueAt(keyBytes(key)),
    has: (key) => store.get(keyBytes(key)) !== undefined,
    set,
    init(key, value) {
      const bytes = keyBytes(key);
      if (!store.get(bytes)) store.set(bytes, valueBytes(value));
      return valueAt(bytes);
    },
    add: (key, n) => set(key, ((valueAt(keyBytes(key)) as number | null) ?? 0) + n),
    delete: (key) => store.delete(keyBytes(key)) === 0,
    *[Symbol.iterator]() {
      for (const key of store.keys()) {
        const value = valueAt(key);
        if (value !== null) yield [readKey(areaOf(key), 0, false), value] as const;
      }
    },
  };
}

function sum(a: unknown, b: unknown): unknown {
  if (typeof a === "number" && typeof b === "number") return a + b;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a;
  return Object.fromEntries(Object.entries(a).map(([field, value]) => [field, sum(value, (b as Record<string, unknown>)[field])]));
}
