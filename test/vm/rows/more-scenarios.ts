/** Scenarios of the rows beyond files' everyday ones: names, permissions, descriptors, events, sockets, processes, time. */
import { AT, O, SEEK } from "../../../kernel/abi/constants.ts";
import { type Argument, FIRST_END, Scenario, SECOND_END } from "./plan.ts";

const LONG_NAME = "n".repeat(256);
const BAD_DESCRIPTORS = [-1, 99, 1 << 30];
const u16 = (value: number) => [value & 255, value >> 8];
/** struct sockaddr_in of 127.0.0.1, and struct sockaddr_un. */
const inet = (port: number) => Uint8Array.from([2, 0, port >> 8, port & 255, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
const unix = (path: string) => Uint8Array.from([1, 0, ...new TextEncoder().encode(path), 0]);
const i32 = (value: number) => new Uint8Array(Int32Array.of(value).buffer);
const spec = (...values: number[]) => new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer);
const open = (s: Scenario, path: string, flags: number) => s.call("openat", [AT.FDCWD, s.at(path), flags, 0o644]);
/** struct pollfd; the descriptor is put in by the first word being a step's result, so only numbers here. */
const pollfd = (fd: number, events: number) => Uint8Array.from([...i32(fd), ...u16(events), 0, 0]);
const FAMILY = { UNIX: 1, INET: 2, INET6: 10 } as const;
const KIND = { STREAM: 1, DGRAM: 2, NONBLOCK: 0o4000 } as const;

const TABLE: readonly (readonly [string, (s: Scenario) => void])[] = [
  [
    "pwrite64, ftruncate, truncate, fallocate",
    (s) => {
      const fd = open(s, "new", O.CREAT | O.RDWR);
      for (const offset of [0, 5, 1n << 40n, -1]) s.call("pwrite64", [fd, s.at("bytes"), offset]);
      for (const length of [100, 3, -1, 1n << 62n]) s.call("ftruncate", [fd, length]);
      for (const bad of BAD_DESCRIPTORS) s.call("ftruncate", [bad, 1]), s.call("fallocate", [bad, 0, 0, 1]), s.call("pwrite64", [bad, s.at("x"), 0]);
      for (const [mode, offset, length] of [
        [0, 0, 4096],
        [1, 0, 8192],
        [3, 0, 4096],
        [0, -1, 1],
        [0, 0, 0],
        [99, 0, 1],
      ] as const)
        s.call("fallocate", [fd, mode, offset, length]);
      for (const path of ["new", "missing", "sub", "", LONG_NAME, "link", "loop"]) s.call("truncate", [s.at(path), 7]);
      s.call("truncate", [s.at("new"), -1]);
      s.call("ftruncate", [open(s, "hello.txt", O.RDONLY), 1]);
      s.call("lseek", [fd, 0, SEEK.END]);
    },
  ],
  [
    "fsync, fdatasync, fadvise64, flock",
    (s) => {
      const fd = open(s, "hello.txt", O.RDWR);
      for (const name of ["fsync", "fdatasync"]) for (const at of [fd, ...BAD_DESCRIPTORS]) s.call(name, [at]);
      for (const advice of [0, 1, 2, 3, 4, 5, 99]) s.call("fadvise64", [fd, 0, 0, advice]);
      for (const bad of BAD_DESCRIPTORS) s.call("fadvise64", [bad, 0, 0, 0]), s.call("flock", [bad, 1]);
      const other = open(s, "hello.txt", O.RDONLY);
      for (const [at, operation] of [
        [fd, 2],
        [other, 1 | 4],
        [other, 2 | 4],
        [fd, 8],
        [other, 1 | 4],
        [fd, 99],
        [fd, 0],
      ] as const)
        s.call("flock", [at, operation]);
      s.prepare("pipe 0");
      s.call("fsync", [FIRST_END]), s.call("fadvise64", [FIRST_END, 0, 0, 0]);
    },
  ],
  [
    "sendfile and copy_file_range",
    (s) => {
      const [from, to] = [open(s, "big.bin", O.RDONLY), open(s, "copy", O.CREAT | O.RDWR)];
      for (const count of [0, 10, 100000, 5]) s.call("sendfile", [to, from, count]);
      s.call("lseek", [from, 0, SEEK.SET]);
      for (const count of [0, 10, 100000, 5]) s.call("copy_file_range", [from, to, count]);
      s.call("lseek", [to, 0, SEEK.END]);
      for (const [a, b] of [
        [99, from],
        [to, 99],
        [from, to],
        [to, to],
      ] as const)
        s.call("sendfile", [a, b, 10]), s.call("copy_file_range", [a, b, 10]);
      s.call("sendfile", [to, from, 1n << 63n]);
      s.prepare("pipe 2048");
      s.call("lseek", [from, 0, SEEK.SET]);
      s.call("sendfile", [SECOND_END, from, 100]);
      s.call("copy_file_range", [from, SECOND_END, 100]);
    },
  ],
  [
    "dup and dup3",
    (s) => {
      const fd = open(s, "hello.txt", O.RDONLY);
      s.call("dup", [fd]);
      for (const bad of BAD_DESCRIPTORS) s.call("dup", [bad]), s.call("dup3", [bad, 20, 0]), s.call("dup3", [fd, bad, 0]);
      s.call("dup3", [fd, 20, 0]), s.call("dup3", [fd, 20, O.CLOEXEC]), s.call("dup3", [fd, fd, 0]), s.call("dup3", [fd, 21, 99]);
      s.call("read", [20, s.room(32)]);
      s.prepare("pipe 2048");
      // The last descriptor of the writing end is replaced: the reader sees the end at once.
      s.call("dup3", [fd, SECOND_END, 0]);
      s.call("read", [FIRST_END, s.room(16)]);
    },
  ],
  [
    "fchmod, fchmodat, fchown, chown, lchown",
    (s) => {
      const fd = open(s, "hello.txt", O.RDONLY);
      const out = s.room(64);
      const look = (path: string) => (
        s.call("newfstatat", [AT.FDCWD, s.at(path), out, AT.SYMLINK_NOFOLLOW]), s.dump({ offset: out.offset + 16, length: 16 }, 16)
      );
      for (const mode of [0o600, 0o7777, 0o170644]) s.call("fchmod", [fd, mode]), look("hello.txt");
      for (const path of ["hello.txt", "missing", "link", "sub", "", LONG_NAME]) s.call("fchmodat", [AT.FDCWD, s.at(path), 0o640]);
      s.call("fchmodat", [99, s.at("x"), 0o640]);
      for (const bad of BAD_DESCRIPTORS) s.call("fchmod", [bad, 0o600]), s.call("fchown", [bad, 1, 1]);
      s.call("fchown", [fd, 1000, 0xffffffff]), look("hello.txt");
      for (const name of ["chown", "lchown"])
        for (const path of ["link", "missing", "dangling", ""]) s.call(name, [s.at(path), 5, 6]), look("link"), look("hello.txt");
      s.prepare("uid 1000");
      s.call("fchmod", [fd, 0o600]),
        s.call("fchown", [fd, 0, 0]),
        s.call("chown", [s.at("sub"), 1000, 1000]),
        s.call("fchmodat", [AT.FDCWD, s.at("secret"), 0o777]);
    },
  ],
  [
    "faccessat and readlinkat",
    (s) => {
      const buf = s.room(32);
      for (const path of ["hello.txt", "missing", "secret", "shut/in", "sub", "loop", "dangling", ""])
        for (const mode of [0, 1, 2, 4, 6, 8]) s.call("faccessat", [AT.FDCWD, s.at(path), mode]);
      for (const path of ["link", "loop", "hello.txt", "missing", "", LONG_NAME, "/proc/self/cwd"])
        s.call("readlinkat", [AT.FDCWD, s.at(path), buf]), s.dump(buf);
      s.call("readlinkat", [AT.FDCWD, s.at("link"), { offset: buf.offset, length: 3 }]), s.dump(buf);
      s.call("readlinkat", [AT.FDCWD, s.at("link"), { offset: buf.offset, length: 0 }]);
      s.call("readlinkat", [99, s.at("link"), buf]);
      s.prepare("uid 1000");
      for (const path of ["secret", "shut/in", "hello.txt"]) for (const mode of [0, 2, 4]) s.call("faccessat", [AT.FDCWD, s.at(path), mode]);
    },
  ],
  [
    "rename, link, symlinkat",
    (s) => {
      const pairs: readonly (readonly [string, string])[] = [
        ["hello.txt", "moved"],
        ["moved", "hello.txt"],
        ["missing", "x"],
        ["hello.txt", "sub"],
        ["sub", "hello.txt"],
        ["sub", "sub/deep/x"],
        ["hello.txt", "missing/x"],
        ["", "x"],
        ["hello.txt", ""],
        ["hello.txt", LONG_NAME],
        ["sub/a", "sub/bb"],
        ["loop", "loop2"],
        ["link", "dangling"],
        ["hello.txt", "/proc/x"],
        [".", "x"],
      ];
      for (const name of ["link", "rename"]) for (const [from, to] of pairs) s.call(name, [s.at(from), s.at(to)]);
      const dir = open(s, "sub", O.RDONLY);
      for (const [target, at, path] of [
        ["anything", AT.FDCWD, "fresh"],
        ["anything", AT.FDCWD, "fresh"],
        ["", AT.FDCWD, "x"],
        ["t", dir, "in-sub"],
        ["t", 99, "x"],
        ["t".repeat(4095), AT.FDCWD, "long"],
        ["t".repeat(5000), AT.FDCWD, "longer"],
        ["t", AT.FDCWD, ""],
      ] as const) {
        s.call("symlinkat", [s.at(target), at, s.at(path)]);
      }
      s.call("readlinkat", [dir, s.at("in-sub"), s.room(16)]);
    },
  ],
  [
    "chdir, fchdir, getcwd",
    (s) => {
      const buf = s.room(64);
      const where = () => (s.call("getcwd", [buf]), s.dump(buf));
      where();
      for (const path of ["sub", "missing", "..", "hello.txt", "", LONG_NAME, "shut"]) s.call("chdir", [s.at(path)]), where();
      s.call("getcwd", [{ offset: buf.offset, length: 3 }]), s.call("getcwd", [{ offset: buf.offset, length: 0 }]);
      s.call("fchdir", [s.call("openat", [AT.FDCWD, s.at("/tmp/w/sub"), O.RDONLY, 0])]), where();
      for (const bad of BAD_DESCRIPTORS) s.call("fchdir", [bad]);
      s.call("fchdir", [s.call("openat", [AT.FDCWD, s.at("/tmp/w/hello.txt"), O.RDONLY, 0])]);
      s.prepare("uid 1000");
      s.call("chdir", [s.at("/tmp/w/shut")]);
    },
  ],
  [
    "extended attributes",
    (s) => {
      const fd = open(s, "hello.txt", O.RDWR);
      const buf = s.room(64);
      for (const name of ["user.none", "security.selinux", "bad", "", LONG_NAME, "trusted.x"])
        s.call("fgetxattr", [fd, s.at(name), buf]), s.call("fremovexattr", [fd, s.at(name)]);
      s.call("fgetxattr", [99, s.at("user.x"), buf]),
        s.call("flistxattr", [fd, buf]),
        s.call("flistxattr", [99, buf]),
        s.call("fremovexattr", [99, s.at("user.x")]);
      s.call("flistxattr", [fd, { offset: buf.offset, length: 0 }]);
    },
  ],
  [
    "memfd_create",
    (s) => {
      const fd = s.call("memfd_create", [s.at("name"), 0]);
      s.call("write", [fd, s.at("in memory")]), s.call("lseek", [fd, 0, SEEK.SET]);
      const buf = s.room(16);
      s.call("read", [fd, buf]), s.dump(buf);
      for (const [name, flags] of [
        ["", 1],
        ["x", 99999],
        ["n".repeat(300), 0],
      ] as const)
        s.call("memfd_create", [s.at(name), flags]);
    },
  ],
  [
    "pipe2, poll, eventfd2",
    (s) => {
      const ends = s.room(8);
      s.call("pipe2", [ends, O.NONBLOCK]), s.call("pipe2", [ends, 99]);
      const [reader, writer]: Argument[] = [{ stored: ends.offset }, { stored: ends.offset + 4 }];
      const buf = s.room(16);
      s.call("read", [reader, buf]), s.call("write", [writer, s.at("abc")]), s.call("read", [reader, buf]), s.dump(buf);
      const event = s.call("eventfd2", [7, O.NONBLOCK]);
      s.call("read", [event, buf]), s.dump(buf), s.call("read", [event, buf]), s.call("write", [event, s.at("x")]), s.call("eventfd2", [0, 99]);
      // Descriptors 0 to 6 are the standard ones, the pipe's and the event's.
      for (const [fd, events] of [
        [3, 1],
        [4, 4],
        [5, 1],
        [99, 1],
        [-1, 1],
        [4, 1],
      ] as const) {
        const one = s.at(pollfd(fd, events));
        s.call("poll", [one, 0]), s.dump(one);
      }
      const two = s.at(Uint8Array.from([...pollfd(3, 1), ...pollfd(4, 4)]));
      s.call("poll", [two, 10]), s.dump(two), s.call("poll", [s.room(0), 5]), s.call("poll", [s.at(pollfd(3, 1)), 20]);
      s.prepare("alarm 30");
      s.call("poll", [s.at(pollfd(3, 1)), 5000]);
    },
  ],
  [
    "timerfd",
    (s) => {
      const fd = s.call("timerfd_create", [1, O.NONBLOCK]);
      const [before, now] = [s.room(32), s.room(32)];
      for (const [clock, flags] of [
        [99, 0],
        [0, 99],
        [-1, 0],
      ] as const)
        s.call("timerfd_create", [clock, flags]);
      s.call("timerfd_settime", [fd, 0, s.at(spec(0, 0, 1000, 0)), before]), s.dump(before), s.call("read", [fd, s.room(8)]);
      s.call("timerfd_settime", [fd, 0, s.at(spec(0, 0, 0, 2_000_000_000)), before]), s.call("timerfd_settime", [fd, 99, s.at(spec(0, 0, 1, 0)), before]);
      s.call("timerfd_settime", [fd, 0, s.at(spec(0, 0, 0, 0)), before]), s.call("timerfd_gettime", [fd, now]), s.dump(now);
      for (const bad of BAD_DESCRIPTORS) s.call("timerfd_settime", [bad, 0, s.at(spec(0, 0, 0, 0)), before]), s.call("timerfd_gettime", [bad, now]);
      s.call("timerfd_gettime", [0, now]);
      s.call("timerfd_settime", [fd, 1, s.at(spec(0, 0, 0, 1)), before]),
        s.call("poll", [s.at(pollfd(3, 1)), 1000]),
        s.call("read", [fd, s.room(8)]),
        s.call("read", [fd, s.room(4)]);
    },
  ],
  [
    "inotify",
    (s) => {
      const fd = s.call("inotify_init1", [O.NONBLOCK]);
      s.call("inotify_init1", [99]);
      const buf = s.room(64);
      const watch = s.call("inotify_add_watch", [fd, s.at("sub"), 0x100]);
      for (const [path, mask] of [
        ["missing", 0x100],
        ["sub", 0],
        ["", 0x100],
        ["sub", 0x300],
      ] as const)
        s.call("inotify_add_watch", [fd, s.at(path), mask]);
      s.call("read", [fd, buf]), s.call("openat", [AT.FDCWD, s.at("sub/new"), O.CREAT | O.WRONLY, 0o644]), s.call("read", [fd, buf]), s.dump(buf);
      s.call("inotify_rm_watch", [fd, watch]),
        s.call("inotify_rm_watch", [fd, watch]),
        s.call("inotify_rm_watch", [99, 1]),
        s.call("inotify_add_watch", [99, s.at("sub"), 1]);
    },
  ],
  [
    "sockets: TCP",
    (s) => {
      const buf = s.room(32);
      const listener = s.call("socket", [FAMILY.INET, KIND.STREAM, 0]);
      for (const [domain, type, protocol] of [
        [99, 1, 0],
        [2, 99, 0],
        [2, 1, 17],
        [10, 1, 0],
        [-1, -1, -1],
      ] as const)
        s.call("socket", [domain, type, protocol]);
      s.call("setsockopt", [listener, 1, 2, s.at(i32(1))]);
      for (const [at, level, option, value] of [
        [99, 1, 2, 1],
        [listener, 1, 999, 1],
        [listener, 99, 1, 1],
        [0, 1, 2, 1],
      ] as const)
        s.call("setsockopt", [at, level, option, s.at(i32(value))]);
      s.call("setsockopt", [listener, 1, 2, s.at("x")]);
      s.call("bind", [listener, s.at(inet(4711))]),
        s.call("bind", [listener, s.at(inet(4711))]),
        s.call("bind", [99, s.at(inet(4711))]),
        s.call("bind", [0, s.at(inet(4711))]);
      s.call("bind", [s.call("socket", [FAMILY.INET, KIND.STREAM, 0]), s.at("ab")]);
      s.call("connect", [s.call("socket", [FAMILY.INET, KIND.STREAM, 0]), s.at(inet(4712))]);
      s.call("listen", [listener, 4]), s.call("listen", [99, 1]), s.call("listen", [0, 1]);
      const client = s.call("socket", [FAMILY.INET, KIND.STREAM, 0]);
      s.call("connect", [client, s.at(inet(4711))]),
        s.call("connect", [client, s.at(inet(4711))]),
        s.call("connect", [99, s.at(inet(4711))]),
        s.call("connect", [client, s.at("")]);
      const server = s.call("accept4", [listener, O.NONBLOCK]);
      s.call("accept4", [listener, 99]), s.call("accept4", [99, 0]), s.call("accept4", [client, 0]);
      s.call("send", [client, s.at("over TCP"), 0]), s.call("recv", [server, buf, 0]), s.dump(buf), s.call("recv", [server, buf, 0]);
      s.call("shutdown", [client, 1]),
        s.call("recv", [server, buf, 0]),
        s.call("send", [client, s.at("x"), 0x4000]),
        s.call("shutdown", [client, 9]),
        s.call("shutdown", [99, 0]),
        s.call("shutdown", [0, 0]);
      s.call("close", [server]), s.call("recv", [client, buf, 0]);
    },
  ],
  [
    "sockets: UDP and Unix",
    (s) => {
      const buf = s.room(32);
      const [a, b] = [s.call("socket", [FAMILY.INET, KIND.DGRAM | KIND.NONBLOCK, 0]), s.call("socket", [FAMILY.INET, KIND.DGRAM | KIND.NONBLOCK, 0])];
      s.call("bind", [a, s.at(inet(4713))]),
        s.call("send", [b, s.at("nowhere"), 0]),
        s.call("connect", [b, s.at(inet(4713))]),
        s.call("send", [b, s.at("a message"), 0]);
      s.call("recv", [a, { offset: buf.offset, length: 4 }, 0x22]),
        s.call("recv", [a, buf, 0]),
        s.dump(buf),
        s.call("recv", [a, buf, 0]),
        s.call("listen", [a, 1]);
      const unixListener = s.call("socket", [FAMILY.UNIX, KIND.STREAM, 0]);
      s.call("bind", [unixListener, s.at(unix("sock"))]), s.call("listen", [unixListener, 1]);
      const client = s.call("socket", [FAMILY.UNIX, KIND.STREAM, 0]);
      for (const path of ["missing", "sock", "hello.txt"]) s.call("connect", [client, s.at(unix(path))]);
      const server = s.call("accept4", [unixListener, 0]);
      s.call("send", [server, s.at("by name"), 0]), s.call("recv", [client, buf, 0]), s.dump(buf);
      const pair = s.room(8);
      s.call("socketpair", [FAMILY.UNIX, KIND.STREAM, 0, pair]),
        s.call("socketpair", [FAMILY.INET, KIND.STREAM, 0, s.room(8)]),
        s.call("socketpair", [99, 1, 0, s.room(8)]);
      s.call("send", [{ stored: pair.offset }, s.at("pair"), 0]), s.call("recv", [{ stored: pair.offset + 4 }, buf, 0]), s.dump(buf);
      s.call("close", [{ stored: pair.offset }]),
        s.call("recv", [{ stored: pair.offset + 4 }, buf, 0]),
        s.call("send", [{ stored: pair.offset + 4 }, s.at("x"), 0x4000]);
      s.prepare("alarm 40");
      s.call("recv", [client, buf, 0]);
      s.prepare("alarm 40");
      s.call("accept4", [unixListener, O.CLOEXEC]);
    },
  ],
  [
    "processes",
    (s) => {
      for (const name of ["geteuid", "getegid", "sched_yield"]) s.call(name, []);
      for (const name of ["getpgid", "getsid"]) s.call(name, [0], { hide: true }), s.call(name, [-1]), s.call(name, [999999]);
      for (const [which, who] of [
        [0, 0],
        [1, 0],
        [2, 0],
        [3, 0],
        [0, 999999],
        [2, 12345],
      ] as const)
        s.call("getpriority", [which, who]);
      for (const mask of [0o77, 0o22, 0o7777777]) s.call("umask", [mask]);
      const self = s.call("getpid", [], { hide: true });
      for (const signal of [0, -1, 65, 17]) s.call("kill", [self, signal]), s.call("tgkill", [self, self, signal]);
      s.call("kill", [999999, 0]), s.call("tgkill", [999999, 999999, 0]), s.call("tgkill", [-1, 1, 0]), s.call("tgkill", [self, 1, 0]);
      s.prepare("uid 1000");
      s.call("geteuid", []), s.call("kill", [1, 0]), s.call("getpriority", [0, 1]);
    },
  ],
  [
    "clock_getres and clock_nanosleep",
    (s) => {
      const out = s.room(16);
      for (const clock of [0, 1, 4, 5, 6, 7, 11, 2, 3, 8, 9, 10, 12, -1, 100]) s.call("clock_getres", [clock, out]), s.dump(out);
      for (const [clock, flags, sec, nsec] of [
        [1, 0, 0, 1000],
        [0, 0, 0, 1000],
        [1, 1, 0, 1],
        [1, 0, 0, -1],
        [99, 0, 0, 1],
        [3, 0, 0, 1],
        [1, 99, 0, 1],
        [4, 0, 0, 1],
      ] as const) {
        s.call("clock_nanosleep", [clock, flags, s.at(spec(sec, nsec)), out]);
      }
      s.prepare("alarm 40");
      s.call("clock_nanosleep", [1, 0, s.at(spec(5, 0)), out]), s.dump({ offset: out.offset, length: 8 }, 8);
    },
  ],
];

export function moreScenarios(): readonly Scenario[] {
  return TABLE.map(([name, build]) => {
    const scenario = new Scenario(name);
    build(scenario);
    return scenario;
  });
}
