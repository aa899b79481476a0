/** Tables, maps, atomics, rings and log lines of test/programs/maps.ts: compiled results against plain JavaScript. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compileFile, ROOT, TYPESCRIPTS } from "./support/compile.ts";
import { type Argument, run } from "./support/run.ts";

const compiled = compileFile(TYPESCRIPTS[0]!.ts, join(ROOT, "test/programs/maps.ts"));

it("compiles with both TypeScripts", () => {
  for (const { ts } of TYPESCRIPTS) expect(compileFile(ts, join(ROOT, "test/programs/maps.ts")).errors).toEqual([]);
});

/** A module whose memory stays between calls. */
function session() {
  const memory = new Map<string, Uint8Array>();
  return (name: string, ...args: Argument[]) => {
    const { result, status } = run(compiled.module!, name, args, { memory });
    for (const id of compiled.module!.funcs.find((func) => func.name === name)!.regions.keys()) memory.delete(id);
    expect(status).toBe("OK");
    return result;
  };
}

describe("tables", () => {
  it("gives rows that are live, and null outside", () => {
    const call = session();
    expect(call("setRow", 3, 7, 5, 2n ** 40n)).toBe(true);
    expect(call("setRow", 9, 1, 1, 10)).toBe(true);
    expect(call("setRow", 10, 1, 1, 10)).toBe(false);
    expect(call("setRow", 65535, 1, 1, 10)).toBe(false);
    expect([3, 9, 10, -1, 2n ** 62n, -(2n ** 63n), 0].map((i) => call("rowAt", i))).toEqual([2n ** 40n + 5n, 11n, -1n, -1n, -1n, -1n, 0n]);
    expect(call("sumRows")).toEqual([2n ** 40n + 10n, 2n]);
    expect(call("bump", 3, 100)).toBe(112n);
    expect(call("bump", 77, 100)).toBe(-1n);
    expect(call("firstAndLast")).toEqual([1n, true, 3n]);
  });

  it("keeps the rows in order by insertion", () => {
    const call = session();
    const top: { key: number; hits: number }[] = Array.from({ length: 4 }, () => ({ key: 0, hits: 0 }));
    for (const [key, hits] of [[1, 5], [2, 9], [3, 5], [4, 1], [5, 7], [6, 30]] as const) {
      let moved = 0, carry = { key, hits: hits as number };
      top.forEach((slot, i) => {
        if (slot.hits >= carry.hits) return;
        top[i] = carry as never;
        carry = slot as never;
        moved++;
      });
      expect(call("insertTop", key, hits)).toBe(BigInt(moved));
    }
  });
});

describe("hash maps", () => {
  it("answers as the kernel does, and gives elements by reference", () => {
    const call = session();
    expect(call("mapResults", 5, 100)).toEqual([0n, true, false, 210n, 0n, true, false, 99n]);
    expect(call("mapFull", 8)).toEqual([8n, 0n]);
    // E2BIG, as the ninth element finds the map full.
    expect(call("mapFull", 10)).toEqual([8n, -7n]);
  });

  it("counts", () => {
    const call = session();
    for (const text of ["", "a", "hello world", "aaaaaaaaaaaa"]) {
      const hits = new Map<number, number>();
      for (const byte of new TextEncoder().encode(text)) hits.set(byte % 8, (hits.get(byte % 8) ?? 0) + 1);
      expect(call("countKinds", text), text).toEqual([BigInt(hits.size), BigInt(Math.max(0, ...hits.values()))]);
    }
    expect(call("structKeys", 3, 9)).toEqual([0n, 0n, 7n, 9n, true]);
    expect(call("otherKinds", 12)).toEqual([0n, -7n, 11n]);
  });
});

describe("atomic operations", () => {
  it("give what was there before", () => {
    const call = session();
    expect(call("atomics", 10, 20, -30)).toEqual([10n, 20n, -30n, 15n, 7n, -33n]);
    expect(call("atomicLeft", 3, 0xffff_ffff)).toEqual([4n, 0n]);
    expect(call("atomicLeft", 2, 1)).toEqual([2n, 2n]);
  });
});
