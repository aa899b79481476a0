import { anycall, AT, buffer, DT, E, O, SEEK, stack, sys, zero, type Fd, type i64, type Stat, type u16, type u32, type u64, type u8 } from "anycall";

/** The head of a linux_dirent64 record, getdents64(2); the name follows at byte 19. */
interface Entry { ino: u64; next: i64; length: u16; type: u8 }

const entries = buffer(32 * 1024);

export class Du {
  /**
   * Sum of the sizes of the regular files below `root`, or -errno. Going down into a directory leaves its parent on an
   * explicit stack, to be read on from where it was left: one open descriptor for each level, however wide the tree is.
   */
  @anycall
  static total(root: string): i64 {
    const parents = stack<Fd>(256);
    const stat = zero<Stat>();
    let sum: i64 = 0;
    let dir = sys.openat(AT.FDCWD, root, O.RDONLY | O.DIRECTORY);
    if (dir < 0) return dir;
    reading: for (;;) {
      const n = sys.getdents64(dir, entries);
      if (n <= 0) {
        sys.close(dir);
        const parent = parents.pop();
        if (parent === null) return sum;
        dir = parent;
        continue;
      }
      for (let at: u32 = 0; at < n; ) {
        const entry = entries.as<Entry>(at);
        if (entry === null) break;
        const name = entries.subarray(at + 19);
        at += entry.length;
        if (entry.type === DT.REG) {
          if (sys.newfstatat(dir, name, stat, AT.SYMLINK_NOFOLLOW) === 0) sum += stat.size;
        } else if (entry.type === DT.DIR && !name.startsWith(".\0") && !name.startsWith("..\0")) {
          const child = sys.openat(dir, name, O.RDONLY | O.DIRECTORY);
          if (child < 0) continue;
          sys.lseek(dir, entry.next, SEEK.SET);
          if (!parents.push(dir)) return -E.NAMETOOLONG;
          dir = child;
          continue reading;
        }
      }
    }
  }
}
