/** Maps of the programs in programs.ts, by the names that they use. */
import type { MapDef } from "../../../backend-ebpf/object/types.ts";
import { MAP_FLAG, MAP_TYPE } from "../../../kernel/abi/maps.ts";

const map = (name: string, type: keyof typeof MAP_TYPE, keySize: number, valueSize: number, maxEntries: number, flags = 0): MapDef => ({
  name,
  type: MAP_TYPE[type],
  keySize,
  valueSize,
  maxEntries,
  flags,
});

export const MAPS: readonly MapDef[] = [map("array", "ARRAY", 4, 64, 2), map("rows", "ARRAY", 4, 64, 4096), map("hash", "HASH", 8, 64, 4, MAP_FLAG.NO_PREALLOC)];
