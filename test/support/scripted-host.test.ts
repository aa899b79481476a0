import { describe, expect, it } from "vitest";
import { AT, CLOCK, DT, O, S, SEEK } from "../../kernel/abi/constants.ts";
import { E } from "../../kernel/abi/errno.ts";
import type { HostArg } from "../../kernel/abi/host.ts";
import { STRUCTS } from "../../kernel/abi/structs.ts";
import { findOp, type OpName, OPS, opName, type OpRow } from "../../kernel/abi/syscalls.ts";
import { fieldOffset } from "./operation-args.ts";
import { HostContractError, ScriptedHost, type ScriptedHostOptions } from "./scripted-host.ts";
import { OPERATIONS } from "./scripted-process.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const path = (name: string) => new TextEncoder().encode(name);

/** Calls `op`; numbers and strings become what engines pass. */
function call(host: ScriptedHost, op: OpName, ...args: (number | bigint | string | Uint8Array | null)[]): number {
  const converted = args.map((arg): HostArg => (typeof arg === "number" ? BigInt(arg) : typeof arg === "string" ? path(arg) : arg));
  return Number(host.call(findOp(op)!, converted));
}
const open = (host: ScriptedHost, name: string, flags: number = O.RDONLY, mode = 0o644) => call(host, "sys.openat", AT.FDCWD, name, flags, mode);
const stat = () => new Uint8Array(STRUCTS.Stat.size);
const field32 = (bytes: Uint8Array, name: string) => new DataView(bytes.buffer).getUint32(fieldOffset("Stat", name), true);
const field64 = (bytes: Uint8Array, name: string) => Number(new DataView(bytes.buffer).getBigInt64(fieldOffset("Stat", name), true));

const WORLD: ScriptedHostOptions = {
  files: {
    "/a.txt": "hello world\n",
    "/dir/one": "1",
    "/dir/two": "22",
    "/dir/sub/deep": "333",
    "/empty": { directory: true },
    "/link": { link: "dir/one" },
    "/loop": { link: "loop" },
    "/up": { link: "/dir" },
    "/secret": { bytes: "s", mode: 0o600, uid: 7 },
    "/locked": { directory: true, mode: 0o700, uid: 7 },
  },
};

/** Arguments of a plausible call of each row. */
function sampleArgs(row: OpRow, host: ScriptedHost): HostArg[] {
  return row.args.map((spec): HostArg => {
    switch (spec.kind) {
      case "fd":
        return row.name === "getdents64" ? BigInt(open(host, "/dir")) : spec.name === "dir" ? BigInt(AT.FDCWD) : BigInt(open(host, "/a.txt", O.RDWR));
      case "handle": {
        const target = row.name === "open" || row.name === "statAt" ? "/dir" : "/a.txt";
        return BigInt(call(host, "sys.open", target, target === "/dir" ? O.RDONLY : O.RDWR, 0, new Uint8Array(4)));
      }
      case "path":
        return path(row.name === "mkdirat" ? "new" : row.on === "file" ? "one" : "/a.txt");
      case "in":
      case "out":
        return new Uint8Array(64);
      case "struct":
        return new Uint8Array(STRUCTS[spec.struct].size);
      case "err":
        return new Uint8Array(4);
      default:
        return spec.name === "at" ? -1n : 0n;
    }
  });
}

const MODELLED = (OPS as readonly OpRow[]).filter((row) => row.scripted !== false);

describe("operations", () => {
  it("there is one for each row of the table that is modelled, and no other", () => {
    expect(Object.keys(OPERATIONS).sort()).toEqual(MODELLED.map((row) => opName(row)).sort());
  });

  it("others answer ENOSYS and are traced", () => {
    const host = new ScriptedHost(WORLD);
    expect(host.call(findOp("sys.socket")!, [1n, 1n, 0n])).toBe(BigInt(-E.NOSYS));
    expect(host.trace.at(-1)).toMatchObject({ op: "sys.socket", result: BigInt(-E.NOSYS) });
  });

  it.each(MODELLED.map((row) => [opName(row), row as OpRow] as const))("%s succeeds and is traced", (name, row) => {
    const host = new ScriptedHost(WORLD);
    const args = sampleArgs(row, host);
    const result = host.call(row, args);
    expect(row.result.kind === "handle" ? result > 0n : result >= 0n, `${name} = ${result}`).toBe(true);
    expect(host.trace.at(-1)).toMatchObject({ op: name, result });
    expect(host.count(name as OpName)).toBeGreaterThan(0);
  });

  it.each(MODELLED.filter((row) => row.result.kind !== "value").map((row) => [opName(row), row as OpRow] as const))("%s fails with an injected error", (name, row) => {
    const setUp = new ScriptedHost(WORLD);
    sampleArgs(row, setUp);
    const host = new ScriptedHost({ ...WORLD, errors: [{ op: name as OpName, nth: setUp.count(name as OpName) + 1, errno: "EIO" }] });
    const args = sampleArgs(row, host);
    const result = host.call(row, args);
    if (row.result.kind !== "handle") return expect(result).toBe(BigInt(-E.IO));
    expect(result).toBe(0n);
    const err = args.at(-1) as Uint8Array;
    expect(new DataView(err.buffer).getInt32(0, true)).toBe(-E.IO);
    return expect(host.trace.at(-1)!.outputs).toEqual([err]);
  });
});

/** [what, steps: (host) => result, expected result or negative errno] */
const FAILURES: readonly (readonly [string, (host: ScriptedHost) => number, number])[] = [
  ["open of nothing", (h) => open(h, "/none"), E.NOENT],
  ["open below a file", (h) => open(h, "/a.txt/x"), E.NOTDIR],
  ["open of a file with a slash behind", (h) => open(h, "/a.txt/"), E.NOTDIR],
  ["open of the empty path", (h) => open(h, ""), E.NOENT],
  ["exclusive creation of what is there", (h) => open(h, "/a.txt", O.CREAT | O.EXCL | O.WRONLY), E.EXIST],
  ["exclusive creation at a link", (h) => open(h, "/loop", O.CREAT | O.EXCL | O.WRONLY), E.EXIST],
  ["O_DIRECTORY on a file", (h) => open(h, "/a.txt", O.DIRECTORY), E.NOTDIR],
  ["writing a directory", (h) => open(h, "/dir", O.WRONLY), E.ISDIR],
  ["a link that leads to itself", (h) => open(h, "/loop"), E.LOOP],
  ["O_NOFOLLOW at a link", (h) => open(h, "/link", O.NOFOLLOW), E.LOOP],
  ["a name that is too long", (h) => open(h, `/${"x".repeat(256)}`), E.NAMETOOLONG],
  ["a path that is too long", (h) => open(h, "/x".repeat(2048)), E.NAMETOOLONG],
  ["creation in no directory", (h) => open(h, "/none/new", O.CREAT | O.WRONLY), E.NOENT],
  ["relative to a file", (h) => call(h, "sys.openat", open(h, "/a.txt"), "x", 0, 0), E.NOTDIR],
  ["relative to no descriptor", (h) => call(h, "sys.openat", 99, "x", 0, 0), E.BADF],
  ["read of no descriptor", (h) => call(h, "sys.read", 99, new Uint8Array(1)), E.BADF],
  ["read of a write-only file", (h) => call(h, "sys.read", open(h, "/a.txt", O.WRONLY), new Uint8Array(1)), E.BADF],
  ["write of a read-only file", (h) => call(h, "sys.write", open(h, "/a.txt"), "x"), E.BADF],
  ["read of a directory", (h) => call(h, "sys.read", open(h, "/dir"), new Uint8Array(9)), E.ISDIR],
  ["read at a negative offset", (h) => call(h, "sys.pread64", open(h, "/a.txt"), new Uint8Array(9), -1), E.INVAL],
  ["seek before the start", (h) => call(h, "sys.lseek", open(h, "/a.txt"), -1, SEEK.SET), E.INVAL],
  ["seek from nowhere", (h) => call(h, "sys.lseek", open(h, "/a.txt"), 0, 9), E.INVAL],
  ["seek on a terminal", (h) => call(h, "sys.lseek", 0, 0, SEEK.CUR), E.SPIPE],
  ["entries of a file", (h) => call(h, "sys.getdents64", open(h, "/a.txt"), new Uint8Array(99)), E.NOTDIR],
  ["entries in too little room", (h) => call(h, "sys.getdents64", open(h, "/dir"), new Uint8Array(8)), E.INVAL],
  ["second close", (h) => closeTwice(h), E.BADF],
  ["unlink of a directory", (h) => call(h, "sys.unlinkat", AT.FDCWD, "/dir", 0), E.ISDIR],
  ["rmdir of a file", (h) => call(h, "sys.unlinkat", AT.FDCWD, "/a.txt", AT.REMOVEDIR), E.NOTDIR],
  ["rmdir of a full directory", (h) => call(h, "sys.unlinkat", AT.FDCWD, "/dir", AT.REMOVEDIR), E.NOTEMPTY],
  ["rmdir of .", (h) => call(h, "sys.unlinkat", AT.FDCWD, "/dir/.", AT.REMOVEDIR), E.INVAL],
  ["unlink with unknown flags", (h) => call(h, "sys.unlinkat", AT.FDCWD, "/a.txt", 1), E.INVAL],
  ["mkdir of what is there", (h) => call(h, "sys.mkdirat", AT.FDCWD, "/dir/", 0o755), E.EXIST],
  ["mkdir in a removed directory", (h) => mkdirInRemoved(h), E.NOENT],
  ["stat of nothing", (h) => call(h, "sys.newfstatat", AT.FDCWD, "none", stat(), 0), E.NOENT],
  ["stat with unknown flags", (h) => call(h, "sys.newfstatat", AT.FDCWD, "/a.txt", stat(), 1), E.INVAL],
  ["an unknown clock", (h) => call(h, "sys.clock_gettime", 77, new Uint8Array(16)), E.INVAL],
  ["a sleep of too many nanoseconds", (h) => call(h, "sys.nanosleep", timespec(0n, 1_000_000_000n), null), E.INVAL],
  ["random bytes of two kinds", (h) => call(h, "sys.getrandom", new Uint8Array(4), 6), E.INVAL],
];

function closeTwice(host: ScriptedHost): number {
  call(host, "sys.close", 0);
  return call(host, "sys.close", 0);
}
function mkdirInRemoved(host: ScriptedHost): number {
  const fd = open(host, "/empty");
  call(host, "sys.unlinkat", AT.FDCWD, "/empty", AT.REMOVEDIR);
  return call(host, "sys.mkdirat", fd, "x", 0o755);
}
function timespec(sec: bigint, nsec: bigint): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setBigInt64(0, sec, true);
  view.setBigInt64(8, nsec, true);
  return bytes;
}
const nanoseconds = (bytes: Uint8Array) => new DataView(bytes.buffer).getBigInt64(0, true) * 1_000_000_000n + new DataView(bytes.buffer).getBigInt64(8, true);

describe("failures", () => {
  it.each(FAILURES)("%s", (_what, steps, errno) => {
    expect(steps(new ScriptedHost(WORLD))).toBe(-errno);
  });

  it.each([
    ["reading another's file", "/secret", O.RDONLY],
    ["a path through another's directory", "/locked/file", O.RDONLY],
    ["creation in another's directory", "/shared/new", O.CREAT | O.WRONLY],
    ["truncation of a file that is only readable", "/readable", O.RDONLY | O.TRUNC],
  ])("only root may: %s", (_what, name, flags) => {
    const files: ScriptedHostOptions["files"] = {
      ...WORLD.files,
      "/shared": { directory: true, uid: 7, gid: 7 },
      "/readable": { bytes: "r", uid: 7, gid: 7 },
    };
    const attempt = (uid: number) => {
      const host = new ScriptedHost({ files, ids: { uid, gid: uid } });
      return open(host, name, flags);
    };
    expect(attempt(1000)).toBe(-E.ACCES);
    expect(attempt(0)).toBe(name === "/locked/file" ? -E.NOENT : 3);
  });

  it("runs out of descriptors, and gives the lowest free one", () => {
    const host = new ScriptedHost({ ...WORLD, maxDescriptors: 5 });
    expect([open(host, "/a.txt"), open(host, "/a.txt"), open(host, "/a.txt")]).toEqual([3, 4, -E.MFILE]);
    call(host, "sys.close", 3);
    expect(open(host, "/a.txt")).toBe(3);
  });
});

describe("files", () => {
  it("read and write at positions, append, truncate", () => {
    const host = new ScriptedHost(WORLD);
    const fd = open(host, "/a.txt", O.RDWR);
    const buf = new Uint8Array(5);
    expect(call(host, "sys.read", fd, buf)).toBe(5);
    expect(text(buf)).toBe("hello");
    expect(call(host, "sys.lseek", fd, 1, SEEK.CUR)).toBe(6);
    expect(call(host, "sys.write", fd, "WORLD")).toBe(5);
    expect(call(host, "sys.pread64", fd, buf, 7)).toBe(5);
    expect(text(buf)).toBe("ORLD\n");
    expect(call(host, "sys.lseek", fd, 0, SEEK.END)).toBe(12);
    expect(call(host, "sys.read", fd, buf)).toBe(0);
    const end = open(host, "/a.txt", O.WRONLY | O.APPEND);
    expect(call(host, "sys.write", end, "!")).toBe(1);
    expect(text(host.fileBytes("/a.txt")!)).toBe("hello WORLD\n!");
    open(host, "/a.txt", O.WRONLY | O.TRUNC);
    expect(host.fileBytes("/a.txt")).toEqual(new Uint8Array(0));
  });

  it("a hole reads as zeros", () => {
    const host = new ScriptedHost();
    const fd = open(host, "/new", O.CREAT | O.RDWR);
    call(host, "sys.lseek", fd, 3, SEEK.SET);
    call(host, "sys.write", fd, "x");
    expect(host.fileBytes("/new")).toEqual(Uint8Array.from([0, 0, 0, 0x78]));
  });

  it("an open file outlives its name", () => {
    const host = new ScriptedHost(WORLD);
    const fd = open(host, "/a.txt");
    expect(call(host, "sys.unlinkat", AT.FDCWD, "/a.txt", 0)).toBe(0);
    expect(open(host, "/a.txt")).toBe(-E.NOENT);
    expect(call(host, "sys.read", fd, new Uint8Array(99))).toBe(12);
    const out = stat();
    call(host, "sys.fstat", fd, out);
    expect(field32(out, "nlink")).toBe(0);
  });

  it.each([
    ["/a.txt", 0, S.IFREG | 0o644, 12, 1],
    ["/dir", 0, S.IFDIR | 0o755, 4096, 3],
    ["/link", 0, S.IFREG | 0o644, 1, 1],
    ["/link", AT.SYMLINK_NOFOLLOW, S.IFLNK | 0o777, 7, 1],
    ["/up/two", 0, S.IFREG | 0o644, 2, 1],
    ["/dir/../a.txt", 0, S.IFREG | 0o644, 12, 1],
  ])("stat of %s with flags %d", (name, flags, mode, size, links) => {
    const host = new ScriptedHost(WORLD);
    const out = stat().fill(0xff);
    expect(call(host, "sys.newfstatat", AT.FDCWD, name, out, flags)).toBe(0);
    expect([field32(out, "mode"), field64(out, "size"), field32(out, "nlink")]).toEqual([mode, size, links]);
    expect([field32(out, "uid"), field64(out, "blocks") * 512 >= size || flags !== 0]).toEqual([0, true]);
  });

  it("AT_EMPTY_PATH means the descriptor itself", () => {
    const host = new ScriptedHost(WORLD);
    const out = stat();
    expect(call(host, "sys.newfstatat", open(host, "/dir/two"), "", out, AT.EMPTY_PATH)).toBe(0);
    expect(field64(out, "size")).toBe(2);
  });

  it("standard descriptors read stdin and collect output", () => {
    const host = new ScriptedHost({ stdin: "abc" });
    const buf = new Uint8Array(2);
    expect([call(host, "sys.read", 0, buf), call(host, "sys.read", 0, buf), call(host, "sys.read", 0, buf)]).toEqual([2, 1, 0]);
    call(host, "sys.write", 1, "out");
    call(host, "sys.write", 2, "err");
    expect([text(host.written(1)), text(host.written(2))]).toEqual(["out", "err"]);
  });
});

describe("directories", () => {
  /** Names and types that getdents64 gives with `room` bytes a call. */
  function entries(host: ScriptedHost, fd: number, room: number): [string, number][] {
    const found: [string, number][] = [];
    for (;;) {
      const buf = new Uint8Array(room);
      const filled = call(host, "sys.getdents64", fd, buf);
      expect(filled).toBeGreaterThanOrEqual(0);
      if (filled === 0) return found;
      const view = new DataView(buf.buffer);
      for (let at = 0; at < filled; at += view.getUint16(at + 16, true)) {
        expect(view.getUint16(at + 16, true) % 8).toBe(0);
        found.push([text(buf.subarray(at + 19, buf.indexOf(0, at + 19))), buf[at + 18]!]);
      }
    }
  }
  const DIR = [[".", DT.DIR], ["..", DT.DIR], ["one", DT.REG], ["two", DT.REG], ["sub", DT.DIR]];

  it.each([24, 48, 49, 4096])("are listed with %d bytes a call", (room) => {
    const host = new ScriptedHost(WORLD);
    expect(entries(host, open(host, "/dir"), room)).toEqual(DIR);
  });

  it("are listed again from the start, and survive removal while listed", () => {
    const host = new ScriptedHost(WORLD);
    const fd = open(host, "/dir");
    const buf = new Uint8Array(72);
    expect(call(host, "sys.getdents64", fd, buf)).toBe(72);
    call(host, "sys.unlinkat", fd, "one", 0);
    expect(entries(host, fd, 4096).map(([name]) => name)).toEqual(["two", "sub"]);
    call(host, "sys.lseek", fd, 0, SEEK.SET);
    expect(entries(host, fd, 4096).map(([name]) => name)).toEqual([".", "..", "two", "sub"]);
  });

  it("are made and removed", () => {
    const host = new ScriptedHost(WORLD);
    expect(call(host, "sys.mkdirat", open(host, "/dir"), "new", 0o777)).toBe(0);
    expect(host.names("/dir")).toEqual(["one", "two", "sub", "new"]);
    const out = stat();
    call(host, "sys.newfstatat", AT.FDCWD, "/dir/new", out, 0);
    expect(field32(out, "mode")).toBe(S.IFDIR | 0o755);
    expect(call(host, "sys.unlinkat", AT.FDCWD, "/dir/new", AT.REMOVEDIR)).toBe(0);
    expect(host.names("/dir")).toEqual(["one", "two", "sub"]);
  });
});

describe("handles", () => {
  it("have positions, offsets and relative paths", () => {
    const host = new ScriptedHost(WORLD);
    const err = new Uint8Array(4);
    const dir = call(host, "sys.open", "/dir", O.RDONLY | O.DIRECTORY, 0, err);
    const file = call(host, "file.open", dir, "two", (0o644n << 32n) | BigInt(O.RDWR), err);
    const buf = new Uint8Array(8);
    expect(call(host, "file.read", file, buf, -1)).toBe(2);
    expect(call(host, "file.read", file, buf, -1)).toBe(0);
    expect(call(host, "file.read", file, buf, 1)).toBe(1);
    expect(call(host, "file.read", file, buf, -2)).toBe(-E.INVAL);
    expect(call(host, "file.seek", file, 0, SEEK.SET)).toBe(0);
    expect(call(host, "file.write", file, "xyz", -1)).toBe(3);
    expect(text(host.fileBytes("/dir/two")!)).toBe("xyz");
    const out = stat();
    expect(call(host, "file.statAt", dir, "one", out, 0)).toBe(0);
    expect(field64(out, "size")).toBe(1);
    expect(call(host, "file.stat", file, out)).toBe(0);
    expect(field64(out, "size")).toBe(3);
    expect(host.leaks()).toEqual({ descriptors: [], handles: [1n, 2n] });
    call(host, "file.release", file);
    call(host, "file.release", dir);
    expect(host.leaks().handles).toEqual([]);
    expect(() => call(host, "file.read", file, buf, -1)).toThrow(HostContractError);
  });

  it("creates with flags and mode packed into `how`", () => {
    const host = new ScriptedHost(WORLD);
    const dir = call(host, "sys.open", "/dir", O.RDONLY, 0, new Uint8Array(4));
    call(host, "file.open", dir, "new", (0o640n << 32n) | BigInt(O.CREAT | O.WRONLY), new Uint8Array(4));
    const out = stat();
    call(host, "sys.newfstatat", AT.FDCWD, "/dir/new", out, 0);
    expect(field32(out, "mode")).toBe(S.IFREG | 0o640);
  });
});

describe("script", () => {
  it("limits transfers", () => {
    const all = new ScriptedHost({ ...WORLD, shortReads: 5 });
    const fd = open(all, "/a.txt");
    const buf = new Uint8Array(64);
    expect([1, 2, 3, 4].map(() => call(all, "sys.read", fd, buf))).toEqual([5, 5, 2, 0]);
    const listed = new ScriptedHost({ ...WORLD, shortReads: [1, 3], shortWrites: [2] });
    const other = open(listed, "/a.txt", O.RDWR);
    expect([1, 2, 3].map(() => call(listed, "sys.read", other, buf))).toEqual([1, 3, 8]);
    expect([1, 2].map(() => call(listed, "sys.write", other, "abcd"))).toEqual([2, 4]);
    expect(() => new ScriptedHost({ shortReads: 0 })).toThrow(/at least 1/);
  });

  it("injects errors at the call that was named, once", () => {
    const host = new ScriptedHost({ ...WORLD, errors: [{ op: "sys.read", nth: 2, errno: E.AGAIN }] });
    const fd = open(host, "/a.txt");
    const buf = new Uint8Array(4);
    expect([1, 2, 3].map(() => call(host, "sys.read", fd, buf))).toEqual([4, -E.AGAIN, 4]);
    expect(() => new ScriptedHost({ errors: [{ op: "sys.getpid", nth: 1, errno: E.IO }] })).toThrow(/never fails/);
  });

  it("a close that fails has closed all the same", () => {
    const host = new ScriptedHost({ ...WORLD, errors: [{ op: "sys.close", nth: 1, errno: "EIO" }] });
    const fd = open(host, "/a.txt");
    expect([call(host, "sys.close", fd), call(host, "sys.close", fd)]).toEqual([-E.IO, -E.BADF]);
  });

  it("clocks go on, differ, and see sleep; an interrupted sleep says what remains", () => {
    const host = new ScriptedHost({ errors: [{ op: "sys.nanosleep", nth: 2, errno: "EINTR" }] });
    const now = (clock: number) => {
      const out = new Uint8Array(16);
      expect(call(host, "sys.clock_gettime", clock, out)).toBe(0);
      return nanoseconds(out);
    };
    const first = now(CLOCK.MONOTONIC);
    expect(now(CLOCK.REALTIME)).toBeGreaterThan(first);
    expect(call(host, "sys.nanosleep", timespec(2n, 500n), null)).toBe(0);
    const second = now(CLOCK.MONOTONIC);
    expect(second - first).toBeGreaterThan(2_000_000_000n);
    const remaining = new Uint8Array(16);
    expect(call(host, "sys.nanosleep", timespec(4n, 0n), remaining)).toBe(-E.INTR);
    expect(nanoseconds(remaining)).toBe(2_000_000_000n);
    expect(host.trace.at(-1)!.outputs).toEqual([remaining]);
    expect(now(CLOCK.MONOTONIC) - second).toBeLessThan(3_000_000_000n);
  });

  it("is deterministic by seed", () => {
    const bytes = (seed: number) => {
      const out = new Uint8Array(13);
      call(new ScriptedHost({ seed }), "sys.getrandom", out, 0);
      return [...out];
    };
    expect(bytes(5)).toEqual(bytes(5));
    expect(bytes(5)).not.toEqual(bytes(6));
  });

  it("traces calls with copies of what went in and out", () => {
    const host = new ScriptedHost({ ...WORLD, ids: { pid: 11 } });
    call(host, "sys.getpid");
    const fd = open(host, "/dir/two\0garbage");
    const buf = new Uint8Array(8);
    call(host, "sys.read", fd, buf);
    buf.fill(0);
    call(host, "sys.write", 1, Uint8Array.from([1, 2]));
    call(host, "sys.read", 0x1_0000_0003n, buf);
    expect(host.lines()).toEqual([
      "sys.getpid() = 11",
      'sys.openat(-100, "/dir/two", 0, 420) = 3',
      'sys.read(3, [8]) = 2 "22"',
      "sys.write(1, x0102) = 2",
      "sys.read(3, [8]) = 0 \"\"",
    ]);
  });

  it.each<[string, OpName, HostArg[]]>([
    ["too few arguments", "sys.read", [0n]],
    ["a number for bytes", "sys.read", [0n, 0n]],
    ["null for a struct that is needed", "sys.fstat", [0n, null]],
    ["a struct that is too small", "sys.fstat", [0n, new Uint8Array(8)]],
    ["a handle that isn't open", "file.release", [1n]],
  ])("refuses %s as a mistake of the engine", (_what, op, args) => {
    expect(() => new ScriptedHost().call(findOp(op)!, args)).toThrow(HostContractError);
  });
});
