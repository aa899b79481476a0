/** The types that sys.generated.ts is written in: kept apart so that the generated file has one import of types. */
import type { u8, u64 } from "./types.ts";

export type { Errno, Fd, i16, i32, i64, Path, u16, u32, u64 } from "./types.ts";

export interface Dirent {
  readonly ino: u64;
  readonly type: u8;
  readonly name: string;
}
export type Dirents = Iterable<Dirent>;
