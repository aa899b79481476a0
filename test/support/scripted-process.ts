/**
 * The process behind the scripted host: ids, clocks, random numbers, descriptors and handles over a file tree, and one
 * function per row of the operation table. Owns what the operations mean (their man pages'); knows nothing of scripts:
 * injected errors, short transfers and traces are the host's.
 */
import { AT, CLOCK, GRND, O, SEEK } from "../../kernel/abi/constants.ts";
import { MAX_RW_COUNT, type OpName } from "../../kernel/abi/syscalls.ts";
import { type DirectoryNode, existing, type FileTree, fullMode, linkCount, type Node, PERMISSION, sizeOf, writeDirents } from "./file-tree.ts";
import { Errno } from "./linux.ts";
import { fieldOffset, HostContractError, type OperationArgs } from "./operation-args.ts";
import type { Random } from "./random.ts";

export interface ProcessIds {
  readonly pid: number;
  readonly tid: number;
  readonly ppid: number;
  readonly uid: number;
  readonly gid: number;
}

/** What open(2) calls an open file description: several descriptors could share one. */
export interface OpenFile {
  readonly node: Node;
  /** Open flags, without those that only matter while opening. */
  readonly flags: number;
  /** Byte offset, or the cookie of the last directory entry read. */
  position: number;
}

const NS = 1_000_000_000n;
/** Where the clocks start, in nanoseconds. */
export const CLOCK_START = { realtime: 1_700_000_000n * NS, monotonic: 1_000n * NS } as const;
/** Nanoseconds that pass with every look at a clock. */
const CLOCK_TICK = 1_000n;
/** Time other clocks are ahead of CLOCK_MONOTONIC by, so that mixing them up shows. */
const CLOCKS: Readonly<Record<number, bigint>> = {
  [CLOCK.REALTIME]: CLOCK_START.realtime - CLOCK_START.monotonic,
  [CLOCK.MONOTONIC]: 0n,
  [CLOCK.PROCESS_CPUTIME_ID]: -900n * NS,
  [CLOCK.THREAD_CPUTIME_ID]: -950n * NS,
  [CLOCK.MONOTONIC_RAW]: 3_000n,
  [CLOCK.REALTIME_COARSE]: CLOCK_START.realtime - CLOCK_START.monotonic,
  [CLOCK.MONOTONIC_COARSE]: 0n,
  [CLOCK.BOOTTIME]: 5n * NS,
  [CLOCK.TAI]: CLOCK_START.realtime - CLOCK_START.monotonic + 37n * NS,
};
const DEVICE = 0x801n;
const UMASK = 0o022;
const I64_MAX = (1n << 63n) - 1n;

export class ScriptedProcess {
  readonly ids: ProcessIds;
  readonly tree: FileTree;
  readonly #random: Random;
  readonly #maxDescriptors: number;
  readonly #cwd: DirectoryNode;
  readonly descriptors = new Map<number, OpenFile>();
  readonly handles = new Map<bigint, OpenFile>();
  #nextHandle = 1n;
  /** CLOCK_MONOTONIC. */
  #time: bigint = CLOCK_START.monotonic;

  constructor(parts: { ids: ProcessIds; tree: (now: () => bigint) => FileTree; random: Random; maxDescriptors: number }) {
    this.ids = parts.ids;
    this.tree = parts.tree(() => this.#time + CLOCKS[0]!);
    this.#random = parts.random;
    this.#maxDescriptors = parts.maxDescriptors;
    this.#cwd = this.tree.root;
  }

  clock(id: number): bigint {
    const offset = CLOCKS[id];
    if (offset === undefined) throw new Errno("EINVAL");
    this.#time += CLOCK_TICK;
    return this.#time + offset;
  }

  /** Lets time pass. */
  sleep(nanoseconds: bigint): void {
    this.#time += nanoseconds;
  }

  fillRandom(out: Uint8Array): void {
    this.#random.fill(out);
  }

  // ---- descriptors and handles --------------------------------------------------------------------------------------

  file(fd: number): OpenFile {
    const file = this.descriptors.get(fd);
    if (!file) throw new Errno("EBADF");
    return file;
  }

  /** Programs can't name a handle that they don't hold, so an unknown one is the engine's mistake. */
  handle(number: bigint): OpenFile {
    const file = this.handles.get(number);
    if (!file) throw new HostContractError(`handle ${number} is not open`);
    return file;
  }

  /** The directory that relative paths start from. */
  base(fd: number, path: Uint8Array): DirectoryNode {
    if (path[0] === 0x2f || fd === AT.FDCWD) return this.#cwd;
    return this.directoryOf(this.file(fd));
  }

  directoryOf(file: OpenFile): DirectoryNode {
    if (file.node.type !== "directory") throw new Errno("ENOTDIR");
    return file.node;
  }

  /** Gives `file` the lowest free descriptor. */
  install(file: OpenFile): number {
    const fd = this.freeDescriptor();
    this.descriptors.set(fd, file);
    return fd;
  }

  freeDescriptor(): number {
    let fd = 0;
    while (this.descriptors.has(fd)) fd++;
    if (fd >= this.#maxDescriptors) throw new Errno("EMFILE");
    return fd;
  }

  /** Handle numbers are never used twice, so that a use after release is noticed. */
  hold(file: OpenFile): bigint {
    const number = this.#nextHandle++;
    this.handles.set(number, file);
    return number;
  }

  // ---- files --------------------------------------------------------------------------------------------------------

  open(path: Uint8Array, from: DirectoryNode, flags: number, mode: number): OpenFile {
    if ((flags & O.TMPFILE) === O.TMPFILE) throw new Errno("EOPNOTSUPP");
    if (flags & O.PATH) flags &= O.PATH | O.DIRECTORY | O.NOFOLLOW | O.CLOEXEC;
    if (flags & O.CREAT && flags & O.DIRECTORY) throw new Errno("EINVAL");
    const exclusive = (flags & O.CREAT) !== 0 && (flags & O.EXCL) !== 0;
    const place = this.tree.locate(path, from, !exclusive && !(flags & O.NOFOLLOW));
    const writes = (flags & O.ACCMODE) !== O.RDONLY;
    const keep = flags & ~(O.CREAT | O.EXCL | O.TRUNC | O.NOCTTY);
    if (!place.node) {
      if (!(flags & O.CREAT)) throw new Errno("ENOENT");
      if (place.slash) throw new Errno("EISDIR");
      this.tree.requireChange(place.directory);
      const node = this.tree.newFile(mode & ~UMASK);
      this.tree.link(place.directory, place.name, node);
      return { node, flags: keep, position: 0 };
    }
    if (exclusive) throw new Errno("EEXIST");
    const node = existing(place);
    if (flags & O.DIRECTORY && node.type !== "directory") throw new Errno("ENOTDIR");
    if (node.type === "symlink" && !(flags & O.PATH)) throw new Errno("ELOOP");
    if (node.type === "directory" && (writes || flags & O.CREAT)) throw new Errno("EISDIR");
    if (!(flags & O.PATH)) {
      const wanted = { [O.RDONLY]: PERMISSION.READ, [O.WRONLY]: PERMISSION.WRITE }[flags & O.ACCMODE] ?? PERMISSION.READ | PERMISSION.WRITE;
      this.tree.requirePermission(node, flags & O.TRUNC ? wanted | PERMISSION.WRITE : wanted);
    }
    if (flags & O.TRUNC && node.type === "regular") this.tree.setBytes(node, new Uint8Array(0));
    return { node, flags: keep, position: 0 };
  }

  /** Reads at `at`, or at the position and moves it if `at` is undefined. At most `limit` bytes. */
  read(file: OpenFile, out: Uint8Array, at: bigint | undefined, limit: number): number {
    if (file.flags & O.PATH || (file.flags & O.ACCMODE) === O.WRONLY) throw new Errno("EBADF");
    if (file.node.type === "directory") throw new Errno("EISDIR");
    const room = Math.min(out.length, limit, MAX_RW_COUNT);
    if (file.node.type === "character") {
      if (at !== undefined) throw new Errno("ESPIPE");
      const taken = file.node.input.subarray(0, room);
      out.set(taken);
      file.node.input = file.node.input.subarray(taken.length);
      return taken.length;
    }
    if (file.node.type !== "regular") throw new Errno("EINVAL");
    if (at !== undefined && at < 0n) throw new Errno("EINVAL");
    const start = at === undefined ? file.position : Number(at);
    const taken = file.node.bytes.subarray(start, start + room);
    out.set(taken);
    if (at === undefined) file.position += taken.length;
    return taken.length;
  }

  /** Writes at `at`, or at the position and moves it if `at` is undefined. At most `limit` bytes. */
  write(file: OpenFile, bytes: Uint8Array, at: bigint | undefined, limit: number): number {
    if (file.flags & O.PATH || (file.flags & O.ACCMODE) === O.RDONLY) throw new Errno("EBADF");
    const taken = bytes.subarray(0, Math.min(limit, MAX_RW_COUNT));
    if (file.node.type === "character") {
      if (at !== undefined) throw new Errno("ESPIPE");
      file.node.output = concat(file.node.output, taken);
      return taken.length;
    }
    if (file.node.type !== "regular") throw new Errno("EINVAL");
    if (at !== undefined && at < 0n) throw new Errno("EINVAL");
    // pwrite(2), BUGS: on a file opened with O_APPEND Linux appends, whatever the offset.
    const start = file.flags & O.APPEND ? file.node.bytes.length : at === undefined ? file.position : Number(at);
    if (start + taken.length > MAX_FILE) throw new Errno("EFBIG");
    if (taken.length > 0) {
      const grown = new Uint8Array(Math.max(file.node.bytes.length, start + taken.length));
      grown.set(file.node.bytes);
      grown.set(taken, start);
      this.tree.setBytes(file.node, grown);
    }
    if (at === undefined) file.position = start + taken.length;
    return taken.length;
  }

  seek(file: OpenFile, offset: bigint, whence: number): bigint {
    if (file.flags & O.PATH) throw new Errno("EBADF");
    if (file.node.type === "character") throw new Errno("ESPIPE");
    const origin = { [SEEK.SET]: 0, [SEEK.CUR]: file.position, [SEEK.END]: sizeOf(file.node) }[whence];
    if (origin === undefined) throw new Errno("EINVAL");
    const position = BigInt(origin) + offset;
    if (position > I64_MAX) throw new Errno("EOVERFLOW");
    if (position < 0n || position > BigInt(Number.MAX_SAFE_INTEGER)) throw new Errno("EINVAL");
    file.position = Number(position);
    return position;
  }

  listDirectory(file: OpenFile, out: Uint8Array): number {
    if (file.flags & O.PATH) throw new Errno("EBADF");
    const directory = this.directoryOf(file);
    if (directory.removed) throw new Errno("ENOENT");
    const { filled, position } = writeDirents(directory, file.position, out);
    file.position = position;
    return filled;
  }

  statPath(path: Uint8Array, from: DirectoryNode | OpenFile, flags: number, out: DataView): void {
    if (flags & ~(AT.SYMLINK_NOFOLLOW | AT.NO_AUTOMOUNT | AT.EMPTY_PATH)) throw new Errno("EINVAL");
    if (path.length === 0 && flags & AT.EMPTY_PATH) return writeStat("node" in from ? from.node : from, out);
    const directory = "node" in from ? (path[0] === 0x2f ? this.#cwd : this.directoryOf(from)) : from;
    writeStat(this.tree.lookup(path, directory, !(flags & AT.SYMLINK_NOFOLLOW)), out);
  }

  /** What a path that may be empty starts from: AT_FDCWD's directory or whatever the descriptor is. */
  statBase(fd: number, path: Uint8Array): DirectoryNode | OpenFile {
    return path[0] === 0x2f || fd === AT.FDCWD ? this.#cwd : this.file(fd);
  }

  remove(path: Uint8Array, from: DirectoryNode, flags: number): void {
    if (flags & ~AT.REMOVEDIR) throw new Errno("EINVAL");
    const place = this.tree.locate(path, from, false);
    const wantsDirectory = (flags & AT.REMOVEDIR) !== 0;
    if (wantsDirectory && place.name === "") throw new Errno("EBUSY");
    if (wantsDirectory && place.name === ".") throw new Errno("EINVAL");
    if (wantsDirectory && place.name === "..") throw new Errno("ENOTEMPTY");
    if (!wantsDirectory && ["", ".", ".."].includes(place.name)) throw new Errno("EISDIR");
    const node = existing(place);
    this.tree.requireChange(place.directory);
    if (wantsDirectory) {
      if (node.type !== "directory") throw new Errno("ENOTDIR");
      if (node.entries.size > 0) throw new Errno("ENOTEMPTY");
    } else if (node.type === "directory") throw new Errno("EISDIR");
    this.tree.unlink(place.directory, place.name);
  }

  makeDirectory(path: Uint8Array, from: DirectoryNode, mode: number): void {
    const place = this.tree.locate(path, from, false);
    if (place.node) throw new Errno("EEXIST");
    this.tree.requireChange(place.directory);
    this.tree.link(place.directory, place.name, this.tree.newDirectory(mode & 0o1777 & ~UMASK, place.directory));
  }
}

/** Contents are kept in memory; a larger offset is a mistake of the test. */
const MAX_FILE = 1 << 26;

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

export function writeTimespec(out: DataView, nanoseconds: bigint, at = 0): void {
  out.setBigInt64(at + fieldOffset("Timespec", "sec"), nanoseconds / NS, true);
  out.setBigInt64(at + fieldOffset("Timespec", "nsec"), nanoseconds % NS, true);
}

/** Nanoseconds; EINVAL as in nanosleep(2). */
export function readTimespec(from: DataView): bigint {
  const sec = from.getBigInt64(fieldOffset("Timespec", "sec"), true);
  const nsec = from.getBigInt64(fieldOffset("Timespec", "nsec"), true);
  if (sec < 0n || nsec < 0n || nsec >= NS) throw new Errno("EINVAL");
  return sec * NS + nsec;
}

/** Fills a Stat in the layout of kernel/abi/structs.ts, padding included. */
function writeStat(node: Node, out: DataView): void {
  const at = (field: string) => fieldOffset("Stat", field);
  const size = sizeOf(node);
  out.setBigUint64(at("dev"), DEVICE, true);
  out.setBigUint64(at("ino"), node.ino, true);
  out.setUint32(at("mode"), fullMode(node), true);
  out.setUint32(at("nlink"), linkCount(node), true);
  out.setUint32(at("uid"), node.uid, true);
  out.setUint32(at("gid"), node.gid, true);
  out.setBigInt64(at("size"), BigInt(size), true);
  // Whole pages of 4096 bytes, counted in units of 512 as stat(2) does; short links live in the inode.
  out.setBigUint64(at("blocks"), node.type === "symlink" ? 0n : BigInt(Math.ceil(size / 4096) * 8), true);
  writeTimespec(out, node.mtime, at("mtime"));
}

/** What the host's script allows one operation. */
export interface TransferLimit {
  /** Most bytes that this read or write may move. */
  readonly bytes: number;
}

/** Returns the result as the row has it; nothing counts as 0. */
// biome-ignore lint/suspicious/noConfusingVoidType: void lets an operation be one call of something that returns nothing
type Operation = (process: ScriptedProcess, args: OperationArgs, limit: TransferLimit) => number | bigint | void;

const optionalAt = (args: OperationArgs) => (args.long("at") === -1n ? undefined : args.long("at"));

/** One function per row. Returning nothing means 0; failures throw Errno. */
export const OPERATIONS: Readonly<Partial<Record<OpName, Operation>>> = {
  "sys.getpid": (p) => p.ids.pid,
  "sys.gettid": (p) => p.ids.tid,
  "sys.getppid": (p) => p.ids.ppid,
  "sys.getuid": (p) => p.ids.uid,
  "sys.getgid": (p) => p.ids.gid,
  "sys.clock_gettime": (p, a) => writeTimespec(a.struct("out")!, p.clock(a.int("clock"))),
  "sys.nanosleep": (p, a) => p.sleep(readTimespec(a.struct("request")!)),
  "sys.getrandom": (p, a) => {
    const exclusive = GRND.RANDOM | GRND.INSECURE;
    if (a.int("flags") & ~(GRND.NONBLOCK | exclusive) || (a.int("flags") & exclusive) === exclusive) throw new Errno("EINVAL");
    const out = a.bytes("buf");
    p.fillRandom(out);
    return out.length;
  },
  "sys.openat": (p, a) => {
    p.freeDescriptor();
    return p.install(p.open(a.bytes("path"), p.base(a.int("dir"), a.bytes("path")), a.int("flags"), a.int("mode")));
  },
  "sys.close": (p, a) => {
    p.file(a.int("fd"));
    p.descriptors.delete(a.int("fd"));
  },
  "sys.read": (p, a, limit) => p.read(p.file(a.int("fd")), a.bytes("buf"), undefined, limit.bytes),
  "sys.write": (p, a, limit) => p.write(p.file(a.int("fd")), a.bytes("buf"), undefined, limit.bytes),
  "sys.pread64": (p, a, limit) => {
    if (a.long("offset") < 0n) throw new Errno("EINVAL");
    return p.read(p.file(a.int("fd")), a.bytes("buf"), a.long("offset"), limit.bytes);
  },
  "sys.lseek": (p, a) => p.seek(p.file(a.int("fd")), a.long("offset"), a.int("whence")),
  "sys.fstat": (p, a) => writeStat(p.file(a.int("fd")).node, a.struct("out")!),
  "sys.newfstatat": (p, a) => p.statPath(a.bytes("path"), p.statBase(a.int("dir"), a.bytes("path")), a.int("flags"), a.struct("out")!),
  "sys.getdents64": (p, a) => p.listDirectory(p.file(a.int("fd")), a.bytes("buf")),
  "sys.unlinkat": (p, a) => p.remove(a.bytes("path"), p.base(a.int("dir"), a.bytes("path")), a.int("flags")),
  "sys.mkdirat": (p, a) => p.makeDirectory(a.bytes("path"), p.base(a.int("dir"), a.bytes("path")), a.int("mode")),

  "sys.open": (p, a) => p.hold(p.open(a.bytes("path"), p.base(AT.FDCWD, a.bytes("path")), a.int("flags"), a.int("mode"))),
  "file.release": (p, a) => {
    p.handle(a.handle("file"));
    p.handles.delete(a.handle("file"));
  },
  "file.read": (p, a, limit) => p.read(p.handle(a.handle("file")), a.bytes("buf"), optionalAt(a), limit.bytes),
  "file.write": (p, a, limit) => p.write(p.handle(a.handle("file")), a.bytes("buf"), optionalAt(a), limit.bytes),
  "file.seek": (p, a) => p.seek(p.handle(a.handle("file")), a.long("offset"), a.int("whence")),
  "file.stat": (p, a) => writeStat(p.handle(a.handle("file")).node, a.struct("out")!),
  "file.open": (p, a) => {
    const how = a.long("how");
    const path = a.bytes("path");
    const directory = path[0] === 0x2f ? p.base(AT.FDCWD, path) : p.directoryOf(p.handle(a.handle("file")));
    return p.hold(p.open(path, directory, Number(BigInt.asIntN(32, how)), Number(how >> 32n)));
  },
  "file.statAt": (p, a) => p.statPath(a.bytes("path"), p.handle(a.handle("file")), a.int("flags"), a.struct("out")!),
};
