/** `anycallc doctor`: what this machine can run, and the one command that enables the rest. */
import { ffi, isMissing } from "../../kernel/ffi.ts";
import { HostKernel, kernelBtf } from "../../kernel/bpf/host-kernel.ts";
import type { EngineName, Probe } from "../../kernel/engine.ts";
import { engines } from "../../kernel/runtime/index.ts";
import type { Parsed } from "../args.ts";
import { version } from "../version.ts";

interface Finding {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly enable?: string;
}

export async function doctor({ options }: Parsed): Promise<number> {
  const findings = await examine();
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ findings })}\n`);
    return 0;
  }
  const width = Math.max(...findings.map(({ name }) => name.length));
  for (const { name, ok, detail, enable } of findings) {
    process.stdout.write(`${ok ? "✓" : "✗"} ${name.padEnd(width)}  ${detail}\n`);
    if (enable) process.stdout.write(`  ${" ".repeat(width)}  → ${enable}\n`);
  }
  return 0;
}

async function examine(): Promise<Finding[]> {
  const host = HostKernel.here();
  const system = ffi();
  const all = engines();
  const { profile, probed } = host.profile;
  const features = [...profile.features].join(", ") || "none";
  const exact = host.facts.exact.join(", ") || "nothing";
  return [
    { name: "anycallc", ok: true, detail: `${await version()}, Node ${process.versions.node}` },
    { name: "koffi", ok: !isMissing(system), detail: isMissing(system) ? system.reason : "system calls can be made from Node", ...(isMissing(system) && { enable: "npm install koffi" }) },
    { name: "kernel", ok: true, detail: `${profile.version.join(".")} (${process.platform}); ${probed ? "probed" : "by version"}: ${features}` },
    { name: "kernel BTF", ok: kernelBtf() !== undefined, detail: kernelBtf() ? "/sys/kernel/btf/vmlinux" : "not readable: kernel functions can't be checked" },
    { name: "exact helpers", ok: host.facts.exact.length > 0, detail: `established: ${exact}` },
    ...(Object.keys(all) as EngineName[]).map((name) => engineFinding(name, all[name].probe())),
  ];
}

const ENABLE: Readonly<Record<EngineName, string | undefined>> = {
  module: "make -C kernel/module && sudo insmod kernel/module/anycall.ko (docs/module.md)",
  stock: "run as root: sudo anycallc …",
  user: undefined,
};

function engineFinding(name: EngineName, probe: Probe): Finding {
  const lacks = probe.ok && probe.missingRows.length > 0 ? `; not: ${probe.missingRows.length} operations that only the module or user can do` : "";
  const enable = probe.ok ? undefined : ENABLE[name];
  return { name: `engine ${name}`, ok: probe.ok, detail: `${probe.reason}${lacks}`, ...(enable && { enable }) };
}
