/** Maps that `raw verify` knows by kind: those of the Linux verifier's self-tests. Sizes in bytes. */
import type { MapDef } from "../../backend-ebpf/object/types.ts";
import { MAP_FLAG, MAP_TYPE, type MapTypeName } from "../../kernel/abi/maps.ts";

type Field = NonNullable<MapDef["fields"]>[number];

function kind(name: string, type: MapTypeName, keySize: number, valueSize: number, maxEntries: number, rest: Partial<MapDef> = {}): MapDef {
  return { name, type: MAP_TYPE[type], keySize, valueSize, maxEntries, flags: 0, ...rest };
}

const hash = (name: string, valueSize: number) => kind(name, "HASH", 8, valueSize, 1, { flags: MAP_FLAG.NO_PREALLOC });
const lock: readonly Field[] = [{ offset: 4, kind: "bpf_spin_lock" }];

/** index 28, then the bytes that the self-tests read at offset 44. */
const ELEMENT = Uint8Array.from({ length: 48 }, (_, i) => ({ 0: 28, 44: 0x12, 45: 0xef, 46: 0xcd, 47: 0xab })[i] ?? 0);

const KINDS: readonly MapDef[] = [
  hash("map_hash_8b", 8),
  hash("map_hash_16b", 16),
  hash("map_hash_48b", 48),
  kind("map_array_48b", "ARRAY", 4, 48, 1, { initial: ELEMENT }),
  kind("map_array_ro", "ARRAY", 4, 48, 1, { flags: MAP_FLAG.RDONLY_PROG, initial: ELEMENT }),
  kind("map_array_wo", "ARRAY", 4, 48, 1, { flags: MAP_FLAG.WRONLY_PROG }),
  kind("map_array_small", "ARRAY", 4, 1, 1),
  kind("map_in_map", "ARRAY_OF_MAPS", 4, 4, 1, { inner: kind("inner", "ARRAY", 4, 4, 1) }),
  kind("map_ringbuf", "RINGBUF", 0, 0, 4096),
  kind("map_spin_lock", "ARRAY", 4, 8, 1, { fields: lock }),
  kind("map_timer", "ARRAY", 4, 16, 1, { fields: [{ offset: 0, kind: "bpf_timer" }] }),
  kind("map_kptr", "ARRAY", 4, 24, 1, {
    fields: [
      { offset: 0, kind: "kptr_untrusted", type: "prog_test_ref_kfunc" },
      { offset: 8, kind: "kptr", type: "prog_test_ref_kfunc" },
      { offset: 16, kind: "kptr", type: "prog_test_member" },
    ],
  }),
  kind("sk_storage_map", "SK_STORAGE", 4, 8, 0, { flags: MAP_FLAG.NO_PREALLOC, fields: lock }),
  kind("map_event_output", "PERF_EVENT_ARRAY", 4, 4, 1),
  kind("map_stacktrace", "STACK_TRACE", 4, 8, 1),
  kind("map_sockmap", "SOCKMAP", 4, 4, 1),
  kind("map_sockhash", "SOCKHASH", 4, 4, 1),
  kind("map_xskmap", "XSKMAP", 4, 4, 1),
  kind("map_reuseport_array", "REUSEPORT_SOCKARRAY", 4, 8, 1),
  kind("cgroup_storage", "CGROUP_STORAGE", 16, 64, 0),
  kind("percpu_cgroup_storage", "PERCPU_CGROUP_STORAGE", 16, 64, 0),
  kind("prog1", "PROG_ARRAY", 4, 4, 4),
  kind("prog2", "PROG_ARRAY", 4, 4, 8),
];

/** Kinds by name. */
export const MAP_KINDS: ReadonlyMap<string, MapDef> = new Map(KINDS.map((map) => [map.name, map]));
