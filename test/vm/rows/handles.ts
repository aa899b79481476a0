/** Scenarios of handles: open files without descriptors, compared with descriptors that are opened, used and closed. */
import { AT, O, SEEK } from "../../../kernel/abi/constants.ts";
import { FIRST_END, Scenario, SECOND_END } from "./plan.ts";
import { PLACE } from "./programs.ts";

const STAT = { offset: PLACE.struct + 16, length: 32 };
const DATA = { offset: PLACE.buffer, length: 64 };
const PATHS = [
  "hello.txt",
  "missing",
  "",
  "sub",
  "hello.txt/x",
  "link",
  "loop",
  "dangling",
  "secret",
  "shut/in",
  "n".repeat(256),
  `${"d/".repeat(2047)}xx`,
  "x".repeat(5000),
  "/dev/null",
  "hello.txt/",
  ".",
];

const TABLE: readonly (readonly [string, (s: Scenario) => void])[] = [
  [
    "handles: open",
    (s) => {
      for (const path of PATHS) s.handle("h_open", { path, args: [O.RDONLY, 0] });
      const flags = [
        O.WRONLY,
        O.DIRECTORY,
        O.NOFOLLOW,
        O.PATH,
        O.CREAT | O.EXCL | O.RDWR,
        O.TRUNC | O.WRONLY,
        O.TMPFILE | O.RDWR,
        3,
        0x7fffffff,
        O.CREAT | O.DIRECTORY,
      ];
      for (const flag of flags) for (const path of ["hello.txt", "sub", "link"]) s.handle("h_open", { path, args: [flag, 0o644] });
      s.handle("h_open", { path: "fifo", args: [O.WRONLY | O.NONBLOCK, 0] });
    },
  ],
  [
    "handles: open as a user",
    (s) => {
      s.prepare("uid 1000");
      for (const path of PATHS) s.handle("h_open", { path, args: [O.RDONLY, 0] });
      s.handle("h_open", { path: "new", args: [O.CREAT | O.WRONLY, 0o644] });
    },
  ],
  [
    "handles: read",
    (s) => {
      for (const path of [...PATHS, "/proc/self/comm", "/proc/version", "/dev/zero", "/proc/sys/kernel/ostype", "big.bin", "fifo"]) {
        if (path === "fifo") continue;
        for (const at of [-1, 0, 3, 1n << 40n, -2, -(2n ** 63n)] as const) s.handle("h_read", { path, args: [O.RDONLY, 64, at] });
        if (!path.endsWith("comm")) s.dump(DATA);
      }
      s.handle("h_read", { path: "hello.txt", args: [O.WRONLY, 8, -1] });
      s.handle("h_read", { path: "hello.txt", args: [O.PATH, 8, -1] });
      s.handle("h_read", { path: "hello.txt", args: [O.PATH, 8, 0] });
      s.handle("h_read", { path: "hello.txt", args: [O.RDONLY, 0, -1] });
      s.handle("h_read", { path: "fifo", args: [O.RDONLY | O.NONBLOCK, 8, -1] });
      s.handle("h_read", { path: "fifo", args: [O.RDONLY | O.NONBLOCK, 8, 0] });
      s.handle("h_read_twice", { path: "hello.txt", args: [] });
      s.dump(DATA);
      s.handle("h_read_twice", { path: "/proc/version", args: [] });
      s.dump(DATA);
    },
  ],
  [
    "handles: write",
    (s) => {
      for (const at of [-1, 0, 100, -2] as const)
        for (const flags of [O.CREAT | O.WRONLY, O.CREAT | O.WRONLY | O.APPEND, O.RDONLY, O.PATH])
          s.handle("h_write", { path: "out", bytes: "0123456789", args: [flags, 10, at] });
      s.handle("h_read", { path: "out", args: [O.RDONLY, 120, -1] });
      s.dump(DATA, 130);
      for (const path of ["/dev/full", "/dev/null", "sub", "missing/out"]) s.handle("h_write", { path, bytes: "x", args: [O.WRONLY, 1, -1] });
      s.prepare("fsize 16");
      s.handle("h_write", { path: "out2", bytes: "0123456789", args: [O.CREAT | O.WRONLY, 10, 10] });
      s.handle("h_write", { path: "out2", bytes: "0123456789", args: [O.CREAT | O.WRONLY, 10, 16] });
    },
  ],
  [
    "handles: seek",
    (s) => {
      for (const path of ["big.bin", "sub", "/dev/null", "/proc/version"]) {
        for (const [offset, whence] of [
          [10, SEEK.SET],
          [-1, SEEK.SET],
          [5, SEEK.CUR],
          [0, SEEK.END],
          [-5, SEEK.END],
          [0, 3],
          [70000, 3],
          [0, 4],
          [0, 5],
          [0, -1],
          [1n << 62n, SEEK.SET],
        ] as const) {
          s.handle("h_seek", { path, args: [offset, whence] });
        }
      }
    },
  ],
  [
    "handles: stat",
    (s) => {
      for (const path of PATHS) {
        for (const flags of [O.RDONLY, O.PATH, O.PATH | O.NOFOLLOW]) {
          s.handle("h_stat", { path, args: [flags] });
          s.dump(STAT, 32);
        }
      }
    },
  ],
  [
    "handles: stat at a directory",
    (s) => {
      for (const dir of ["sub", ".", "hello.txt", "link"]) {
        for (const path of ["a", "../hello.txt", "", ".", "..", "/dev/null", "missing", "hello.txt", "link", "deep/../bb", "n".repeat(256)]) {
          for (const flags of [0, AT.SYMLINK_NOFOLLOW, AT.EMPTY_PATH, 0x4000, 1]) s.handle("h_stat_at", { dir, path, args: [flags] });
        }
        s.dump(STAT, 32);
      }
    },
  ],
  [
    "handles: open at a directory",
    (s) => {
      for (const dir of ["sub", ".", "hello.txt", "missing", "shut"]) {
        for (const path of ["a", "../hello.txt", "", ".", "/dev/null", "missing", "hello.txt", "link", "deep/../bb", "in", "/etc/passwd"]) {
          s.handle("h_open_at", { dir, path, args: [32] });
          s.dump(DATA, 32);
        }
      }
    },
  ],
  [
    "handles: whole files",
    (s) => {
      for (const dir of [".", "sub", "hello.txt", "/proc"]) {
        for (const path of [...PATHS, "a", "../big.bin", "version", "empty", "/dev/full"]) {
          for (const size of [0, 64]) s.handle("h_read_file", { dir, path, args: [size] });
          s.dump(DATA);
        }
      }
      for (const [dir, path] of [["shut", "in"], ["link", "a"], [".", "big.bin"]] as const) s.handle("h_read_file", { dir, path, args: [8192] });
      s.dump({ offset: PLACE.buffer + 8100, length: 92 }, 92);
      s.prepare("uid 1000");
      for (const path of ["secret", "shut/in", "hello.txt"]) s.handle("h_read_file", { dir: ".", path, args: [64] });
    },
  ],
  [
    "handles: whole directories",
    (s) => {
      const look = (dir: string, size: number, flags: number) => {
        s.handle("h_read_dir", { dir, args: [size, flags] });
        s.dump({ offset: PLACE.buffer, length: 2048 }, 2048);
      };
      for (const dir of [".", "sub", "sub/deep", "shut", "hello.txt", "missing", "link", "/", "/proc/self/ns", "/sys/kernel", "/dev/pts"]) look(dir, 8192, O.RDONLY);
      // Room for no entry, for one, for some.
      for (const size of [0, 1, 79, 80, 87, 88, 96, 200, 300]) look("sub", size, O.RDONLY);
      look("sub", 8192, O.PATH);
      look("sub", 8192, O.DIRECTORY);
      look(".", 8192, O.RDONLY | O.DIRECTORY | O.NOATIME);
      s.prepare("uid 1000");
      for (const dir of [".", "sub", "shut"]) look(dir, 8192, O.RDONLY);
    },
  ],
  [
    "handles: a directory that may be read and not searched",
    (s) => {
      s.call("fchmodat", [AT.FDCWD, s.at("sub"), 0o744]);
      s.prepare("uid 1000");
      s.handle("h_read_dir", { dir: "sub", args: [8192, O.RDONLY] });
      s.dump({ offset: PLACE.buffer, length: 1024 }, 1024);
    },
  ],
  [
    "pipe's end is seen inside a program",
    (s) => {
      s.prepare("pipe 2048");
      s.lines.push(`call pipe_eof $${FIRST_END.step} $${SECOND_END.step} 16`);
    },
  ],
];

export function handleScenarios(): readonly Scenario[] {
  return TABLE.map(([name, build]) => {
    const scenario = new Scenario(name);
    build(scenario);
    return scenario;
  });
}
