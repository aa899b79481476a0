// Generated from kernel/abi by frontend/lib/generate.ts: do not edit.
import { notCompiled } from "./not-compiled.ts";
import type { Dirents, Errno, Fd, i32, i64, Path, u32, u64 } from "./generated-types.ts";

export interface Timespec { sec: i64; nsec: i64 }

export interface Stat { dev: u64; ino: u64; mode: u32; nlink: u32; uid: u32; gid: u32; size: i64; blocks: u64; mtime: Timespec }

/** An open file: held, not a descriptor; released at the end of its `using` block. */
export interface File extends Disposable {
  readonly ok: true;
  /** Read at the handle's position, or at `at`; bytes read, 0 at the end. pread(2) */
  read(buf: Uint8Array, at?: number): i32;
  /** Write at the handle's position, or at `at`; bytes written. pwrite(2) */
  write(buf: Uint8Array | string, at?: number): i32;
  /** Move the handle's position. lseek(2) */
  seek(offset: number, whence: number): i64;
  /** Metadata of the open file. fstat(2) */
  stat(out: Stat): Errno;
  /** Open a path relative to this directory. `how` packs flags (low 32 bits) and mode (high 32 bits): five registers. openat(2) */
  open(path: Path, flags: number, mode?: number): Opened;
  /** Metadata of a path relative to this directory. fstatat(2) */
  statAt(path: Path, out: Stat, flags?: number): Errno;
  /** Entries of this directory. */
  entries(): Dirents;
}
/** What `open` gives when it fails. `errno` is negative. */
export interface NotOpened extends Disposable {
  readonly ok: false;
  readonly errno: Errno;
}
/** `using file = sys.open(…); if (!file.ok) return file.errno;` */
export type Opened = File | NotOpened;

/** System calls. Results are never errors thrown: a negative result is an error number. */
export interface Sys {
  /** The calling process's id. getpid(2) */
  getpid(): i32;
  /** The calling thread's id. gettid(2) */
  gettid(): i32;
  /** The parent process's id. getppid(2) */
  getppid(): i32;
  /** The real user id. getuid(2) */
  getuid(): u32;
  /** The real group id. getgid(2) */
  getgid(): u32;
  /** The time of a clock, in seconds and nanoseconds. clock_gettime(2) */
  clock_gettime(clock: number, out: Timespec): Errno;
  /** Sleep for a time; -EINTR leaves what remains in `remaining`. nanosleep(2) */
  nanosleep(request: Timespec, remaining?: Timespec): Errno;
  /** Fill a buffer with random bytes; the number of bytes. getrandom(2) */
  getrandom(buf: Uint8Array, flags?: number): i32;
  /** Open a file relative to a directory; a descriptor. openat(2) */
  openat(dir: Fd, path: Path, flags: number, mode?: number): Fd;
  /** Close a descriptor. close(2) */
  close(fd: Fd): Errno;
  /** Read at the file's position; bytes read, 0 at the end. read(2) */
  read(fd: Fd, buf: Uint8Array): i32;
  /** Write at the file's position; bytes written. write(2) */
  write(fd: Fd, buf: Uint8Array | string): i32;
  /** Read at an offset, leaving the position alone. pread(2) */
  pread64(fd: Fd, buf: Uint8Array, offset: number): i32;
  /** Move the file's position; the new position. lseek(2) */
  lseek(fd: Fd, offset: number, whence: number): i64;
  /** Metadata of an open descriptor. fstat(2) */
  fstat(fd: Fd, out: Stat): Errno;
  /** Metadata of a path relative to a directory. fstatat(2) */
  newfstatat(dir: Fd, path: Path, out: Stat, flags: number): Errno;
  /** Directory entries as linux_dirent64 records; bytes filled, 0 at the end. getdents64(2) */
  getdents64(fd: Fd, buf: Uint8Array): i32;
  /** Remove a name (AT.REMOVEDIR: a directory). unlinkat(2) */
  unlinkat(dir: Fd, path: Path, flags: number): Errno;
  /** Make a directory. mkdirat(2) */
  mkdirat(dir: Fd, path: Path, mode: number): Errno;
  /** Open a file as a handle that `using` releases. open(2) */
  open(path: Path, flags: number, mode?: number): Opened;
}

const stub = (name: string) => (): never => {
  throw notCompiled(`sys.${name}`);
};
export const sys: Sys = Object.fromEntries(["getpid","gettid","getppid","getuid","getgid","clock_gettime","nanosleep","getrandom","openat","close","read","write","pread64","lseek","fstat","newfstatat","getdents64","unlinkat","mkdirat","open"].map((name) => [name, stub(name)])) as unknown as Sys;

/** Flags of open(2). */
export const O = {
  RDONLY: 0,
  WRONLY: 1,
  RDWR: 2,
  ACCMODE: 3,
  CREAT: 64,
  EXCL: 128,
  NOCTTY: 256,
  TRUNC: 512,
  APPEND: 1024,
  NONBLOCK: 2048,
  DSYNC: 4096,
  DIRECT: 16384,
  LARGEFILE: 32768,
  DIRECTORY: 65536,
  NOFOLLOW: 131072,
  NOATIME: 262144,
  CLOEXEC: 524288,
  SYNC: 1052672,
  PATH: 2097152,
  TMPFILE: 4259840,
} as const;

/** Directory and flags of the …at(2) calls. */
export const AT = {
  FDCWD: -100,
  SYMLINK_NOFOLLOW: 256,
  EACCESS: 512,
  REMOVEDIR: 512,
  SYMLINK_FOLLOW: 1024,
  NO_AUTOMOUNT: 2048,
  EMPTY_PATH: 4096,
  STATX_FORCE_SYNC: 8192,
  STATX_DONT_SYNC: 16384,
  RECURSIVE: 32768,
} as const;

/** Types of directory entries, getdents64(2). */
export const DT = {
  UNKNOWN: 0,
  FIFO: 1,
  CHR: 2,
  DIR: 4,
  BLK: 6,
  REG: 8,
  LNK: 10,
  SOCK: 12,
  WHT: 14,
} as const;

/** Whence of lseek(2). */
export const SEEK = {
  SET: 0,
  CUR: 1,
  END: 2,
  DATA: 3,
  HOLE: 4,
} as const;

/** Clocks of clock_gettime(2). */
export const CLOCK = {
  REALTIME: 0,
  MONOTONIC: 1,
  PROCESS_CPUTIME_ID: 2,
  THREAD_CPUTIME_ID: 3,
  MONOTONIC_RAW: 4,
  REALTIME_COARSE: 5,
  MONOTONIC_COARSE: 6,
  BOOTTIME: 7,
  REALTIME_ALARM: 8,
  BOOTTIME_ALARM: 9,
  TAI: 11,
} as const;

/** Bits of st_mode, inode(7). */
export const S = {
  IFMT: 61440,
  IFSOCK: 49152,
  IFLNK: 40960,
  IFREG: 32768,
  IFBLK: 24576,
  IFDIR: 16384,
  IFCHR: 8192,
  IFIFO: 4096,
  ISUID: 2048,
  ISGID: 1024,
  ISVTX: 512,
  IRWXU: 448,
  IRUSR: 256,
  IWUSR: 128,
  IXUSR: 64,
  IRWXG: 56,
  IRGRP: 32,
  IWGRP: 16,
  IXGRP: 8,
  IRWXO: 7,
  IROTH: 4,
  IWOTH: 2,
  IXOTH: 1,
} as const;

/** Flags of getrandom(2). */
export const GRND = {
  NONBLOCK: 1,
  RANDOM: 2,
  INSECURE: 4,
} as const;

/** Standard descriptors. */
export const FD = {
  STDIN: 0,
  STDOUT: 1,
  STDERR: 2,
} as const;

/** Longest path and file name in bytes. */
export const LIMIT = {
  PATH_MAX: 4096,
  NAME_MAX: 255,
} as const;

/** Error numbers, errno(3). Results are negative: `-E.NOENT`. */
export const E = {
  /** operation not permitted */
  PERM: 1,
  /** no such file or directory */
  NOENT: 2,
  /** no such process */
  SRCH: 3,
  /** interrupted system call */
  INTR: 4,
  /** input/output error */
  IO: 5,
  /** no such device or address */
  NXIO: 6,
  /** argument list too long */
  "2BIG": 7,
  /** exec format error */
  NOEXEC: 8,
  /** bad file descriptor */
  BADF: 9,
  /** no child processes */
  CHILD: 10,
  /** resource temporarily unavailable */
  AGAIN: 11,
  /** cannot allocate memory */
  NOMEM: 12,
  /** permission denied */
  ACCES: 13,
  /** bad address */
  FAULT: 14,
  /** block device required */
  NOTBLK: 15,
  /** device or resource busy */
  BUSY: 16,
  /** file exists */
  EXIST: 17,
  /** invalid cross-device link */
  XDEV: 18,
  /** no such device */
  NODEV: 19,
  /** not a directory */
  NOTDIR: 20,
  /** is a directory */
  ISDIR: 21,
  /** invalid argument */
  INVAL: 22,
  /** too many open files in system */
  NFILE: 23,
  /** too many open files */
  MFILE: 24,
  /** inappropriate ioctl for device */
  NOTTY: 25,
  /** text file busy */
  TXTBSY: 26,
  /** file too large */
  FBIG: 27,
  /** no space left on device */
  NOSPC: 28,
  /** illegal seek */
  SPIPE: 29,
  /** read-only file system */
  ROFS: 30,
  /** too many links */
  MLINK: 31,
  /** broken pipe */
  PIPE: 32,
  /** numerical argument out of domain */
  DOM: 33,
  /** numerical result out of range */
  RANGE: 34,
  /** resource deadlock avoided */
  DEADLK: 35,
  /** file name too long */
  NAMETOOLONG: 36,
  /** no locks available */
  NOLCK: 37,
  /** function not implemented */
  NOSYS: 38,
  /** directory not empty */
  NOTEMPTY: 39,
  /** too many levels of symbolic links */
  LOOP: 40,
  /** no message of desired type */
  NOMSG: 42,
  /** identifier removed */
  IDRM: 43,
  /** channel number out of range */
  CHRNG: 44,
  /** level 2 not synchronized */
  L2NSYNC: 45,
  /** level 3 halted */
  L3HLT: 46,
  /** level 3 reset */
  L3RST: 47,
  /** link number out of range */
  LNRNG: 48,
  /** protocol driver not attached */
  UNATCH: 49,
  /** no CSI structure available */
  NOCSI: 50,
  /** level 2 halted */
  L2HLT: 51,
  /** invalid exchange */
  BADE: 52,
  /** invalid request descriptor */
  BADR: 53,
  /** exchange full */
  XFULL: 54,
  /** no anode */
  NOANO: 55,
  /** invalid request code */
  BADRQC: 56,
  /** invalid slot */
  BADSLT: 57,
  /** bad font file format */
  BFONT: 59,
  /** device not a stream */
  NOSTR: 60,
  /** no data available */
  NODATA: 61,
  /** timer expired */
  TIME: 62,
  /** out of streams resources */
  NOSR: 63,
  /** machine is not on the network */
  NONET: 64,
  /** package not installed */
  NOPKG: 65,
  /** object is remote */
  REMOTE: 66,
  /** link has been severed */
  NOLINK: 67,
  /** advertise error */
  ADV: 68,
  /** srmount error */
  SRMNT: 69,
  /** communication error on send */
  COMM: 70,
  /** protocol error */
  PROTO: 71,
  /** multihop attempted */
  MULTIHOP: 72,
  /** RFS specific error */
  DOTDOT: 73,
  /** bad message */
  BADMSG: 74,
  /** value too large for defined data type */
  OVERFLOW: 75,
  /** name not unique on network */
  NOTUNIQ: 76,
  /** file descriptor in bad state */
  BADFD: 77,
  /** remote address changed */
  REMCHG: 78,
  /** can not access a needed shared library */
  LIBACC: 79,
  /** accessing a corrupted shared library */
  LIBBAD: 80,
  /** .lib section in a.out corrupted */
  LIBSCN: 81,
  /** attempting to link in too many shared libraries */
  LIBMAX: 82,
  /** cannot exec a shared library directly */
  LIBEXEC: 83,
  /** invalid or incomplete multibyte or wide character */
  ILSEQ: 84,
  /** interrupted system call should be restarted */
  RESTART: 85,
  /** streams pipe error */
  STRPIPE: 86,
  /** too many users */
  USERS: 87,
  /** socket operation on non-socket */
  NOTSOCK: 88,
  /** destination address required */
  DESTADDRREQ: 89,
  /** message too long */
  MSGSIZE: 90,
  /** protocol wrong type for socket */
  PROTOTYPE: 91,
  /** protocol not available */
  NOPROTOOPT: 92,
  /** protocol not supported */
  PROTONOSUPPORT: 93,
  /** socket type not supported */
  SOCKTNOSUPPORT: 94,
  /** operation not supported */
  OPNOTSUPP: 95,
  /** protocol family not supported */
  PFNOSUPPORT: 96,
  /** address family not supported by protocol */
  AFNOSUPPORT: 97,
  /** address already in use */
  ADDRINUSE: 98,
  /** cannot assign requested address */
  ADDRNOTAVAIL: 99,
  /** network is down */
  NETDOWN: 100,
  /** network is unreachable */
  NETUNREACH: 101,
  /** network dropped connection on reset */
  NETRESET: 102,
  /** software caused connection abort */
  CONNABORTED: 103,
  /** connection reset by peer */
  CONNRESET: 104,
  /** no buffer space available */
  NOBUFS: 105,
  /** transport endpoint is already connected */
  ISCONN: 106,
  /** transport endpoint is not connected */
  NOTCONN: 107,
  /** cannot send after transport endpoint shutdown */
  SHUTDOWN: 108,
  /** too many references: cannot splice */
  TOOMANYREFS: 109,
  /** connection timed out */
  TIMEDOUT: 110,
  /** connection refused */
  CONNREFUSED: 111,
  /** host is down */
  HOSTDOWN: 112,
  /** no route to host */
  HOSTUNREACH: 113,
  /** operation already in progress */
  ALREADY: 114,
  /** operation now in progress */
  INPROGRESS: 115,
  /** stale file handle */
  STALE: 116,
  /** structure needs cleaning */
  UCLEAN: 117,
  /** not a XENIX named type file */
  NOTNAM: 118,
  /** no XENIX semaphores available */
  NAVAIL: 119,
  /** is a named type file */
  ISNAM: 120,
  /** remote I/O error */
  REMOTEIO: 121,
  /** disk quota exceeded */
  DQUOT: 122,
  /** no medium found */
  NOMEDIUM: 123,
  /** wrong medium type */
  MEDIUMTYPE: 124,
  /** operation canceled */
  CANCELED: 125,
  /** required key not available */
  NOKEY: 126,
  /** key has expired */
  KEYEXPIRED: 127,
  /** key has been revoked */
  KEYREVOKED: 128,
  /** key was rejected by service */
  KEYREJECTED: 129,
  /** owner died */
  OWNERDEAD: 130,
  /** state not recoverable */
  NOTRECOVERABLE: 131,
  /** operation not possible due to RF-kill */
  RFKILL: 132,
  /** memory page has hardware error */
  HWPOISON: 133,
  /** resource temporarily unavailable */
  WOULDBLOCK: 11,
  /** resource deadlock avoided */
  DEADLOCK: 35,
  /** operation not supported */
  NOTSUP: 95,
} as const;
