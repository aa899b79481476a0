/**
 * From an object file to a loaded object: read, link, choose an engine, load. Owns the steps and their errors; the engines are
 * given, so that nothing here depends on what a machine has.
 */
import { readFileSync } from "node:fs";
import { type LinkedObject, linkObject, ObjectError } from "../../backend-ebpf/object/index.ts";
import { ABI_VERSION } from "../abi/frame.ts";
import type { Host } from "../abi/host.ts";
import type { ObjectMeta } from "../abi/meta.ts";
import { kernelBtf } from "../bpf/host-kernel.ts";
import { chooseEngine, type EngineChoice, needsOf } from "../choose.ts";
import type { Engine, EngineName, LoadOptions as EngineOptions, Probe } from "../engine.ts";
import { AnycallError } from "../errors.ts";
import { type Loaded, LoadedObject } from "./loaded.ts";

export type Engines = Readonly<Record<EngineName, Engine>>;

export interface LoadOptions {
  /** `auto` if absent, or what the environment variable ANYCALL_ENGINE says. */
  readonly engine?: EngineChoice;
  /** Performs the system calls instead of this process; engine `user` only. */
  readonly host?: Host;
  /** Rounds that the loops of a call may make; engine `user` only. */
  readonly rounds?: number;
  /** The functions that will be called, by name in the source; all if absent. What others need does not count then. */
  readonly functions?: readonly string[];
}

const CHOICES: readonly EngineChoice[] = ["auto", "module", "stock", "user"];

/** Loads an object: a path, a file: URL, or its bytes. Throws AnycallError. */
export function loadWith(engines: Engines, source: string | URL | Uint8Array, options: LoadOptions = {}): Loaded {
  const bytes = source instanceof Uint8Array ? source : read(source);
  const object = link(bytes);
  const meta = checkedMeta(object);
  const choice = options.engine ?? (options.host ? "user" : fromEnvironment());
  const functions = options.functions;
  const needs = needsOf(meta, functions);
  // A given host does the operations, whatever this process could do.
  const chosen = chooseEngine(lazyProbes(engines), options.host ? { ...needs, ops: [] } : needs, choice);
  if (!chosen.ok) throw new AnycallError(chosen.code, chosen.reason);
  const engineOptions: EngineOptions = {
    ...(options.host && { host: options.host }),
    ...(options.rounds !== undefined && { rounds: options.rounds }),
    ...(functions && { programs: meta.programs.filter(({ name }) => functions.includes(name)).map(({ symbol }) => symbol) }),
  };
  return loadFirst(engines, [chosen.engine, ...chosen.others], chosen.reason, object, engineOptions);
}

/** Loads with the best engine that takes the object; the first one's error if none does. */
function loadFirst(engines: Engines, candidates: readonly EngineName[], reason: string, object: LinkedObject, options: EngineOptions): Loaded {
  let first: AnycallError | undefined;
  for (const name of candidates) {
    try {
      const why = first ? `engine ${name}, since ${first.message.split("\n", 1)[0]} (${first.code})` : reason;
      return new LoadedObject(object, engines[name].load(object, options), why);
    } catch (error) {
      if (!(error instanceof AnycallError)) throw error;
      first ??= error;
    }
  }
  throw first!;
}

/** Asked for only when the choice looks at them: probing costs system calls. */
function lazyProbes(engines: Engines): Readonly<Record<EngineName, Probe>> {
  return {
    get module() {
      return engines.module.probe();
    },
    get stock() {
      return engines.stock.probe();
    },
    get user() {
      return engines.user.probe();
    },
  };
}

function fromEnvironment(): EngineChoice {
  const value = process.env["ANYCALL_ENGINE"] ?? "auto";
  if (!(CHOICES as readonly string[]).includes(value)) throw new AnycallError("AC4002", `ANYCALL_ENGINE is "${value}"; it can be ${CHOICES.join(", ")}`);
  return value as EngineChoice;
}

function read(source: string | URL): Uint8Array {
  try {
    return new Uint8Array(readFileSync(source));
  } catch (error) {
    const { message, path } = error as NodeJS.ErrnoException;
    throw new AnycallError("AC4020", `the compiled object can't be read: ${message}`, { cause: error, ...(path !== undefined && { path }) });
  }
}

/** Links; the kernel's types are opened only for objects that name something of the kernel. */
function link(bytes: Uint8Array): LinkedObject {
  try {
    return linkPlain(bytes) ?? linkObject(bytes, kernelOption());
  } catch (error) {
    if (error instanceof ObjectError) throw new AnycallError("AC4020", `the object can't be linked: ${error.message}`, { cause: error });
    throw error;
  }
}

/** The object linked without the kernel's types; undefined if it needs them and there are some. */
function linkPlain(bytes: Uint8Array): LinkedObject | undefined {
  let object: LinkedObject;
  try {
    object = linkObject(bytes);
  } catch (error) {
    if (error instanceof ObjectError && kernelBtf()) return undefined;
    throw error;
  }
  const complete = object.programs.every(({ kfuncs }) => kfuncs.every(({ from }) => from === "anycall"));
  return complete || !kernelBtf() ? object : undefined;
}

function kernelOption() {
  const types = kernelBtf();
  return types ? { kernelBtf: types } : {};
}

function checkedMeta(object: LinkedObject): ObjectMeta {
  if (!object.meta) throw new AnycallError("AC4005", "the object was not compiled by AnyCall: it has no section .anycall");
  if (object.meta.abi !== ABI_VERSION) throw new AnycallError("AC4005", `the object follows calling convention ${object.meta.abi}, this runtime ${ABI_VERSION}`);
  return object.meta;
}
