/** bpf(2): refusals and logs, shared memory, what is found out about the kernel. Skips with the reason where it is not allowed. */
import { describe, expect, test } from "vitest";
import * as asm from "../../backend-ebpf/isa/asm.ts";
import { encode, type Insn } from "../../backend-ebpf/isa/insn.ts";
import { E } from "../abi/errno.ts";
import { MAP_FLAG, MAP_TYPE } from "../abi/maps.ts";
import { FEATURE_SINCE, olderThan } from "../abi/profiles.ts";
import type { Ffi } from "../ffi.ts";
import { objectName } from "./bpf.ts";
import { F_SLEEPABLE, HostKernel, hostProfile, kernelBtf, kernelVersion, probeBpf, probeFacts, PROG_TYPE_SYSCALL, refusal } from "./host-kernel.ts";
import { SharedMemory } from "./memory.ts";
import { initialTimeNamespace, initialUserNamespace, kernelDev, type ProcFiles } from "./namespaces.ts";
import { StockEngine } from "./stock.ts";

const { R0, R1, R2, R6, R10 } = asm;
const { access } = HostKernel.here();
const why = access.ok ? "" : access.reason;

/** An interface whose every call fails. */
function failing(errno: number): Ffi {
  return { syscalls: Array.from({ length: 7 }, () => () => -errno), address: () => 4096, view: (_, length) => new ArrayBuffer(length) };
}

describe("where bpf(2) is not allowed", () => {
  test.each([
    [E.NOSYS, "0", "the kernel was built without bpf(2)"],
    [E.NOMEM, "0", "bpf(2) fails with ENOMEM (cannot allocate memory)"],
  ])("errno %d", (errno, sysctl, reason) => {
    expect(probeBpf(failing(errno), () => sysctl)).toEqual({ ok: false, reason });
  });
  test("EPERM: to users the sysctl is named, to root what else it can be", () => {
    const uid = process.getuid;
    try {
      process.getuid = () => 1000;
      expect(refusal(E.PERM, () => "2")).toContain("kernel.unprivileged_bpf_disabled = 2");
      expect(refusal(E.PERM, () => "0")).not.toContain("unprivileged_bpf_disabled");
      process.getuid = () => 0;
      expect(refusal(E.PERM, () => "2")).toContain("seccomp");
    } finally {
      if (uid) process.getuid = uid;
    }
  });
  test("engine stock says so and loads nothing", () => {
    const stock = new StockEngine(new HostKernel(() => probeBpf(failing(E.PERM))));
    expect(stock.probe()).toMatchObject({ ok: false, reason: expect.stringContaining("bpf(2) is refused") });
    expect(() => stock.load({ programs: [], maps: [], license: "" })).toThrow(expect.objectContaining({ code: "AC4002" }));
  });
  test("the profile goes by the version, and nothing about pids is exact", () => {
    const closed = new HostKernel(() => ({ ok: false, reason: "closed" }));
    expect(closed.profile.probed).toBe(false);
    expect(closed.facts.exact).not.toContain("pid-namespace");
  });
});

describe("namespaces", () => {
  const files = (texts: Readonly<Record<string, string>>, links: Readonly<Record<string, string>> = {}): ProcFiles => {
    const find = (from: Readonly<Record<string, string>>) => (path: string) => {
      const found = from[path];
      if (found === undefined) throw new Error(`ENOENT ${path}`);
      return found;
    };
    return { readText: find(texts), readLink: find(links), stat: () => ({ dev: 4n, ino: 1n }) };
  };
  const full = "         0          0 4294967295\n";
  test.each([
    ["initial", { "/proc/self/uid_map": full, "/proc/self/gid_map": full }, true],
    ["users mapped", { "/proc/self/uid_map": "0 100000 65536\n", "/proc/self/gid_map": full }, false],
    ["groups mapped", { "/proc/self/uid_map": full, "/proc/self/gid_map": "0 0 1\n1 100000 65535\n" }, false],
    ["unknown", {}, false],
  ])("user namespace: %s", (_, texts, initial) => expect(initialUserNamespace(files(texts))).toBe(initial));

  const links = (self: string, children: string) => ({ "/proc/self/ns/time": self, "/proc/self/ns/time_for_children": children });
  const offsets = (monotonic: string) => ({ "/proc/self/timens_offsets": `monotonic           ${monotonic}         0\nboottime            0         0\n` });
  test.each([
    ["initial", offsets("0"), links("time:[1]", "time:[1]"), true],
    ["offset", offsets("86400"), links("time:[1]", "time:[1]"), false],
    ["children in another", offsets("0"), links("time:[1]", "time:[2]"), false],
    ["no such kernel feature", {}, {}, true],
  ])("time namespace: %s", (_, texts, found, initial) => expect(initialTimeNamespace(files(texts, found))).toBe(initial));

  test("device numbers as the kernel has them", () => {
    expect(kernelDev(4n)).toBe(4n);
    expect(kernelDev(0x801n)).toBe((8n << 20n) | 1n);
    // minor 0x12345, major 0xabc, as new_encode_dev packs them.
    expect(kernelDev(0x45n | (0xabcn << 8n) | (0x12300n << 12n))).toBe((0xabcn << 20n) | 0x12345n);
  });
});

test("names of kernel objects", () => {
  const name = (text: string) => new TextDecoder().decode(objectName(text));
  expect([name("Logs.countLines"), name("a-b c"), name("averyveryverylongname")]).toEqual(["Logs.countLines", "a_b_c", "averyveryverylo"]);
});

test("versions", () => {
  expect([kernelVersion("6.18.44-fc"), kernelVersion("5.4"), kernelVersion("")]).toEqual([[6, 18], [5, 4], [0, 0]]);
});

describe.skipIf(why !== "")(`the running kernel${why && `: ${why}`}`, () => {
  const bpf = access.ok ? access.bpf : undefined!;
  const load = (insns: readonly Insn[]) => bpf.loadProgram({ name: "test", progType: PROG_TYPE_SYSCALL, insns: encode(insns), license: "GPL", flags: F_SLEEPABLE });

  test("an accepted program has no log, and returns 32 bits", () => {
    const { fd, log } = load([...asm.ldimm64(R0, 0x1_8000_0007n), asm.exit()]);
    expect(log).toBe("");
    const run = bpf.testRun(fd, new Uint8Array(0));
    expect([run.run(), run.retval]).toEqual([0, 0x80000007]);
    bpf.close(fd);
    expect(run.run()).toBe(-E.BADF);
  });

  test("the context is read at each run", () => {
    const context = new Uint8Array(8);
    const { fd } = load([asm.load(64, R0, R1, 0), asm.exit()]);
    const run = bpf.testRun(fd, context);
    for (const value of [1, 200, 7]) {
      context[0] = value;
      expect([run.run(), run.retval]).toEqual([0, value]);
    }
    bpf.close(fd);
  });

  test("a refused program has its errno and log", () => {
    const { fd, log } = load([asm.mov64(R0, R2), asm.exit()]);
    expect(fd).toBe(-E.ACCES);
    expect(log).toContain("R2 !read_ok");
  });

  test("the log of a long refusal is whole", () => {
    // Follows a quarter of a million instructions before the error: more text than the first buffer holds.
    const body = Array.from({ length: 60 }, () => asm.add64(R0, 1));
    const loop = [asm.mov64(R0, 0), asm.mov64(R6, 0), ...body, asm.add64(R6, 1), asm.jlt(R6, 1000, -(body.length + 2)), asm.store(64, R10, 0, 1), asm.exit()];
    const { fd, log } = load(loop);
    expect(fd).toBe(-E.ACCES);
    expect(log.length).toBeGreaterThan(1 << 20);
    expect(log.startsWith("0: R1=ctx()")).toBe(true);
    expect(log).toMatch(/invalid write to stack R10 off=0 size=8/);
  });

  test("memory is shared both ways, and outlives the map", () => {
    const fd = bpf.createMap({ name: "m", type: MAP_TYPE.ARRAY, keySize: 4, valueSize: 5000, maxEntries: 1, flags: MAP_FLAG.MMAPABLE });
    const other = bpf.createMap({ name: "n", type: MAP_TYPE.ARRAY, keySize: 4, valueSize: 16, maxEntries: 1, flags: MAP_FLAG.MMAPABLE });
    const memory = new SharedMemory(bpf.system, [{ fd, size: 5000 }, { fd: other, size: 16 }]);
    const [bytes, second] = memory.parts as [Uint8Array, Uint8Array];
    expect([bytes.length, second.length, second.byteOffset]).toEqual([5000, 16, 8192]);
    bytes[4999] = 42;
    second[0] = 43;
    const value = new Uint8Array(5000);
    expect(bpf.lookup(fd, new Uint8Array(4), value)).toBe(0);
    expect(value[4999]).toBe(42);
    value[0] = 7;
    expect(bpf.update(fd, new Uint8Array(4), value)).toBe(0);
    expect(bytes[0]).toBe(7);
    memory.close();
    memory.close();
    bytes[1] = 8;
    expect([bytes[0], bytes[1], bytes[4999], second[0]]).toEqual([7, 8, 42, 43]);
    bpf.lookup(fd, new Uint8Array(4), value);
    expect(value[1]).toBe(0);
    for (const open of [fd, other]) bpf.close(open);
  });

  test("a map that can't be mapped leaves nothing behind", () => {
    const fd = bpf.createMap({ name: "m", type: MAP_TYPE.ARRAY, keySize: 4, valueSize: 8, maxEntries: 1, flags: 0 });
    expect(() => new SharedMemory(bpf.system, [{ fd, size: 8 }])).toThrow(expect.objectContaining({ code: "AC4013", syscall: "mmap" }));
    bpf.close(fd);
  });

  test("features are those of the version, unless the kernel was built without", () => {
    const profile = hostProfile();
    expect(HostKernel.here().profile.probed).toBe(true);
    for (const feature of profile.features) expect(olderThan(profile.version, FEATURE_SINCE[feature]), feature).toBe(false);
    // Instructions are in every build.
    for (const feature of ["isa_v4", "may_goto"] as const) expect(profile.features.has(feature)).toBe(!olderThan(profile.version, FEATURE_SINCE[feature]));
    if (kernelBtf()) expect(profile.features.has("iter_num")).toBe(!olderThan(profile.version, FEATURE_SINCE.iter_num));
  });

  test("the pid helper is compared with this process", () => {
    const facts = probeFacts(access);
    expect(facts.pidNamespace!.ino > 0n).toBe(true);
    expect(facts.exact.includes("pid-namespace")).toBe(true);
  });
});
