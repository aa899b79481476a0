/** The scenarios: each row over good, bad and hostile arguments. What they give is not written down: both ways give the same. */
import { AT, O, SEEK } from "../../../kernel/abi/constants.ts";
import { type Argument, FIRST_END, OPENED, Scenario, SECOND_END } from "./plan.ts";

const LONG_NAME = "n".repeat(256);
const LONG_PATH = `${"d/".repeat(2047)}xx`;

/** [name, what happens]. */
const TABLE: readonly (readonly [string, (s: Scenario) => void])[] = [
  [
    "identity",
    (s) => {
      for (const name of ["getuid", "getgid"]) s.call(name, []);
      for (const name of ["getpid", "gettid", "getppid"]) s.call(name, [], { hide: true });
      s.prepare("uid 1000");
      for (const name of ["getuid", "getgid"]) s.call(name, []);
    },
  ],
  [
    "clocks",
    (s) => {
      const out = s.room(16);
      for (const clock of [0, 1, 4, 5, 6, 7, 11, 2, 3]) s.call("clock_gettime", [clock, out]);
      for (const clock of [-1, 12, 100, 8, 9, 10]) s.call("clock_gettime", [clock, out]);
    },
  ],
  [
    "nanosleep",
    (s) => {
      const out = s.room(16);
      const time = (sec: bigint, nsec: bigint) => s.at(new Uint8Array(new BigInt64Array([sec, nsec]).buffer));
      s.call("nanosleep", [time(0n, 1000n), out]);
      s.call("nanosleep", [time(0n, 1_000_000_000n), out]);
      s.call("nanosleep", [time(0n, -1n), out]);
      s.call("nanosleep", [time(-1n, 0n), out]);
      s.prepare("alarm 50");
      s.call("nanosleep", [time(5n, 0n), out]);
    },
  ],
  [
    "getrandom",
    (s) => {
      s.call("getrandom", [s.room(64), 0]);
      s.call("getrandom", [s.room(0), 0]);
      for (const flags of [1, 2, 4, 6, 8, 0xffff]) s.call("getrandom", [s.room(16), flags]);
    },
  ],
  [
    "open and read",
    (s) => {
      const buf = s.room(64);
      const fd = s.call("openat", [AT.FDCWD, s.at("hello.txt"), O.RDONLY, 0]);
      s.call("read", [fd, buf]);
      s.dump(buf);
      s.call("read", [fd, buf]);
      s.call("close", [fd]);
      s.call("close", [fd]);
      s.call("read", [fd, buf]);
    },
  ],
  [
    "open fails",
    (s) => {
      const cases: readonly (readonly [number, string, number])[] = [
        [AT.FDCWD, "missing", O.RDONLY],
        [AT.FDCWD, "", O.RDONLY],
        [AT.FDCWD, "hello.txt/x", O.RDONLY],
        [AT.FDCWD, "sub", O.WRONLY],
        [AT.FDCWD, "sub", O.RDONLY | O.DIRECTORY],
        [AT.FDCWD, "hello.txt", O.DIRECTORY],
        [AT.FDCWD, "link", O.NOFOLLOW],
        [AT.FDCWD, "loop", O.RDONLY],
        [AT.FDCWD, "dangling", O.RDONLY],
        [AT.FDCWD, "hello.txt", O.CREAT | O.EXCL | O.RDWR],
        [AT.FDCWD, LONG_NAME, O.RDONLY],
        [AT.FDCWD, LONG_PATH, O.RDONLY],
        [AT.FDCWD, "x".repeat(5000), O.RDONLY],
        [99, "hello.txt", O.RDONLY],
        [-5, "hello.txt", O.RDONLY],
        [99, "/etc/passwd", O.RDONLY],
        [AT.FDCWD, "fifo", O.WRONLY | O.NONBLOCK],
        [AT.FDCWD, "hello.txt", 3],
        [AT.FDCWD, "hello.txt", O.RDONLY | O.TRUNC],
        [AT.FDCWD, "new", O.CREAT | O.DIRECTORY],
        [AT.FDCWD, "sub", O.TMPFILE | O.RDWR],
        [AT.FDCWD, "hello.txt", O.PATH],
        [AT.FDCWD, "hello.txt\0ignored", O.RDONLY],
        [AT.FDCWD, "/proc/self/mem/x", O.RDONLY],
        [AT.FDCWD, "hello.txt", 0x7fffffff],
      ];
      for (const [dir, path, flags] of cases) s.call("openat", [dir, s.at(path), flags, 0o644]);
    },
  ],
  [
    "open as a user",
    (s) => {
      s.prepare("uid 1000");
      for (const path of ["secret", "shut/in", "hello.txt", "sub/a"]) s.call("openat", [AT.FDCWD, s.at(path), O.RDONLY, 0]);
      s.call("openat", [AT.FDCWD, s.at("hello.txt"), O.WRONLY, 0]);
      s.call("mkdirat", [AT.FDCWD, s.at("sub/mine"), 0o755]);
      s.call("unlinkat", [AT.FDCWD, s.at("sub/a"), 0]);
    },
  ],
  [
    "open at the limit of descriptors",
    (s) => {
      s.prepare("nofile 5");
      for (let i = 0; i < 4; i++) s.call("openat", [AT.FDCWD, s.at("hello.txt"), O.RDONLY, 0]);
    },
  ],
  [
    "open creates",
    (s) => {
      s.prepare("umask 18");
      const fd = s.call("openat", [AT.FDCWD, s.at("new"), O.CREAT | O.RDWR, 0o666]);
      const out = s.room(64);
      s.call("write", [fd, s.at("some text")]);
      s.call("lseek", [fd, 0, SEEK.SET]);
      const buf = s.room(32);
      s.call("read", [fd, buf]);
      s.dump(buf);
      s.call("fstat", [fd, out]);
      // Device, inode and times are of the moment; mode to size are not.
      s.dump({ offset: out.offset + 16, length: 24 }, 24);
      s.call("openat", [AT.FDCWD, s.at("new2"), O.CREAT | O.WRONLY | O.APPEND, 0o7777]);
      s.call("newfstatat", [AT.FDCWD, s.at("new2"), out, 0]);
      s.dump({ offset: out.offset + 16, length: 24 }, 24);
    },
  ],
  [
    "read fails",
    (s) => {
      const buf = s.room(16);
      for (const fd of [-1, 99, 1 << 30, -2147483648]) s.call("read", [fd, buf]);
      s.call("read", [s.call("openat", [AT.FDCWD, s.at("sub"), O.RDONLY, 0]), buf]);
      s.call("read", [s.call("openat", [AT.FDCWD, s.at("hello.txt"), O.WRONLY, 0]), buf]);
      s.call("read", [s.call("openat", [AT.FDCWD, s.at("hello.txt"), O.PATH, 0]), buf]);
      s.call("read", [99, s.room(0)]);
      s.prepare("pipe 2048");
      s.call("read", [FIRST_END, buf]);
      s.call("read", [SECOND_END, buf]);
      s.call("write", [FIRST_END, s.at("x")]);
    },
  ],
  [
    "read special files",
    (s) => {
      for (const path of [
        "/dev/zero",
        "/dev/null",
        "/proc/self/comm",
        "/proc/sys/kernel/ostype",
        "/proc/version",
        "/sys/kernel/mm/transparent_hugepage/enabled",
        "/proc/cmdline",
      ]) {
        const buf = s.room(40);
        const fd = s.call("openat", [AT.FDCWD, s.at(path), O.RDONLY, 0]);
        s.call("read", [fd, buf], { hide: path === "/proc/cmdline" });
        if (!path.includes("comm") && !path.includes("cmdline")) s.dump(buf);
        s.call("lseek", [fd, 3, SEEK.SET]);
        s.call("pread64", [fd, buf, 1], { hide: path === "/proc/cmdline" });
      }
    },
  ],
  [
    "large reads",
    (s) => {
      const buf = s.room(80000);
      const fd = s.call("openat", [AT.FDCWD, s.at("big.bin"), O.RDONLY, 0]);
      s.call("read", [fd, { offset: buf.offset, length: 65536 }]);
      s.call("read", [fd, buf]);
      s.dump(buf, 6000);
      s.call("pread64", [fd, { offset: buf.offset, length: 100 }, 69990]);
      s.dump(buf, 100);
    },
  ],
  [
    "write",
    (s) => {
      const fd = s.call("openat", [AT.FDCWD, s.at("new"), O.CREAT | O.RDWR, 0o644]);
      s.call("write", [fd, s.at("0123456789")]);
      s.call("write", [fd, s.room(0)]);
      s.call("write", [99, s.at("x")]);
      s.call("write", [-1, s.room(0)]);
      s.call("write", [s.call("openat", [AT.FDCWD, s.at("hello.txt"), O.RDONLY, 0]), s.at("x")]);
      s.call("write", [s.call("openat", [AT.FDCWD, s.at("/dev/full"), O.WRONLY, 0]), s.at("x")]);
      s.call("write", [s.call("openat", [AT.FDCWD, s.at("/dev/null"), O.WRONLY, 0]), s.at("x")]);
      s.prepare("fsize 16");
      s.call("write", [fd, s.at("0123456789")]);
      s.call("write", [fd, s.at("0123456789")]);
    },
  ],
  [
    "pipes",
    (s) => {
      s.prepare("nosigpipe").prepare("pipe 2048");
      const buf = s.room(32);
      s.call("write", [SECOND_END, s.at("through a pipe")]);
      s.call("read", [FIRST_END, buf]);
      s.dump(buf);
      for (const whence of [0, 1, 2]) s.call("lseek", [FIRST_END, 0, whence]);
      s.call("pread64", [FIRST_END, buf, 0]);
      s.call("close", [FIRST_END]);
      s.call("write", [SECOND_END, s.at("nobody reads")]);
    },
  ],
  [
    "pipe's end is seen at once",
    (s) => {
      s.prepare("pipe 2048");
      const buf = s.room(16);
      s.call("close", [SECOND_END]);
      s.call("read", [FIRST_END, buf]);
    },
  ],
  [
    "signal in a wait",
    (s) => {
      s.prepare("pipe 0").prepare("alarm 50");
      s.call("read", [FIRST_END, s.room(16)]);
    },
  ],
  [
    "pread64",
    (s) => {
      const buf = s.room(16);
      const fd = s.call("openat", [AT.FDCWD, s.at("hello.txt"), O.RDONLY, 0]);
      for (const offset of [0, 6, 20, 21, 22, 1n << 40n, -1, -(2n ** 63n), 2n ** 63n - 1n] as const) {
        s.call("pread64", [fd, buf, offset]);
        s.dump(buf);
      }
      s.call("lseek", [fd, 0, SEEK.CUR]);
      s.call("pread64", [99, buf, 0]);
    },
  ],
  [
    "lseek",
    (s) => {
      const fd = s.call("openat", [AT.FDCWD, s.at("big.bin"), O.RDONLY, 0]);
      const cases: readonly (readonly [number | bigint, number])[] = [
        [10, 0],
        [5, 1],
        [-3, 1],
        [0, 2],
        [-10, 2],
        [100, 2],
        [-1, 0],
        [1n << 62n, 0],
        [-(1n << 62n), 1],
        [0, 3],
        [0, 4],
        [69999, 3],
        [70001, 3],
        [0, 5],
        [0, 99],
        [0, -1],
      ];
      for (const [offset, whence] of cases) s.call("lseek", [fd, offset, whence]);
      s.call("lseek", [99, 0, 0]);
      s.call("lseek", [s.call("openat", [AT.FDCWD, s.at("sub"), O.RDONLY, 0]), 0, 2]);
      s.call("lseek", [s.call("openat", [AT.FDCWD, s.at("hello.txt"), O.PATH, 0]), 0, 0]);
    },
  ],
  [
    "fstat",
    (s) => {
      const out = s.room(64);
      const open: readonly (readonly [string, number])[] = [
        ["hello.txt", O.RDONLY],
        ["sub", O.RDONLY],
        ["link", O.RDONLY],
        ["hello.txt", O.PATH],
        ["/dev/null", O.RDONLY],
        ["/proc/self/status", O.RDONLY],
        ["link", O.PATH | O.NOFOLLOW],
      ];
      for (const [path, flags] of open) {
        s.call("fstat", [s.call("openat", [AT.FDCWD, s.at(path), flags, 0]), out]);
        s.dump({ offset: out.offset + 16, length: 32 }, 32);
      }
      for (const fd of [-1, 99]) s.call("fstat", [fd, out]);
      s.prepare("pipe 0");
      s.call("fstat", [FIRST_END, out]);
      s.dump({ offset: out.offset + 16, length: 32 }, 32);
    },
  ],
  [
    "newfstatat",
    (s) => {
      const out = s.room(64);
      const dir = s.call("openat", [AT.FDCWD, s.at("sub"), O.RDONLY, 0]);
      const cases: readonly (readonly [Argument, string, number])[] = [
        [AT.FDCWD, "hello.txt", 0],
        [AT.FDCWD, "link", 0],
        [AT.FDCWD, "link", AT.SYMLINK_NOFOLLOW],
        [dir, "bb", 0],
        [dir, "../hello.txt", 0],
        [dir, "", AT.EMPTY_PATH],
        [dir, "", 0],
        [AT.FDCWD, "", AT.EMPTY_PATH],
        [AT.FDCWD, "missing", 0],
        [99, "x", 0],
        [99, "/etc/passwd", 0],
        [AT.FDCWD, "hello.txt", 0x4000],
        [AT.FDCWD, "hello.txt", 1],
        [AT.FDCWD, "loop", 0],
        [AT.FDCWD, "loop", AT.SYMLINK_NOFOLLOW],
        [AT.FDCWD, LONG_NAME, 0],
        [AT.FDCWD, LONG_PATH, 0],
        [AT.FDCWD, "/dev/zero", 0],
        [AT.FDCWD, "hello.txt/", 0],
      ];
      for (const [at, path, flags] of cases) {
        s.call("newfstatat", [at, s.at(path), out, flags]);
        s.dump({ offset: out.offset + 16, length: 32 }, 32);
      }
    },
  ],
  [
    "getdents64",
    (s) => {
      const buf = s.room(1024);
      const fd = s.call("openat", [AT.FDCWD, s.at("sub"), O.RDONLY | O.DIRECTORY, 0]);
      s.call("getdents64", [fd, { offset: buf.offset, length: 10 }]);
      s.call("getdents64", [fd, { offset: buf.offset, length: 0 }]);
      s.call("getdents64", [fd, buf]);
      s.call("getdents64", [fd, buf]);
      s.call("lseek", [fd, 0, SEEK.SET]);
      s.call("getdents64", [fd, { offset: buf.offset, length: 60 }]);
      s.call("getdents64", [99, buf]);
      s.call("getdents64", [s.call("openat", [AT.FDCWD, s.at("hello.txt"), O.RDONLY, 0]), buf]);
    },
  ],
  [
    "mkdirat and unlinkat",
    (s) => {
      const dir = s.call("openat", [AT.FDCWD, s.at("sub"), O.RDONLY, 0]);
      for (const path of ["made", "made", "hello.txt", "missing/made", "", LONG_NAME, ".", "/", "made/", "dangling"])
        s.call("mkdirat", [AT.FDCWD, s.at(path), 0o755]);
      s.call("mkdirat", [dir, s.at("inner"), 0o1777]);
      s.call("mkdirat", [99, s.at("inner"), 0o755]);
      const remove: readonly (readonly [Argument, string, number])[] = [
        [AT.FDCWD, "made", 0],
        [AT.FDCWD, "made", AT.REMOVEDIR],
        [AT.FDCWD, "made", AT.REMOVEDIR],
        [AT.FDCWD, "sub", AT.REMOVEDIR],
        [AT.FDCWD, "hello.txt", AT.REMOVEDIR],
        [AT.FDCWD, "hello.txt", 0],
        [AT.FDCWD, "hello.txt", 0],
        [dir, "a", 0],
        [dir, "inner", AT.REMOVEDIR],
        [AT.FDCWD, "sub/bb", 0x1000],
        [99, "x", 0],
        [AT.FDCWD, "", 0],
        [AT.FDCWD, ".", AT.REMOVEDIR],
        [AT.FDCWD, "/proc/self/comm", 0],
      ];
      for (const [at, path, flags] of remove) s.call("unlinkat", [at, s.at(path), flags]);
    },
  ],
  [
    "close",
    (s) => {
      for (const fd of [-1, 99, 1 << 30]) s.call("close", [fd]);
      s.prepare("open 0 0 hello.txt");
      s.call("close", [OPENED]);
      s.call("close", [OPENED]);
    },
  ],
];

export function rowScenarios(): readonly Scenario[] {
  return TABLE.map(([name, build]) => {
    const scenario = new Scenario(name);
    build(scenario);
    return scenario;
  });
}
