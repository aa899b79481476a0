// Generated from kernel/abi by frontend/lib/generate.ts: do not edit.
import { notCompiled } from "./not-compiled.ts";
import type { Dirents, Errno, Fd, i16, i32, i64, Path, u16, u32, u64 } from "./generated-types.ts";

export interface Timespec { sec: i64; nsec: i64 }

export interface Stat { dev: u64; ino: u64; mode: u32; nlink: u32; uid: u32; gid: u32; size: i64; blocks: u64; mtime: Timespec }

export interface Itimerspec { interval: Timespec; value: Timespec }

export interface Pair { first: i32; second: i32 }

export interface EpollEvent { events: u32; data: u32; high: u32 }

export interface FutexWord { value: u32 }

export interface FileLock { type: i16; whence: i16; start: i64; size: i64; pid: i32 }

export interface SocketAddress { length: u32; family: u16; port: u16; ip: u32; ip0: u32; ip1: u32; ip2: u32; ip3: u32; scope: u32 }

export interface SocketOption { length: u32; value: i32; second: i32 }

export interface CopyOffsets { from: i64; to: i64 }

export interface DirectoryEntry { length: u32; error: i32; type: u32; bytes: u32; stat: Stat }

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
  /** Open a file relative to this directory, read it to its end or till `buf` is full, close it; bytes read. open(2) */
  readFile(path: Path, buf: Uint8Array): i32;
  /** This directory's next entries with their metadata, as DirectoryEntry records; bytes filled, 0 at the end. getdents64(2) */
  readDir(buf: Uint8Array): i32;
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
  /** The effective user id. geteuid(2) */
  geteuid(): u32;
  /** The effective group id. getegid(2) */
  getegid(): u32;
  /** The process group of a process (0: the caller). getpgid(2) */
  getpgid(pid: number): i32;
  /** The session of a process (0: the caller). getsid(2) */
  getsid(pid: number): i32;
  /** 20 minus the nice value: 1 to 40. getpriority(2) */
  getpriority(which: number, who: number): i32;
  /** Let others run. sched_yield(2) */
  sched_yield(): Errno;
  /** Set the mask of permissions for new files; the one before. umask(2) */
  umask(mask: number): i32;
  /** Send a signal to a process, or ask whether one could (0). kill(2) */
  kill(pid: number, signal: number): Errno;
  /** Send a signal to a thread. tgkill(2) */
  tgkill(tgid: number, tid: number, signal: number): Errno;
  /** The resolution of a clock. clock_getres(2) */
  clock_getres(clock: number, out: Timespec): Errno;
  /** Sleep by a clock, for a time or (TIMER_ABSTIME, 1) until one. clock_nanosleep(2) */
  clock_nanosleep(clock: number, flags: number, request: Timespec, remaining?: Timespec): Errno;
  /** Write at an offset, leaving the position alone. pwrite(2) */
  pwrite64(fd: Fd, buf: Uint8Array | string, offset: number): i32;
  /** Set a file's length. ftruncate(2) */
  ftruncate(fd: Fd, length: number): Errno;
  /** Set the length of the file at a path. truncate(2) */
  truncate(path: Path, length: number): Errno;
  /** Allocate, free or shift a part of a file. fallocate(2) */
  fallocate(fd: Fd, mode: number, offset: number, length: number): Errno;
  /** Bring a file to the disk. fsync(2) */
  fsync(fd: Fd): Errno;
  /** Bring a file's contents to the disk. fdatasync(2) */
  fdatasync(fd: Fd): Errno;
  /** Say how a part of a file will be used. posix_fadvise(2) */
  fadvise64(fd: Fd, offset: number, length: number, advice: number): Errno;
  /** Copy from a file at its position to a descriptor; bytes copied. sendfile(2) */
  sendfile(to: Fd, from: Fd, count: number): i64;
  /** Copy between files at their positions; bytes copied. copy_file_range(2) */
  copy_file_range(from: Fd, to: Fd, count: number): i64;
  /** Lock or unlock an open file (1 shared, 2 exclusive, 8 unlock, 4: don't wait). flock(2) */
  flock(fd: Fd, operation: number): Errno;
  /** A second descriptor of an open file. dup(2) */
  dup(fd: Fd): Fd;
  /** Make a descriptor refer to another's open file. dup3(2) */
  dup3(fd: Fd, to: Fd, flags: number): Fd;
  /** Set an open file's permissions. fchmod(2) */
  fchmod(fd: Fd, mode: number): Errno;
  /** Set the permissions of the file at a path. fchmodat(2) */
  fchmodat(dir: Fd, path: Path, mode: number): Errno;
  /** Set an open file's owner and group (0xffffffff leaves one alone). fchown(2) */
  fchown(fd: Fd, uid: number, gid: number): Errno;
  /** Set owner and group of the file at a path. chown(2) */
  chown(path: Path, uid: number, gid: number): Errno;
  /** Set owner and group of the file at a path, of a symbolic link itself. lchown(2) */
  lchown(path: Path, uid: number, gid: number): Errno;
  /** Whether the real user may read (4), write (2), execute (1) a file, or whether it is there (0). faccessat(2) */
  faccessat(dir: Fd, path: Path, mode: number): Errno;
  /** Where a symbolic link leads; bytes, without a terminator. readlinkat(2) */
  readlinkat(dir: Fd, path: Path, buf: Uint8Array): i32;
  /** Give a file another name, replacing what has it. rename(2) */
  rename(path: Path, to: Path): Errno;
  /** Give a file a second name. link(2) */
  link(path: Path, to: Path): Errno;
  /** Make a symbolic link. symlinkat(2) */
  symlinkat(target: Path, dir: Fd, path: Path): Errno;
  /** Change the working directory. chdir(2) */
  chdir(path: Path): Errno;
  /** Change the working directory to an open one. fchdir(2) */
  fchdir(fd: Fd): Errno;
  /** The working directory's path; bytes with the terminator. getcwd(2) */
  getcwd(buf: Uint8Array): i32;
  /** An extended attribute of an open file; bytes, or how many there are if `buf` is empty. fgetxattr(2) */
  fgetxattr(fd: Fd, name: Path, buf: Uint8Array): i32;
  /** Names of an open file's extended attributes, each with a terminator; bytes. flistxattr(2) */
  flistxattr(fd: Fd, buf: Uint8Array): i32;
  /** Remove an extended attribute of an open file. fremovexattr(2) */
  fremovexattr(fd: Fd, name: Path): Errno;
  /** A file in memory without a name in any directory. memfd_create(2) */
  memfd_create(name: Path, flags: number): Fd;
  /** A pipe: `first` reads what is written to `second`. pipe(2) */
  pipe2(pair: Pair, flags: number): Errno;
  /** Wait for descriptors: records of { i32 fd; i16 events; i16 revents }; how many are ready. poll(2) */
  poll(fds: Uint8Array, timeout: number): i32;
  /** A descriptor that counts. eventfd(2) */
  eventfd2(initial: number, flags: number): Fd;
  /** A descriptor that tells when time has passed. timerfd_create(2) */
  timerfd_create(clock: number, flags: number): Fd;
  /** Set such a timer. timerfd_settime(2) */
  timerfd_settime(fd: Fd, flags: number, value: Itimerspec, before?: Itimerspec): Errno;
  /** What such a timer is set to. timerfd_gettime(2) */
  timerfd_gettime(fd: Fd, out: Itimerspec): Errno;
  /** A descriptor that tells of changes of files. inotify_init(2) */
  inotify_init1(flags: number): Fd;
  /** Watch a path; the watch's number. inotify_add_watch(2) */
  inotify_add_watch(fd: Fd, path: Path, mask: number): i32;
  /** End a watch. inotify_rm_watch(2) */
  inotify_rm_watch(fd: Fd, watch: number): Errno;
  /** A descriptor that waits for many. epoll_create(2) */
  epoll_create1(flags: number): Fd;
  /** Add (1), remove (2) or change (3) what such a descriptor waits for. epoll_ctl(2) */
  epoll_ctl(fd: Fd, operation: number, target: Fd, event?: EpollEvent): Errno;
  /** Wait: records of 12 bytes, { u32 events; u64 data }; how many. epoll_wait(2) */
  epoll_wait(fd: Fd, events: Uint8Array, timeout: number): i32;
  /** Sleep while the word has this value, until a thread of this process wakes it (FUTEX_WAIT_PRIVATE). futex(2) */
  futex_wait(word: FutexWord, value: number, timeout?: Timespec): Errno;
  /** Wake threads of this process that wait on the word; how many (FUTEX_WAKE_PRIVATE). futex(2) */
  futex_wake(word: FutexWord, count: number): i32;
  /** The commands that take no address: F.DUPFD to F.SETFL, leases, pipe sizes, seals; -EINVAL for others. fcntl(2) */
  fcntl(fd: Fd, command: number, value?: number): i32;
  /** Locks of a part of a file: F.GETLK, F.SETLK, F.SETLKW and F.OFD_…; -EINVAL for other commands. fcntl_locking(2) */
  fcntl_lock(fd: Fd, command: number, lock: FileLock): Errno;
  /** Move bytes from or to a pipe; how many. splice(2) */
  splice(from: Fd, to: Fd, count: number, flags?: number): i64;
  /** Copy bytes from pipe to pipe, leaving them there; how many. tee(2) */
  tee(from: Fd, to: Fd, count: number, flags?: number): i64;
  /** Copy between files at the offsets given, which move on; bytes copied. copy_file_range(2) */
  copy_file_range_at(from: Fd, to: Fd, offsets: CopyOffsets, count: number): i64;
  /** A socket. socket(2) */
  socket(domain: number, type: number, protocol: number): Fd;
  /** Two sockets that are connected. socketpair(2) */
  socketpair(domain: number, type: number, protocol: number, pair: Pair): Errno;
  /** Give a socket its own address (struct sockaddr). bind(2) */
  bind(fd: Fd, address: Uint8Array): Errno;
  /** Connect a socket to an address (struct sockaddr). connect(2) */
  connect(fd: Fd, address: Uint8Array): Errno;
  /** Take connections. listen(2) */
  listen(fd: Fd, backlog: number): Errno;
  /** The next connection's socket. accept(2) */
  accept4(fd: Fd, flags: number): Fd;
  /** End reading (0), writing (1) or both (2) of a connection. shutdown(2) */
  shutdown(fd: Fd, flags: number, mode?: number): Errno;
  /** Send on a connected socket; bytes sent. send(2) */
  send(fd: Fd, buf: Uint8Array | string, flags?: number): i32;
  /** Receive; bytes (with MSG_TRUNC, 32: those of the whole message). recv(2) */
  recv(fd: Fd, buf: Uint8Array, flags?: number): i32;
  /** Set an option of a socket. setsockopt(2) */
  setsockopt(fd: Fd, level: number, option: number, value: Uint8Array): Errno;
  /** A socket's own address. getsockname(2) */
  getsockname(fd: Fd, out: SocketAddress): Errno;
  /** The address that a socket is connected to. getpeername(2) */
  getpeername(fd: Fd, out: SocketAddress): Errno;
  /** Send to an address; bytes sent. send(2) */
  sendto(fd: Fd, buf: Uint8Array | string, flags: number, to: SocketAddress): i32;
  /** Receive, and the sender's address; bytes (with MSG.TRUNC those of the whole message). recv(2) */
  recvfrom(fd: Fd, buf: Uint8Array, flags: number, from: SocketAddress): i32;
  /** An option of a socket. getsockopt(2) */
  getsockopt(fd: Fd, level: number, option: number, out: SocketOption): Errno;
  /** Open a file as a handle that `using` releases. open(2) */
  open(path: Path, flags: number, mode?: number): Opened;
}

const stub = (name: string) => (): never => {
  throw notCompiled(`sys.${name}`);
};
export const sys: Sys = Object.fromEntries(["getpid","gettid","getppid","getuid","getgid","clock_gettime","nanosleep","getrandom","openat","close","read","write","pread64","lseek","fstat","newfstatat","getdents64","unlinkat","mkdirat","geteuid","getegid","getpgid","getsid","getpriority","sched_yield","umask","kill","tgkill","clock_getres","clock_nanosleep","pwrite64","ftruncate","truncate","fallocate","fsync","fdatasync","fadvise64","sendfile","copy_file_range","flock","dup","dup3","fchmod","fchmodat","fchown","chown","lchown","faccessat","readlinkat","rename","link","symlinkat","chdir","fchdir","getcwd","fgetxattr","flistxattr","fremovexattr","memfd_create","pipe2","poll","eventfd2","timerfd_create","timerfd_settime","timerfd_gettime","inotify_init1","inotify_add_watch","inotify_rm_watch","epoll_create1","epoll_ctl","epoll_wait","futex_wait","futex_wake","fcntl","fcntl_lock","splice","tee","copy_file_range_at","socket","socketpair","bind","connect","listen","accept4","shutdown","send","recv","setsockopt","getsockname","getpeername","sendto","recvfrom","getsockopt","open"].map((name) => [name, stub(name)])) as unknown as Sys;

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

/** Commands of fcntl(2), types of locks, seals. */
export const F = {
  DUPFD: 0,
  GETFD: 1,
  SETFD: 2,
  GETFL: 3,
  SETFL: 4,
  GETLK: 5,
  SETLK: 6,
  SETLKW: 7,
  OFD_GETLK: 36,
  OFD_SETLK: 37,
  OFD_SETLKW: 38,
  SETLEASE: 1024,
  GETLEASE: 1025,
  DUPFD_CLOEXEC: 1030,
  SETPIPE_SZ: 1031,
  GETPIPE_SZ: 1032,
  ADD_SEALS: 1033,
  GET_SEALS: 1034,
  RDLCK: 0,
  WRLCK: 1,
  UNLCK: 2,
  CLOEXEC: 1,
  SEAL_SEAL: 1,
  SEAL_SHRINK: 2,
  SEAL_GROW: 4,
  SEAL_WRITE: 8,
  SEAL_FUTURE_WRITE: 16,
} as const;

/** Operations of epoll_ctl(2) and events of epoll(7). */
export const EPOLL = {
  CTL_ADD: 1,
  CTL_DEL: 2,
  CTL_MOD: 3,
  IN: 1,
  PRI: 2,
  OUT: 4,
  ERR: 8,
  HUP: 16,
  RDHUP: 8192,
  EXCLUSIVE: 268435456,
  WAKEUP: 536870912,
  ONESHOT: 1073741824,
  ET: 2147483648,
  CLOEXEC: 524288,
} as const;

/** Flags of send(2) and recv(2). */
export const MSG = {
  OOB: 1,
  PEEK: 2,
  DONTROUTE: 4,
  TRUNC: 32,
  DONTWAIT: 64,
  EOR: 128,
  WAITALL: 256,
  NOSIGNAL: 16384,
  MORE: 32768,
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
