/** The interface where it is there, and the reasons where it is not. */
import { describe, expect, test } from "vitest";
import { E } from "./abi/errno.ts";
import { OPS } from "./abi/syscalls.ts";
import { HostKernel, probeBpf } from "./bpf/host-kernel.ts";
import { StockEngine } from "./bpf/stock.ts";
import { ffi, isMissing, openFfi, requireFfi } from "./ffi.ts";
import { RealHost } from "./host/real-host.ts";
import { UserEngine } from "./user-engine/engine.ts";

const noKoffi = openFfi({
  platform: "linux",
  arch: "x64",
  loadKoffi: () => {
    throw new Error("Cannot find module 'koffi'\nRequire stack: …");
  },
});

describe("without koffi", () => {
  test("the reason is one line", () => {
    expect(noKoffi).toEqual({ reason: "the optional package koffi can't be loaded: Cannot find module 'koffi'" });
  });
  test("other machines have no system calls to make", () => {
    const never = () => {
      throw new Error("not to be asked");
    };
    for (const [platform, arch] of [["darwin", "arm64"], ["linux", "arm64"], ["win32", "x64"]] as const) {
      expect(openFfi({ platform, arch, loadKoffi: never })).toEqual({ reason: expect.stringContaining(`${platform} on ${arch}`) });
    }
  });
  test("what needs it says AC4014", () => {
    expect(() => requireFfi(noKoffi)).toThrow(expect.objectContaining({ code: "AC4014" }));
    expect(() => new RealHost(requireFfi(noKoffi))).toThrow(/koffi/);
  });
  test("engine stock can't, engine user can what makes no system calls", () => {
    const stock = new StockEngine(new HostKernel(() => probeBpf(noKoffi))).probe();
    expect(stock).toMatchObject({ ok: false, reason: expect.stringContaining("koffi") });
    const user = new UserEngine(() => ({ verdict: "ACCEPT", processed: 0, stackDepth: [], log: [] }), () => noKoffi).probe();
    expect(user).toMatchObject({ ok: true, reason: expect.stringContaining("koffi") });
    expect(user.missingRows).toHaveLength(OPS.length);
  });
});

const here = ffi();
test.skipIf(isMissing(here))(`system calls give results and negated errors${isMissing(here) ? `: ${here.reason}` : ""}`, () => {
  const { syscalls } = requireFfi(here);
  expect(syscalls).toHaveLength(7);
  expect(syscalls[0]!(39)).toBe(process.pid);
  expect(syscalls[1]!(3, -1)).toBe(-E.BADF);
  expect(syscalls[6]!(9, 0, 0, 3, 0x22, -1, 0)).toBe(-E.INVAL);
});
