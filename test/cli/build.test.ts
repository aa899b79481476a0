/** The build: what it writes, what it prints, and tsc's exit codes. */
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { linkObject } from "../../backend-ebpf/object/index.ts";
import { ADD, anycallc, LINES, project, WRONG } from "./support.ts";

const out = (directory: string) => (existsSync(join(directory, "out")) ? readdirSync(join(directory, "out")).sort() : []);

describe("a project without errors", () => {
  it("writes JavaScript, objects with their maps, nothing else, and prints nothing", async () => {
    const directory = project({ "src/add.ts": ADD, "src/other.ts": "export const x: number = 1;\n" });
    expect(await anycallc(["-p", "."], directory)).toEqual({ code: 0, out: "", err: "" });
    expect(out(directory)).toEqual(["add.bpf.o", "add.bpf.o.map", "add.js", "other.js"]);
    expect(linkObject(readFileSync(join(directory, "out/add.bpf.o"))).programs.map(({ name }) => name)).toEqual(["add"]);
    expect(JSON.parse(readFileSync(join(directory, "out/add.bpf.o.map"), "utf8"))).toMatchObject({ version: 3, sources: ["src/add.ts"] });
  });
  it("gives the same bytes wherever it lies", async () => {
    const [a, b] = [project({ "src/add.ts": ADD }), project({ "src/add.ts": ADD })];
    for (const directory of [a, b]) await anycallc(["-p", directory], directory);
    expect(readFileSync(join(a, "out/add.bpf.o")).equals(readFileSync(join(b, "out/add.bpf.o")))).toBe(true);
  });
  it("writes nothing with --noEmit, and what is asked for with --emit", async () => {
    const directory = project({ "src/add.ts": ADD });
    expect((await anycallc(["--noEmit"], directory)).code).toBe(0);
    expect(out(directory)).toEqual([]);
    expect((await anycallc(["--emit", "ir,asm,obj"], directory)).code).toBe(0);
    expect(out(directory)).toEqual(["add.bpf.o", "add.bpf.o.map", "add.ir", "add.s"]);
    expect(readFileSync(join(directory, "out/add.ir"), "utf8")).toContain('func "add"');
    expect(readFileSync(join(directory, "out/add.s"), "utf8")).toMatch(/exit/);
  });
  it("stops the IR after the pass that is named", async () => {
    const directory = project({ "src/add.ts": ADD });
    expect((await anycallc(["--emit", "ir=cfg"], directory)).code).toBe(0);
    const early = readFileSync(join(directory, "out/add.ir"), "utf8");
    await anycallc(["--emit", "ir"], directory);
    expect(readFileSync(join(directory, "out/add.ir"), "utf8")).not.toBe(early);
    const wrong = await anycallc(["--emit", "ir=nonsense"], directory);
    expect(wrong.code).toBe(1);
    expect(wrong.err).toContain("use one of cfg");
  });
  it("obeys --outDir, --sourceMap, --listFiles", async () => {
    const directory = project({ "src/add.ts": ADD }, { outDir: undefined });
    const { code, out: printed } = await anycallc(["--outDir", "elsewhere", "--sourceMap", "--listFiles"], directory);
    expect(code).toBe(0);
    expect(readdirSync(join(directory, "elsewhere")).sort()).toEqual(["add.bpf.o", "add.bpf.o.map", "add.js", "add.js.map"]);
    expect(printed.split("\n")).toContain(join(directory, "src/add.ts"));
  });
  it("compiles the files that are named, with the options of their project", async () => {
    const directory = project({ "src/add.ts": ADD, "src/lines.ts": LINES });
    expect(await anycallc(["src/add.ts"], directory)).toEqual({ code: 0, out: "", err: "" });
    expect(out(directory)).toEqual(["add.bpf.o", "add.bpf.o.map", "add.js"]);
  });
  it("reports the form of each loop", async () => {
    const directory = project({ "src/lines.ts": LINES });
    const text = await anycallc(["--noEmit", "--explain-loops"], directory);
    expect(text.code).toBe(0);
    expect(text.out.trim().split("\n")).toHaveLength(2);
    expect(text.out).toMatch(/src\/lines\.ts[:(]9/);
    const json = JSON.parse((await anycallc(["--noEmit", "--explain-loops", "--format", "json"], directory)).out) as { loops: unknown[] };
    expect(json.loops).toHaveLength(2);
  });
});

describe("errors", () => {
  it("are printed as tsc prints them; the rest is written; exit code 2", async () => {
    const directory = project({ "src/add.ts": ADD, "src/wrong.ts": WRONG });
    const { code, out: printed } = await anycallc(["-p", "."], directory);
    expect(code).toBe(2);
    expect(printed).toMatch(/^src\/wrong\.ts\(5,10\): error AC1025: /m);
    expect(printed).toMatch(/^ {2}fix: /m);
    expect(out(directory)).toContain("add.bpf.o");
    expect(out(directory)).not.toContain("wrong.bpf.o");
  });
  it("write nothing with --noEmitOnError; exit code 1", async () => {
    const directory = project({ "src/add.ts": ADD, "src/wrong.ts": WRONG });
    expect((await anycallc(["--noEmitOnError"], directory)).code).toBe(1);
    expect(out(directory)).toEqual([]);
  });
  it("are data with --format json, coloured with --pretty", async () => {
    const directory = project({ "src/wrong.ts": WRONG });
    const json = JSON.parse((await anycallc(["--noEmit", "--format", "json"], directory)).out) as { diagnostics: { code: string; severity: string; file: string; line: number; column: number }[] };
    expect(json.diagnostics).toContainEqual(expect.objectContaining({ code: "AC1025", severity: "error", line: 5, column: 10 }));
    expect((await anycallc(["--noEmit", "--pretty"], directory)).out).toMatch(/AC1025[\s\S]*file\.read\(page\)[\s\S]*Found \d+ error/);
  });
  it.each([
    ["a syntax error", "export const x = ;\n", /TS1109/],
    ["a type error", "export const x: number = 'a';\n", /TS2322/],
  ])("%s: tsc's own, exit code 2", async (_, text, expected) => {
    const { code, out: printed } = await anycallc(["--noEmit"], project({ "src/a.ts": text }));
    expect(code).toBe(2);
    expect(printed).toMatch(expected);
  });
});

describe("usage", () => {
  it.each([
    [["--watch"], /--watch/],
    [["--declarationMap"], /declarationMap/],
    [["--nonsense"], /nonsense/],
    [["--kernel", "5.4"], /6\.1/],
    [["--format", "xml"], /format/],
    [["-p", "missing"], /missing/],
    [["missing.ts"], /missing\.ts/],
    [["-p", ".", "src/add.ts"], /project/],
    [["--emit", "ir", "--noEmit"], /emit/i],
  ])("%j is refused with a clear error and exit code 1", async (args, expected) => {
    const { code, err } = await anycallc(args, project({ "src/add.ts": ADD }));
    expect(code).toBe(1);
    expect(err).toMatch(/^error/);
    expect(err).toMatch(expected);
    expect(err).not.toContain("bug of AnyCall");
  });
  it("says that a directory has no project", async () => {
    const directory = project({});
    mkdirSync(join(directory, "empty"));
    expect((await anycallc(["-p", "empty"], directory)).err).toMatch(/TS5057/);
  });
  it("--init writes a project that compiles, once", async () => {
    const directory = project({});
    const fresh = join(directory, "fresh");
    mkdirSync(fresh);
    expect((await anycallc(["--init"], fresh)).code).toBe(0);
    const written = readFileSync(join(fresh, "tsconfig.json"), "utf8");
    expect(written).toContain("compilerOptions");
    const again = await anycallc(["--init"], fresh);
    expect(again.code).not.toBe(0);
    expect(readFileSync(join(fresh, "tsconfig.json"), "utf8")).toBe(written);
  });
  it("--help, --version and --explain answer", async () => {
    const directory = project({});
    expect((await anycallc(["--help"], directory)).out).toContain("anycallc run FILE#NAME");
    expect((await anycallc(["--version"], directory)).out).toMatch(/^anycallc \d+\.\d+\.\d+ \(TypeScript \d/);
    expect((await anycallc(["--explain", "AC1025"], directory)).out).toContain("AC1025");
    expect((await anycallc(["--explain", "AC9999"], directory)).code).toBe(1);
  });
});
