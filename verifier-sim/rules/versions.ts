/**
 * What kernels do differently, as data: each row is one habit of the verifier with its values by version, newest first. Rules
 * ask here and never compare versions themselves. Checked against the kernels in the VM (`npm run vm -- load-raw`).
 */
import { type KernelProfile, olderThan } from "../../kernel/abi/profiles.ts";
import type { RegType } from "../state/register.ts";

type Version = readonly [number, number];
/** [first version, value], newest first. The last row's version is the oldest that is modelled. */
type Since<T> = readonly (readonly [Version, T])[];

export interface Habits {
  /** Kinds of pointers that a comparison with 0 is decided for; of kernel objects the trusted ones only. */
  readonly neverNull: readonly RegType[];
  /** Regions of bpf_rcu_read_lock may be nested. */
  readonly nestedRcu: boolean;
  /** Functions that RCU protects are refused outside a region; before that only what they made was. */
  readonly rcuProtectedCalls: boolean;
  /** One load may read kernel objects that are trusted on one path and not on another. */
  readonly mixedTrust: boolean;
  /** Loads that extend the sign, moves that do, signed division, byte swaps, long jumps. */
  readonly instructionsV4: boolean;
  readonly mayGoto: boolean;
  /** may_goto may lead to the next instruction, where it does nothing. */
  readonly mayGotoNext: boolean;
  readonly acquireRelease: boolean;
  /** Immediates may be stored in the context. */
  readonly contextImmediates: boolean;
  /** Which edges of the control flow may close a loop: before 6.8 those of jumps only. */
  readonly loopsClosedBy: "anything" | "jumps";
  /** The stack of a function is rounded up to a multiple of this many bytes. */
  readonly stackAlign: number;
  /** How a helper is refused that programs of this type do not have. */
  readonly missingHelper: "program" | "unknown";
  /** How stack that a helper is given is called where it is out of bounds. */
  readonly indirectStack: "by access" | "indirect access";
  /** How the maps of sleepable programs are listed. */
  readonly sleepableMaps: "with storage" | "plain";
  /** Whether it is known which kernel objects are trusted. Before, every pointer that is not marked otherwise will do. */
  readonly trust: "tracked" | "assumed";
  /** A number that is spilled is linked to where it came from; a fill makes no link of its own. */
  readonly linksSpills: boolean;
  /** A part of a spilled number can be read back as a number that is known. */
  readonly narrowFills: boolean;
  /** How known bits are written that are all known. */
  readonly knownOffset: "number" | "bits";
  /** Kinds of registers as messages list them where one of them is expected. */
  readonly expected: { readonly lock: string; readonly socket: string; readonly memory: string; readonly key: string; readonly object: string; readonly perCpu: string };
  /** Two registers that are compared tighten each other; before 6.8 only where one of them is constant. */
  readonly comparesRanges: boolean;
  /** States of a loop are compared with the registers that nobody reads again. */
  readonly comparesDead: boolean;
  /** What the end of the program says where references are still held. */
  readonly leak: "unreleased" | "resource";
  /** Arguments of kernel functions as described by their BTF (since 6.2); before that by an older scheme with other words. */
  readonly kfuncArguments: "typed" | "early";
}

const TABLE: { readonly [K in keyof Habits]: Since<Habits[K]> } = {
  neverNull: [
    [[6, 12], ["map_value", "map_ptr", "mem", "ringbuf_mem", "btf"]],
    [[6, 5], ["map_value", "mem", "ringbuf_mem", "btf"]],
    [[6, 1], ["map_value"]],
  ],
  nestedRcu: [
    [[6, 19], true],
    [[6, 1], false],
  ],
  rcuProtectedCalls: [
    [[6, 18], true],
    [[6, 1], false],
  ],
  mixedTrust: [
    [[6, 4], true],
    [[6, 1], false],
  ],
  instructionsV4: [
    [[6, 6], true],
    [[6, 1], false],
  ],
  mayGoto: [
    [[6, 9], true],
    [[6, 1], false],
  ],
  mayGotoNext: [
    [[6, 14], true],
    [[6, 1], false],
  ],
  acquireRelease: [
    [[6, 15], true],
    [[6, 1], false],
  ],
  contextImmediates: [
    [[6, 4], true],
    [[6, 1], false],
  ],
  loopsClosedBy: [
    [[6, 8], "anything"],
    [[6, 1], "jumps"],
  ],
  stackAlign: [
    [[6, 7], 16],
    [[6, 1], 32],
  ],
  missingHelper: [
    [[6, 10], "program"],
    [[6, 1], "unknown"],
  ],
  indirectStack: [
    [[6, 13], "by access"],
    [[6, 1], "indirect access"],
  ],
  sleepableMaps: [
    [[6, 2], "with storage"],
    [[6, 1], "plain"],
  ],
  trust: [
    [[6, 2], "tracked"],
    [[6, 1], "assumed"],
  ],
  linksSpills: [
    [[6, 8], true],
    [[6, 1], false],
  ],
  narrowFills: [
    [[6, 8], true],
    [[6, 1], false],
  ],
  knownOffset: [
    [[6, 8], "number"],
    [[6, 1], "bits"],
  ],
  expected: [
    [
      [6, 2],
      {
        lock: "map_value, ptr_",
        socket: "sock_common, sock, tcp_sock, xdp_sock, ptr_, trusted_ptr_",
        memory: "fp, pkt, pkt_meta, map_key, map_value, mem, ringbuf_mem, buf, trusted_ptr_",
        key: "fp, pkt, pkt_meta, map_key, map_value, mem, ringbuf_mem, buf, trusted_ptr_",
        object: "ptr_, trusted_ptr_, rcu_ptr_",
        perCpu: "percpu_ptr_, percpu_rcu_ptr_, percpu_trusted_ptr_",
      },
    ],
    [
      [6, 1],
      {
        lock: "map_value",
        socket: "sock_common, sock, tcp_sock, xdp_sock, ptr_",
        memory: "fp, pkt, pkt_meta, map_key, map_value, mem, alloc_mem, buf",
        key: "fp, pkt, pkt_meta, map_key, map_value",
        object: "ptr_",
        perCpu: "percpu_ptr_",
      },
    ],
  ],
  comparesRanges: [
    [[6, 8], true],
    [[6, 1], false],
  ],
  comparesDead: [
    [[6, 16], false],
    [[6, 1], true],
  ],
  leak: [
    [[6, 13], "resource"],
    [[6, 1], "unreleased"],
  ],
  kfuncArguments: [
    [[6, 2], "typed"],
    [[6, 1], "early"],
  ],
};

const habits = new Map<string, Habits>();

/** The habits of the profile's kernel. */
export function habitsOf({ version }: KernelProfile): Habits {
  const key = version.join(".");
  let found = habits.get(key);
  if (!found) {
    const value = <T>(rows: Since<T>): T => (rows.find(([since]) => !olderThan(version, since)) ?? rows.at(-1)!)[1];
    found = Object.fromEntries(Object.entries(TABLE).map(([name, rows]) => [name, value(rows as Since<unknown>)])) as unknown as Habits;
    habits.set(key, found);
  }
  return found;
}
