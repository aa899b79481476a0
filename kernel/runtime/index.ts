/**
 * "anycall/runtime": what emitted JavaScript imports, and what loads objects by hand. Pulls in no compiler; importing it
 * touches nothing.
 */
import { verify } from "../../verifier-sim/index.ts";
import { StockEngine } from "../bpf/stock.ts";
import { ModuleEngine } from "../module-engine.ts";
import { UserEngine } from "../user-engine/engine.ts";
import { type Engines, type LoadOptions, loadWith } from "./load.ts";
import type { Loaded } from "./loaded.ts";
import { type CompiledModule, compiledModule } from "./module.ts";

export { AnycallError } from "../errors.ts";
export type { Host } from "../abi/host.ts";
export type { EngineChoice } from "../choose.ts";
export type { EngineName, Probe } from "../engine.ts";
export { Bytes } from "./bytes.ts";
export type { Engines, LoadOptions } from "./load.ts";
export type { CallOptions, Invocation, Loaded } from "./loaded.ts";
export type { CompiledModule } from "./module.ts";

let shared: Engines | undefined;

/** The engines of this process. */
export function engines(): Engines {
  shared ??= { module: new ModuleEngine(), stock: new StockEngine(undefined, verify), user: new UserEngine(verify) };
  return shared;
}

/** Loads an object: a path, a file: URL, or its bytes. Each load has memory of its own. Throws AnycallError. */
export function load(source: string | URL | Uint8Array, options: LoadOptions = {}): Loaded {
  return loadWith(engines(), source, options);
}

/** The object at `url` as emitted JavaScript uses it; loaded when first needed. */
export function module(url: string | URL, names: readonly string[]): CompiledModule {
  return compiledModule(() => load(typeof url === "string" && url.startsWith("file:") ? new URL(url) : url), names);
}
