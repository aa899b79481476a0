/** Each rule of the language on many inputs: compiled results against independent BigInt arithmetic and JavaScript's own typed arrays. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compileFile, ROOT, TYPESCRIPTS } from "./support/compile.ts";
import { type Argument, run } from "./support/run.ts";

const compiled = compileFile(TYPESCRIPTS[0]!.ts, join(ROOT, "test/programs/language.ts"));
const call = (name: string, args: readonly Argument[], data?: Uint8Array) => {
  const memory = new Map<string, Uint8Array>();
  if (data) memory.set("data", data);
  return run(compiled.module!, name, args, { memory });
};
const result = (name: string, args: readonly Argument[], data?: Uint8Array) => call(name, args, data).result;

const S = (bits: number, x: bigint) => BigInt.asIntN(bits, x);
const U = (bits: number, x: bigint) => BigInt.asUintN(bits, x);
const I64S = [0n, 1n, -1n, 2n, -3n, 7n, 100n, 255n, 256n, -129n, 2n ** 31n, -(2n ** 31n), 2n ** 32n + 5n, 2n ** 63n - 1n, -(2n ** 63n)];
const U64S = [0n, 1n, 2n, 3n, 255n, 2n ** 32n, 2n ** 63n, 2n ** 64n - 1n];
const U32S = [0n, 1n, 2n, 0xffn, 0x8000_0000n, 0xffff_ffffn, 0x1234_5678n];
const I32S = [0n, 1n, -1n, 2n ** 31n - 1n, -(2n ** 31n), 0x1234_567n];
const SHIFTS = [0n, 1n, 7n, 31n, 32n, 33n, 63n, 64n, 255n];
const div = (a: bigint, b: bigint) => (b === 0n ? 0n : a / b);
const mod = (a: bigint, b: bigint) => (b === 0n ? a : a % b);
const pairs = <T>(xs: readonly T[], ys: readonly T[]) => xs.flatMap((x) => ys.map((y) => [x, y] as const));

it("compiles with both TypeScripts", () => {
  for (const { ts } of TYPESCRIPTS) expect(compileFile(ts, join(ROOT, "test/programs/language.ts")).errors).toEqual([]);
});

describe("integers", () => {
  it("computes in 64 bits", () => {
    for (const [a, b] of pairs(I64S, I64S)) expect(result("arithmetic", [a, b]), `${a} ${b}`).toEqual([a + b, a - b, a * b, div(a, b), mod(a, b)].map((x) => S(64, x)));
    for (const [a, b] of pairs(U64S, U64S)) expect(result("unsigned", [a, b]), `${a} ${b}`).toEqual([a + b, a - b, a * b, div(a, b), mod(a, b)].map((x) => U(64, x)));
    expect(result("small", [200, 100])).toEqual([300n, 100n, 20000n, false]);
    expect(result("small", [100, 200])).toEqual([300n, -100n, 20000n, true]);
  });
  it("bitwise operators and shifts in the promoted type", () => {
    for (const [a, b] of pairs(U32S, I32S)) expect(result("bits", [a, b]), `${a} ${b}`).toEqual([U(32, a & b), U(32, a | U(32, b)), U(32, a ^ U(32, b)), U(32, ~a), ~b]);
    for (const [a, n] of pairs(U32S, SHIFTS)) {
      for (const b of I32S) {
        const k = n & 31n;
        expect(result("shifts", [a, b, n]), `${a} ${b} ${n}`).toEqual([U(32, a << k), a >> k, a >> k, S(32, b << k), b >> k, U(32, b) >> k]);
      }
    }
    for (const [a, n] of pairs(U64S, SHIFTS)) {
      for (const b of I64S) {
        const k = n & 63n;
        expect(result("wideShifts", [a, b, n]), `${a} ${b} ${n}`).toEqual([U(64, a << k), a >> k, S(64, b << k), b >> k, U(64, b) >> k]);
      }
    }
    expect(result("promoted", [0x34, 0x12])).toBe(0x1234n);
  });
  it("compares mathematically", () => {
    for (const [a, b] of pairs(U64S, I64S)) expect(result("mixed", [a, b]), `${a} ${b}`).toEqual([a < b, a <= b, a > b, a >= b, a === b, a !== b]);
  });
  it("wraps where stored, checks where cast", () => {
    for (const a of I64S) {
      expect(result("narrow", [a])).toEqual([U(8, a), S(8, a), U(16, a), S(16, a), U(32, a), S(32, a)]);
      expect(result("wraps", [a])).toEqual([U(16, a), S(32, a), U(64, a)]);
      const cast = call("casts", [a]);
      expect([cast.status, cast.result]).toEqual(a >= 0n && a <= 255n ? ["OK", a] : ["FAULT", undefined]);
    }
    expect(result("step", [])).toEqual([255n, 0n, 255n, 255n]);
    expect(result("literals", [])).toEqual([2n ** 64n - 2n, -(2n ** 63n) + 1n, 2n ** 32n]);
    expect(result("constants", [])).toBe(10n + 60n + 7n + 2n);
  });
  it("min, max, logic, order of evaluation", () => {
    for (const [a, b] of pairs(I64S, I64S)) {
      const sorted = [a, b, 5n].sort((x, y) => (x < y ? -1 : x > y ? 1 : 0));
      expect(result("extremes", [a, b, 5n])).toEqual([sorted[0], sorted[2]]);
      expect(result("logic", [a, b])).toEqual([a > 0n && b > 0n, a > 0n || b > 0n, !(a > 0n), a > b ? a : b, a || b]);
    }
    expect(result("evaluation", [3])).toBe(30n + 400n + 5n);
  });
});

it("loops, labels and switch", () => {
  for (let n = 0; n < 12; n++) {
    let a = 0, b = 0, c = 0, i = 0;
    for (let x = 0; x < n; x++) { if (x === 3) continue; if (x > 8) break; a += x; }
    do { b += i; i++; } while (i < n);
    outer: for (let x = 0; x < n; x++) for (let y = 0; y < n; y++) { if (y === 2) continue outer; if (x === 5) break outer; c++; }
    expect(result("loops", [n])).toEqual([BigInt(a), BigInt(b), BigInt(c), BigInt(4 * n)]);
  }
  expect([1, 2, -3, 9, 4].map((n) => result("choose", [n]))).toEqual([3n, 2n, -3n, 9n, 109n]);
});

describe("bytes", () => {
  const fresh = () => Uint8Array.from({ length: 64 }, (_, i) => (i < 6 ? 97 + i : (i * 37) & 0xff));
  const INDICES = [-100, -64, -63, -10, -1, 0, 1, 5, 20, 63, 64, 65, 1000];
  it("access is checked", () => {
    for (const i of INDICES) expect([call("access", [i], fresh()).status, result("access", [i], fresh())]).toEqual(i >= 0 && i < 64 ? ["OK", BigInt(fresh()[i]!)] : ["FAULT", undefined]);
    const data = fresh();
    call("store", [9, 0x1ff], data);
    expect(data[9]).toBe(0xff);
    expect(call("store", [64, 1], data).status).toBe("FAULT");
  });
  it("subarray, indexOf, fill, copyWithin and put as Uint8Array has them", () => {
    for (const [a, b] of pairs(INDICES, INDICES)) {
      const view = fresh().subarray(a, b);
      expect(result("slicing", [a, b], fresh()), `${a} ${b}`).toEqual([BigInt(view.length), BigInt(view.reduce((x, y) => x + y, 0))]);
      const [mine, theirs] = [fresh(), fresh().fill(9, a, b)];
      call("filling", [9, a, b], mine);
      expect(mine).toEqual(theirs);
      for (const t of INDICES) {
        const moved = fresh();
        expect(call("moving", [t, a, b], moved).status).toBe("OK");
        expect(moved, `${t} ${a} ${b}`).toEqual(fresh().copyWithin(t, a, b));
      }
    }
    for (const v of [97, 99, 0, 38, 255]) for (const from of INDICES) expect(result("searching", [v, from], fresh())).toEqual([BigInt(fresh().indexOf(v, from)), BigInt(fresh().lastIndexOf(v)), true, true]);
    for (const at of [0, 5, 60, 63, 64, 100]) {
      const mine = fresh();
      const fits = Math.max(0, Math.min(10, 64 - at));
      expect(result("putting", ["0123456789", at], mine)).toBe(BigInt(fits));
      expect(mine.subarray(Math.min(at, 64), at + fits)).toEqual(new TextEncoder().encode("0123456789".slice(0, fits)));
    }
    for (const at of [-1, 0, 48, 49, 64, 65]) expect(call("setting", [at], fresh()).status).toBe(at >= 0 && at <= 48 ? "OK" : "FAULT");
    for (const i of INDICES) expect(result("last", [i], fresh())).toBe(BigInt(fresh().at(i) ?? -1));
  });
  it("views structs, unaligned, null where they don't fit", () => {
    for (const at of [-1, 0, 1, 7, 47, 48, 49, 64, 1000]) {
      const view = new DataView(fresh().buffer);
      expect(result("views", [at], fresh())).toEqual(at >= 0 && at <= 48 ? [BigInt(view.getUint16(at, true)), view.getBigUint64(at + 8, true)] : null);
    }
  });
});

it("strings are bytes", () => {
  for (const s of ["", "h", "hello", "hell", "hélo", "xhello", "lo"]) {
    const bytes = Buffer.from(s);
    expect(result("texts", [s])).toEqual([BigInt(bytes.length), s === "hello", s.startsWith("he"), s.endsWith("lo"), BigInt(bytes.indexOf("l")), BigInt(bytes[0] ?? 0)]);
    for (const t of ["", "h", "hello", "hallo"]) expect(result("equalTexts", [s, t])).toBe(s === t);
  }
});

it("structs, arrays, stacks, globals, assertions", () => {
  expect(result("structs", [300])).toEqual([44n, 600n, 601n]);
  expect(result("arrays", [3, 500])).toEqual([7n, 500n, 516n]);
  expect(call("arrays", [4, 500]).status).toBe("FAULT");
  for (let n = 0; n < 8; n++) {
    const kept = Array.from({ length: Math.min(n, 4) }, (_, i) => i - 2);
    const top = kept.at(-1) ?? 0;
    expect(result("stacks", [n])).toEqual([BigInt(kept.length), BigInt(top * 100 + kept.slice(0, -1).reduce((x, y) => x + y, 0)), 0n]);
  }
  expect(result("popped", [7])).toEqual([9n, 8n, 7n]);
  expect(result("counter", [3])).toBe(8n);
  expect(result("asserting", [4])).toBe(4n);
  const failed = call("asserting", [3]);
  expect([failed.status, compiled.module!.funcs.find((f) => f.name === "asserting")!.faults[failed.detail - 1]!.code]).toEqual(["FAULT", 42]);
  expect(result("defaults", [])).toBe(7n);
});

it("helpers, closures, tuples", () => {
  for (const [a, b] of [[17n, 5n], [-17n, 5n], [3n, 0n]] as const) expect(result("helpers", [a, b])).toBe(b === 0n ? -1n : (a % b) * 10n + a / b);
  const data = new Uint8Array(64);
  data.set(Buffer.from("12 3456;"));
  expect(result("parsing", [], data)).toEqual([3456n, 7n]);
});
