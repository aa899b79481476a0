/** run, verify, doctor: as a user types them. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { ffi, isMissing } from "../../kernel/ffi.ts";
import { ADD, anycallc, LINES, project, WRONG } from "./support.ts";

const noFfi = isMissing(ffi()) ? "koffi is not installed" : "";
const last = (text: string) => JSON.parse(text.trim().split("\n").at(-1)!) as Record<string, unknown>;
let directory: string;
beforeAll(() => {
  directory = project({
    "src/add.ts": ADD,
    "src/lines.ts": LINES,
    "src/wrong.ts": WRONG,
    "src/wide.ts": 'import { anycall, assert, type i64, type u64 } from "anycall";\nexport const top = anycall((): u64 => 9_007_199_254_740_993n as never);\nexport const both = anycall((a: i64): [i64, boolean] => [a - 1, a > 0]);\nexport const checked = anycall((a: i64): i64 => { assert(a > 0, 42); return a; });\n'.replace("9_007_199_254_740_993n as never", "0x1f_ffff_ffff_ffff + 2"),
    "three.txt": "a\nb\nc\n",
  });
});

describe("run", () => {
  it("compiles, calls, prints the result", async () => {
    expect(await anycallc(["run", "src/add.ts#add", "2", "3"], directory)).toEqual({ code: 0, out: "5\n", err: "" });
    expect((await anycallc(["run", "src/add.ts#add", "2"], directory)).out).toBe("3\n");
    expect((await anycallc(["run", "src/wide.ts#both", "--", "-7"], directory)).out).toBe("[-8,false]\n");
  });
  it("prints one object with --json: unsafe integers as strings, exported buffers by name", async () => {
    expect(last((await anycallc(["run", "src/wide.ts#top", "--json"], directory)).out)).toMatchObject({ result: "9007199254740993", status: "OK" });
    const json = last((await anycallc(["run", "src/add.ts#add", "2", "3", "--json", "--engine", "user"], directory)).out);
    expect(json).toMatchObject({ result: 5, engine: "user", status: "OK" });
    expect(json).toHaveProperty("page");
  });
  it("ends with 1 and the error as data when the program fails", async () => {
    const { code, out } = await anycallc(["run", "src/wide.ts#checked", "--json", "--", "-1"], directory);
    expect(code).toBe(1);
    expect(last(out)).toMatchObject({ error: { code: "AC4008", status: "FAULT" } });
  });
  it("calls real files in engine user", async (context) => {
    if (noFfi) return context.skip(noFfi);
    expect((await anycallc(["run", "src/lines.ts#Logs.countLines", join(directory, "three.txt"), "--engine", "user"], directory)).out).toBe("3\n");
    expect((await anycallc(["run", "src/lines.ts#Logs.countLines", "/not/there", "--engine", "user"], directory)).out).toBe("-2 (ENOENT: no such file or directory)\n");
    const traced = await anycallc(["run", "src/lines.ts#Logs.countLines", join(directory, "three.txt"), "--trace"], directory);
    expect(traced.err).toMatch(/open[\s\S]*read/);
  });
  it.each([
    [["run"], /FILE#NAME/],
    [["run", "src/add.ts#nope"], /add/],
    [["run", "missing.ts#add"], /missing\.ts/],
    [["run", "src/add.ts#add"], /a/],
    [["run", "src/add.ts#add", "-1"], /./],
    [["run", "src/add.ts#add", "4294967296"], /u32|4294967295/],
    [["run", "src/add.ts#add", "abc"], /abc/],
    [["run", "src/add.ts#add", "1", "2", "3"], /./],
    [["run", "src/add.ts#add", "1", "--engine", "gpu"], /gpu/],
    [["run", "src/lines.ts#Logs.countLines", "/x", "--engine", "module"], /AC4|module/],
  ])("%j: a clear error, exit code 1", async (args, expected) => {
    const { code, err, out } = await anycallc(args, directory);
    expect(code).toBe(1);
    expect(err + out).toMatch(expected);
    expect(err).not.toContain("bug of AnyCall");
  });
  it("shows what does not compile, exit code 2", async () => {
    const { code, err } = await anycallc(["run", "src/wrong.ts#first", "/x"], directory);
    expect(code).toBe(2);
    expect(err).toContain("AC1025");
  });
});

describe("verify", () => {
  it("accepts what the compiler made, for each kernel that can express it", async () => {
    await anycallc(["src/lines.ts", "src/add.ts"], directory);
    for (const kernel of ["6.12", "6.18"]) {
      const { code, out } = await anycallc(["verify", "out/lines.bpf.o", "--kernel", kernel], directory);
      expect(out).toMatch(/ACCEPT/);
      expect(code).toBe(0);
    }
    expect(JSON.parse((await anycallc(["verify", "out/add.bpf.o", "--json"], directory)).out)).toBeTruthy();
  });
  it("prints the kernel's log: every path, or the one that failed", async () => {
    const every = (await anycallc(["verify", "out/add.bpf.o", "--log", "2"], directory)).out;
    expect(every).toContain("0: R1=ctx() R10=fp0\n");
    expect(every).toMatch(/^; .* @ add\.ts:\d+$/m);
    expect(every).toMatch(/^\d+: \(79\) r\d+ = \*\(u64 \*\)\(r1 \+0\) +; .*R\d+=scalar\(\)/m);
    expect(every).toMatch(/^processed \d+ insns \(limit 1000000\)$/m);
    const path = (await anycallc(["verify", "out/add.bpf.o", "--log", "1"], directory)).out;
    expect(path).not.toContain("from ");
    expect((await anycallc(["verify", "out/add.bpf.o", "--log", "3"], directory)).code).toBe(1);
  });
  it("says what is wrong with a file", async () => {
    const object = readFileSync(join(directory, "out/add.bpf.o"));
    writeFileSync(join(directory, "cut.o"), object.subarray(0, 300));
    writeFileSync(join(directory, "text.o"), "not an object\n");
    for (const name of ["cut.o", "text.o", "missing.o"]) {
      const { code, err, out } = await anycallc(["verify", name], directory);
      expect(code, name).not.toBe(0);
      expect(err + out, name).toMatch(/AC4\d\d\d/);
      expect(err, name).not.toContain("bug of AnyCall");
    }
  });
});

it("doctor names every engine and what it lacks, and ends with 0", async () => {
  const { code, out } = await anycallc(["doctor"], directory);
  expect(code).toBe(0);
  for (const name of ["module", "stock", "user"]) expect(out).toContain(`engine ${name}`);
});
