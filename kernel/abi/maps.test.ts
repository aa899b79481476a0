/** The map tables against themselves and, for which maps sleepable programs may use, against the corpus of a real 6.18 kernel. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { HELPER_NAMES } from "./helpers.ts";
import { HELPER_MAP_TYPES, helperTakesMap, MAP_TYPE, MAP_TYPES, type MapTypeName, mapType, sleepableMap } from "./maps.ts";

const corpus = process.env.ANYCALL_CORPUS;
const reason = corpus === undefined ? "ANYCALL_CORPUS is not set" : existsSync(corpus) ? undefined : `${corpus} is missing`;

describe("tables", () => {
  test("rows are by number and named as in MAP_TYPE", () => {
    MAP_TYPES.forEach((row, i) => {
      expect(row.type).toBe(i + 1);
      expect(MAP_TYPE[row.name]).toBe(row.type);
    });
    expect(MAP_TYPES).toHaveLength(Object.keys(MAP_TYPE).length - 1);
  });
  test("what a helper asks for, the map allows", () => {
    for (const [helper, types] of Object.entries(HELPER_MAP_TYPES)) {
      expect(HELPER_NAMES[Number(helper)]).toBeDefined();
      for (const type of types) expect(helperTakesMap(Number(helper), type), `${HELPER_NAMES[Number(helper)]} ${mapType(type)!.name}`).toBe(true);
    }
    expect(helperTakesMap(1, MAP_TYPE.RINGBUF)).toBe(false);
    expect(helperTakesMap(131, MAP_TYPE.ARRAY)).toBe(false);
    expect(helperTakesMap(2, MAP_TYPE.HASH)).toBe(true);
  });
  test("versions", () => {
    expect(sleepableMap(MAP_TYPE.ARENA, [6, 1])).toBe(false);
    expect(sleepableMap(MAP_TYPE.ARENA, [6, 12])).toBe(true);
    expect(sleepableMap(MAP_TYPE.PROG_ARRAY, [6, 18])).toBe(false);
  });
});

describe.skipIf(reason !== undefined)(`corpus${reason ? ` (${reason})` : ""}`, () => {
  test("a sleepable program may use the maps that the kernel let it use, and no others", () => {
    const kinds = JSON.parse(readFileSync(join(corpus!, "map-kinds.json"), "utf8")) as Record<string, { type: MapTypeName }>;
    const lines = readFileSync(join(corpus!, "verifier-syscall-6.18.jsonl"), "utf8").split("\n").filter(Boolean);
    let seen = 0;
    for (const line of lines) {
      const { id, class: verdict, maps } = JSON.parse(line) as { id: string; class: string; maps: Record<string, number[]> };
      const allowed = Object.keys(maps).every((kind) => sleepableMap(MAP_TYPE[kinds[kind]!.type], [6, 18]));
      if (verdict === "map_not_allowed" || verdict === "accept") expect(allowed, id).toBe(verdict === "accept");
      seen++;
    }
    expect(seen).toBeGreaterThan(800);
  });
});
