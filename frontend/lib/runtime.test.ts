/** What the library does in plain JavaScript, not compiled. */
import { describe, expect, it } from "vitest";
import { anycall, big, buffer, E, i8, max, min, O, range, stack, sys, u8, u32, u64, i64, unwrap, zero, table, type u32 as U32 } from "./index.ts";
import { tasks } from "./kernel.ts";

const code = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return (error as { code?: string }).code ?? (error as Error).constructor.name;
  }
};

describe("not compiled", () => {
  it("marked functions and operations throw AC4001", () => {
    const f = anycall((x: U32): U32 => x);
    expect(() => f(1)).toThrow("not compiled: run anycallc");
    expect(code(() => f(1))).toBe("AC4001");
    expect([code(() => sys.getpid()), code(() => zero()), code(() => tasks()), code(() => table(3).length)]).toEqual(["AC4001", "AC4001", "AC4001", "AC4001"]);
  });
  it("standard and experimental decorators", () => {
    const standard = anycall(function m() {}, { kind: "method", static: true } as never);
    expect(code(standard)).toBe("AC4001");
    const descriptor: PropertyDescriptor = { value: function m() { return 1; }, configurable: true };
    anycall(class {}, "m", descriptor);
    expect(code(descriptor.value)).toBe("AC4001");
    expect((descriptor.value as { name: string }).name).toBe("m");
  });
});

it("casts check and wrap", () => {
  expect([u8(255), i8(-128), u32(true), u64(5n), i64(-5)]).toEqual([255, -128, 1, 5, -5]);
  expect([code(() => u8(256)), code(() => u8(-1)), code(() => u8(0.5)), code(() => i8(NaN))]).toEqual(Array(4).fill("RangeError"));
  expect([u8.wrap(-1), i8.wrap(255), u32.wrap(2n ** 40n + 3n)]).toEqual([255, -1, 3]);
});

it("buffer, stack, range, min, max, constants, big", () => {
  expect(buffer(4)).toEqual(new Uint8Array(4));
  const s = stack<U32>(1);
  expect([s.push(7), s.push(8), s.length, s.pop(), s.pop()]).toEqual([true, false, 1, 7, null]);
  expect([[...range(3)], [...range(1, 8, 3)]]).toEqual([[0, 1, 2], [1, 4, 7]]);
  expect([min(1, 2), max(1, 2), O.CREAT, E.NOENT]).toEqual([1, 2, 64, 2]);
  const f = Object.assign((x: number) => x, { [Symbol.for("anycall.big")]: (x: number) => BigInt(x) * 10n });
  expect(big(f)(3)).toBe(30n);
  expect(big((x: number) => x)(3)).toBe(3n);
});

it("unwrap gives the value or Node's kind of error", () => {
  expect(unwrap({ ok: true, value: 5 })).toBe(5);
  const failed = Object.assign({ ok: false as const, error: -2 }, { syscall: "open", path: "/x" });
  expect(() => unwrap(failed)).toThrow(expect.objectContaining({ code: "ENOENT", errno: -2, syscall: "open", path: "/x" }));
});
