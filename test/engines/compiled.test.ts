/** Compiled programs in every engine of the product: the same status, result and memory as the IR's interpreter gives. */
import { describe, expect, test } from "vitest";
import type { Host } from "../../kernel/abi/host.ts";
import { STATUS } from "../../kernel/abi/frame.ts";
import { PROFILES, profileOf } from "../../kernel/abi/profiles.ts";
import { StockEngine } from "../../kernel/bpf/stock.ts";
import type { LinkedProgram } from "../../backend-ebpf/object/index.ts";
import { helperId } from "../../kernel/abi/helpers.ts";
import type { Verify } from "../../verifier-sim/types.ts";
import type { Engine } from "../../kernel/engine.ts";
import { UserEngine } from "../../kernel/user-engine/engine.ts";
import { verify } from "../../verifier-sim/index.ts";
import { compare } from "../codegen/compare.ts";
import { fillOf, SAMPLES } from "../codegen/programs.ts";
import { compileText, noBpf } from "./support.ts";

/** Answers as this process would. */
const host: Host = {
  call: (row) => {
    if (row.name === "getpid") return BigInt(process.pid);
    if (row.name === "getuid") return BigInt(process.getuid!());
    if (row.name === "getgid") return BigInt(process.getgid!());
    throw new Error(`${row.name} is not expected`);
  },
};
const TARGETS = [...PROFILES, profileOf("host", [6, 6])];

/** Callbacks of bpf_loop may not be modelled: these programs are known to be safe, and the running kernel verifies the same ones. */
const orUnknown: Verify = (program, options) => {
  const verdict = verify(program, options);
  return verdict.verdict === "UNKNOWN" && calls(program, BPF_LOOP) ? { verdict: "ACCEPT", processed: 0, stackDepth: [], log: [] } : verdict;
};
const BPF_LOOP = helperId("loop");
const calls = ({ insns }: LinkedProgram, helper: number | undefined) => insns.some(({ opcode, src, imm }) => opcode === 0x85 && src === 0 && imm === helper);

const ENGINES: readonly { readonly name: string; readonly engine: Engine; readonly why: string; readonly host?: Host }[] = [
  { name: "stock", engine: new StockEngine(), why: noBpf },
  { name: "user on this process's system calls", engine: new UserEngine(orUnknown), why: "" },
  { name: "user on a given host", engine: new UserEngine(orUnknown), why: "", host },
];

describe.each(ENGINES)("engine $name", ({ engine, why, host: given }) => {
  for (const profile of TARGETS) {
    test.for(SAMPLES)(`$name for ${profile.version.join(".")}`, (sample, context) => {
      if (why) return context.skip(why);
      const compiled = compileText(sample.text, profile);
      if (!compiled) throw new Error(`${profile.name} has no form for the loop`);
      const { module, linked } = compiled;
      const instance = engine.load(linked, given ? { host: given } : {});
      try {
        const machine = { bss: instance.bss, data: instance.data, run: (offset: number) => STATUS[instance.call(linked.programs[0]!.name, offset)] };
        for (const run of sample.runs) {
          const regions = fillOf(sample, (id) => module.regions.get(id)!.size);
          expect(compare(module, sample.name, linked.meta!, machine, { args: run.map(BigInt), regions }, host), run.join()).toEqual([]);
        }
      } finally {
        instance.close();
      }
    });
  }
});
