/**
 * BPF maps as bpf(2) and the verifier see them: type numbers, creation flags, which of them sleepable programs may use, which
 * helpers take them, and how large keys and values may be. Data and look-ups only.
 */

/** BPF_MAP_TYPE_* numbers, without the prefix. */
export const MAP_TYPE = {
  UNSPEC: 0, HASH: 1, ARRAY: 2, PROG_ARRAY: 3, PERF_EVENT_ARRAY: 4, PERCPU_HASH: 5, PERCPU_ARRAY: 6, STACK_TRACE: 7, CGROUP_ARRAY: 8, LRU_HASH: 9,
  LRU_PERCPU_HASH: 10, LPM_TRIE: 11, ARRAY_OF_MAPS: 12, HASH_OF_MAPS: 13, DEVMAP: 14, SOCKMAP: 15, CPUMAP: 16, XSKMAP: 17, SOCKHASH: 18, CGROUP_STORAGE: 19,
  REUSEPORT_SOCKARRAY: 20, PERCPU_CGROUP_STORAGE: 21, QUEUE: 22, STACK: 23, SK_STORAGE: 24, DEVMAP_HASH: 25, STRUCT_OPS: 26, RINGBUF: 27, INODE_STORAGE: 28,
  TASK_STORAGE: 29, BLOOM_FILTER: 30, USER_RINGBUF: 31, CGRP_STORAGE: 32, ARENA: 33,
} as const;
export type MapTypeName = keyof typeof MAP_TYPE;

/** Flags of BPF_MAP_CREATE (BPF_F_*, without the prefix). */
export const MAP_FLAG = {
  NO_PREALLOC: 1 << 0, NO_COMMON_LRU: 1 << 1, NUMA_NODE: 1 << 2, RDONLY: 1 << 3, WRONLY: 1 << 4, STACK_BUILD_ID: 1 << 5, ZERO_SEED: 1 << 6,
  RDONLY_PROG: 1 << 7, WRONLY_PROG: 1 << 8, CLONE: 1 << 9, MMAPABLE: 1 << 10, PRESERVE_ELEMS: 1 << 11, INNER_MAP: 1 << 12, LINK: 1 << 13, PATH_FD: 1 << 14,
  VTYPE_BTF_OBJ_FD: 1 << 15, TOKEN_FD: 1 << 16, SEGV_ON_FAULT: 1 << 17, NO_USER_CONV: 1 << 18,
} as const;

/** Flags of map updates (BPF_ANY, BPF_NOEXIST, BPF_EXIST, BPF_F_LOCK). */
export const MAP_UPDATE = { ANY: 0, NOEXIST: 1, EXIST: 2, LOCK: 4 } as const;

export interface MapTypeRow {
  readonly type: number;
  readonly name: MapTypeName;
  /** First kernel version. */
  readonly since: readonly [number, number];
  /**
   * Allowed in sleepable programs, which SYSCALL programs are; the version from which it is. Absent: refused with "Sleepable
   * programs can only use array, hash, ringbuf and local storage maps".
   */
  readonly sleepable?: readonly [number, number];
  /**
   * Helpers (ids) that take it; others are refused with "cannot pass map_type N into func bpf_NAME#ID". Absent: every helper
   * that asks for no type of its own (HELPER_MAP_TYPES).
   */
  readonly helpers?: readonly number[];
  /** Key size in bytes if the type fixes it (0: no key). */
  readonly keySize?: number;
  /** Value size in bytes if the type fixes it (0: no value). */
  readonly valueSize?: number;
  /** Values are reached by address (BPF_PSEUDO_MAP_VALUE, mmap) when there is one element. */
  readonly directValue?: true;
  /** Every element has one value for each CPU; lookups give the current CPU's. */
  readonly perCpu?: true;
  /** Elements are maps. */
  readonly inner?: true;
}

const from3_19 = [3, 19] as const;

/** One row a type, by number. */
export const MAP_TYPES: readonly MapTypeRow[] = [
  { type: 1, name: "HASH", since: from3_19, sleepable: [5, 10] },
  { type: 2, name: "ARRAY", since: from3_19, sleepable: [5, 10], keySize: 4, directValue: true },
  { type: 3, name: "PROG_ARRAY", since: [4, 2], helpers: [12], keySize: 4, valueSize: 4 },
  { type: 4, name: "PERF_EVENT_ARRAY", since: [4, 3], helpers: [22, 25, 55, 111, 121], keySize: 4, valueSize: 4 },
  { type: 5, name: "PERCPU_HASH", since: [4, 6], sleepable: [5, 12], perCpu: true },
  { type: 6, name: "PERCPU_ARRAY", since: [4, 6], sleepable: [5, 12], keySize: 4, perCpu: true },
  { type: 7, name: "STACK_TRACE", since: [4, 6], helpers: [27], keySize: 4 },
  { type: 8, name: "CGROUP_ARRAY", since: [4, 8], helpers: [33, 37], keySize: 4, valueSize: 4 },
  { type: 9, name: "LRU_HASH", since: [4, 10], sleepable: [5, 10] },
  { type: 10, name: "LRU_PERCPU_HASH", since: [4, 10], sleepable: [5, 12], perCpu: true },
  { type: 11, name: "LPM_TRIE", since: [4, 11] },
  { type: 12, name: "ARRAY_OF_MAPS", since: [4, 12], sleepable: [5, 12], helpers: [1], keySize: 4, valueSize: 4, inner: true },
  { type: 13, name: "HASH_OF_MAPS", since: [4, 12], sleepable: [5, 12], helpers: [1], valueSize: 4, inner: true },
  { type: 14, name: "DEVMAP", since: [4, 14], helpers: [51, 1], keySize: 4 },
  { type: 15, name: "SOCKMAP", since: [4, 14], helpers: [52, 53, 60, 82, 1], keySize: 4 },
  { type: 16, name: "CPUMAP", since: [4, 15], helpers: [51], keySize: 4 },
  { type: 17, name: "XSKMAP", since: [4, 18], helpers: [51, 1], keySize: 4, valueSize: 4 },
  { type: 18, name: "SOCKHASH", since: [4, 18], helpers: [72, 70, 71, 82, 1] },
  { type: 19, name: "CGROUP_STORAGE", since: [4, 19], helpers: [81] },
  { type: 20, name: "REUSEPORT_SOCKARRAY", since: [4, 19], helpers: [82], keySize: 4 },
  { type: 21, name: "PERCPU_CGROUP_STORAGE", since: [4, 20], helpers: [81], perCpu: true },
  { type: 22, name: "QUEUE", since: [4, 20], sleepable: [6, 4], helpers: [89, 88, 87], keySize: 0 },
  { type: 23, name: "STACK", since: [4, 20], sleepable: [6, 4], helpers: [89, 88, 87], keySize: 0 },
  { type: 24, name: "SK_STORAGE", since: [5, 2], sleepable: [5, 17], helpers: [107, 108, 194], keySize: 4 },
  { type: 25, name: "DEVMAP_HASH", since: [5, 4], helpers: [51, 1], keySize: 4 },
  { type: 26, name: "STRUCT_OPS", since: [5, 6], keySize: 4 },
  { type: 27, name: "RINGBUF", since: [5, 8], sleepable: [5, 12], helpers: [130, 131, 134, 198, 199, 200], keySize: 0, valueSize: 0 },
  { type: 28, name: "INODE_STORAGE", since: [5, 10], sleepable: [5, 17], helpers: [145, 146, 194], keySize: 4 },
  { type: 29, name: "TASK_STORAGE", since: [5, 11], sleepable: [5, 17], helpers: [156, 157, 194], keySize: 4 },
  { type: 30, name: "BLOOM_FILTER", since: [5, 16], helpers: [89, 87], keySize: 0 },
  { type: 31, name: "USER_RINGBUF", since: [6, 1], sleepable: [6, 1], helpers: [209], keySize: 0, valueSize: 0 },
  { type: 32, name: "CGRP_STORAGE", since: [6, 2], sleepable: [6, 2], helpers: [210, 211, 194], keySize: 4 },
  { type: 33, name: "ARENA", since: [6, 9], sleepable: [6, 9], keySize: 0, valueSize: 0, directValue: true },
];

const byType = new Map(MAP_TYPES.map((row) => [row.type, row]));
/** The row of a type number; undefined for UNSPEC and unknown ones. */
export function mapType(type: number): MapTypeRow | undefined {
  return byType.get(type);
}

/** Map types that a helper asks for, by helper id; a helper that isn't here leaves the choice to the map (MapTypeRow.helpers). */
export const HELPER_MAP_TYPES: Readonly<Record<number, readonly number[]>> = {
  12: [3], 22: [4], 25: [4], 55: [4], 111: [4], 121: [4], 130: [27], 131: [27], 134: [27], 198: [27], 199: [27], 200: [27], 209: [31],
  27: [7], 33: [8], 37: [8],
  51: [14, 25, 16, 17], 52: [15], 53: [15], 60: [15], 70: [18], 71: [18], 72: [18], 81: [19, 21], 82: [20, 15, 18], 88: [22, 23], 87: [22, 23, 30],
  89: [22, 23, 30], 107: [24], 108: [24], 145: [28], 146: [28], 156: [29], 157: [29], 195: [6, 5, 10], 210: [32], 211: [32],
};

/** A helper may be given a map of this type (both tables agree); the kernel says "cannot pass map_type N into func …" otherwise. */
export function helperTakesMap(helper: number, type: number): boolean {
  const row = byType.get(type);
  if (row?.helpers !== undefined && !row.helpers.includes(helper)) return false;
  const types = HELPER_MAP_TYPES[helper];
  return types === undefined || types.includes(type);
}

/** A sleepable program on a kernel of that version may use maps of the type. */
export function sleepableMap(type: number, version: readonly [number, number]): boolean {
  const since = byType.get(type)?.sleepable;
  return since !== undefined && (version[0] > since[0] || (version[0] === since[0] && version[1] >= since[1]));
}

/** Limits of sizes. */
export const MAP_LIMITS = {
  /** Bytes of a key of a hash map: it must fit the stack of the helpers' callers. */
  keyMax: 512,
  /** Bytes of a value that is allocated whole for each CPU. */
  perCpuValueMax: 32768,
  /** Bytes to which elements of arrays are aligned. */
  elementAlign: 8,
  /** max_entries of a ring buffer is a power of two and a multiple of this. */
  ringbufAlign: 4096,
} as const;

/** How programs name a map in the src field of a ldimm64 (BPF_PSEUDO_*). */
export const PSEUDO = { MAP_FD: 1, MAP_VALUE: 2, BTF_ID: 3, FUNC: 4, MAP_IDX: 5, MAP_IDX_VALUE: 6 } as const;
/** What a call instruction's src field means. */
export const PSEUDO_CALL = { HELPER: 0, SUBPROGRAM: 1, KFUNC: 2 } as const;
