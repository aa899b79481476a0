/**
 * What emitted JavaScript holds in place of marked functions and module memory. Nothing is loaded until the first call, or the
 * first buffer or global, whose memory is that of the instance.
 */
import { AnycallError } from "../errors.ts";
import type { Bytes } from "./bytes.ts";
import type { HashEntries } from "./hash.ts";
import type { Loaded } from "./loaded.ts";
import type { TableRows } from "./table.ts";

// biome-ignore lint/suspicious/noExplicitAny: the types of the functions are those of the emitted declarations.
type AnyFunction = (...args: any[]) => any;

export interface CompiledModule {
  /** The marked functions, in the order of the names given. */
  readonly fn: readonly AnyFunction[];
  /** The live memory of `buffer(size)`. Throws AC4019 where the object has none of that name and size. */
  buffer(name: string, size: number): Bytes;
  /** The rows of `table<T>(length)`. Throws AC4019 where the object has none of that name and length. */
  table(name: string, length: number): TableRows;
  /** The elements of `hash<K, V>(entries)`. Throws AC4019 where the object has none of that name and size. */
  hash(name: string, entries: number): HashEntries;
  /** The value of `global(initial)`; it starts with what was compiled in. */
  global(name: string): { value: unknown };
}

/** Where `big` (in "anycall") finds a function's twin that gives bigint. */
const BIG = Symbol.for("anycall.big");

/** A module over `open`, which is called once, when it is needed; its errors are thrown again at each use. */
export function compiledModule(open: () => Loaded, names: readonly string[]): CompiledModule {
  let loaded: Loaded | undefined;
  const instance = (): Loaded => {
    loaded ??= open();
    return loaded;
  };
  const fn = names.map((name) => {
    let run: ReturnType<Loaded["function"]> | undefined;
    const invoke = (args: readonly unknown[], big: boolean): unknown => {
      run ??= instance().function(name);
      return run(args, big);
    };
    const stub: AnyFunction = (...args) => invoke(args, false);
    Object.defineProperty(stub, "name", { value: name.slice(name.lastIndexOf(".") + 1) });
    Object.defineProperty(stub, BIG, {
      value: (...args: unknown[]) => {
        const result = invoke(args, true);
        return typeof result === "number" ? BigInt(result) : result;
      },
    });
    return stub;
  });
  return {
    fn,
    buffer: (name, size) => {
      const bytes = instance().buffer(name);
      if (bytes.length !== size) throw new AnycallError("AC4019", `${name} has ${bytes.length} bytes in the object, ${size} in the JavaScript: compile again`);
      return bytes;
    },
    table: (name, length) => {
      const rows = instance().table(name);
      if (rows.length !== length) throw new AnycallError("AC4019", `${name} has ${rows.length} rows in the object, ${length} in the JavaScript: compile again`);
      return rows;
    },
    hash: (name, entries) => {
      const map = instance().hash(name);
      if (map.entries !== entries) throw new AnycallError("AC4019", `${name} has ${map.entries} entries in the object, ${entries} in the JavaScript: compile again`);
      return map;
    },
    global: (name) => instance().global(name),
  };
}
