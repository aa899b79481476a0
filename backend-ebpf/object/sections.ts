/**
 * What section names of an object mean, as libbpf has it: the program type behind a code section's name, and the
 * sections with a special meaning. Data and look-ups only.
 */

/** The section all our programs are in: exactly this name tells libbpf BPF_PROG_TYPE_SYSCALL, already sleepable. */
export const PROGRAM_SECTION = "syscall";
/** Functions here are subprograms as soon as another code section exists. */
export const TEXT_SECTION = ".text";
export const LICENSE_SECTION = "license";
export const MAPS_SECTION = ".maps";
export const KCONFIG_SECTION = ".kconfig";

const BPF_F_SLEEPABLE = 16;

/** [name, BPF_PROG_TYPE_*, load flags]; a name ending in "+" also stands for `name/anything`. */
const PROGRAM_TYPES: readonly (readonly [string, number, number])[] = [
  ["syscall", 31, BPF_F_SLEEPABLE],
  ["socket+", 1, 0],
  ["kprobe+", 2, 0],
  ["kretprobe+", 2, 0],
  ["uprobe+", 2, 0],
  ["uretprobe+", 2, 0],
  ["uprobe.s+", 2, BPF_F_SLEEPABLE],
  ["uretprobe.s+", 2, BPF_F_SLEEPABLE],
  ["ksyscall+", 2, 0],
  ["usdt+", 2, 0],
  ["tc+", 3, 0],
  ["tcx+", 3, 0],
  ["classifier+", 3, 0],
  ["action+", 4, 0],
  ["tracepoint+", 5, 0],
  ["tp+", 5, 0],
  ["xdp+", 6, 0],
  ["perf_event+", 7, 0],
  ["cgroup_skb+", 8, 0],
  ["cgroup/skb", 8, 0],
  ["cgroup/sock+", 9, 0],
  ["lwt_in+", 10, 0],
  ["lwt_out+", 11, 0],
  ["lwt_xmit+", 12, 0],
  ["sockops+", 13, 0],
  ["sk_skb+", 14, 0],
  ["cgroup/dev", 15, 0],
  ["sk_msg+", 16, 0],
  ["raw_tp+", 17, 0],
  ["raw_tracepoint+", 17, 0],
  ["flow_dissector+", 22, 0],
  ["cgroup/sysctl", 23, 0],
  ["raw_tp.w+", 24, 0],
  ["raw_tracepoint.w+", 24, 0],
  ["tp_btf+", 26, 0],
  ["fentry+", 26, 0],
  ["fexit+", 26, 0],
  ["fmod_ret+", 26, 0],
  ["fentry.s+", 26, BPF_F_SLEEPABLE],
  ["fexit.s+", 26, BPF_F_SLEEPABLE],
  ["fmod_ret.s+", 26, BPF_F_SLEEPABLE],
  ["iter+", 26, 0],
  ["iter.s+", 26, BPF_F_SLEEPABLE],
  ["struct_ops+", 27, 0],
  ["struct_ops.s+", 27, BPF_F_SLEEPABLE],
  ["freplace+", 28, 0],
  ["lsm+", 29, 0],
  ["lsm.s+", 29, BPF_F_SLEEPABLE],
  ["sk_lookup+", 30, 0],
  ["netfilter", 32, 0],
];

/** Program type and load flags of a code section's name; type 0 (unspecified) where libbpf knows none. */
export function programTypeOf(section: string): { readonly progType: number; readonly loadFlags: number } {
  for (const [pattern, progType, loadFlags] of PROGRAM_TYPES) {
    const name = pattern.replace("+", "");
    if (section === name || (pattern.endsWith("+") && section.startsWith(`${name}/`))) return { progType, loadFlags };
  }
  return { progType: 0, loadFlags: 0 };
}

/** Which global-data map a section becomes, or undefined: `.data`, `.data.x`, … */
export function dataSectionOf(name: string): ".bss" | ".data" | ".rodata" | undefined {
  return ([".bss", ".data", ".rodata"] as const).find((stem) => name === stem || name.startsWith(`${stem}.`));
}
