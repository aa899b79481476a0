/**
 * What can run a lowered program, each behind the same small interface: one line of EXECUTORS adds another. Owns the
 * outcome that executors must agree on (status, fault, result, memory, trace of system calls); judges nothing.
 */
import { generate } from "../../backend-ebpf/codegen/index.ts";
import { linkObject, type ObjectInput, writeObject } from "../../backend-ebpf/object/index.ts";
import { interpret } from "../../ir/interpret.ts";
import { cloneModule, optimize } from "../../ir/passes/pipeline.ts";
import type { Func, Module, RegionId } from "../../ir/types.ts";
import { FRAME, STATUS_NAMES, type StatusName } from "../../kernel/abi/frame.ts";
import { type KernelProfile, PROFILES } from "../../kernel/abi/profiles.ts";
import type { Verify } from "../../verifier-sim/types.ts";
import { UserEngine } from "../../kernel/user-engine/engine.ts";
import { bytecodeMachine } from "../codegen/bytecode.ts";
import { type Machine, writeEnvironment } from "../codegen/compare.ts";
import { openKernel } from "../codegen/kernel.ts";
import { withoutPadding } from "../support/padding.ts";
import { formatTrace, type ScriptedHost } from "../support/scripted-host.ts";
import { inKernel, simulated, type VerifierAnswer } from "./verifier.ts";

/** One call of the one function of a module. */
export interface Case {
  /** As lowered, not optimized; never changed. */
  readonly module: Module;
  /** 8-byte argument slots. */
  readonly args: readonly bigint[];
  /** Bytes of string and struct parameters, by their region in the frame. */
  readonly params?: ReadonlyMap<RegionId, Uint8Array>;
  /** Contents of module regions at the start; others start zeroed or from `init`. */
  readonly regions: ReadonlyMap<RegionId, Uint8Array>;
  /** A fresh world for each run. */
  readonly host: () => ScriptedHost;
}

export interface Outcome {
  readonly status: StatusName;
  /** FRAME.detail: index of the fault + 1, or 0. */
  readonly detail: number;
  /** A scalar result of a call that ended with OK, sign-extended. */
  readonly result: bigint | undefined;
  /** Module regions that can be written, and after OK struct parameters and the frame's `result` region, as hex. */
  readonly memory: Readonly<Record<string, string>>;
  readonly trace: readonly string[];
  /** Descriptors and handles left open. */
  readonly leaks: string;
}

/** Not run, and why: a limit of the executor that is known and allowed. */
export interface Unsuited {
  readonly unsuited: string;
}

export interface Executor {
  readonly name: string;
  /** Null when it can run here, else why not. */
  available(): string | null;
  /** Throws for what no correct compilation does: refused code, traps, broken contracts of the host. */
  run(test: Case): Outcome | Unsuited;
}

/** A frame in the middle, so that a wrong frame address shows. */
const FRAME_INDEX = 3;
/** What a reused frame holds. */
const STALE = 0x5b;

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

function startBytes(test: Case, id: RegionId): Uint8Array {
  const region = test.module.regions.get(id)!;
  const bytes = new Uint8Array(region.size);
  bytes.set(test.regions.get(id) ?? region.init ?? new Uint8Array(0));
  return bytes;
}

function writableRegions(module: Module) {
  return [...module.regions.values()].filter((region) => region.kind !== "const" && region.kind !== "map");
}

/** A region of the frame that the caller reads, without the padding of its type. */
function shownRegion(func: Func, id: RegionId, bytes: Uint8Array): string[] {
  const type = id === "result" ? func.signature.result : func.signature.params.find(({ name }) => id === `arg.${name}`)?.type;
  return [id, hex(type && type.kind !== "string" ? withoutPadding(type, bytes) : bytes)];
}

function inInterpreter(module: Module, test: Case): Outcome {
  const func = module.funcs[0]!;
  const memory = new Map<RegionId, Uint8Array>(writableRegions(test.module).map(({ id }) => [id, startBytes(test, id)]));
  const slots = new Uint8Array(func.regions.get("args")?.size ?? 0);
  test.args.forEach((value, i) => new DataView(slots.buffer).setBigInt64(8 * i, BigInt.asIntN(64, value), true));
  memory.set("args", slots);
  for (const [id, bytes] of test.params ?? []) memory.set(id, bytes.slice());
  const host = test.host();
  const { status, detail, result } = interpret(module, func.name, { memory, host });
  const shown = writableRegions(test.module).map(({ id }) => [id, hex(memory.get(id)!)]);
  const own = status === "OK" ? ["result", ...(test.params?.keys() ?? [])].filter((id) => memory.has(id)) : [];
  return outcome(status, detail, result, [...shown, ...own.map((id) => shownRegion(func, id, memory.get(id)!))], host);
}

function outcome(status: StatusName, detail: number, result: bigint | undefined, memory: string[][], host: ScriptedHost): Outcome {
  const { descriptors, handles } = host.leaks();
  return {
    status,
    detail,
    result: status === "OK" ? result : undefined,
    memory: Object.fromEntries(memory),
    trace: formatTrace(host.trace),
    leaks: [...descriptors, ...handles].join(),
  };
}

/** Prepares memory and frame as the runtime does, runs, and reads the outcome. */
function inMachine(machine: Machine, object: ObjectInput, test: Case, host: ScriptedHost): Outcome {
  const { meta } = object;
  const func = test.module.funcs[0]!;
  const frameOffset = FRAME_INDEX * meta.memory.frameSize;
  const at = meta.memory.framesOffset + frameOffset;
  const frame = machine.bss.subarray(at, at + meta.memory.frameSize);
  writeEnvironment(machine.bss);
  frame.fill(STALE);
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  view.setUint32(FRAME.detail, 0, true);
  test.args.forEach((value, i) => view.setBigInt64(FRAME.args + 8 * i, BigInt.asIntN(64, value), true));
  const params = [...(test.params ?? [])].map(([id, bytes]) => ({ id, bytes, at: func.regions.get(id)!.frameOffset! }));
  for (const param of params) frame.set(param.bytes, param.at);
  const places = writableRegions(test.module).map(({ id, name, size }) => {
    const buffer = meta.buffers.find((candidate) => candidate.name === name);
    if (!buffer) throw new Error(`region ${id} is not in the metadata`);
    return { id, bytes: (buffer.section === ".bss" ? machine.bss : machine.data).subarray(buffer.offset, buffer.offset + size) };
  });
  for (const { id, bytes } of places) bytes.set(startBytes(test, id));
  const out = [...func.regions.values()].find((region) => region.kind === "result");
  // The reference starts results zeroed; bytes between fields are nobody's.
  if (out?.frameOffset !== undefined) frame.fill(0, out.frameOffset, out.frameOffset + out.size);
  const returned = STATUS_NAMES[machine.run(frameOffset)];
  const status = STATUS_NAMES[view.getUint32(FRAME.status, true)];
  if (returned === undefined || returned !== status) throw new Error(`R0 says ${returned}, the frame ${status}`);
  const memory = places.map(({ id, bytes }) => [id, hex(bytes)]);
  if (out?.frameOffset !== undefined && status === "OK") memory.push(shownRegion(func, "result", frame.subarray(out.frameOffset, out.frameOffset + out.size)));
  if (status === "OK") memory.push(...params.map(({ id, bytes, at }) => shownRegion(func, id, frame.subarray(at, at + bytes.length))));
  const scalar = func.signature.result.kind === "int" || func.signature.result.kind === "bool";
  return outcome(status, view.getUint32(FRAME.detail, true), scalar ? view.getBigInt64(FRAME.result, true) : undefined, memory, host);
}

const compiled = new WeakMap<Module, Map<string, ObjectInput | Unsuited>>();

/** Optimizes and generates for `profile`, once; a program that the profile has no form for is unsuited. */
export function compile(module: Module, profile: KernelProfile): ObjectInput | Unsuited {
  const known = compiled.get(module) ?? new Map<string, ObjectInput | Unsuited>();
  compiled.set(module, known);
  const object = known.get(profile.name) ?? compileAnew(module, profile);
  known.set(profile.name, object);
  return object;
}

function compileAnew(module: Module, profile: KernelProfile): ObjectInput | Unsuited {
  const { object, diagnostics } = generate(optimize(cloneModule(module), { level: 1 }), { profile, license: "GPL", compiler: "fuzz", sources: new Map() });
  const errors = diagnostics.filter(({ severity }) => severity === "error").map(({ code }) => code);
  if (errors.length === 0) return object;
  // A loop without a constant bound has no form before 6.4; a big function may need more stack than there is.
  const allowed = profile.name === "6.1" ? ["AC3001", "AC3002", "AC3003"] : ["AC3002", "AC3003"];
  if (errors.every((code) => allowed.includes(code))) return { unsuited: errors.join() };
  throw new Error(`code generation: ${diagnostics.map(({ code, message }) => `${code} ${message}`).join("; ")}`);
}

function bytecode(profile: KernelProfile): Executor {
  return {
    name: `bytecode ${profile.name}`,
    available: () => null,
    run(test) {
      const object = compile(test.module, profile);
      if ("unsuited" in object) return object;
      const host = test.host();
      return inMachine(bytecodeMachine(object, 0, host), object, test, host);
    },
  };
}

/** Translated to WebAssembly. The verdict is asked for on its own (VERIFIERS), so that a refusal hides no wrong result. */
const user: Executor = {
  name: "user",
  available: () => null,
  run(test) {
    const object = compile(test.module, PROFILES.at(-1)!);
    if ("unsuited" in object) return object;
    const host = test.host();
    const accept: Verify = () => ({ verdict: "ACCEPT", processed: 0, stackDepth: [], log: [] });
    const linked = linkObject(writeObject(object));
    const instance = new UserEngine(accept).load(linked, { host });
    const { name } = linked.programs[0]!;
    try {
      const run = (frameOffset: number) => STATUS_NAMES.indexOf(instance.call(name, frameOffset));
      return inMachine({ bss: instance.bss, data: instance.data, run }, object, test, host);
    } finally {
      instance.close();
    }
  },
};

/** The running kernel: programs without system calls, whose answers a scripted host can't give there. */
const kernel: Executor = {
  name: "kernel",
  available() {
    const opened = openKernel();
    return typeof opened === "string" ? opened : null;
  },
  run(test) {
    if (hasCalls(test.module)) return { unsuited: "system calls" };
    const object = compile(test.module, PROFILES.at(-1)!);
    if ("unsuited" in object) return object;
    const opened = openKernel();
    if (typeof opened === "string") return { unsuited: opened };
    const loaded = opened.load(object, 0);
    try {
      if (!loaded.verified.ok) return { unsuited: "refused" };
      return inMachine(loaded, object, test, test.host());
    } finally {
      loaded.close();
    }
  },
};

/** Runs nothing: asks whether the verifiers accept the code that `user` and `kernel` run. */
export const VERIFIERS: readonly { readonly name: string; available(): string | null; judge(object: ObjectInput): VerifierAnswer }[] = [
  { name: "simulator", available: () => null, judge: (object) => simulated(object, PROFILES.at(-1)!.version) },
  { name: "kernel's verifier", available: kernel.available, judge: inKernel },
];

export function hasCalls(module: Module): boolean {
  return module.funcs.some((func) => [...func.blocks.values()].some((block) => block.instrs.some((instr) => instr.op === "call")));
}

/** The first one is the reference. */
export const EXECUTORS: readonly Executor[] = [
  { name: "interpreter", available: () => null, run: (test) => inInterpreter(test.module, test) },
  { name: "optimized", available: () => null, run: (test) => inInterpreter(optimize(cloneModule(test.module), { level: 1 }), test) },
  bytecode(PROFILES[0]!),
  bytecode(PROFILES.at(-1)!),
  user,
  kernel,
];
