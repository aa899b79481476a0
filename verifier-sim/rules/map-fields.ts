/** A map's own struct in the kernel, which programs may read through the map's pointer. */
import type { MapDef } from "../../backend-ebpf/object/types.ts";
import { MAP_TYPE } from "../../kernel/abi/maps.ts";
import type { Machine } from "../explore/machine.ts";
import { Refusal, refuse, unmodelled } from "../failure.ts";
import { accessStruct, structName } from "./kernel-types.ts";
import { setObject } from "./objects.ts";

/** The kernel's struct behind a map's pointer, by the type of the map: bpf_map_ops.map_btf_id. */
const MAP_STRUCTS: Readonly<Record<number, string>> = {
  [MAP_TYPE.HASH]: "bpf_htab", [MAP_TYPE.PERCPU_HASH]: "bpf_htab", [MAP_TYPE.LRU_HASH]: "bpf_htab", [MAP_TYPE.LRU_PERCPU_HASH]: "bpf_htab", [MAP_TYPE.HASH_OF_MAPS]: "bpf_htab",
  [MAP_TYPE.LPM_TRIE]: "lpm_trie", [MAP_TYPE.QUEUE]: "bpf_queue_stack", [MAP_TYPE.STACK]: "bpf_queue_stack", [MAP_TYPE.RINGBUF]: "bpf_ringbuf_map",
  [MAP_TYPE.USER_RINGBUF]: "bpf_ringbuf_map", [MAP_TYPE.STACK_TRACE]: "bpf_stack_map", [MAP_TYPE.BLOOM_FILTER]: "bpf_bloom_filter",
};
export function structOfMap(map: MapDef): string {
  return MAP_STRUCTS[map.type] ?? "bpf_array";
}

/** Reads `size` bytes of the map behind register `base`; what pointers in it lead to is as the field's type says. */
export function loadMapField(m: Machine, base: number, off: number, size: number, to: number): void {
  const map = m.regs[base]!.map!;
  const struct = structOfMap(map);
  if (off < 0) refuse("map-pointer-negative", base, struct, off);
  const btf = m.kernelBtf;
  const typeId = btf?.named(struct, "struct")[0];
  if (!btf || typeId === undefined) return unmodelled(`reads of struct ${struct} without BTF`);
  const found = accessStruct(btf, typeId, off, size);
  if (found.kind === "refused") throw new Refusal(found.rule, found.text, -1, base);
  if (to < 0) return;
  if (found.kind === "scalar") return m.regs[to]!.setUnknown();
  setObject(m.regs[to]!, btf, found.typeId, structName(btf, found.typeId), found.modifiers);
}
