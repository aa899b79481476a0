/** test/programs/values.ts in the reference interpreter, against JavaScript's own arrays and strings. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { Random } from "../support/random.ts";
import { compileFile, ROOT, TYPESCRIPTS } from "./support/compile.ts";
import { type Argument, run } from "./support/run.ts";

const FILE = join(ROOT, "test/programs/values.ts");
const compiled = compileFile(TYPESCRIPTS[0]!.ts, FILE);
const call = (name: string, args: readonly Argument[], data?: Uint8Array) => run(compiled.module!, name, args, { memory: new Map(data ? [["data", data]] : []) }).result;
const random = new Random(11n);
const bytes = () => {
  const data = new Uint8Array(64);
  random.fill(data);
  return data;
};

it("compiles with both TypeScripts", () => {
  for (const { ts } of TYPESCRIPTS) expect(compileFile(ts, FILE).errors).toEqual([]);
});

it("range(n).forEach", () => {
  for (const n of [0, 1, 2, 10, 40]) expect(call("sumOfRange", [n])).toBe(BigInt(Array.from({ length: n }, (_, i) => (i % 3 ? i : 0)).reduce((a, b) => a + b, 0)));
  for (const [n, limit] of [[5, 4], [10, 12], [3, 100]] as const) {
    let found = 0;
    for (let i = 0; i < n && found <= 3; i++) for (let j = 0; j < n; j++) if (i * j === limit) found++;
    expect(call("countedPairs", [n, limit])).toBe(BigInt(found));
  }
});

it("forEach, some, every, find, findIndex, reduce of bytes", () => {
  for (let round = 0; round < 20; round++) {
    const data = bytes();
    expect(call("weighted", [], data)).toBe(BigInt(data.reduce((sum, byte, i) => sum + byte * i, 0)));
    const part = data.subarray(0, 16);
    for (const limit of [0, 100, 200, 250, 255]) {
      const above = (byte: number) => byte > limit;
      expect(call("quantified", [limit], data)).toEqual([part.some(above), part.every(above), BigInt(part.findIndex(above)), BigInt(part.find(above) ?? -1)]);
    }
    const hash = data.reduce((h, byte) => Math.imul(h ^ byte, 16777619) >>> 0, 0x811c9dc5);
    expect(call("reduced", [0x811c9dc5], data)).toEqual([BigInt(hash), 105n]);
  }
});

it("fill of arrays copies", () => {
  expect(call("filled", [7, 2])).toEqual([36n, 7n, 300n]);
  expect(call("filled", [7, 5])).toEqual([36n, 1n, 300n]);
  expect(call("filled", [7, 9])).toEqual([42n, 7n, 300n]);
});

it("texts are ordered by their bytes", () => {
  const texts = ["", "a", "ab", "abc", "b", "grün", "grz", "hello", "z", "\u{ffff}", "\u{10000}"];
  const compare = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
  for (const a of texts) {
    for (const b of texts) {
      const c = compare(a, b);
      expect(call("order", [a, b]), `${a} ${b}`).toEqual([c < 0, c <= 0, c > 0, c >= 0]);
    }
    expect(call("between", [a])).toBe(compare(a, "b") >= 0 && compare(a, "grün") < 0);
  }
});

it("Str<N> fields read as what they hold", () => {
  for (const text of ["", "a", "hello", "12345678", "123456789", "grüße"]) {
    const held = Buffer.from(text).subarray(0, 8);
    const name = held.toString("latin1");
    expect(call("named", [text]), text).toEqual([BigInt(held.length), held.length === Buffer.from(text).length, Buffer.compare(held, Buffer.from("hello")) < 0, BigInt(name.indexOf("l")), BigInt(held.length)]);
  }
});

it("?. and comparisons of what may be null", () => {
  for (let round = 0; round < 10; round++) {
    const data = bytes();
    for (const at of [-1, 0, 7, 60, 61, 64, 1000]) {
      const inside = at >= 0 && at + 4 <= 64;
      const kind = data[at + 2]!;
      expect(call("sizeAt", [at], data)).toBe(inside ? BigInt(data[at]! | (data[at + 1]! << 8)) : -1n);
      expect(call("kindAt", [at, kind ?? 0], data)).toEqual([inside, !inside]);
      expect(call("kindAt", [at, ((kind ?? 0) + 1) & 255], data)).toEqual([false, true]);
      expect(call("byteIs", [at, data.at(at) ?? 0], data)).toBe(data.at(at) !== undefined);
    }
    for (let n = 0; n < 8; n++) {
      const kind = n > 3 ? 0 : data[n + 2]!;
      expect(call("shortCircuit", [n], data), `${n}`).toEqual(n > 5 ? [BigInt(1000 + kind), 0n] : [BigInt(data[n + 1]! + kind), 1n]);
    }
  }
});

it("generic functions", () => {
  expect(call("generic", [3, 5, false])).toEqual([3n, 29n, true]);
  expect(call("generic", [3, 5, true])).toEqual([5n, 29n, false]);
});

it("Result<T> as a result", () => {
  const expected = (s: string) => {
    if (!/^[0-9]+$/.test(s)) return { ok: false, error: -22n };
    return BigInt(s) > 0xffff_ffffn ? { ok: false, error: -34n } : { ok: true, value: BigInt(s) };
  };
  const texts = ["", "0", "7", "4294967295", "4294967296", "12x", "x"];
  for (const a of texts) {
    const x = expected(a);
    expect(call("parsed", [a]), a).toEqual(x);
    expect(call("orElse", [a, 1000]), a).toBe(x.ok ? x.value : 1000n + x.error!);
    for (const b of texts) {
      const y = expected(b);
      expect(call("parsedTwice", [a, b]), `${a} ${b}`).toEqual(x.ok && y.ok ? { ok: true, value: [x.value, x.value! * y.value!] } : x.ok ? y : x);
    }
  }
  const data = bytes();
  expect(call("headResult", [4], data)).toEqual({ ok: true, value: { size: BigInt(data[4]! | (data[5]! << 8)), kind: BigInt(data[6]!) } });
  expect(call("headResult", [61], data)).toEqual({ ok: false, error: -14n });
});

it("classes are structs with functions", () => {
  for (const [step, n] of [[1, 5], [7, 0], [20, 9], [0, 4]] as const) {
    let count = 0;
    for (let i = 0; i < 3 + n; i++) if (count < 40) count += step;
    expect(call("counted", [step, n]), `${step} ${n}`).toEqual([BigInt(count), count >= 40, n === 0 ? 2n : BigInt(n - 1), 2n]);
  }
});
