import { describe, expect, it } from "vitest";
import { OPS, type OpRow, opName } from "../../../kernel/abi/syscalls.ts";
import { compareTraces } from "./compare.ts";
import { handleScenarios } from "./handles.ts";
import { moreScenarios } from "./more-scenarios.ts";
import { Scenario } from "./plan.ts";
import { plainRows, rowPrograms, symbolOf } from "./programs.ts";
import { rowScenarios } from "./scenarios.ts";
import { waitScenarios } from "./wait-scenarios.ts";

const trace = (...lines: string[]) => ["S one", ...lines, "DONE"];

describe("comparison of traces", () => {
  it("equal traces agree", () => {
    expect(compareTraces(trace("R 0 r_read 5"), trace("R 0 r_read 5")).map(({ ok }) => ok)).toEqual([true, true]);
  });
  it.each([
    ["another result", trace("R 0 r_read 5"), trace("R 0 r_read 4")],
    ["a step more", trace("R 0 r_read 5"), trace("R 0 r_read 5", "R 1 r_close 0")],
    ["nothing at all", trace(), trace()],
    ["a failure on both sides", trace("FAIL world: No space left"), trace("FAIL world: No space left")],
    ["a scenario that is missing", trace("R 0 r_read 5"), ["DONE"]],
  ])("%s is a difference", (_, native, module) => {
    expect(compareTraces(native, module)[0]!.ok).toBe(false);
  });
  it("a trace that breaks off is incomplete", () => {
    expect(compareTraces(trace("R 0 r_read 5"), ["S one", "R 0 r_read 5"]).at(-1)).toMatchObject({ ok: false });
  });
});

describe("scenarios", () => {
  const called = (scenarios: readonly Scenario[]) => new Set(scenarios.flatMap(({ lines }) => lines.flatMap((line) => /^call (\w+)/.exec(line)?.[1] ?? [])));

  it("call every row of sys", () => {
    const symbols = called([...rowScenarios(), ...moreScenarios(), ...waitScenarios()]);
    expect(plainRows().filter((row) => !symbols.has(symbolOf(row))).map((row) => row.name)).toEqual([]);
  });
  it("call every operation on handles", () => {
    const handles = [...called(handleScenarios())].map((symbol) => new RegExp(`export const ${symbol} = [\\s\\S]*?\\n}\\);`).exec(rowPrograms())?.[0] ?? "").join("");
    const rows = (OPS as readonly OpRow[]).filter((row) => row.on === "file" && !row.flags.includes("release"));
    expect(rows.filter((row) => !new RegExp(`\\b[fg]\\.${row.name}\\(`).test(handles)).map(opName)).toEqual([]);
  });
  it("a call has both forms", () => {
    const s = new Scenario("two forms");
    s.call("sendfile", [4, s.call("openat", [-100, s.at("path"), 0]), 10]);
    expect(s.lines.filter((line) => line.startsWith("call"))).toEqual(["call r_openat -100 64 4 0 0 | 257 -100 :64,4 0 0", "call r_sendfile 4 $0 10 | 40 4 $0 0 10"]);
  });
});
