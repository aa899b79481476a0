/** The running kernel's verifier accepts generated code, and the kernel computes what the reference interpreter does. */
import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { generate } from "../../backend-ebpf/codegen/index.ts";
import type { Insn } from "../../backend-ebpf/isa/insn.ts";
import { checkModule } from "../../ir/check.ts";
import { parseModule } from "../../ir/parse.ts";
import { ENV } from "../../kernel/abi/frame.ts";
import type { Host } from "../../kernel/abi/host.ts";
import { type KernelProfile, PROFILES, profileOf } from "../../kernel/abi/profiles.ts";
import { compare } from "./compare.ts";
import { openKernel } from "./kernel.ts";
import { fillOf, SAMPLES, type Sample } from "./programs.ts";

const kernel = openKernel();
const why = typeof kernel === "string" ? kernel : "";
const needsVmlinux = existsSync("/sys/kernel/btf/vmlinux") ? "" : "no /sys/kernel/btf/vmlinux";

/** A 6.6 host: instruction set v4 and bpf_iter_num, but no may_goto. */
const ITERATORS = profileOf("host", [6, 6]);
const compile = (sample: Sample, profile: KernelProfile) => {
  const module = parseModule(sample.text);
  expect(checkModule(module)).toEqual([]);
  return { module, ...generate(module, { profile, license: "GPL", compiler: "test", sources: new Map() }) };
};
const host: Host = {
  call: (row) => {
    if (row.name === "getpid") return BigInt(process.pid);
    if (row.name === "getuid") return BigInt(process.getuid!());
    return BigInt(process.getgid!());
  },
};

describe.skipIf(why !== "")(`the running kernel${why && `: ${why}`}`, () => {
  const ask = typeof kernel === "string" ? undefined! : kernel;
  for (const profile of [...PROFILES, ITERATORS]) {
    describe(`code for ${profile === ITERATORS ? "6.6 (bpf_iter_num)" : profile.name}`, () => {
      for (const sample of SAMPLES) {
        const { module, object, diagnostics, loops } = compile(sample, profile);
        if (diagnostics.length > 0) {
          test(`${sample.name} is refused for its loops alone`, () => {
            expect(profile.name).toBe("6.1");
            expect(new Set(diagnostics.map((d) => d.code))).toEqual(new Set(["AC3001"]));
          });
          continue;
        }
        const iterates = loops.some((l) => l.form === "iter_num");
        test.skipIf(iterates && needsVmlinux !== "")(`${sample.name}: accepted, and right in every run`, () => {
          const loaded = ask.load(object, 0);
          try {
            expect(loaded.verified.ok, loaded.verified.ok ? "" : ask.load(object, 0, 1).verified.log.split("\n").slice(-20).join("\n")).toBe(true);
            // Loops with a feature of the kernel converge: the verifier does not follow rounds.
            if (loops.length > 0 && loops.every((l) => l.form !== "plain")) expect(loaded.verified.processed).toBeLessThan(1000);
            for (const run of sample.runs) {
              const regions = fillOf(sample, (id) => module.regions.get(id)!.size);
              const inputs = { args: run.map(BigInt), regions };
              expect(compare(module, sample.name, object.meta, loaded, inputs, host), `${sample.name}(${run.join(", ")})`).toEqual([]);
            }
          } finally {
            loaded.close();
          }
        });
      }
    });
  }

  test("a frame beyond the last one ends with FAULT", () => {
    const { object } = compile(SAMPLES.find((s) => s.name === "locals")!, PROFILES[0]!);
    const loaded = ask.load(object, 0);
    const { frameSize, frameSlots } = object.meta.memory;
    expect(loaded.run(frameSize * (frameSlots - 1))).toBe(0);
    expect(loaded.run(frameSize * (frameSlots - 1) + 1)).toBe(3);
    loaded.close();
  });

  test("the test would see a wrong program: a counter that the verifier can follow is refused", () => {
    // The same code with the hidden zeros replaced by a constant: may_goto alone does not make the loop converge.
    const { object } = compile(SAMPLES.find((s) => s.name === "words")!, PROFILES[2]!);
    const [unit] = object.programs;
    const zero = unit!.relocations.find((r) => r.kind === "data" && r.section === ".bss" && r.addend === 0)!.insn;
    const loadsZero = (insn: Insn) => insn.opcode === 0x79 && insn.off === ENV.zero && insn.src === unit!.insns[zero]!.dst;
    expect(unit!.insns.filter(loadsZero).length).toBeGreaterThan(1);
    const insns = unit!.insns.map((insn) => (loadsZero(insn) ? { opcode: 0xb7, dst: insn.dst, src: 0, off: 0, imm: 0 } : insn));
    const loaded = ask.load({ ...object, programs: [{ ...unit!, insns }] }, 0);
    expect(loaded.verified.ok).toBe(false);
    loaded.close();
  });
});
