/**
 * Structs that system-call rows read and write, in OUR layout (natural C layout of the TypeScript interface).
 * It is not the kernel's uapi layout: each engine converts. The typed declarations users see come from here.
 */
import { INT, type StructType, structType } from "./boundary.ts";

const Timespec = structType("Timespec", [
  { name: "sec", type: INT.i64 },
  { name: "nsec", type: INT.i64 },
]);

const Stat = structType("Stat", [
  { name: "dev", type: INT.u64 },
  { name: "ino", type: INT.u64 },
  { name: "mode", type: INT.u32 },
  { name: "nlink", type: INT.u32 },
  { name: "uid", type: INT.u32 },
  { name: "gid", type: INT.u32 },
  { name: "size", type: INT.i64 },
  { name: "blocks", type: INT.u64 },
  { name: "mtime", type: Timespec },
]);

const Itimerspec = structType("Itimerspec", [
  { name: "interval", type: Timespec },
  { name: "value", type: Timespec },
]);

/** Two descriptors. */
const Pair = structType("Pair", [
  { name: "first", type: INT.i32 },
  { name: "second", type: INT.i32 },
]);

/** struct epoll_event, which x86-64 packs: `data` and `high` come back as they were given. */
const EpollEvent = structType("EpollEvent", [
  { name: "events", type: INT.u32 },
  { name: "data", type: INT.u32 },
  { name: "high", type: INT.u32 },
]);

/** A word that threads of one process wait on. */
const FutexWord = structType("FutexWord", [{ name: "value", type: INT.u32 }]);

/** struct flock of fcntl(2). */
const FileLock = structType("FileLock", [
  { name: "type", type: INT.i16 },
  { name: "whence", type: INT.i16 },
  { name: "start", type: INT.i64 },
  { name: "size", type: INT.i64 },
  { name: "pid", type: INT.i32 },
]);

/**
 * An Internet address: how many bytes follow `length` (16 in IPv4, 28 in IPv6), then struct sockaddr_in or sockaddr_in6. `port` and
 * `ip` are in network byte order; `ip` is the flow information of an IPv6 address, whose words are `ip0` to `ip3`. Of addresses of
 * other families the first 28 bytes are here.
 */
const SocketAddress = structType("SocketAddress", [
  { name: "length", type: INT.u32 },
  { name: "family", type: INT.u16 },
  { name: "port", type: INT.u16 },
  { name: "ip", type: INT.u32 },
  { name: "ip0", type: INT.u32 },
  { name: "ip1", type: INT.u32 },
  { name: "ip2", type: INT.u32 },
  { name: "ip3", type: INT.u32 },
  { name: "scope", type: INT.u32 },
]);

/** What getsockopt(2) gives of an option: bytes, then one or two integers. */
const SocketOption = structType("SocketOption", [
  { name: "length", type: INT.u32 },
  { name: "value", type: INT.i32 },
  { name: "second", type: INT.i32 },
]);

/** Where in two files a copy starts; moved on by what was copied. */
const CopyOffsets = structType("CopyOffsets", [
  { name: "from", type: INT.i64 },
  { name: "to", type: INT.i64 },
]);

/**
 * What `file.readDir` writes of each entry: this, then `bytes` of the name, then zeros up to `length`, a multiple of 8.
 * `type` is one of DT, known whenever `error` is 0; where `error` is negative `stat` has only the entry's `ino`.
 */
const DirectoryEntry = structType("DirectoryEntry", [
  { name: "length", type: INT.u32 },
  { name: "error", type: INT.i32 },
  { name: "type", type: INT.u32 },
  { name: "bytes", type: INT.u32 },
  { name: "stat", type: Stat },
]);

export const STRUCTS = { Timespec, Stat, Itimerspec, Pair, EpollEvent, FutexWord, FileLock, SocketAddress, SocketOption, CopyOffsets, DirectoryEntry } as const satisfies Record<string, StructType>;
export type StructName = keyof typeof STRUCTS;

/** C names of the same structs in kfunc prototypes and in BTF. */
export const STRUCT_C_NAMES: Record<StructName, string> = {
  Timespec: "anycall_timespec",
  Stat: "anycall_stat",
  Itimerspec: "anycall_itimerspec",
  Pair: "anycall_pair",
  EpollEvent: "anycall_epoll_event",
  FutexWord: "anycall_futex_word",
  FileLock: "anycall_file_lock",
  SocketAddress: "anycall_socket_address",
  SocketOption: "anycall_socket_option",
  CopyOffsets: "anycall_copy_offsets",
  DirectoryEntry: "anycall_directory_entry",
};
