/** anycall-load, the loader for machines without Node: arguments, results and failures of functions of every shape. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildProgram, compileObject, ROOT } from "./build.ts";
import { file } from "./cpio.ts";
import { LOOP_CASES, loopObject } from "./loop-objects.ts";
import { part, type Suite } from "./suite.ts";

const PROGRAMS = `
import { anycall, assert, O, sys, type i8, type i32, type i64, type u32, u64 } from "anycall";
interface Point { x: i32; y: u64; on: boolean }
export const add = anycall((a: i8, b: u32): i64 => a + b);
export const flip = anycall((on: boolean): boolean => !on);
export const point = anycall((x: i32): Point => ({ x: x, y: u64.wrap(sys.getppid()), on: x > 0 }));
export const size = anycall((path: string): [u64, boolean] | i32 => {
  using f = sys.open(path, O.RDONLY);
  if (!f.ok) return f.errno;
  return [u64.wrap(f.seek(0, 2)), true];
});
export const opens = anycall((path: string): i32 => {
  using f = sys.open(path, O.RDONLY);
  return f.ok ? 0 : f.errno;
});
export const fails = anycall((): i64 => { assert(sys.getppid() < 0); return 1; });
`;

/** [arguments, output, exit code]. The parent of each is the guest's first process. */
const CASES: readonly (readonly [string, string, number])[] = [
  ["add -5 7", "2", 0],
  ["add -128 4294967295", "4294967167", 0],
  ["add 200 1", "", 2],
  ["add 1", "", 2],
  ["add 1 2 3", "", 2],
  ["add x 2", "", 2],
  ["flip true", "false", 0],
  ["flip maybe", "", 2],
  ["point -3", '{"x":-3,"y":1,"on":false}', 0],
  ["point 3", '{"x":3,"y":1,"on":true}', 0],
  ["size /etc/passwd", "[22,true]", 0],
  ["size /missing", "-2", 0],
  ["opens /etc/passwd", "0", 0],
  ["opens /missing", "-2", 0],
  ["fails", "", 3],
  ["nothing", "", 2],
];

export const loadSuite: Suite = {
  name: "load",
  entries: (kernel) => [
    file("bin/anycall-load", buildProgram("anycall-load"), 0o755),
    file("loops.bpf.o", loopObject(kernel)),
    file("shapes.bpf.o", compileObject("shapes", PROGRAMS, kernel)),
    ...(kernel === "6.1" ? [] : [file("wc.bpf.o", compileObject("wc", readFileSync(join(ROOT, "examples/wc.ts"), "utf8"), kernel))]),
  ],
  commands: [
    'echo "@@ begin load"',
    ...CASES.map(([words]) => `echo "> ${words}"; anycall-load /shapes.bpf.o ${words} 2>/tmp/err; echo "= $?"`),
    ...LOOP_CASES.map(([words]) => `echo "> ${words}"; anycall-load /loops.bpf.o ${words} 2>/tmp/err; echo "= $?"`),
    'echo "> wc"; [ ! -e /wc.bpf.o ] || anycall-load /wc.bpf.o wc /etc/passwd; echo "= $?"; echo "@@ end"',
  ].join("\n"),
  judge: (lines, kernel) => {
    const output = part(lines, "load");
    const cases = [...CASES, ...LOOP_CASES, ["wc", kernel === "6.1" ? "" : "[1,1,22]", 0] as const];
    return cases.map(([words, result, code]) => {
      const from = output.indexOf(`> ${words}`);
      const to = output.findIndex((line, i) => i > from && line.startsWith("= "));
      const found = [output.slice(from + 1, to).join("\n"), output[to]];
      return {
        name: `anycall-load ${words}`,
        ok: from >= 0 && found[0] === result && found[1] === `= ${code}`,
        notes: [`found ${found.join(" ")}`, `expected ${result} = ${code}`],
      };
    });
  },
};
