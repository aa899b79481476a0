/** Kernel profiles: what a kernel version offers to SYSCALL programs. Features are named by what the backend asks for. */

export type ProfileName = "6.1" | "6.12" | "6.18" | "host";

export type Feature =
  | "bpf_loop" // helper 181, 5.17
  | "rcu_kfuncs" // bpf_rcu_read_lock/unlock, 6.2
  | "iter_num" // bpf_iter_num_new/next/destroy, 6.4
  | "isa_v4" // ldsx, movsx, bswap, gotol, sdiv/smod, 6.6
  | "iter_task" // 6.7
  | "may_goto" // 6.9
  | "arena"; // 6.9

export interface KernelProfile {
  readonly name: ProfileName;
  /** Version as numbers, for comparisons: [major, minor]. */
  readonly version: readonly [number, number];
  readonly features: ReadonlySet<Feature>;
}

/** First kernel version of each feature. */
export const FEATURE_SINCE: Readonly<Record<Feature, readonly [number, number]>> = {
  bpf_loop: [5, 17],
  rcu_kfuncs: [6, 2],
  iter_num: [6, 4],
  isa_v4: [6, 6],
  iter_task: [6, 7],
  may_goto: [6, 9],
  arena: [6, 9],
};

/** The profile of any kernel version; `host` is built from the running kernel's version and then corrected by probes. */
export function profileOf(name: ProfileName, version: readonly [number, number]): KernelProfile {
  const features = (Object.keys(FEATURE_SINCE) as Feature[]).filter((f) => !olderThan(version, FEATURE_SINCE[f]));
  return { name, version, features: new Set(features) };
}

export function olderThan(a: readonly [number, number], b: readonly [number, number]): boolean {
  return a[0] !== b[0] ? a[0] < b[0] : a[1] < b[1];
}

/** The named profiles, oldest first. */
export const PROFILES: readonly KernelProfile[] = [profileOf("6.1", [6, 1]), profileOf("6.12", [6, 12]), profileOf("6.18", [6, 18])];
