/** Code that is never reached is looked at for its errors, and has none of its own: nothing is known there, so nothing is refused. */
import { describe, expect, it } from "vitest";
import { compileText, TYPESCRIPTS } from "./support/compile.ts";
import { run } from "./support/run.ts";

const HEAD = 'import { anycall, buffer, O, sys, type i64, type u32 } from "anycall";\nconst data = buffer(8);\n';
const READ = 'using a = sys.open("/x", O.RDONLY); if (a.ok) return a.read(data);';

const BODIES: Readonly<Record<string, string>> = {
  "a case that is never taken": `switch (0) { case 78: { ${READ} } break; } return 0;`,
  "behind return": `return 0; ${READ}`,
  "behind break": `while (x < 5) { break; ${READ} } return 0;`,
  "in a branch whose condition is constant": `if (false) { ${READ} } return 0;`,
  "a loop and a view behind return": "return 0; for (let i: u32 = 0; i < x; i++) { const v = data.subarray(i); if (v.length > 3) break; }",
  "a null test behind return": "return 0; const at = data.at(x); if (at !== undefined) return at;",
};

describe.each(TYPESCRIPTS)("TypeScript $name", ({ ts }) => {
  it.each(Object.entries(BODIES))("%s", (_, body) => {
    const compiled = compileText(ts, `${HEAD}export const f = anycall((x: u32): i64 => { ${body} });`);
    expect(compiled.errors).toEqual([]);
    expect(run(compiled.module!, "f", [3]).result).toBe(0n);
  });
});
