/** The log's dialect against the running kernel: every form that a verifier log can show is printed as the kernel prints it. */
import { describe, expect, it } from "vitest";
import { helperName } from "../../kernel/abi/helpers.ts";
import { kernelLoader } from "../../test/support/bpf-load.ts";
import { build, callHelper, exit, ldimm64, mov64, R0, R1, R2, R10, store } from "./asm.ts";
import { formatLogInsn } from "./disasm.ts";
import { encode, type Insn } from "./insn.ts";
import { type Form, FORMS, isWide } from "./opcodes.ts";

const loader = kernelLoader();

/** A verifiable setting for `form`: r1 and r2 hold 1 or the stack's address, and jumps land on the exit. */
function program(form: Form): { readonly insns: Insn[]; readonly at: number } {
  const { kind } = form.action;
  const memory = ["load", "store", "atomic", "load_acquire", "store_release"].includes(kind);
  const loads = kind === "load" || kind === "load_acquire";
  const before = [store(64, R10, -8, 0), mov64(R0, 0), mov64(R1, 1), mov64(R2, 1)];
  const base = loads ? { dst: 1, src: 10 } : { dst: 10, src: 2 };
  const operands: Record<string, number> = memory ? { ...base, off: -8 } : { dst: 1, src: 2, imm: 5 };
  const used = Object.fromEntries(form.operands.filter((field) => field in operands).map((field) => [field, operands[field]!]));
  const insn = build(form, used);
  const insns = [...before, insn, ...(isWide(insn) ? [ldimm64(R0, 7n << 32n)[1]] : []), mov64(R0, 0), exit()];
  return { insns, at: before.length };
}

/** Forms that need what a bare program lacks, or that the kernel refuses before it prints anything. */
const NOT_SHOWN = (form: Form) =>
  ["packet", "call", "callx", "addr_space_cast", "percpu_address", "exit", "gotol"].includes(form.action.kind) || (form.action.kind === "ldimm64" && form.action.pseudo !== "imm64");

describe("the kernel's log", () => {
  it("prints instructions as formatLogInsn does", (context) => {
    if ("reason" in loader) return context.skip(loader.reason);
    const shown: string[] = [];
    const different: string[] = [];
    const missing: string[] = [];
    for (const form of FORMS.filter((candidate) => !NOT_SHOWN(candidate))) {
      const { insns, at } = program(form);
      const { log } = loader.load(encode(insns), 2);
      // The text after the second space-separated `;` is the state, which is not the disassembler's.
      const line = new RegExp(`^${at}: (.*?)(?: +;.*| +\\d+: R.*)?$`, "m").exec(log.replace(/^\d+: R\d.*$/gm, ""))?.[1];
      if (line === undefined) missing.push(form.name);
      else if (line === formatLogInsn(insns, at)) shown.push(form.name);
      else different.push(`${form.name}: kernel ${line}, ours ${formatLogInsn(insns, at)}`);
    }
    expect(different).toEqual([]);
    // Kernels before 6.6 don't know ISA v4, and before 6.14 no load-acquire: those never reach the log.
    expect(missing.filter((name) => FORMS.find((form) => form.name === name)!.isa < 4)).toEqual([]);
    return expect(shown.length).toBeGreaterThan(150);
  });

  it("prints helpers by name", (context) => {
    if ("reason" in loader) return context.skip(loader.reason);
    const insns = [callHelper(5), mov64(R0, 0), exit()];
    const { log } = loader.load(encode(insns), 2);
    return expect(log).toContain(`0: ${formatLogInsn(insns, 0, { helper: helperName })} `);
  });
});
