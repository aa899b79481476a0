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
