/** Scenarios of descriptors that wait for others, of futexes, commands and locks of fcntl, socket addresses, pipes without copies, full disks. */
import { AT, EPOLL, F, MSG, O } from "../../../kernel/abi/constants.ts";
import { FIRST_END, Scenario, SECOND_END } from "./plan.ts";

const BAD_DESCRIPTORS = [-1, 99, 1 << 30];
const u32 = (...values: number[]) => new Uint8Array(Uint32Array.from(values).buffer);
const spec = (...values: number[]) => new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer);
const open = (s: Scenario, path: string, flags: number) => s.call("openat", [AT.FDCWD, s.at(path), flags, 0o644]);
/** SocketAddress of 127.0.0.1. */
const inet = (port: number, length = 16, family = 2) => new Uint8Array([...u32(length), family, 0, port >> 8, port & 255, 127, 0, 0, 1, ...new Uint8Array(20)]);
/** struct sockaddr_in of it, as `bind` and `connect` take it. */
const bare = (port: number) => inet(port).subarray(4, 20);
/** FileLock. */
const lock = (type: number, start: number, size: number, whence = 0) => new Uint8Array([type, 0, whence, 0, 0, 0, 0, 0, ...spec(start, size), ...new Uint8Array(8)]);
const FAMILY = { UNIX: 1, INET: 2, INET6: 10 } as const;
const KIND = { STREAM: 1, DGRAM: 2, NONBLOCK: 0o4000 } as const;

const TABLE: readonly (readonly [string, (s: Scenario) => void])[] = [
  [
    "epoll",
    (s) => {
      for (const flags of [0, O.CLOEXEC, 1, -1]) s.call("epoll_create1", [flags]);
      const fd = s.call("epoll_create1", [0]);
      const room = s.room(48);
      const event = (events: number) => s.at(u32(events, 7, 8));
      s.prepare("pipe 2048");
      for (const operation of [EPOLL.CTL_MOD, EPOLL.CTL_DEL, EPOLL.CTL_ADD, EPOLL.CTL_ADD, 0, 4, -1]) s.call("epoll_ctl", [fd, operation, FIRST_END, event(EPOLL.IN)]);
      for (const bad of BAD_DESCRIPTORS) {
        s.call("epoll_ctl", [bad, EPOLL.CTL_ADD, FIRST_END, event(1)]), s.call("epoll_ctl", [fd, EPOLL.CTL_ADD, bad, event(1)]);
        s.call("epoll_wait", [bad, room, 0]);
      }
      s.call("epoll_ctl", [fd, EPOLL.CTL_ADD, fd, event(1)]), s.call("epoll_ctl", [FIRST_END, EPOLL.CTL_ADD, SECOND_END, event(1)]);
      s.call("epoll_ctl", [fd, EPOLL.CTL_ADD, open(s, "hello.txt", O.RDONLY), event(1)]);
      s.call("epoll_wait", [fd, room, 0]), s.call("epoll_wait", [fd, room, 20]);
      s.call("write", [SECOND_END, s.at("x")]);
      for (const length of [48, 12, 11, 0]) s.call("epoll_wait", [fd, { offset: room.offset, length }, 0]), s.dump(room);
      s.call("epoll_ctl", [fd, EPOLL.CTL_MOD, FIRST_END, event(EPOLL.ONESHOT | EPOLL.IN)]);
      s.call("epoll_wait", [fd, room, -1]), s.dump(room), s.call("epoll_wait", [fd, room, 0]);
      s.call("epoll_ctl", [fd, EPOLL.CTL_DEL, FIRST_END, event(0)]);
      s.call("epoll_ctl", [fd, EPOLL.CTL_ADD, FIRST_END, event(EPOLL.IN)]), s.call("close", [SECOND_END]), s.call("epoll_wait", [fd, room, 100]), s.dump(room);
      s.call("read", [FIRST_END, s.room(1)]), s.call("epoll_wait", [fd, room, 0]), s.dump(room);
      s.call("epoll_ctl", [fd, EPOLL.CTL_DEL, FIRST_END, event(0)]);
      s.prepare("alarm 40");
      s.call("epoll_wait", [fd, room, 5000]);
    },
  ],
  [
    "futex",
    (s) => {
      const word = s.at(u32(5));
      for (const value of [4, 6, 0, 0xffffffff]) s.call("futex_wait", [word, value, s.at(spec(0, 1000))]);
      for (const time of [spec(0, 1_000_000), spec(0, -1), spec(-1, 0), spec(0, 1_000_000_000)]) s.call("futex_wait", [word, 5, s.at(time)]);
      const odd = { offset: word.offset + 1, length: 4 };
      s.call("futex_wait", [{ offset: s.room(64).offset, length: 4 }, 5, s.at(spec(0, 1000))]);
      s.raw("r_futex_wake", [String(word.offset), "1"], ["202", `@${word.offset}`, "129", "1"]);
      for (const count of [0, 1, -1, 0x7fffffff]) s.call("futex_wake", [word, count]);
      s.dump(odd, 4);
      s.prepare("alarm 40");
      s.call("futex_wait", [word, 5, s.at(spec(5, 0))]);
    },
  ],
  [
    "fcntl",
    (s) => {
      const fd = open(s, "hello.txt", O.RDWR | O.CLOEXEC);
      const room = s.room(8);
      for (const [command, value] of [
        [F.GETFD, 0],
        [F.SETFD, 0],
        [F.GETFD, 0],
        [F.SETFD, F.CLOEXEC],
        [F.GETFD, 0],
        [F.GETFL, 0],
        [F.SETFL, O.APPEND | O.NONBLOCK],
        [F.GETFL, 0],
        [F.SETFL, -1],
        [F.GETFL, 0],
        [F.SETFL, 0],
        [F.DUPFD, 10],
        [F.DUPFD, -1],
        [F.DUPFD, 1 << 20],
        [F.DUPFD_CLOEXEC, 30],
        [F.GETPIPE_SZ, 0],
        [F.GET_SEALS, 0],
        [F.ADD_SEALS, 1],
        [F.GETLEASE, 0],
        [F.SETLEASE, 0],
        [F.SETLEASE, 9],
      ] as const)
        s.call("fcntl", [fd, command, value]);
      for (const bad of BAD_DESCRIPTORS) for (const command of [F.GETFD, F.SETFL, F.DUPFD, F.GET_SEALS]) s.call("fcntl", [bad, command, 0]);
      s.prepare("pipe 2048");
      for (const size of [0, 4096, 8192, 1 << 20, 1 << 30, -1]) s.call("fcntl", [SECOND_END, F.SETPIPE_SZ, size]), s.call("fcntl", [FIRST_END, F.GETPIPE_SZ, 0]);
      const sealed = s.call("memfd_create", [s.at("sealed"), 2]);
      s.call("fcntl", [sealed, F.ADD_SEALS, F.SEAL_GROW]), s.call("fcntl", [sealed, F.GET_SEALS, 0]), s.call("ftruncate", [sealed, 10]), s.call("fcntl", [sealed, F.ADD_SEALS, 0x4000]);
      s.call("fcntl", [open(s, "sub", O.PATH), F.SETFL, 0]), s.call("fcntl", [open(s, "sub", O.PATH), F.GETFL, 0]);
      s.prepare("nofile 12");
      s.call("fcntl", [fd, F.DUPFD, 11]), s.call("fcntl", [fd, F.DUPFD, 12]), s.call("fcntl", [fd, F.DUPFD, 11]);
      s.prepare("uid 1000");
      s.call("fcntl", [FIRST_END, F.SETPIPE_SZ, 1 << 21]), s.call("fcntl", [fd, F.SETLEASE, 1]), s.call("read", [FIRST_END, room]);
    },
  ],
  [
    "locks of files",
    (s) => {
      const [fd, other, reader] = [open(s, "big.bin", O.RDWR), open(s, "big.bin", O.RDWR), open(s, "big.bin", O.RDONLY)];
      for (const [at, command, bytes] of [
        [fd, F.SETLK, lock(F.WRLCK, 0, 10)],
        [other, F.GETLK, lock(F.WRLCK, 0, 10)],
        [other, F.SETLK, lock(F.WRLCK, 5, 10)],
        [fd, F.OFD_SETLK, lock(F.WRLCK, 100, 10)],
        [other, F.OFD_SETLK, lock(F.WRLCK, 105, 1)],
        [other, F.OFD_SETLK, lock(F.RDLCK, 5, 1)],
        [other, F.OFD_SETLK, lock(F.UNLCK, 0, 0)],
        [reader, F.SETLK, lock(F.WRLCK, 0, 1)],
        [reader, F.SETLK, lock(F.RDLCK, 0, 1)],
        [fd, F.SETLK, lock(9, 0, 1)],
        [fd, F.SETLK, lock(F.RDLCK, -1, 1)],
        [fd, F.SETLK, lock(F.RDLCK, 0, 1, 7)],
        [fd, F.SETLK, lock(F.RDLCK, 10, -5)],
        [fd, F.SETLK, lock(F.RDLCK, 2, -5)],
        [fd, F.SETLKW, lock(F.UNLCK, 0, 0)],
      ] as const)
        s.call("fcntl_lock", [at, command, s.at(bytes)]);
      const found = s.at(lock(F.WRLCK, 100, 1));
      s.call("fcntl_lock", [other, F.OFD_GETLK, found]), s.dump(found);
      for (const bad of BAD_DESCRIPTORS) s.call("fcntl_lock", [bad, F.SETLK, s.at(lock(0, 0, 1))]);
      s.prepare("alarm 40");
      s.call("fcntl_lock", [other, F.OFD_SETLKW, s.at(lock(F.WRLCK, 100, 1))]);
    },
  ],
  [
    "addresses of sockets",
    (s) => {
      const out = s.room(36);
      const look = (name: string, fd: Parameters<Scenario["call"]>[1][number]) => (s.call(name, [fd, out]), s.dump(out, 36));
      const [a, b] = [s.call("socket", [FAMILY.INET, KIND.DGRAM | KIND.NONBLOCK, 0]), s.call("socket", [FAMILY.INET, KIND.DGRAM | KIND.NONBLOCK, 0])];
      look("getsockname", a), look("getpeername", a);
      s.call("bind", [a, s.at(bare(4714))]), s.call("bind", [b, s.at(bare(4715))]), look("getsockname", a);
      const buf = s.room(64);
      for (const to of [inet(4714), inet(4714, 15), inet(4714, 0), inet(4714, 28), inet(4714, 0xffffffff), inet(4714, 129), inet(4714, 16, 10), inet(4714, 16, 99), inet(0)])
        s.call("sendto", [b, s.at("a message"), MSG.NOSIGNAL, s.at(to)]);
      for (const flags of [MSG.PEEK, 0, MSG.TRUNC | MSG.DONTWAIT, -1, 0, 0, 0]) s.call("recvfrom", [a, { offset: buf.offset, length: 4 }, flags, out]), s.dump(buf), s.dump(out, 36);
      s.call("sendto", [b, s.at(""), 0, s.at(inet(4714))]), s.call("recvfrom", [a, buf, 0, out]), s.dump(out, 36);
      s.call("connect", [b, s.at(bare(4714))]), look("getpeername", b);
      for (const bad of [...BAD_DESCRIPTORS, 0]) {
        look("getsockname", bad), look("getpeername", bad);
        s.call("sendto", [bad, s.at("x"), 0, s.at(inet(4714))]), s.call("recvfrom", [bad, buf, 0, out]), s.call("getsockopt", [bad, 1, 3, s.room(16)]);
      }
      const pair = s.room(8);
      s.call("socketpair", [FAMILY.UNIX, KIND.STREAM, 0, pair]), look("getsockname", { stored: pair.offset }), look("getpeername", { stored: pair.offset });
      s.call("sendto", [{ stored: pair.offset }, s.at("x"), 0, s.at(inet(4714))]);
      s.call("close", [{ stored: pair.offset + 4 }]);
      s.call("sendto", [{ stored: pair.offset }, s.at("x"), MSG.NOSIGNAL, s.at(inet(0, 0))]), s.call("recvfrom", [{ stored: pair.offset }, buf, 0, out]);
      const six = s.call("socket", [FAMILY.INET6, KIND.DGRAM, 0]);
      look("getsockname", six);
      s.prepare("alarm 40");
      s.call("fcntl", [a, F.SETFL, 0]), s.call("recvfrom", [a, buf, 0, out]);
    },
  ],
  [
    "getsockopt",
    (s) => {
      const out = s.room(16);
      const [stream, datagram] = [s.call("socket", [FAMILY.INET, KIND.STREAM, 0]), s.call("socket", [FAMILY.UNIX, KIND.DGRAM, 0])];
      for (const fd of [stream, datagram])
        for (const [level, option] of [
          [1, 3],
          [1, 4],
          [1, 7],
          [1, 13],
          [1, 30],
          [1, 38],
          [1, 39],
          [6, 1],
          [6, 2],
          [0, 2],
          [1, 9999],
          [99, 1],
          [-1, -1],
        ] as const)
          s.call("getsockopt", [fd, level, option, out]), s.dump(out, 16);
    },
  ],
  [
    "splice and tee",
    (s) => {
      const [file, copy] = [open(s, "big.bin", O.RDONLY), open(s, "copy", O.CREAT | O.RDWR)];
      const pair = s.room(8);
      const buf = s.room(32);
      s.prepare("pipe 2048");
      s.call("pipe2", [pair, O.NONBLOCK]);
      const [out, into] = [{ stored: pair.offset }, { stored: pair.offset + 4 }];
      for (const [from, to, count] of [
        [file, SECOND_END, 20],
        [file, SECOND_END, 0],
        [FIRST_END, copy, 5],
        [file, copy, 5],
        [FIRST_END, FIRST_END, 5],
        [SECOND_END, FIRST_END, 5],
        [99, copy, 5],
        [file, 99, 5],
        [file, SECOND_END, 1n << 40n],
        [file, SECOND_END, -1n & 0xffffffffffffffffn],
      ] as const)
        s.call("splice", [from, to, count, 2]);
      s.call("splice", [file, SECOND_END, 5, 0xffff]);
      for (const [from, to, count] of [
        [FIRST_END, into, 6],
        [FIRST_END, into, 0],
        [FIRST_END, SECOND_END, 5],
        [out, into, 5],
        [file, into, 5],
        [99, into, 5],
      ] as const)
        s.call("tee", [from, to, count, 2]);
      s.call("read", [out, buf]), s.dump(buf), s.call("read", [FIRST_END, buf]), s.dump(buf);
      s.call("splice", [out, copy, 10, 2]), s.call("tee", [out, SECOND_END, 10, 2]);
      s.prepare("nosigpipe");
      s.call("close", [out]), s.call("splice", [file, into, 5, 2]), s.call("tee", [FIRST_END, into, 5, 2]);
    },
  ],
  [
    "copy_file_range at offsets",
    (s) => {
      const [from, to] = [open(s, "big.bin", O.RDONLY), open(s, "copy", O.CREAT | O.RDWR)];
      for (const [a, b, count] of [
        [0, 0, 10],
        [5, 100, 10],
        [69995, 0, 100],
        [70000, 0, 1],
        [-1, 0, 1],
        [0, -1, 1],
        [0, 0, 0],
        [1n << 40n, 0, 5],
        [0, 1n << 62n, 5],
      ] as const) {
        const offsets = s.at(new Uint8Array(BigInt64Array.of(BigInt(a), BigInt(b)).buffer));
        s.call("copy_file_range_at", [from, to, offsets, count]), s.dump(offsets, 16);
      }
      const offsets = s.at(spec(0, 0));
      for (const [a, b] of [
        [99, to],
        [from, -1],
        [from, from],
        [to, to],
        [to, from],
      ] as const)
        s.call("copy_file_range_at", [a, b, offsets, 5]), s.dump(offsets, 16);
      s.call("lseek", [to, 0, 1]), s.call("lseek", [from, 0, 1]);
    },
  ],
  [
    "full disk",
    (s) => {
      s.prepare("tinyfs 16384");
      const [from, to] = [open(s, "big.bin", O.RDONLY), open(s, "tiny/file", O.CREAT | O.RDWR)];
      const page = { offset: s.room(4096).offset, length: 4096 };
      for (let i = 0; i < 6; i++) s.call("write", [to, page]);
      s.call("pwrite64", [to, page, 1 << 20]), s.call("fallocate", [to, 0, 0, 1 << 20]), s.call("ftruncate", [to, 1 << 20]), s.call("lseek", [to, 0, 2]);
      s.call("sendfile", [to, from, 5000]), s.call("copy_file_range", [from, to, 5000]);
      for (const name of ["a", "b", "c", "d", "e", "f", "g", "h"]) s.call("mkdirat", [AT.FDCWD, s.at(`tiny/${name}`), 0o755]);
      open(s, "tiny/another", O.CREAT | O.WRONLY), s.call("symlinkat", [s.at("t".repeat(4000)), AT.FDCWD, s.at("tiny/link")]);
      s.prepare("pipe 2048");
      s.call("write", [SECOND_END, s.at("some bytes")]), s.call("splice", [FIRST_END, to, 10, 2]);
      s.call("fsync", [to]), s.call("close", [to]);
    },
  ],
];

export function waitScenarios(): readonly Scenario[] {
  return TABLE.map(([name, build]) => {
    const scenario = new Scenario(name);
    build(scenario);
    return scenario;
  });
}
