/**
 * Numbers of the Linux ABI (x86-64) that the scripted host needs: errno, open flags, file modes, directory entry types.
 * Data only. Sources: errno(3), open(2), inode(7), getdents(2), stat(2).
 */
export const ERRNO = {
  EPERM: 1, ENOENT: 2, EINTR: 4, EIO: 5, EBADF: 9, EAGAIN: 11, ENOMEM: 12, EACCES: 13, EFAULT: 14, EBUSY: 16, EEXIST: 17, ENOTDIR: 20, EISDIR: 21,
  EINVAL: 22, ENFILE: 23, EMFILE: 24, EFBIG: 27, ENOSPC: 28, ESPIPE: 29, EROFS: 30, ENAMETOOLONG: 36, ENOSYS: 38, ENOTEMPTY: 39, ELOOP: 40,
  EOVERFLOW: 75, EOPNOTSUPP: 95,
} as const;
export type ErrnoName = keyof typeof ERRNO;

export const OPEN = {
  RDONLY: 0, WRONLY: 1, RDWR: 2, ACCMODE: 3, CREAT: 0o100, EXCL: 0o200, NOCTTY: 0o400, TRUNC: 0o1000, APPEND: 0o2000, NONBLOCK: 0o4000,
  DSYNC: 0o10000, DIRECT: 0o40000, LARGEFILE: 0o100000, DIRECTORY: 0o200000, NOFOLLOW: 0o400000, NOATIME: 0o1000000, CLOEXEC: 0o2000000,
  PATH: 0o10000000, TMPFILE: 0o20200000,
} as const;

export const AT = { FDCWD: -100, SYMLINK_NOFOLLOW: 0x100, REMOVEDIR: 0x200, NO_AUTOMOUNT: 0x800, EMPTY_PATH: 0x1000 } as const;
export const SEEK = { SET: 0, CUR: 1, END: 2 } as const;

/** File type bits of st_mode. */
export const S_IFMT = 0o170000;
export const FILE_TYPE = { character: 0o020000, directory: 0o040000, regular: 0o100000, symlink: 0o120000 } as const;
export type FileType = keyof typeof FILE_TYPE;
/** d_type of getdents64. */
export const DIRENT_TYPE: Readonly<Record<FileType, number>> = { character: 2, directory: 4, regular: 8, symlink: 10 };

export const NAME_MAX = 255;
/** Bytes of the longest path, terminator included. */
export const PATH_MAX = 4096;
/** Symbolic links that one path may go through. */
export const MAX_SYMLINKS = 40;

/** A failed operation, inside the scripted host only: the caller gets the negative number. */
export class Errno extends Error {
  readonly errno: number;
  constructor(name: ErrnoName) {
    super(name);
    this.errno = ERRNO[name];
  }
}
