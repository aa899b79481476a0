/**
 * An in-memory tree of files, directories, symbolic links and character streams, with path lookup as in
 * path_resolution(7). Owns names, metadata and contents; knows nothing of descriptors, and of
 * processes only the credentials that permission checks take.
 */
import { LIMIT } from "../../kernel/abi/constants.ts";
import { DIRENT_TYPE, Errno, FILE_TYPE, type FileType, MAX_SYMLINKS } from "./linux.ts";

export interface Credentials {
  readonly uid: number;
  readonly gid: number;
}

export type Node = FileNode | DirectoryNode | SymlinkNode | StreamNode;

interface NodeBase {
  readonly ino: bigint;
  /** Permission bits, 0…0o7777. */
  mode: number;
  uid: number;
  gid: number;
  /** Nanoseconds since the epoch. */
  mtime: bigint;
  /** Names that lead here; an open file outlives its last name. */
  links: number;
}
export interface FileNode extends NodeBase {
  readonly type: "regular";
  bytes: Uint8Array;
}
export interface DirectoryNode extends NodeBase {
  readonly type: "directory";
  parent: DirectoryNode;
  /** In order of creation. `cookie` grows and is never used again: directory positions survive removals. */
  readonly entries: Map<string, { readonly node: Node; readonly cookie: number }>;
  nextCookie: number;
  removed: boolean;
}
export interface SymlinkNode extends NodeBase {
  readonly type: "symlink";
  readonly target: string;
}
/** A terminal-like file: what is read comes from `input`, what is written is collected in `output`. */
export interface StreamNode extends NodeBase {
  readonly type: "character";
  input: Uint8Array;
  output: Uint8Array;
}

/** Cookies of the two entries that every directory has. */
export const DOT_COOKIE = 1;
export const DOT_DOT_COOKIE = 2;

/** Where a path ends: the directory that holds (or would hold) its last component. `node` is absent if nothing is there. */
export interface Place {
  readonly directory: DirectoryNode;
  /** Last component; "" for the root, "." or "..". */
  readonly name: string;
  readonly node?: Node;
  /** The path ended in a slash. */
  readonly slash: boolean;
}

const READ = 4;
const WRITE = 2;
const SEARCH = 1;
export const PERMISSION = { READ, WRITE, SEARCH } as const;

// Paths are bytes on Linux: latin1 keeps each byte as one character, whatever its encoding.
const pathText = (bytes: Uint8Array) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
export const nameBytes = (name: string) => Uint8Array.from(name, (char) => char.charCodeAt(0));

/** A path or name as authors write it (UTF-8 text) in the form that the tree keeps. */
export function encodeName(text: string): string {
  return pathText(new TextEncoder().encode(text));
}

export class FileTree {
  readonly root: DirectoryNode;
  #inodes = 1n;
  readonly #now: () => bigint;
  readonly #credentials: Credentials;

  /** `now`: nanoseconds since the epoch, for mtime. */
  constructor(credentials: Credentials, now: () => bigint) {
    this.#credentials = credentials;
    this.#now = now;
    const root = { ...this.#base(0o755), type: "directory", entries: new Map(), nextCookie: DOT_DOT_COOKIE + 1, removed: false } as unknown as DirectoryNode;
    root.parent = root;
    root.links = 1;
    this.root = root;
  }

  newFile(mode: number, bytes: Uint8Array = new Uint8Array(0)): FileNode {
    return { ...this.#base(mode), type: "regular", bytes };
  }
  newSymlink(target: string): SymlinkNode {
    return { ...this.#base(0o777), type: "symlink", target };
  }
  newStream(mode: number, input: Uint8Array): StreamNode {
    return { ...this.#base(mode), type: "character", input, output: new Uint8Array(0) };
  }
  newDirectory(mode: number, parent: DirectoryNode): DirectoryNode {
    return { ...this.#base(mode), type: "directory", parent, entries: new Map(), nextCookie: DOT_DOT_COOKIE + 1, removed: false };
  }

  /** Gives `node` a name. The caller has checked that there is none and that it may. */
  link(directory: DirectoryNode, name: string, node: Node): void {
    directory.entries.set(name, { node, cookie: directory.nextCookie++ });
    node.links++;
    directory.mtime = this.#now();
  }

  unlink(directory: DirectoryNode, name: string): void {
    const entry = directory.entries.get(name)!;
    directory.entries.delete(name);
    entry.node.links--;
    if (entry.node.type === "directory") entry.node.removed = true;
    directory.mtime = this.#now();
  }

  /** Replaces the contents and notes the time. */
  setBytes(file: FileNode, bytes: Uint8Array): void {
    file.bytes = bytes;
    file.mtime = this.#now();
  }

  /** Throws EACCES unless the process may do all of `wanted` (bits of PERMISSION). Root may search and read anything. */
  requirePermission(node: Node, wanted: number): void {
    const { uid, gid } = this.#credentials;
    if (uid === 0) return;
    const shift = node.uid === uid ? 6 : node.gid === gid ? 3 : 0;
    if (((node.mode >> shift) & wanted) !== wanted) throw new Errno("EACCES");
  }

  /** Throws unless names may be added to and removed from `directory`. */
  requireChange(directory: DirectoryNode): void {
    if (directory.removed) throw new Errno("ENOENT");
    this.requirePermission(directory, WRITE | SEARCH);
  }

  /**
   * Follows `path` from `from` (or from the root if it is absolute) up to its last component; symbolic links there are
   * followed if `follow` is set or a slash comes behind. Throws ENOENT, ENOTDIR, EACCES, ELOOP, ENAMETOOLONG.
   */
  locate(path: Uint8Array, from: DirectoryNode, follow: boolean): Place {
    if (path.length === 0) throw new Errno("ENOENT");
    if (path.length >= LIMIT.PATH_MAX) throw new Errno("ENAMETOOLONG");
    return this.#locate(pathText(path), from, follow, { links: 0 });
  }

  /** The node at `path`, following links at its end if `follow`. */
  lookup(path: Uint8Array, from: DirectoryNode, follow: boolean): Node {
    return existing(this.locate(path, from, follow));
  }

  #locate(path: string, from: DirectoryNode, follow: boolean, budget: { links: number }): Place {
    let directory = path.startsWith("/") ? this.root : from;
    const names = path.split("/").filter((name) => name !== "");
    const slash = path.endsWith("/");
    if (names.length === 0) return { directory, name: "", node: directory, slash };
    for (let i = 0; ; i++) {
      const name = names[i]!;
      const last = i === names.length - 1;
      const place = this.#step(directory, name, last && slash);
      let node = place.node;
      if (node?.type === "symlink" && (!last || follow || slash)) {
        if (++budget.links > MAX_SYMLINKS) throw new Errno("ELOOP");
        const target = this.#locate(node.target, directory, true, budget);
        if (last) return { ...target, slash: slash || target.slash };
        node = existing(target);
      }
      if (last) return place;
      if (!node) throw new Errno("ENOENT");
      if (node.type !== "directory") throw new Errno("ENOTDIR");
      directory = node;
    }
  }

  #step(directory: DirectoryNode, name: string, slash: boolean): Place {
    this.requirePermission(directory, SEARCH);
    if (name === ".") return { directory, name, node: directory, slash };
    if (name === "..") return { directory, name, node: directory.parent, slash };
    if (name.length > LIMIT.NAME_MAX) throw new Errno("ENAMETOOLONG");
    const node = directory.entries.get(name)?.node;
    return { directory, name, slash, ...(node && { node }) };
  }

  #base(mode: number): NodeBase {
    return { ino: this.#inodes++, mode: mode & 0o7777, uid: this.#credentials.uid, gid: this.#credentials.gid, mtime: this.#now(), links: 0 };
  }
}

/** The node of a place; ENOENT if there is none, ENOTDIR if the path says directory and it isn't. */
export function existing(place: Place): Node {
  if (!place.node) throw new Errno("ENOENT");
  if (place.slash && place.node.type !== "directory") throw new Errno("ENOTDIR");
  return place.node;
}

/** st_mode. */
export function fullMode(node: Node): number {
  return FILE_TYPE[node.type] | node.mode;
}

/** st_nlink: a directory is also named by its own "." and by its children's "..". */
export function linkCount(node: Node): number {
  if (node.type !== "directory") return node.links;
  if (node.removed) return 0;
  return 2 + [...node.entries.values()].filter((entry) => entry.node.type === "directory").length;
}

/** st_size in bytes. */
export function sizeOf(node: Node): number {
  switch (node.type) {
    case "regular":
      return node.bytes.length;
    case "directory":
      return 4096;
    case "symlink":
      return node.target.length;
    case "character":
      return 0;
  }
}

interface DirectoryEntry {
  readonly name: string;
  readonly node: Node;
  readonly cookie: number;
}

function listing(directory: DirectoryNode): DirectoryEntry[] {
  const children = [...directory.entries].map(([name, { node, cookie }]) => ({ name, node, cookie }));
  return [{ name: ".", node: directory, cookie: DOT_COOKIE }, { name: "..", node: directory.parent, cookie: DOT_DOT_COOKIE }, ...children];
}

const DIRENT_HEADER = 19;

/**
 * Fills `out` with linux_dirent64 records (u64 ino, i64 off, u16 length, u8 type, NUL-terminated name, padded to 8 bytes)
 * of the entries behind cookie `position`. Returns bytes filled and the new position; EINVAL if not even one fits.
 */
export function writeDirents(directory: DirectoryNode, position: number, out: Uint8Array): { filled: number; position: number } {
  const view = new DataView(out.buffer, out.byteOffset, out.byteLength);
  let filled = 0;
  for (const entry of listing(directory)) {
    if (entry.cookie <= position) continue;
    const name = nameBytes(entry.name);
    const length = Math.ceil((DIRENT_HEADER + name.length + 1) / 8) * 8;
    if (filled + length > out.length) {
      if (filled === 0) throw new Errno("EINVAL");
      break;
    }
    out.fill(0, filled, filled + length);
    view.setBigUint64(filled, entry.node.ino, true);
    view.setBigInt64(filled + 8, BigInt(entry.cookie), true);
    view.setUint16(filled + 16, length, true);
    view.setUint8(filled + 18, DIRENT_TYPE[entry.node.type satisfies FileType]);
    out.set(name, filled + DIRENT_HEADER);
    filled += length;
    position = entry.cookie;
  }
  return { filled, position };
}
