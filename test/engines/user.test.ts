/** Engine `user` by hand-made programs: refusals, budgets, helpers, maps, iterators, hosts that call back. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as asm from "../../backend-ebpf/isa/asm.ts";
import type { Insn } from "../../backend-ebpf/isa/insn.ts";
import type { MapDef } from "../../backend-ebpf/object/index.ts";
import { E } from "../../kernel/abi/errno.ts";
import { FRAME_SLOTS } from "../../kernel/abi/frame.ts";
import { helperId } from "../../kernel/abi/helpers.ts";
import type { Host } from "../../kernel/abi/host.ts";
import { MAP_TYPE } from "../../kernel/abi/maps.ts";
import type { ProgramMeta } from "../../kernel/abi/meta.ts";
import { StockEngine } from "../../kernel/bpf/stock.ts";
import { pidNamespace } from "../../kernel/bpf/namespaces.ts";
import type { Engine, LoadOptions } from "../../kernel/engine.ts";
import { ffi, isMissing } from "../../kernel/ffi.ts";
import { Budget, TIME_LIMIT } from "../../kernel/user-engine/budget.ts";
import { UserEngine } from "../../kernel/user-engine/engine.ts";
import { verify } from "../../verifier-sim/index.ts";
import type { Verify } from "../../verifier-sim/types.ts";
import { ScriptedHost } from "../support/scripted-host.ts";
import { accepting, handMade, type HandMade, noBpf } from "./support.ts";

const { R0, R1, R2, R3, R4, R5, R6, R7, R8, R9, R10 } = asm;
const user = new UserEngine(accepting);
/** Where programs of these tests leave 64-bit results in `.bss`. */
const OUT = 256;
const RETURN_OK = [asm.mov64(R0, 0), asm.exit()];
const bss = (reg: asm.Reg, offset = 0) => asm.ldpseudo(reg, "map_value", 0, offset);
/** `*(u64 *)(.bss + OUT + 8 * index) = r0`; uses r1. */
const out = (index: number) => [...bss(R1, OUT + 8 * index), asm.store(64, R1, 0, R0)];
const helper = (name: string) => asm.callHelper(helperId(name)!);
const meta = (parts: Partial<ProgramMeta>): ProgramMeta => ({
  name: "main", symbol: "main", signature: { params: [], result: { kind: "void" }, resultOffset: 8 }, sites: [], faults: [], moduleOnly: [], exact: [], instructions: 0, ...parts,
});
const kfunc = (name: string) => ({ name, from: "anycall" as const, btfId: 0 });

/** Runs `main` once and gives the first `count` results. */
function run(engine: Engine, insns: readonly Insn[], count: number, made: HandMade = {}, options: LoadOptions = {}): bigint[] {
  const instance = engine.load(handMade(insns, made), options);
  try {
    expect(instance.call("main", 0)).toBe("OK");
    const view = new DataView(instance.bss.buffer, instance.bss.byteOffset);
    return Array.from({ length: count }, (_, i) => view.getBigInt64(OUT + 8 * i, true));
  } finally {
    instance.close();
  }
}

describe("what it refuses", () => {
  const refusing: Verify = () => ({ verdict: "REJECT", processed: 3, stackDepth: [0], log: ["R1 !read_ok"], error: "R1 !read_ok", insn: 2, failure: { rule: "r", class: "your code", path: [] } });
  const unsure: Verify = () => ({ verdict: "UNKNOWN", processed: 3, stackDepth: [0], log: [], reason: "dynptr", insn: 1 });

  test("what the simulator refuses, with its log", () => {
    expect(() => new UserEngine(refusing).load(handMade(RETURN_OK))).toThrow(expect.objectContaining({ code: "AC4010", log: "R1 !read_ok", message: "main: R1 !read_ok (instruction 2)" }));
  });
  test("what the simulator doesn't model", () => {
    expect(() => new UserEngine(unsure).load(handMade(RETURN_OK))).toThrow(expect.objectContaining({ code: "AC4011" }));
  });
  test("by the real simulator: what is not proven does not run", () => {
    const engine = new UserEngine(verify);
    expect(() => engine.load(handMade([asm.mov64(R0, R2), asm.exit()]))).toThrow(expect.objectContaining({ code: "AC4010", message: expect.stringContaining("R2 !read_ok") }));
    expect(() => engine.load(handMade([...bss(R1, 4096 - 4), asm.load(64, R0, R1, 0), ...RETURN_OK]))).toThrow(expect.objectContaining({ code: "AC4010" }));
    expect(engine.load(handMade([...bss(R1, 4096 - 8), asm.load(64, R0, R1, 0), ...RETURN_OK])).call("main", 0)).toBe("OK");
  });
  test("without koffi: system calls; programs that make none run", () => {
    const engine = new UserEngine(accepting, () => ({ reason: "no koffi" }));
    expect(engine.load(handMade(RETURN_OK)).call("main", 0)).toBe("OK");
    const calling = handMade([asm.callKfunc(0), ...RETURN_OK], { kfuncs: [kfunc("anycall_getpid")] });
    expect(() => engine.load(calling)).toThrow(expect.objectContaining({ code: "AC4014" }));
    expect(engine.load(calling, { host: { call: () => 1n } }).call("main", 0)).toBe("OK");
  });
  test("every program of the object is shown to the simulator, and no other when some are named", () => {
    const seen: string[] = [];
    const noting: Verify = (program, options) => {
      seen.push(program.name);
      return accepting(program, options);
    };
    const object = handMade(RETURN_OK);
    const two = { ...object, programs: [object.programs[0]!, { ...object.programs[0]!, name: "other" }] };
    new UserEngine(noting).load(two);
    new UserEngine(noting).load(two, { programs: ["other"] });
    expect(seen).toEqual(["main", "other", "other"]);
    expect(() => new UserEngine(noting).load(two, { programs: ["third"] })).toThrow(expect.objectContaining({ code: "AC4019" }));
  });
  const ring: MapDef = { name: "events", type: MAP_TYPE.RINGBUF, keySize: 0, valueSize: 0, maxEntries: 4096, flags: 0 };
  test.each<[string, readonly Insn[], HandMade, RegExp]>([
    ["a helper that exists only in the kernel", [helper("get_current_task"), ...RETURN_OK], {}, /bpf_get_current_task/],
    ["a kernel function that exists only in the kernel", [asm.callKfunc(0), ...RETURN_OK], { kfuncs: [kfunc("bpf_rcu_read_lock")] }, /bpf_rcu_read_lock/],
    ["a map that exists only in the kernel", [...asm.ldpseudo(R1, "map_fd", 1), ...RETURN_OK], { maps: [ring] }, /events/],
    ["an address of the kernel", [...asm.ldpseudo(R1, "btf_var", 7), ...RETURN_OK], {}, /btf_var/],
    ["a call by register", [asm.mov64(R2, 5), asm.callIndirect(R2), ...RETURN_OK], {}, /can't be made/],
    ["an arena pointer", [asm.addrSpaceCast(R2, R1, 0, 1), ...RETURN_OK], {}, /only in the kernel/],
    ["maps beyond its memory", RETURN_OK, { bssSize: 2 ** 31 }, /at most/],
  ])("%s", (_, insns, made, message) => {
    expect(() => user.load(handMade(insns, made))).toThrow(expect.objectContaining({ code: "AC4015", message: expect.stringMatching(message) }));
  });
  test("a map that no program uses is no reason", () => {
    expect(user.load(handMade(RETURN_OK, { maps: [ring] })).call("main", 0)).toBe("OK");
  });
  test("calls after close", () => {
    const instance = user.load(handMade(RETURN_OK));
    instance.close();
    expect(() => instance.call("main", 0)).toThrow(expect.objectContaining({ code: "AC4019" }));
  });
});

describe("the budget of loops", () => {
  /** Counts rounds in r6 until may_goto leaves. */
  const endless = [asm.mov64(R6, 0), asm.mayGoto(2), asm.add64(R6, 1), asm.goto(-3), asm.mov64(R0, R6), ...out(0), ...RETURN_OK];

  test.each([0, 1, 7, 70_000, 200_000])("%d rounds", (rounds) => {
    expect(run(user, endless, 1, {}, { rounds })).toEqual([BigInt(rounds)]);
  });
  test("each call has its own, and what is left is left for all loops of a call", () => {
    const twice = [asm.mov64(R6, 0), asm.mayGoto(3), asm.add64(R6, 1), asm.jsge(R6, 4, 1), asm.goto(-4), asm.mov64(R7, 0), asm.mayGoto(2), asm.add64(R7, 1), asm.goto(-3), asm.mov64(R0, R6), ...out(0), asm.mov64(R0, R7), ...out(1), ...RETURN_OK];
    const instance = user.load(handMade(twice), { rounds: 10 });
    const view = new DataView(instance.bss.buffer, instance.bss.byteOffset);
    for (let i = 0; i < 3; i++) {
      instance.call("main", 0);
      expect([view.getBigInt64(OUT, true), view.getBigInt64(OUT + 8, true)]).toEqual([4n, 6n]);
    }
  });
  test("time, where no rounds are given: looked at every 65,536 rounds from the first refill on", () => {
    let now = 5000;
    const budget = new Budget(undefined, () => now);
    expect(budget.start()).toBe(65536);
    expect(budget.more()).toBe(65536);
    now += TIME_LIMIT - 1;
    expect(budget.more()).toBe(65536);
    now += 1;
    expect([budget.more(), budget.more()]).toEqual([0, 0]);
    expect(budget.start()).toBe(65536);
    expect(budget.more()).toBe(65536);
  });
  test("more rounds than a 32-bit counter holds come in parts", () => {
    const budget = new Budget(2 ** 32);
    const parts = [budget.start(), budget.more(), budget.more(), budget.more()];
    expect(parts.reduce((sum, part) => sum + part)).toBe(2 ** 32);
    expect(budget.more()).toBe(0);
  });
  test("a number of rounds that is none is refused", () => {
    for (const rounds of [-1, 0.5, Number.NaN]) expect(() => user.load(handMade(RETURN_OK), { rounds })).toThrow(RangeError);
  });
});

describe("the number iterator", () => {
  const kfuncs = ["bpf_iter_num_new", "bpf_iter_num_next", "bpf_iter_num_destroy"].map(kfunc);
  const at = [asm.mov64(R1, R10), asm.add64(R1, -8)];
  /** Sums the numbers in [start, end) into result 0; result 1 is what `new` gave, result 2 the number of rounds. */
  const sum = (start: number, end: number) => {
    const body = [asm.load(32, R1, R0, 0), asm.lsh64(R1, 32), asm.arsh64(R1, 32), asm.add64(R6, R1), asm.add64(R7, 1)];
    const next = [...at, asm.callKfunc(1)];
    return [
      asm.mov64(R6, 0), asm.mov64(R7, 0), ...at, asm.mov64(R2, start), asm.mov64(R3, end), asm.callKfunc(0), asm.lsh64(R0, 32), asm.arsh64(R0, 32), ...out(1),
      ...next, asm.jeq(R0, 0, body.length + 1), ...body, asm.goto(-(body.length + 2 + next.length)),
      ...at, asm.callKfunc(2), asm.mov64(R0, R6), ...out(0), asm.mov64(R0, R7), ...out(2), ...RETURN_OK,
    ];
  };
  test.each([
    [0, 5, [10n, 0n, 5n]],
    [-3, 2, [-5n, 0n, 5n]],
    [4, 4, [0n, 0n, 0n]],
    [5, 4, [0n, BigInt(-E.INVAL), 0n]],
    [0, 8 * 1024 * 1024 + 1, [0n, BigInt(-E["2BIG"]), 0n]],
    [-0x80000000, 0x7fffffff, [0n, BigInt(-E["2BIG"]), 0n]],
    [-0x80000000, -0x7ffffffe, [-0x80000000n - 0x7fffffffn, 0n, 2n]],
    [0x7ffffffd, 0x7fffffff, [0x7ffffffdn + 0x7ffffffen, 0n, 2n]],
  ] as const)("[%d, %d)", (start, end, wanted) => {
    expect(run(user, sum(start, end), 3, { kfuncs })).toEqual(wanted);
  });
  test("rounds end it in programs of our compiler, which tell the two ends apart, and in no others", () => {
    expect(run(user, sum(0, 100), 3, { kfuncs, meta: meta({}) }, { rounds: 10 })).toEqual([45n, 0n, 10n]);
    expect(run(user, sum(0, 100), 3, { kfuncs }, { rounds: 10 })).toEqual([4950n, 0n, 100n]);
  });
});

describe("maps", () => {
  const array: MapDef = { name: "a", type: MAP_TYPE.ARRAY, keySize: 4, valueSize: 12, maxEntries: 3, flags: 0 };
  const hash: MapDef = { name: "h", type: MAP_TYPE.HASH, keySize: 8, valueSize: 8, maxEntries: 2, flags: 0 };
  /** Key in the 8 bytes below r10, value in the 16 below that. */
  const key = (value: number) => asm.store(64, R10, -8, value);
  const value = (first: number) => [asm.store(64, R10, -24, first), asm.store(64, R10, -16, first)];
  const operands = (map: number) => [...asm.ldpseudo(R1, "map_fd", map), asm.mov64(R2, R10), asm.add64(R2, -8)];
  const update = (map: number, flags: number) => [...operands(map), asm.mov64(R3, R10), asm.add64(R3, -24), asm.mov64(R4, flags), helper("map_update_elem")];
  const remove = (map: number) => [...operands(map), helper("map_delete_elem")];
  /** The first 8 bytes of the value, -1 if there is none. */
  const lookup = (map: number) => [...operands(map), helper("map_lookup_elem"), asm.jne(R0, 0, 2), asm.mov64(R0, -1), asm.goto(1), asm.load(64, R0, R0, 0)];
  const program = [
    [key(2), ...value(70), ...update(1, 0)], [...lookup(1)], [key(3), ...lookup(1)], [...update(1, 0)], [key(1), ...update(1, 1)], [...remove(1)], [...update(1, 8)],
    [key(10), ...value(5), ...lookup(2)], [...update(2, 2)], [...update(2, 0)], [...lookup(2)], [...update(2, 1)], [...value(6), ...update(2, 2)], [...lookup(2)],
    [key(11), ...update(2, 1)], [key(12), ...update(2, 0)], [key(10), ...remove(2)], [...remove(2)], [key(12), ...update(2, 0)], [...lookup(2)], [key(11), ...lookup(2)],
  ] as const;
  const insns = [...program.flatMap((part, i) => [...part, ...out(i)]), ...RETURN_OK];
  const wanted = [0, 70, -1, -E["2BIG"], -E.EXIST, -E.INVAL, -E.INVAL, -1, -E.NOENT, 0, 5, -E.EXIST, 0, 6, 0, -E["2BIG"], 0, -E.NOENT, 0, 6, 6].map(BigInt);

  test("array and hash, in user", () => {
    expect(run(user, insns, wanted.length, { maps: [array, hash] })).toEqual(wanted);
  });
  test("the kernel agrees", (context) => {
    if (noBpf) return context.skip(noBpf);
    expect(run(new StockEngine(), insns, wanted.length, { maps: [array, hash] })).toEqual(wanted);
  });
});

describe("helpers", () => {
  const namespace = pidNamespace()!;
  const pidCall = (dev: bigint, ino: bigint) => [asm.store(64, R10, -8, 0), ...asm.ldimm64(R1, dev), ...asm.ldimm64(R2, ino), asm.mov64(R3, R10), asm.add64(R3, -8), asm.mov64(R4, 8), helper("get_ns_current_pid_tgid")];
  const pids = [...pidCall(namespace.dev, namespace.ino), ...out(0), asm.load(32, R0, R10, -8), ...out(1), asm.load(32, R0, R10, -4), ...out(2)];
  const insns = [
    ...pids, ...pidCall(namespace.dev, namespace.ino + 1n), ...out(3), asm.load(64, R0, R10, -8), ...out(4), helper("get_current_uid_gid"), ...out(5),
    asm.mov64(R1, 12345), helper("sys_close"), ...out(6), ...RETURN_OK,
  ];

  test("user asks the system what the kernel answers itself", (context) => {
    if (noBpf) return context.skip(noBpf);
    const byKernel = run(new StockEngine(), insns, 7);
    expect(run(user, insns, 7)).toEqual(byKernel);
    expect(byKernel.slice(0, 4)).toEqual([0n, BigInt(process.pid), BigInt(process.pid), BigInt(-E.INVAL)]);
    expect(byKernel[6]).toBe(BigInt(-E.BADF));
  });
  test("clocks run", () => {
    const clocks = [helper("ktime_get_ns"), ...out(0), helper("ktime_get_boot_ns"), ...out(1), ...RETURN_OK];
    const before = process.hrtime.bigint();
    const [monotonic, boot] = run(user, clocks, 2) as [bigint, bigint];
    expect(monotonic >= before && monotonic <= process.hrtime.bigint()).toBe(true);
    expect(boot >= monotonic - 1_000_000_000n).toBe(true);
  });
  test("a site with a row does that row on the host, and nothing else", () => {
    const host = new ScriptedHost({ ids: { pid: 7, tid: 8, uid: 9, gid: 10 } });
    const calls = ["sys.getpid", "sys.gettid", "sys.getuid", "sys.getgid", "sys.clock_gettime", "sys.close"] as const;
    const pid = pidCall(1n, 2n);
    const parts = [
      [...pid, asm.load(32, R0, R10, -4)], [...pid, asm.load(32, R0, R10, -8)], [helper("get_current_uid_gid"), asm.mov32(R0, R0)], [helper("get_current_uid_gid"), asm.rsh64(R0, 32)],
      [helper("ktime_get_boot_ns")], [asm.mov64(R1, 77), helper("sys_close")],
    ];
    let at = 0;
    const sites = parts.map((part, i) => {
      const insn = at + part.findIndex(({ opcode }) => opcode === helper("sys_close").opcode);
      at += part.length + out(0).length;
      return { insn, op: calls[i]! };
    });
    const results = run(user, [...parts.flatMap((part, i) => [...part, ...out(i)]), ...RETURN_OK], 6, { meta: meta({ sites }) }, { host });
    expect(host.trace.map(({ op }) => op)).toEqual(calls);
    expect(host.trace[4]!.args[0]).toBe(7n);
    expect(results.slice(0, 4)).toEqual([7n, 8n, 9n, 10n]);
    expect(results[4]! > 0n).toBe(true);
    expect(results[5]).toBe(BigInt(-E.BADF));
  });
});

describe("system calls of this process", () => {
  const noFfi = ((found) => (isMissing(found) ? found.reason : ""))(ffi());
  const kfuncs = ["anycall_open", "anycall_file_read", "anycall_file_stat", "anycall_file_put"].map(kfunc);
  /** Reads 5 bytes to .bss + 512 and stats to .bss + 600 by the handle in r8, then releases it. */
  const opened = [
    asm.mov64(R1, R8), asm.mov64(R2, R6), asm.add64(R2, 512), asm.mov64(R3, 5), asm.mov64(R4, -1), asm.callKfunc(1), ...out(1),
    asm.mov64(R1, R8), asm.mov64(R2, R6), asm.add64(R2, 600), asm.callKfunc(2), ...out(2),
    asm.mov64(R1, R8), asm.callKfunc(3), asm.mov64(R0, 1), ...out(3),
  ];
  /** Opens the path at .bss + 1024, as long as the first word of .bss says; the error goes to .bss + 8. */
  const program = [
    ...bss(R6), asm.load(64, R2, R6, 0), asm.mov64(R1, R6), asm.add64(R1, 1024), asm.mov64(R3, 0), asm.mov64(R4, 0), asm.mov64(R5, R6), asm.add64(R5, 8),
    asm.callKfunc(0), asm.mov64(R8, R0), ...out(0), asm.jeq(R8, 0, opened.length), ...opened, ...RETURN_OK,
  ];
  test("work on the program's own memory: paths with and without a terminator, buffers, structs, errors", (context) => {
    if (noFfi) return context.skip(noFfi);
    const path = new TextEncoder().encode("/proc/self/comm");
    const instance = user.load(handMade(program, { kfuncs }));
    const view = new DataView(instance.bss.buffer, instance.bss.byteOffset);
    const results = () => [0, 1, 2, 3].map((i) => view.getBigInt64(OUT + 8 * i, true));
    for (const terminator of [0, 0x78]) {
      const before = readdirSync("/proc/self/fd").length;
      instance.bss.fill(0);
      instance.bss.set(path, 1024);
      instance.bss[1024 + path.length] = terminator;
      view.setUint32(0, path.length, true);
      expect(instance.call("main", 0)).toBe("OK");
      const [handle, ...rest] = results();
      expect(handle! > 0n).toBe(true);
      expect(rest).toEqual([5n, 0n, 1n]);
      expect(Buffer.from(instance.bss.subarray(512, 517)).toString()).toBe(readFileSync("/proc/self/comm", "latin1").slice(0, 5));
      expect(view.getUint32(600 + 16, true)).toBe(statSync("/proc/self/comm").mode);
      expect(readdirSync("/proc/self/fd").length).toBe(before);
    }
    view.setUint32(0, path.length - 1, true);
    instance.call("main", 0);
    expect([results()[0], view.getInt32(8, true)]).toEqual([0n, -E.NOENT]);
  });
});

describe("operations through a host", () => {
  test("arguments are as wide and as signed as the row says", () => {
    const seen: unknown[] = [];
    const host: Host = {
      call: (row, args) => {
        seen.push(row.name, ...args.map((arg) => (arg instanceof Uint8Array ? Buffer.from(arg).toString("latin1") : arg)));
        return -5n;
      },
    };
    const text = 0x0064636261n; // "abcd\0"
    const insns = [
      ...asm.ldimm64(R6, text), asm.store(64, R10, -8, R6), asm.mov64(R2, R10), asm.add64(R2, -8), asm.mov64(R3, 4),
      ...asm.ldimm64(R1, 0xdeadbeef_ffffff9cn), ...asm.ldimm64(R4, 0x1_80000000n), ...asm.ldimm64(R5, 0x1_ffffffffn), asm.callKfunc(0), ...out(0),
      asm.mov64(R2, R10), asm.add64(R2, -8), asm.mov64(R3, 8), asm.mov64(R1, 3), ...asm.ldimm64(R4, 0xffffffff_fffffffen), asm.callKfunc(1), ...out(1), ...RETURN_OK,
    ];
    expect(run(user, insns, 2, { kfuncs: [kfunc("anycall_openat"), kfunc("anycall_pread64")] }, { host })).toEqual([-5n, -5n]);
    expect(seen).toEqual(["openat", -100n, "abcd", -0x80000000n, 0xffffffffn, "pread64", 3n, "abcd\0\0\0\0", -2n]);
  });

  test("calls nest on frames, contexts and stacks of their own, as deep as there are frames", () => {
    const depths: number[] = [];
    let instance: ReturnType<typeof user.load>;
    const host: Host = {
      call: () => {
        depths.push(depths.length);
        if (depths.length < FRAME_SLOTS) expect(instance.call("main", depths.length)).toBe("OK");
        else expect(() => instance.call("main", 0)).toThrow(expect.objectContaining({ code: "AC4006" }));
        return 0n;
      },
    };
    // Keeps its context's value on its stack and in a register across the call, then adds 1 to .bss[OUT + 8 * value] if both survived.
    const insns = [
      asm.mov64(R9, R1), asm.load(64, R6, R1, 0), asm.store(64, R10, -8, R6), asm.callKfunc(0), asm.load(64, R7, R10, -8), asm.load(64, R8, R9, 0),
      asm.jne(R6, R7, 6), asm.jne(R6, R8, 5), asm.lsh64(R6, 3), ...bss(R1, OUT), asm.add64(R1, R6), asm.store(64, R1, 0, 1), ...RETURN_OK,
    ];
    instance = user.load(handMade(insns, { kfuncs: [kfunc("anycall_getpid")] }), { host });
    expect(instance.call("main", 0)).toBe("OK");
    const view = new DataView(instance.bss.buffer, instance.bss.byteOffset);
    expect(Array.from({ length: FRAME_SLOTS }, (_, i) => view.getBigInt64(OUT + 8 * i, true))).toEqual(new Array(FRAME_SLOTS).fill(1n));
  });

  test("a host that throws ends the call with its error and leaves the instance usable", () => {
    let broken = true;
    const host: Host = {
      call: () => {
        if (broken) throw new Error("host is broken");
        return 42n;
      },
    };
    const main = [asm.store(64, R10, -8, 1), asm.callKfunc(0), ...out(0), ...RETURN_OK];
    const instance = user.load(handMade(main, { kfuncs: [kfunc("anycall_getpid")] }), { host });
    for (let i = 0; i < 200; i++) expect(() => instance.call("main", 0)).toThrow("host is broken");
    broken = false;
    expect(instance.call("main", 0)).toBe("OK");
    expect(new DataView(instance.bss.buffer, instance.bss.byteOffset).getBigInt64(OUT, true)).toBe(42n);
  });
});
