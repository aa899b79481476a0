/** Engine `stock`: what it refuses, under which code, and what a refusal leaves behind. */
import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as asm from "../../backend-ebpf/isa/asm.ts";
import { helperId } from "../../kernel/abi/helpers.ts";
import type { ProgramMeta } from "../../kernel/abi/meta.ts";
import { HostKernel } from "../../kernel/bpf/host-kernel.ts";
import { StockEngine } from "../../kernel/bpf/stock.ts";
import { SAMPLES } from "../codegen/programs.ts";
import { accepting, compileText, handMade, noBpf } from "./support.ts";

const { R0, R1, R2 } = asm;
const OK = [asm.mov64(R0, 0), asm.exit()];
const meta = (parts: Partial<ProgramMeta>): ProgramMeta => ({
  name: "Logs.read", symbol: "main", signature: { params: [], result: { kind: "void" }, resultOffset: 8 }, sites: [], faults: [], moduleOnly: [], exact: [], instructions: 0, ...parts,
});
const openFiles = () => readdirSync("/proc/self/fd").length;

describe.skipIf(noBpf !== "")(`engine stock${noBpf && `: ${noBpf}`}`, () => {
  const stock = new StockEngine();

  test("operations of the module", () => {
    const object = handMade(OK, { meta: meta({ moduleOnly: ["sys.read", "sys.openat"] }) });
    expect(() => stock.load(object)).toThrow(expect.objectContaining({ code: "AC4003", message: "Logs.read needs sys.read, sys.openat, which no stock kernel has" }));
    const foreign = handMade([asm.callKfunc(0), ...OK], { kfuncs: [{ name: "anycall_getppid", from: "anycall", btfId: 0 }] });
    expect(() => stock.load(foreign)).toThrow(expect.objectContaining({ code: "AC4003", message: expect.stringContaining("anycall_getppid") }));
  });

  test("answers that would not be exact here", () => {
    const kernel = new HostKernel();
    Object.defineProperty(kernel, "facts", { value: { pidNamespace: undefined, exact: ["initial-time-namespace"] } });
    const object = handMade(OK, { meta: meta({ exact: ["pid-namespace", "initial-time-namespace"] }) });
    expect(() => new StockEngine(kernel).load(object)).toThrow(expect.objectContaining({ code: "AC4004", message: expect.stringMatching(/established: pid-namespace\)/) }));
    expect(new StockEngine(kernel).load(handMade(OK, { meta: meta({ exact: ["initial-time-namespace"] }) })).call("main", 0)).toBe("OK");
  });

  test("kernel functions under another license", () => {
    const object = handMade([asm.callKfunc(0), ...OK], { kfuncs: [{ name: "bpf_rcu_read_lock", from: "vmlinux", btfId: 1 }] });
    const proprietary = { ...object, programs: object.programs.map((program) => ({ ...program, license: "Proprietary" })) };
    expect(() => stock.load(proprietary)).toThrow(expect.objectContaining({ code: "AC4023", message: expect.stringContaining("bpf_rcu_read_lock") }));
    const helper = handMade([asm.callHelper(helperId("get_current_task")!), ...OK]);
    for (const [license, code] of [["MIT", "AC4023"], ["Dual MIT/GPL", undefined]] as const) {
      const load = () => stock.load({ ...helper, programs: helper.programs.map((program) => ({ ...program, license })) }).close();
      if (code) expect(load).toThrow(expect.objectContaining({ code }));
      else load();
    }
    stock.load({ ...handMade(OK), programs: handMade(OK).programs.map((program) => ({ ...program, license: "MIT" })) }).close();
  });

  test("only the programs asked for count", () => {
    const object = handMade(OK);
    const two = { ...object, programs: [object.programs[0]!, { ...object.programs[0]!, name: "files", meta: meta({ moduleOnly: ["sys.read"] }) }] };
    expect(() => stock.load(two)).toThrow(expect.objectContaining({ code: "AC4003" }));
    const instance = stock.load(two, { programs: ["main"] });
    expect(instance.call("main", 0)).toBe("OK");
    expect(() => instance.call("files", 0)).toThrow(expect.objectContaining({ code: "AC4019" }));
    instance.close();
    expect(() => instance.call("main", 0)).toThrow(expect.objectContaining({ code: "AC4019" }));
  });

  test("what the kernel's verifier refuses, with its words, leaving nothing open", () => {
    const before = openFiles();
    const wild = handMade([asm.mov64(R0, R2), asm.exit()]);
    expect(() => stock.load(wild)).toThrow(expect.objectContaining({ code: "AC4012", message: "the kernel refuses main: R2 !read_ok", errno: 13, log: expect.stringContaining("0: (bf) r0 = r2") }));
    expect(openFiles()).toBe(before);
  });

  test("a refusal of what the simulator accepts is a bug of ours and says so", () => {
    const judged = new StockEngine(HostKernel.here(), accepting);
    expect(() => judged.load(handMade([asm.mov64(R0, R2), asm.exit()]))).toThrow(expect.objectContaining({ code: "AC4022", message: expect.stringContaining("report") }));
    const agreed = new StockEngine(HostKernel.here(), () => ({ verdict: "UNKNOWN", reason: "x", insn: 0, processed: 0, stackDepth: [], log: [] }));
    expect(() => agreed.load(handMade([asm.mov64(R0, R2), asm.exit()]))).toThrow(expect.objectContaining({ code: "AC4012" }));
  });

  test("an instance gives back its descriptors; arrays that are held go on", () => {
    const { linked } = compileText(SAMPLES.find(({ name }) => name === "bytes")!.text)!;
    const before = openFiles();
    const instance = stock.load(linked);
    expect(openFiles()).toBeGreaterThan(before);
    instance.bss[100] = 7;
    instance.close();
    instance.close();
    expect(openFiles()).toBe(before);
    expect(instance.bss[100]).toBe(7);
  });

  test("what is no status is no result", () => {
    const instance = stock.load(handMade([asm.mov64(R0, 77), asm.exit()]));
    expect(() => instance.call("main", 0)).toThrow(expect.objectContaining({ code: "AC4005" }));
    instance.close();
  });

  test("read-only data is there and stays as it is", () => {
    const rodata = { name: ".rodata", section: ".rodata" as const, type: 2, keySize: 4, valueSize: 8, maxEntries: 1, flags: 1024 | 128, initial: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0), frozen: true };
    const instance = stock.load(handMade([...asm.ldpseudo(R1, "map_value", 1), asm.load(64, R0, R1, 0), asm.exit()], { maps: [rodata] }));
    expect(instance.call("main", 0)).toBe("OK");
    instance.close();
    const writing = handMade([...asm.ldpseudo(R1, "map_value", 1), asm.store(64, R1, 0, 1), ...OK], { maps: [rodata] });
    expect(() => stock.load(writing)).toThrow(expect.objectContaining({ code: "AC4012" }));
  });
});
