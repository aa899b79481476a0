/** Stock TypeScript accepts every program that we accept, against frontend/lib: both versions, under the strict flags that matter. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compilerOptions, createProgram, ROOT, TYPESCRIPTS } from "./support/compile.ts";

const folders = ["test/programs", "examples"];
const sources = Object.fromEntries(folders.flatMap((folder) => readdirSync(join(ROOT, folder)).filter((name) => /(?<!\.test)\.ts$/.test(name)).map((name) => [join(ROOT, folder, name), readFileSync(join(ROOT, folder, name), "utf8")])));

/** What is drawn but not compiled yet still type-checks: tables, maps, kernel objects, sockets, casts of wide literals. */
sources[join(ROOT, "test/programs/drawn.ts")] = `
import { anycall, hash, sys, table, u64, unwrap, big, E, type Result, type Str, type u32, type u64 as Wide, type i64, type i32 } from "anycall";
import { tasks, exists, type task_struct } from "anycall/kernel";
interface Row { pid: i32; comm: Str<16>; vm: Wide }
export const rows = table<Row>(64);
const counts = hash<u32, { bytes: Wide; hits: u32 }>(10_000);
export class Ps {
  @anycall static snapshot(uid: u32 = 0xffff_ffff): Wide {
    let n: Wide = 0;
    for (const t of tasks()) {
      if (uid !== 0xffff_ffff && t.cred.uid.val !== uid) continue;
      const row = rows.at(n);
      if (row === null) break;
      row.pid = t.tgid; row.comm = t.comm; row.vm = t.mm?.total_vm ?? 0;
      const c = counts.init(t.pid, { bytes: 0, hits: 0 });
      if (c !== null) { c.hits++; c.bytes += 1; }
      n++;
    }
    return n;
  }
}
export const mask = anycall((): Wide => u64(0xffff_ffff_ffff_fffen));
export const accept = anycall((fd: i32): i64 => { const c = sys.accept4(fd, 0); return c === -E.INTR ? 0 : c; });
export const value: number = unwrap({ ok: true, value: 3 } as Result<number>);
export const exact: bigint = big(mask)();
export type T = task_struct; export const has: boolean = exists("x");
`;

describe.each(TYPESCRIPTS)("TypeScript $name", ({ ts }) => {
  it.each([
    ["strict", {}],
    ["isolatedModules, verbatimModuleSyntax, exactOptionalPropertyTypes", { isolatedModules: true, verbatimModuleSyntax: true, exactOptionalPropertyTypes: true }],
    ["noUnusedParameters off, experimentalDecorators", { experimentalDecorators: true }],
  ])("%s", (_name, flags) => {
    const program = createProgram(ts, sources, { ...compilerOptions(ts), ...flags });
    const found = ts.getPreEmitDiagnostics(program).map((d) => `${d.file?.fileName}:${d.start} TS${d.code} ${ts.flattenDiagnosticMessageText(d.messageText, "\n")}`);
    expect(found).toEqual([]);
  });

  it("refuses narrowing, rejects a decorator on what is no static method", () => {
    const path = join(ROOT, "test/programs/refused.ts");
    const text = `import { anycall, type u8, type u32, type i32, type u64, type Arr } from "anycall";
export const a = (x: u32): u8 => x;
export const b = (x: u64): i32 => x;
export class C { @anycall run(): void {} }
export const c: Arr<u32, 3> = [1, 2];
export const d = (x: u8): u32 => x;
`;
    const program = createProgram(ts, { [path]: text });
    const lines = ts.getPreEmitDiagnostics(program).map((d) => text.slice(0, d.start).split("\n").length);
    expect([...new Set(lines)]).toEqual([2, 3, 4, 5]);
  });
});
