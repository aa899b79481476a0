/**
 * Constants of the system-call interface of Linux on x86-64, grouped as programs name them (`O.RDONLY`, `AT.FDCWD`): the source
 * of the library's exported constants and of what the compiler folds. Data only. Error numbers: errno.ts.
 */

/** open(2) flags. */
export const O = {
  RDONLY: 0, WRONLY: 1, RDWR: 2, ACCMODE: 3, CREAT: 0o100, EXCL: 0o200, NOCTTY: 0o400, TRUNC: 0o1000, APPEND: 0o2000, NONBLOCK: 0o4000, DSYNC: 0o10000,
  DIRECT: 0o40000, LARGEFILE: 0o100000, DIRECTORY: 0o200000, NOFOLLOW: 0o400000, NOATIME: 0o1000000, CLOEXEC: 0o2000000, SYNC: 0o4010000, PATH: 0o10000000,
  TMPFILE: 0o20200000,
} as const;

/** The …at(2) system calls: FDCWD as a directory, the others as flags. */
export const AT = {
  FDCWD: -100, SYMLINK_NOFOLLOW: 0x100, EACCESS: 0x200, REMOVEDIR: 0x200, SYMLINK_FOLLOW: 0x400, NO_AUTOMOUNT: 0x800, EMPTY_PATH: 0x1000,
  STATX_FORCE_SYNC: 0x2000, STATX_DONT_SYNC: 0x4000, RECURSIVE: 0x8000,
} as const;

/** d_type of a directory entry, getdents64(2). UNKNOWN: the file system doesn't say, use newfstatat. */
export const DT = { UNKNOWN: 0, FIFO: 1, CHR: 2, DIR: 4, BLK: 6, REG: 8, LNK: 10, SOCK: 12, WHT: 14 } as const;

/** lseek(2) whence. */
export const SEEK = { SET: 0, CUR: 1, END: 2, DATA: 3, HOLE: 4 } as const;

/** Clocks of clock_gettime(2). */
export const CLOCK = {
  REALTIME: 0, MONOTONIC: 1, PROCESS_CPUTIME_ID: 2, THREAD_CPUTIME_ID: 3, MONOTONIC_RAW: 4, REALTIME_COARSE: 5, MONOTONIC_COARSE: 6, BOOTTIME: 7,
  REALTIME_ALARM: 8, BOOTTIME_ALARM: 9, TAI: 11,
} as const;

/** File type and permission bits of st_mode, inode(7). */
export const S = {
  IFMT: 0o170000, IFSOCK: 0o140000, IFLNK: 0o120000, IFREG: 0o100000, IFBLK: 0o060000, IFDIR: 0o040000, IFCHR: 0o020000, IFIFO: 0o010000,
  ISUID: 0o4000, ISGID: 0o2000, ISVTX: 0o1000, IRWXU: 0o700, IRUSR: 0o400, IWUSR: 0o200, IXUSR: 0o100, IRWXG: 0o070, IRGRP: 0o040, IWGRP: 0o020, IXGRP: 0o010,
  IRWXO: 0o007, IROTH: 0o004, IWOTH: 0o002, IXOTH: 0o001,
} as const;

/** getrandom(2) flags. */
export const GRND = { NONBLOCK: 1, RANDOM: 2, INSECURE: 4 } as const;

/** Standard descriptors. */
export const FD = { STDIN: 0, STDOUT: 1, STDERR: 2 } as const;

/** Commands of fcntl(2) that programs can give, types of locks (RDLCK, WRLCK, UNLCK), seals and FD_CLOEXEC. */
export const F = {
  DUPFD: 0, GETFD: 1, SETFD: 2, GETFL: 3, SETFL: 4, GETLK: 5, SETLK: 6, SETLKW: 7, OFD_GETLK: 36, OFD_SETLK: 37, OFD_SETLKW: 38, SETLEASE: 1024, GETLEASE: 1025,
  DUPFD_CLOEXEC: 1030, SETPIPE_SZ: 1031, GETPIPE_SZ: 1032, ADD_SEALS: 1033, GET_SEALS: 1034, RDLCK: 0, WRLCK: 1, UNLCK: 2, CLOEXEC: 1,
  SEAL_SEAL: 1, SEAL_SHRINK: 2, SEAL_GROW: 4, SEAL_WRITE: 8, SEAL_FUTURE_WRITE: 16,
} as const;

/** Operations of epoll_ctl(2) and events of epoll(7). */
export const EPOLL = {
  CTL_ADD: 1, CTL_DEL: 2, CTL_MOD: 3, IN: 1, PRI: 2, OUT: 4, ERR: 8, HUP: 0x10, RDHUP: 0x2000, EXCLUSIVE: 0x10000000, WAKEUP: 0x20000000, ONESHOT: 0x40000000,
  ET: 0x80000000, CLOEXEC: 0o2000000,
} as const;

/** Flags of send(2) and recv(2). */
export const MSG = { OOB: 1, PEEK: 2, DONTROUTE: 4, TRUNC: 0x20, DONTWAIT: 0x40, EOR: 0x80, WAITALL: 0x100, NOSIGNAL: 0x4000, MORE: 0x8000 } as const;

/** Limits: longest path and file name in bytes (PATH_MAX counts the terminator). */
export const LIMIT = { PATH_MAX: 4096, NAME_MAX: 255 } as const;

/** Every group by the name that programs import. */
export const CONSTANTS = { O, AT, DT, SEEK, CLOCK, S, GRND, FD, F, EPOLL, MSG, LIMIT } as const satisfies Readonly<Record<string, Readonly<Record<string, number>>>>;
export type ConstantGroup = keyof typeof CONSTANTS;
