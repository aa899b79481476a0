/** Tables of numbers against what Node knows of this platform. */
import { constants as fs } from "node:fs";
import { constants as os } from "node:os";
import { describe, expect, test } from "vitest";
import { CLOCK, CONSTANTS, DT, O, S } from "./constants.ts";
import { E, ERRNO, errnoName, errnoRow } from "./errno.ts";

const linux = process.platform === "linux" && process.arch === "x64";

describe.skipIf(!linux)(`Node's own constants${linux ? "" : " (not Linux on x86-64)"}`, () => {
  test("errno", () => {
    let compared = 0;
    for (const [name, number] of Object.entries(os.errno)) {
      expect((E as Record<string, number>)[name.slice(1)], name).toBe(number);
      compared++;
    }
    expect(compared).toBeGreaterThan(70);
  });
  test("open flags and file types", () => {
    for (const [group, prefix] of [[O, "O_"], [S, "S_"]] as const) {
      let compared = 0;
      for (const [name, value] of Object.entries(group)) {
        const other = (fs as Record<string, number | undefined>)[prefix + name];
        if (other === undefined) continue;
        expect(value, prefix + name).toBe(other);
        compared++;
      }
      expect(compared).toBeGreaterThan(10);
    }
  });
});

test("errno rows are unique and agree with E", () => {
  expect(new Set(ERRNO.map((row) => row.number)).size).toBe(ERRNO.length);
  for (const [name, number] of Object.entries(E)) {
    const row = errnoRow(-number)!;
    if (row.name !== `E${name}`) expect(["WOULDBLOCK", "DEADLOCK", "NOTSUP"]).toContain(name);
  }
  expect(errnoName(-2)).toBe("ENOENT");
  expect(errnoName(999)).toBe("errno 999");
});

test("a directory entry's type is the file type's bits", () => {
  for (const name of ["CHR", "DIR", "BLK", "REG", "LNK", "SOCK"] as const) expect(DT[name] << 12).toBe(S[`IF${name}`]);
  expect(DT.FIFO << 12).toBe(S.IFIFO);
  expect(CLOCK.MONOTONIC).toBe(1);
  expect(Object.keys(CONSTANTS)).toContain("AT");
});
