/** The real host against Node's own fs and process functions. */
import { closeSync, fstatSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AT, CLOCK, O, S, SEEK } from "../abi/constants.ts";
import { E } from "../abi/errno.ts";
import type { HostArg } from "../abi/host.ts";
import { STRUCTS } from "../abi/structs.ts";
import { findOp, type OpName } from "../abi/syscalls.ts";
import { ffi, isMissing } from "../ffi.ts";
import { RealHost } from "./real-host.ts";

const system = ffi();
const why = isMissing(system) ? system.reason : "";

describe.skipIf(why !== "")(`system calls of this process${why && `: ${why}`}`, () => {
  const host = isMissing(system) ? undefined! : new RealHost(system);
  const call = (op: OpName, ...args: HostArg[]) => host.call(findOp(op)!, args);
  const text = (value: string) => new TextEncoder().encode(value);
  const stat = () => new Uint8Array(STRUCTS.Stat.size);
  const err = () => new Uint8Array(4);
  const errnoOf = (bytes: Uint8Array) => new DataView(bytes.buffer).getInt32(0, true);
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "anycall-"));
    writeFileSync(join(dir, "file"), "0123456789");
  });
  afterAll(() => rmSync(dir, { recursive: true }));
  const path = (name: string) => text(join(dir, name));
  const open = (name: string, flags: number, mode = 0n) => call("sys.openat", BigInt(AT.FDCWD), path(name), BigInt(flags), mode);

  function expectStat(bytes: Uint8Array, of: string) {
    const wanted = statSync(of, { bigint: true });
    const view = new DataView(bytes.buffer);
    const found = {
      dev: view.getBigUint64(0, true), ino: view.getBigUint64(8, true), mode: view.getUint32(16, true), nlink: view.getUint32(20, true), uid: view.getUint32(24, true),
      gid: view.getUint32(28, true), size: view.getBigInt64(32, true), blocks: view.getBigUint64(40, true), mtime: view.getBigInt64(48, true) * 1_000_000_000n + view.getBigInt64(56, true),
    };
    expect(found).toEqual({
      dev: wanted.dev, ino: wanted.ino, mode: Number(wanted.mode), nlink: Number(wanted.nlink), uid: Number(wanted.uid), gid: Number(wanted.gid), size: wanted.size,
      blocks: wanted.blocks, mtime: wanted.mtimeNs,
    });
  }

  function withDirectory(of: string, use: (file: bigint) => void) {
    const file = call("sys.open", path(of), BigInt(O.RDONLY | O.DIRECTORY), 0n, err());
    expect(file).toBeGreaterThan(0n);
    use(file);
    call("file.release", file);
  }

  test("whole files", () => {
    withDirectory(".", (file) => {
      const read = (name: string, room: number) => {
        const buf = new Uint8Array(room);
        const count = Number(call("file.readFile", file, text(name), buf));
        return count < 0 ? count : new TextDecoder().decode(buf.subarray(0, count));
      };
      expect([read("file", 20), read("file", 10), read("file", 4), read("file", 0)]).toEqual(["0123456789", "0123456789", "0123", ""]);
      expect(read("/proc/self/comm", 64)).toBe(readFileSync("/proc/self/comm", "utf8"));
      expect([read("missing", 4), read(".", 4), read("file/x", 4)]).toEqual([-E.NOENT, -E.ISDIR, -E.NOTDIR]);
    });
  });

  test.each([4096, 300, 96])("a whole directory with metadata, %i bytes at a time", (room) => {
    mkdirSync(join(dir, `list${room}`));
    for (let i = 0; i < 30; i++) writeFileSync(join(dir, `list${room}`, `n${"x".repeat(i % 14)}${i}`.slice(-15)), "y".repeat(i));
    symlinkSync("nowhere", join(dir, `list${room}`, "link"));
    withDirectory(`list${room}`, (file) => {
      const found: string[] = [];
      for (;;) {
        const buf = new Uint8Array(room);
        const filled = Number(call("file.readDir", file, buf));
        expect(filled).toBeGreaterThanOrEqual(0);
        if (filled === 0) break;
        const view = new DataView(buf.buffer);
        for (let at = 0; at < filled; at += view.getUint32(at, true)) {
          const name = new TextDecoder().decode(buf.subarray(at + 80, at + 80 + view.getUint32(at + 12, true)));
          found.push(name);
          if (name === "." || name === "..") continue;
          expect([view.getInt32(at + 4, true), view.getUint32(at + 8, true)]).toEqual([0, name === "link" ? 10 : 8]);
          if (name !== "link") expectStat(buf.slice(at + 16, at + 80), join(dir, `list${room}`, name));
        }
      }
      expect(found.sort()).toEqual([".", "..", ...readdirSync(join(dir, `list${room}`))].sort());
      // At the end, and where no entry fits.
      expect(call("file.readDir", file, new Uint8Array(8))).toBe(0n);
      call("file.seek", file, 0n, BigInt(SEEK.SET));
      expect(call("file.readDir", file, new Uint8Array(64))).toBe(BigInt(-E.INVAL));
      expect(Number(call("file.readDir", file, new Uint8Array(room)))).toBeGreaterThan(0);
    });
    const plain = call("sys.open", path("file"), BigInt(O.RDONLY), 0n, err());
    expect(call("file.readDir", plain, new Uint8Array(room))).toBe(BigInt(-E.NOTDIR));
    call("file.release", plain);
  });

  test("addresses of sockets, commands of fcntl, futexes", () => {
    const socket = call("sys.socket", 2n, 2n, 0n);
    const out = new Uint8Array(32);
    expect(call("sys.bind", socket, Uint8Array.of(2, 0, 0, 0, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0))).toBe(0n);
    expect(call("sys.getsockname", socket, out)).toBe(0n);
    expect([...out.subarray(0, 6), ...out.subarray(8, 12)]).toEqual([16, 0, 0, 0, 2, 0, 127, 0, 0, 1]);
    expect(call("sys.sendto", socket, text("to itself"), 0n, out)).toBe(9n);
    const [buf, from] = [new Uint8Array(16), new Uint8Array(32)];
    expect(call("sys.recvfrom", socket, buf, 0n, from)).toBe(9n);
    expect([new TextDecoder().decode(buf.subarray(0, 9)), from]).toEqual(["to itself", out]);
    new DataView(out.buffer).setUint32(0, 29, true);
    expect(call("sys.sendto", socket, text("x"), 0n, out)).toBe(BigInt(-E.INVAL));
    expect([call("sys.fcntl", socket, 3n, 0n), call("sys.fcntl", socket, 5n, 0n), call("sys.fcntl_lock", socket, 3n, new Uint8Array(32))]).toEqual([2n, BigInt(-E.INVAL), BigInt(-E.INVAL)]);
    const word = new Uint8Array(4);
    expect(call("sys.futex_wait", word, 1n, null)).toBe(BigInt(-E.AGAIN));
    expect(call("sys.futex_wait", word, 0n, new Uint8Array(BigInt64Array.of(0n, 1000n).buffer))).toBe(BigInt(-E.TIMEDOUT));
    call("sys.close", socket);
  });

  test("ids", () => {
    expect([call("sys.getpid"), call("sys.getppid"), call("sys.getuid"), call("sys.getgid")]).toEqual([process.pid, process.ppid, process.getuid!(), process.getgid!()].map(BigInt));
    expect(readdirSync("/proc/self/task").map(BigInt)).toContain(call("sys.gettid"));
  });

  test("clock_gettime", () => {
    const out = new Uint8Array(16);
    const read = () => new BigInt64Array(out.buffer);
    const before = process.hrtime.bigint();
    expect(call("sys.clock_gettime", BigInt(CLOCK.MONOTONIC), out)).toBe(0n);
    const now = read()[0]! * 1_000_000_000n + read()[1]!;
    expect(now >= before && now <= process.hrtime.bigint()).toBe(true);
    call("sys.clock_gettime", BigInt(CLOCK.REALTIME), out);
    expect(Math.abs(Number(read()[0]!) - Date.now() / 1000)).toBeLessThan(2);
    expect(call("sys.clock_gettime", 99n, out)).toBe(BigInt(-E.INVAL));
  });

  test("nanosleep sleeps, and refuses what is no time", () => {
    const request = (sec: bigint, nsec: bigint) => new Uint8Array(BigInt64Array.of(sec, nsec).buffer);
    const before = performance.now();
    expect(call("sys.nanosleep", request(0n, 20_000_000n), null)).toBe(0n);
    expect(performance.now() - before).toBeGreaterThanOrEqual(19);
    expect(call("sys.nanosleep", request(0n, 1_000_000_000n), new Uint8Array(16))).toBe(BigInt(-E.INVAL));
  });

  test("getrandom", () => {
    const [a, b] = [new Uint8Array(32), new Uint8Array(32)];
    expect([call("sys.getrandom", a, 0n), call("sys.getrandom", b, 0n)]).toEqual([32n, 32n]);
    expect([...a]).not.toEqual([...b]);
    expect(call("sys.getrandom", a, 0xffffn)).toBe(BigInt(-E.INVAL));
  });

  test("descriptors: read, pread, lseek, write, close", () => {
    const fd = open("file", O.RDWR);
    expect(readFileSync(`/proc/self/fdinfo/${fd}`, "latin1")).toMatch(/^flags:\s*0100002$/m);
    const buf = new Uint8Array(4);
    expect(call("sys.read", fd, buf)).toBe(4n);
    expect(Buffer.from(buf).toString()).toBe("0123");
    expect(call("sys.pread64", fd, buf, 7n)).toBe(3n);
    expect(Buffer.from(buf).toString()).toBe("7893");
    expect(call("sys.pread64", fd, buf, -1n)).toBe(BigInt(-E.INVAL));
    expect(call("sys.lseek", fd, 0n, BigInt(SEEK.CUR))).toBe(4n);
    expect(call("sys.lseek", fd, -1n, BigInt(SEEK.END))).toBe(9n);
    expect(call("sys.lseek", fd, 0n, 99n)).toBe(BigInt(-E.INVAL));
    expect(call("sys.write", fd, text("AB"))).toBe(2n);
    expect(readFileSync(join(dir, "file"), "latin1")).toBe("012345678AB");
    expect(call("sys.close", fd)).toBe(0n);
    expect([call("sys.close", fd), call("sys.read", fd, buf), call("sys.write", fd, buf)]).toEqual([-E.BADF, -E.BADF, -E.BADF].map(BigInt));
  });

  test("large transfers", () => {
    const big = new Uint8Array(300_000).map((_, i) => i * 7);
    const fd = open("big", O.CREAT | O.RDWR, 0o600n);
    expect(call("sys.write", fd, big)).toBe(300_000n);
    const back = new Uint8Array(400_000);
    expect(call("sys.pread64", fd, back, 0n)).toBe(300_000n);
    expect(Buffer.compare(back.subarray(0, 300_000), big)).toBe(0);
    expect(call("sys.close", fd)).toBe(0n);
  });

  test("metadata", () => {
    const out = stat();
    const fd = open("file", O.RDONLY);
    expect(call("sys.fstat", fd, out)).toBe(0n);
    expectStat(out, join(dir, "file"));
    call("sys.close", fd);
    symlinkSync("file", join(dir, "link"));
    const through = stat();
    expect(call("sys.newfstatat", BigInt(AT.FDCWD), path("link"), through, 0n)).toBe(0n);
    expect([...through]).toEqual([...out]);
    expect(call("sys.newfstatat", BigInt(AT.FDCWD), path("link"), through, BigInt(AT.SYMLINK_NOFOLLOW))).toBe(0n);
    expect(new DataView(through.buffer).getUint32(16, true) & S.IFMT).toBe(S.IFLNK);
    const untouched = stat().fill(7);
    expect(call("sys.newfstatat", BigInt(AT.FDCWD), path("nothing"), untouched, 0n)).toBe(BigInt(-E.NOENT));
    expect(untouched.every((byte) => byte === 7)).toBe(true);
    call("sys.newfstatat", BigInt(AT.FDCWD), text("/dev/null"), out, 0n);
    expectStat(out, "/dev/null");
  });

  test("directories", () => {
    const mode = BigInt(0o750);
    expect(call("sys.mkdirat", BigInt(AT.FDCWD), path("sub"), mode)).toBe(0n);
    expect(statSync(join(dir, "sub")).mode & 0o777).toBe(0o750 & ~process.umask());
    expect(call("sys.mkdirat", BigInt(AT.FDCWD), path("sub"), mode)).toBe(BigInt(-E.EXIST));
    for (const name of ["a", "b", "été"]) writeFileSync(join(dir, "sub", name), name);
    const fd = open("sub", O.RDONLY | O.DIRECTORY);
    expect(call("sys.newfstatat", fd, text("été"), stat(), 0n)).toBe(0n);
    const buf = new Uint8Array(1024);
    const length = Number(call("sys.getdents64", fd, buf));
    const view = new DataView(buf.buffer);
    const names: string[] = [];
    for (let at = 0; at < length; at += view.getUint16(at + 16, true)) names.push(Buffer.from(buf.subarray(at + 19, buf.indexOf(0, at + 19))).toString());
    expect(names.sort()).toEqual([".", "..", ...readdirSync(join(dir, "sub"))].sort());
    expect(call("sys.getdents64", fd, buf)).toBe(0n);
    expect(call("sys.unlinkat", BigInt(AT.FDCWD), path("sub"), BigInt(AT.REMOVEDIR))).toBe(BigInt(-E.NOTEMPTY));
    for (const name of ["a", "b", "été"]) expect(call("sys.unlinkat", fd, text(name), 0n)).toBe(0n);
    call("sys.close", fd);
    expect(call("sys.unlinkat", BigInt(AT.FDCWD), path("sub"), 0n)).toBe(BigInt(-E.ISDIR));
    expect(call("sys.unlinkat", BigInt(AT.FDCWD), path("sub"), BigInt(AT.REMOVEDIR))).toBe(0n);
  });

  test("paths end at their first NUL; over-long ones and empty ones are refused", () => {
    const withNul = new Uint8Array([...path("file"), 0, 1, 2, 3]);
    expect(call("sys.newfstatat", BigInt(AT.FDCWD), withNul, stat(), 0n)).toBe(0n);
    const long = (length: number) => text(`/${"a/".repeat(length)}`.slice(0, length));
    for (const op of ["openat", "mkdirat", "unlinkat"] as const) {
      const rest = op === "openat" ? [0n, 0n] : [0n];
      const run = (bytes: Uint8Array) => call(`sys.${op}`, BigInt(AT.FDCWD), bytes, ...rest);
      expect([run(long(4096)), run(long(10_000)), run(text(""))], op).toEqual([-E.NAMETOOLONG, -E.NAMETOOLONG, -E.NOENT].map(BigInt));
      expect(run(long(4095)), op).toBe(BigInt(-E.NOENT));
    }
    expect(call("sys.newfstatat", BigInt(AT.FDCWD), long(4096), stat(), 0n)).toBe(BigInt(-E.NAMETOOLONG));
    const why = err();
    expect(call("sys.open", long(5000), 0n, 0n, why)).toBe(0n);
    expect(errnoOf(why)).toBe(-E.NAMETOOLONG);
  });

  test("handles are private descriptors that exec closes", () => {
    const why = err();
    writeFileSync(join(dir, "handle"), "abcdef");
    const before = readdirSync("/proc/self/fd").length;
    const handle = call("sys.open", path("handle"), BigInt(O.RDWR), 0n, why);
    expect(handle > 0n).toBe(true);
    expect(errnoOf(why)).toBe(0);
    expect(readFileSync(`/proc/self/fdinfo/${handle - 1n}`, "latin1")).toMatch(/^flags:\s*02100002$/m);
    const buf = new Uint8Array(2);
    expect([call("file.read", handle, buf, -1n), Buffer.from(buf).toString()]).toEqual([2n, "ab"]);
    expect([call("file.read", handle, buf, 4n), Buffer.from(buf).toString()]).toEqual([2n, "ef"]);
    expect([call("file.read", handle, buf, -1n), Buffer.from(buf).toString()]).toEqual([2n, "cd"]);
    expect(call("file.read", handle, buf, -2n)).toBe(BigInt(-E.INVAL));
    expect(call("file.write", handle, text("X"), 0n)).toBe(1n);
    expect(call("file.write", handle, text("YZ"), -1n)).toBe(2n);
    expect(readFileSync(join(dir, "handle"), "latin1")).toBe("XbcdYZ");
    expect(call("file.seek", handle, 1n, BigInt(SEEK.SET))).toBe(1n);
    const out = stat();
    expect(call("file.stat", handle, out)).toBe(0n);
    expectStat(out, join(dir, "handle"));
    expect(call("file.release", handle)).toBe(0n);
    expect(readdirSync("/proc/self/fd").length).toBe(before);
    expect(call("sys.open", path("none"), BigInt(O.RDONLY), 0n, why)).toBe(0n);
    expect(errnoOf(why)).toBe(-E.NOENT);
  });

  test("opening and looking relative to a handle", () => {
    mkdirSync(join(dir, "base"));
    const why = err();
    const base = call("sys.open", path("base"), BigInt(O.RDONLY | O.DIRECTORY), 0n, why);
    const how = BigInt(O.CREAT | O.WRONLY) | (0o640n << 32n);
    const made = call("file.open", base, text("new"), how, why);
    expect(call("file.write", made, text("hello"), -1n)).toBe(5n);
    expect(statSync(join(dir, "base", "new")).mode & 0o777).toBe(0o640 & ~process.umask());
    const out = stat();
    expect(call("file.statAt", base, text("new"), out, 0n)).toBe(0n);
    expectStat(out, join(dir, "base", "new"));
    expect(call("file.open", base, text("missing"), 0n, why)).toBe(0n);
    expect(errnoOf(why)).toBe(-E.NOENT);
    for (const handle of [made, base]) call("file.release", handle);
  });

  test("equal arrays as two arguments are two arguments", () => {
    const both = new Uint8Array(BigInt64Array.of(0n, 1_000_000n).buffer);
    expect(call("sys.nanosleep", both, both)).toBe(0n);
    expect(new BigInt64Array(both.buffer)[1]).toBe(1_000_000n);
  });

  test("descriptors of Node and of the host are the same", () => {
    const fd = openSync(join(dir, "file"), "r");
    const out = stat();
    expect(call("sys.fstat", BigInt(fd), out)).toBe(0n);
    expect(new DataView(out.buffer).getBigUint64(8, true)).toBe(fstatSync(fd, { bigint: true }).ino);
    closeSync(fd);
  });
});
