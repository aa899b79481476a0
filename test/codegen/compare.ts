/** Runs one function in the reference interpreter of the IR and as bytecode, and says where they differ. */
import { statSync } from "node:fs";
import { interpret, type InterpretOptions } from "../../ir/interpret.ts";
import type { Module, RegionId } from "../../ir/types.ts";
import { ENV, FRAME, STATUS_NAMES } from "../../kernel/abi/frame.ts";
import type { Host } from "../../kernel/abi/host.ts";
import type { ObjectMeta } from "../../kernel/abi/meta.ts";

/** Something that runs bytecode: the kernel, or an interpreter. */
export interface Machine {
  readonly bss: Uint8Array;
  readonly data: Uint8Array;
  /** Runs on the frame at `frameOffset` bytes from the first; gives R0. */
  run(frameOffset: number): number;
}

export interface Inputs {
  /** Arguments: 8-byte slots. */
  readonly args: readonly bigint[];
  /** Contents of module regions. */
  readonly regions: ReadonlyMap<RegionId, Uint8Array>;
}

export interface Difference {
  readonly what: string;
  readonly expected: unknown;
  readonly found: unknown;
}

/** A frame in the middle, so that a wrong frame address shows. */
const FRAME_INDEX = 3;

/** What differs between the interpreter of the IR and `machine`; empty when nothing does. Locals of the frame are not compared. */
export function compare(
  module: Module, funcName: string, meta: ObjectMeta, machine: Machine, inputs: Inputs, host: Host, options: Pick<InterpretOptions, "rounds"> = {},
): Difference[] {
  const func = module.funcs.find((f) => f.name === funcName)!;
  const frameOffset = FRAME_INDEX * meta.memory.frameSize;
  const frame = machine.bss.subarray(meta.memory.framesOffset + frameOffset, meta.memory.framesOffset + frameOffset + meta.memory.frameSize);
  const memory = new Map<RegionId, Uint8Array>([...inputs.regions].map(([id, bytes]) => [id, bytes.slice()]));
  writeEnvironment(machine.bss);
  frame.fill(0);
  const slots = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  inputs.args.forEach((value, i) => slots.setBigInt64(FRAME.args + i * 8, BigInt.asIntN(64, value), true));
  for (const region of func.regions.values()) {
    if (region.frameOffset !== undefined) memory.set(region.id, frame.slice(region.frameOffset, region.frameOffset + region.size));
  }
  const places = [...module.regions.values()].filter((r) => r.kind !== "const").map((region) => {
    const buffer = meta.buffers.find((b) => b.name === region.name)!;
    return { region, bytes: (buffer.section === ".bss" ? machine.bss : machine.data).subarray(buffer.offset, buffer.offset + region.size) };
  });
  for (const { region, bytes } of places) bytes.set(inputs.regions.get(region.id) ?? region.init ?? new Uint8Array(region.size));

  const expected = interpret(module, funcName, { memory, host, ...options });
  const status = machine.run(frameOffset);

  const differences: Difference[] = [];
  const check = (what: string, want: unknown, found: unknown) => {
    if (want !== found) differences.push({ what, expected: want, found });
  };
  check("R0", expected.status, STATUS_NAMES[status]);
  check("status", expected.status, STATUS_NAMES[slots.getUint32(FRAME.status, true)]);
  check("detail", expected.detail, slots.getUint32(FRAME.detail, true));
  if (expected.result !== undefined) check("result", expected.result, slots.getBigInt64(FRAME.result, true));
  for (const { region, bytes } of places) check(`region ${region.id}`, hex(memory.get(region.id) ?? new Uint8Array(region.size)), hex(bytes));
  for (const region of func.regions.values()) {
    if (region.frameOffset === undefined || !memory.has(region.id)) continue;
    check(`region ${region.id}`, hex(memory.get(region.id)!), hex(frame.subarray(region.frameOffset, region.frameOffset + region.size)));
  }
  return differences;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** What a loader writes: the process's pid namespace. */
export function writeEnvironment(bss: Uint8Array): void {
  const { dev, ino } = statSync("/proc/self/ns/pid", { bigint: true });
  const view = new DataView(bss.buffer, bss.byteOffset);
  view.setBigUint64(ENV.pidnsDev, dev, true);
  view.setBigUint64(ENV.pidnsIno, ino, true);
}
