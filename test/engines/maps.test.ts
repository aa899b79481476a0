/** Tables and maps of test/programs/maps.ts seen from Node, in engine `user` and, where bpf(2) is allowed, in the kernel. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { generate } from "../../backend-ebpf/codegen/index.ts";
import { writeObject } from "../../backend-ebpf/object/index.ts";
import { cloneModule, optimize } from "../../ir/passes/pipeline.ts";
import { PROFILES } from "../../kernel/abi/profiles.ts";
import { engines, load } from "../../kernel/runtime/index.ts";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { bpftoolMissing, loadAll } from "../object/bpftool.ts";
import { compileFile, ROOT, TYPESCRIPTS } from "../frontend/support/compile.ts";

const compiled = compileFile(TYPESCRIPTS[0]!.ts, join(ROOT, "test/programs/maps.ts"));
const { object } = generate(optimize(cloneModule(compiled.module!), { level: 1 }), { profile: PROFILES.at(-1)!, license: "GPL", compiler: "test", sources: new Map() });
const bytes = writeObject(object);

describe.each(["user", "stock"] as const)("engine %s", (engine) => {
  const probe = engines()[engine].probe();

  it.skipIf(!probe.ok)("rows of a table", () => {
    const loaded = load(bytes, { engine });
    try {
      expect(loaded.call("setRow", [3, 7, 5, 2 ** 40])).toBe(true);
      const rows = loaded.table("rows");
      expect(rows.length).toBe(10);
      expect(rows.at(3)).toEqual({ id: 7, tag: 5, size: 2 ** 40 });
      expect([rows.at(10), rows.at(-1)]).toEqual([null, null]);
      expect([...rows].filter((row) => (row as { tag: number }).tag > 0)).toEqual([{ id: 7, tag: 5, size: 2 ** 40 }]);
      loaded.call("setRow", [4, 1, 1, 2n ** 60n]);
      expect(() => rows.at(4)).toThrow(expect.objectContaining({ code: "AC4018" }));
    } finally {
      loaded.close();
    }
  });

  it.skipIf(!probe.ok)("elements of hash maps", () => {
    const loaded = load(bytes, { engine });
    try {
      const counts = loaded.hash("counts");
      expect(counts.get(5)).toBeNull();
      expect(counts.set(5, { bytes: 1, hits: 2 })).toBe(0);
      expect(counts.get(5)).toEqual({ bytes: 1, hits: 2 });
      for (let key = 10; key < 17; key++) expect(counts.set(key, { bytes: key, hits: 0 })).toBe(0);
      expect(counts.set(99, { bytes: 0, hits: 0 })).toBe(-7);
      expect([...counts].map(([key]) => key).sort()).toEqual([10, 11, 12, 13, 14, 15, 16, 5]);
      expect([counts.delete(5), counts.delete(5), counts.has(10), counts.has(5)]).toEqual([true, false, true, false]);
      for (const [key] of [...counts]) counts.delete(key);
      // What a program leaves, Node finds: nothing here, one element there.
      expect(loaded.call("mapFull", [10])).toEqual([8, -7]);
      expect([...counts]).toEqual([]);
      const totals = loaded.hash("totals");
      expect(totals.set({ a: 1, b: 2 }, 30)).toBe(0);
      expect(loaded.call("structKeys", [1, 2])).toEqual([0, 0, 37, 9, true]);
      expect(totals.get({ a: 1, b: 2 })).toBeNull();
      const local = loaded.hash("local");
      expect(local.set(3, 4)).toBe(0);
      expect(local.get(3)).toBe(4);
      expect(loaded.call("otherKinds", [3])).toEqual([0, -7, 11]);
    } finally {
      loaded.close();
    }
  });
});

describe("the object", () => {
  const missing = bpftoolMissing();
  it.skipIf(missing !== "")(`is loaded by bpftool with its maps${missing && `: ${missing}`}`, () => {
    const folder = mkdtempSync(join(tmpdir(), "anycall-maps-"));
    try {
      writeFileSync(join(folder, "maps.bpf.o"), bytes);
      const { ok, output, programs } = loadAll(join(folder, "maps.bpf.o"));
      expect(ok, output).toBe(true);
      expect(Object.keys(programs)).toHaveLength(compiled.module!.funcs.length);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
