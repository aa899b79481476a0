/**
 * Kernel helpers in engine `user`: by table, each a function on registers. Those that answer a system call do the operation of
 * the call site's row, so that the host sees the same trace as from any other engine. Everything else is refused at load.
 */
import { E } from "../abi/errno.ts";
import { helperId } from "../abi/helpers.ts";
import { findOp, type OpName } from "../abi/syscalls.ts";
import { CLOCK } from "../abi/constants.ts";
import type { PidNamespace } from "../bpf/namespaces.ts";
import type { Operation, Operations } from "./operations.ts";
import type { UserMap } from "./maps.ts";
import type { Parameters } from "./translate.ts";

export interface HelperContext {
  readonly operations: Operations;
  readonly memory: DataView;
  /** Address of 64 bytes for results. */
  readonly scratch: number;
  /** The map behind a handle that a program holds. */
  mapOf(handle: number): UserMap;
  /** The pid namespace of this process, for call sites without a row. */
  pidNamespace(): PidNamespace | undefined;
}

export interface HelperRow {
  /** Registers that the import takes, for a call site with the operation `site` if it has one. */
  params(site: OpName | undefined): Parameters;
  readonly result: "i32_s" | "i64";
  /** The import for such a call site. */
  make(context: HelperContext, site: OpName | undefined): Operation;
}

const always = (...params: Parameters) => () => params;
const NS_PER_SECOND = 1_000_000_000n;
/** Bytes of struct bpf_pidns_info. */
const PIDNS_INFO = 8;

const operation = ({ operations }: HelperContext, name: OpName) => operations.of(findOp(name)!);

/** Nanoseconds of a clock, through the row that reads it. */
function clock(id: number): HelperRow {
  return {
    params: always(),
    result: "i64",
    make: (cx) => {
      const read = operation(cx, "sys.clock_gettime");
      const { memory, scratch } = cx;
      return () => (Number(read(id, scratch)) < 0 ? 0n : memory.getBigInt64(scratch, true) * NS_PER_SECOND + memory.getBigInt64(scratch + 8, true));
    },
  };
}

/**
 * {u32 pid, u32 tgid} of the calling thread. A site with a row asks for one of them, in its own namespace: both fields get it,
 * and the namespace is not looked at.
 */
const namespacePid: HelperRow = {
  params: (site) => (site ? [null, null, "i32", "i32"] : ["i64", "i64", "i32", "i32"]),
  result: "i32_s",
  make: (cx, site) => {
    const { memory } = cx;
    const put = (out: number, size: number, pid: number, tgid: number): number => {
      if (size !== PIDNS_INFO) return -E.INVAL;
      memory.setUint32(out, pid, true);
      memory.setUint32(out + 4, tgid, true);
      return 0;
    };
    if (site) {
      const one = operation(cx, site);
      return (out: number, size: number) => {
        const id = Number(one());
        return put(out, size, id, id);
      };
    }
    const [pid, tgid] = [operation(cx, "sys.gettid"), operation(cx, "sys.getpid")];
    const known = cx.pidNamespace();
    return (dev: bigint, ino: bigint, out: number, size: number) => {
      if (known?.dev === dev && known.ino === ino) return put(out, size, Number(pid()), Number(tgid()));
      for (let i = 0; i < size; i++) memory.setUint8(out + i, 0);
      return -E.INVAL;
    };
  },
};

/** gid in the high, uid in the low half; a site with a row uses one of them only. */
const uidGid: HelperRow = {
  params: always(),
  result: "i64",
  make: (cx, site) => {
    const word = (op: Operation) => BigInt(Number(op()) >>> 0);
    if (site === "sys.getgid") return ((gid) => () => BigInt.asIntN(64, word(gid) << 32n))(operation(cx, site));
    const uid = operation(cx, "sys.getuid");
    if (site === "sys.getuid") return () => word(uid);
    const gid = operation(cx, "sys.getgid");
    return () => BigInt.asIntN(64, (word(gid) << 32n) | word(uid));
  },
};

/** The process's id in the high, the thread's in the low half; a site with a row uses one of them only. */
const pidTgid: HelperRow = {
  params: always(),
  result: "i64",
  make: (cx, site) => {
    const word = (op: Operation) => BigInt(Number(op()) >>> 0);
    if (site === "sys.gettid") return ((tid) => () => word(tid))(operation(cx, site));
    const tgid = operation(cx, "sys.getpid");
    if (site === "sys.getpid") return () => BigInt.asIntN(64, word(tgid) << 32n);
    const tid = operation(cx, "sys.gettid");
    return () => BigInt.asIntN(64, (word(tgid) << 32n) | word(tid));
  },
};

const BY_NAME: Readonly<Record<string, HelperRow>> = {
  map_lookup_elem: { params: always("i32", "i32"), result: "i64", make: (cx) => (map: number, key: number) => BigInt(cx.mapOf(map).lookup(key)) },
  map_update_elem: {
    params: always("i32", "i32", "i32", "i64"),
    result: "i32_s",
    make: (cx) => (map: number, key: number, value: number, flags: bigint) => cx.mapOf(map).update(key, value, BigInt.asUintN(64, flags)),
  },
  map_delete_elem: { params: always("i32", "i32"), result: "i32_s", make: (cx) => (map: number, key: number) => cx.mapOf(map).remove(key) },
  ktime_get_ns: clock(CLOCK.MONOTONIC),
  ktime_get_boot_ns: clock(CLOCK.BOOTTIME),
  get_ns_current_pid_tgid: namespacePid,
  get_current_pid_tgid: pidTgid,
  get_current_uid_gid: uidGid,
  sys_close: { params: always("i32"), result: "i32_s", make: (cx) => operation(cx, "sys.close") },
};

/** Helpers of engine `user`, by id. */
export const USER_HELPERS: ReadonlyMap<number, HelperRow> = new Map(Object.entries(BY_NAME).map(([name, row]) => [helperId(name)!, row]));
