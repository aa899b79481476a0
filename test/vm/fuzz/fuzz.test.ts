import { describe, expect, it } from "vitest";
import { linkObject } from "../../../backend-ebpf/object/index.ts";
import { rowPrograms } from "../rows/programs.ts";
import { randomObjects } from "./objects.ts";
import { fuzzedRows } from "./rows.ts";

/** Slots that guest/fuzz/rows.c fills for a letter. */
const SLOTS: Readonly<Record<string, number>> = { f: 1, i: 1, p: 2, r: 2, s: 1, n: 1 };

describe("what the fuzzer in the guest is told of rows", () => {
  const told = new Map(
    fuzzedRows()
      .trim()
      .split("\n")
      .map((line) => line.split(" ") as [string, string]),
  );
  const parameters = new Map([...rowPrograms().matchAll(/^export const (\w+) = anycall\(\((.*)\): i64 => \{$/gm)].map((found) => [found[1]!, found[2]!]));

  it("names every program of the object, once", () => {
    expect([...told.keys()].sort()).toEqual([...parameters.keys()].sort());
    expect(told.size).toBeGreaterThan(60);
  });

  it.each([...told])("%s %s fills as many slots as it has parameters", (symbol, letters) => {
    const slots = letters === "-" ? 0 : [...letters].reduce((sum, letter) => sum + SLOTS[letter]!, 0);
    expect(slots).toBe(parameters.get(symbol)!.split(", ").filter(Boolean).length);
  });

  it("fits what the guest reads of a line", () => {
    for (const [symbol, letters] of told) expect([symbol.length < 48, letters.length < 16], symbol).toEqual([true, true]);
  });
});

describe("random objects for the guest", () => {
  it.each(["6.1", "6.12"] as const)("%s: the same seed gives the same objects, with a program in each", (kernel) => {
    const [first, second] = [randomObjects(kernel, 5, 2), randomObjects(kernel, 5, 2)];
    expect(first.map((bytes) => Buffer.from(bytes).toString("hex"))).toEqual(second.map((bytes) => Buffer.from(bytes).toString("hex")));
    expect(first.map((bytes) => linkObject(bytes).programs.length)).toEqual([1, 1]);
  });
});
