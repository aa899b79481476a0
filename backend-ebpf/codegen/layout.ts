/**
 * Memory layout of an object: where the environment cell, the frames, the buffers, globals and constants lie, and where
 * locals lie in a function's frame. Owns addresses, never instructions.
 *
 * `.bss`: [environment cell][FRAME_SLOTS frames of one size][buffers]. `.data`: globals and constants, in order.
 */
import { alignUp, layoutOf } from "../../kernel/abi/boundary.ts";
import { ENV, FRAME, FRAME_ALIGN, FRAME_SLOTS } from "../../kernel/abi/frame.ts";
import type { BufferMeta, MapMeta, ObjectMeta } from "../../kernel/abi/meta.ts";
import { collectDefinitions, pointerParts } from "../../ir/pointers.ts";
import type { Func, Module, Region, RegionId } from "../../ir/types.ts";
import { uniqueIdentifier } from "../btf/names.ts";
import type { MapDef, ObjectInput } from "../object/types.ts";

/** The region id of the environment cell inside codegen: not a name that a source file can make. */
export const ENV_REGION: RegionId = "%env";

export type Place =
  | { readonly kind: "frame"; readonly offset: number }
  | { readonly kind: "section"; readonly section: ".bss" | ".data"; readonly offset: number };

export interface ModuleLayout {
  readonly memory: ObjectMeta["memory"];
  readonly data: Uint8Array;
  readonly variables: ObjectInput["variables"];
  readonly buffers: readonly BufferMeta[];
  /** Where a region of the module lies. */
  readonly places: ReadonlyMap<RegionId, Place>;
  /** Where a function's frame regions lie. */
  readonly frames: ReadonlyMap<Func, ReadonlyMap<RegionId, Place>>;
  readonly maps: readonly MapDef[];
  /** Names in `.maps`, by region. */
  readonly mapSymbols: ReadonlyMap<RegionId, string>;
  readonly mapMetas: readonly MapMeta[];
}

/** Maps by `.maps` symbols of their own, which no variable has. */
function declareMaps(module: Module): Pick<ModuleLayout, "maps" | "mapSymbols" | "mapMetas"> {
  const [maps, mapMetas]: [MapDef[], MapMeta[]] = [[], []];
  const mapSymbols = new Map<RegionId, string>();
  const taken = new Set([...module.regions.values()].filter(({ map }) => !map).map(({ name, id }) => name || id));
  for (const { id, name, map, size, exported } of module.regions.values()) {
    if (!map) continue;
    const symbol = uniqueIdentifier(name, taken);
    mapSymbols.set(id, symbol);
    maps.push({ name: symbol, type: map.type, keySize: layoutOf(map.key).size, valueSize: size, maxEntries: map.entries, flags: 0 });
    mapMetas.push({ name, symbol, type: map.type, entries: map.entries, key: map.key, value: map.value, ...(exported && { exported: true }) });
  }
  return { maps, mapSymbols, mapMetas };
}

/** Frames follow the environment cell. */
export const FRAMES_OFFSET = alignUp(ENV.size, FRAME_ALIGN);

/** Offset in the context that the last frame has: larger ones are refused. */
export function lastFrameOffset(frameSize: number): number {
  return (FRAME_SLOTS - 1) * frameSize;
}

export function layoutModule(module: Module): ModuleLayout {
  const frames = new Map<Func, ReadonlyMap<RegionId, Place>>();
  let frameEnd: number = FRAME.args;
  for (const func of module.funcs) {
    const frame = layoutFrame(func);
    frames.set(func, frame.places);
    frameEnd = Math.max(frameEnd, frame.end);
  }
  const frameSize = alignUp(frameEnd, FRAME_ALIGN);

  const places = new Map<RegionId, Place>([[ENV_REGION, { kind: "section", section: ".bss", offset: 0 }]]);
  const variables: ObjectInput["variables"][number][] = [
    { name: "anycall_env", section: ".bss", offset: 0, size: ENV.size },
    { name: "anycall_frames", section: ".bss", offset: FRAMES_OFFSET, size: FRAME_SLOTS * frameSize },
  ];
  const buffers: BufferMeta[] = [];
  const end = { ".bss": FRAMES_OFFSET + FRAME_SLOTS * frameSize, ".data": 0 };
  const initialized: { offset: number; bytes: Uint8Array }[] = [];
  const { maps, mapSymbols, mapMetas } = declareMaps(module);
  for (const region of module.regions.values()) {
    if (region.map) continue;
    const section = region.kind === "buffer" ? ".bss" : ".data";
    // The verifier refuses the address of a section's end: every region has a byte, used or not.
    const size = Math.max(region.size, 1);
    const offset = alignUp(end[section], Math.max(region.align, 8));
    end[section] = offset + size;
    places.set(region.id, { kind: "section", section, offset });
    variables.push({ name: region.name || region.id, section, offset, size });
    if (region.init) initialized.push({ offset, bytes: region.init.subarray(0, region.size) });
    if (region.kind !== "const") buffers.push(bufferMeta(region, section, offset));
  }
  const slack = callSlack(module);
  end[".bss"] += slack[".bss"];
  const data = new Uint8Array(alignUp(end[".data"] + slack[".data"], 8));
  for (const { offset, bytes } of initialized) data.set(bytes, offset);
  const memory = { framesOffset: FRAMES_OFFSET, frameSize, frameSlots: FRAME_SLOTS, size: alignUp(end[".bss"], 8) };
  return { memory, data, variables, buffers, places, frames, maps, mapSymbols, mapMetas };
}

/**
 * Bytes behind each section that no region uses. A call may be given part of a region, from a variable offset and of a
 * variable length. Their sum stays inside the region, but the kernel's verifier knows only the two ranges by themselves:
 * their sum must stay inside the section for it, and does with as many bytes again as the largest such region has.
 */
function callSlack(module: Module): { ".bss": number; ".data": number } {
  const slack = { ".bss": 0, ".data": 0 };
  for (const func of module.funcs) {
    const definitions = collectDefinitions(func);
    for (const { instrs } of func.blocks.values()) {
      for (const instr of instrs) {
        if (instr.op !== "call") continue;
        for (const argument of instr.args) {
          const parts = argument === null ? undefined : pointerParts(argument, definitions);
          if (!parts || parts.element !== undefined) continue;
          const region = func.regions.get(parts.region) ?? module.regions.get(parts.region);
          const size = region?.size ?? 0;
          const section = !region || func.regions.has(parts.region) || region.kind === "buffer" ? ".bss" : ".data";
          // No bytes from the end of a region: an address that the verifier refuses at a section's end.
          const needed = parts.variable.length > 0 ? size : parts.constant >= size ? 1 : 0;
          slack[section] = Math.max(slack[section], needed);
        }
      }
    }
  }
  return slack;
}

function bufferMeta(region: Region, section: ".bss" | ".data", offset: number): BufferMeta {
  return { name: region.name, section, offset, size: region.size, ...(region.exported && { exported: true }), ...(region.type && { type: region.type }) };
}

/** Arguments and results have their places from the frontend; locals follow behind all of them, in order. */
function layoutFrame(func: Func): { places: ReadonlyMap<RegionId, Place>; end: number } {
  const places = new Map<RegionId, Place>();
  let end = signatureEnd(func);
  for (const region of func.regions.values()) {
    if (region.frameOffset === undefined) continue;
    places.set(region.id, { kind: "frame", offset: region.frameOffset });
    end = Math.max(end, region.frameOffset + region.size);
  }
  for (const region of func.regions.values()) {
    if (region.frameOffset !== undefined) continue;
    const offset = alignUp(end, Math.max(region.align, 1));
    places.set(region.id, { kind: "frame", offset });
    end = offset + Math.max(region.size, 1);
  }
  return { places, end };
}

function signatureEnd({ signature }: Func): number {
  const ends = signature.params.map(({ type, offset, data }) => {
    const slot = offset + (type.kind === "struct" ? type.size : 8);
    return data !== undefined && type.kind === "string" ? Math.max(slot, data + type.max + 1) : slot;
  });
  return Math.max(FRAME.args, signature.resultOffset + layoutOf(signature.result).size, ...ends);
}
