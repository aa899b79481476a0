/** The Linux ABI in the terms of the scripted host: failures by name, file types, limits. Numbers come from kernel/abi. */
import { DT, S } from "../../kernel/abi/constants.ts";
import { E } from "../../kernel/abi/errno.ts";

/** `ENOENT`, … */
export type ErrnoName = `E${Extract<keyof typeof E, string>}`;

export function errnoNumber(name: ErrnoName): number {
  return E[name.slice(1) as keyof typeof E];
}

/** A failed operation, inside the scripted host only: the caller gets the negative number. */
export class Errno extends Error {
  readonly errno: number;
  constructor(name: ErrnoName) {
    super(name);
    this.errno = errnoNumber(name);
  }
}

/** File type bits of st_mode (inode(7)), and d_type of getdents64(2). */
export const FILE_TYPE = { character: S.IFCHR, directory: S.IFDIR, regular: S.IFREG, symlink: S.IFLNK } as const;
export type FileType = keyof typeof FILE_TYPE;
export const DIRENT_TYPE: Readonly<Record<FileType, number>> = { character: DT.CHR, directory: DT.DIR, regular: DT.REG, symlink: DT.LNK };

/** Symbolic links that one path may go through (path_resolution(7)). */
export const MAX_SYMLINKS = 40;
