/**
 * libbpf and bpftool load our objects unchanged, and the kernel's log, as bpftool prints it, quotes the source. Each load
 * pins into a bpffs of its own, mounted in a mount namespace of its own: nothing stays behind.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { writeObject } from "../../backend-ebpf/object/index.ts";
import { bpftoolMissing, loadAll } from "./bpftool.ts";
import { badProgram, goodProgram, objectOf } from "./sample.ts";
import { fullObject, rcuProgram } from "./sample-full.ts";

const why = bpftoolMissing();

describe("bpftool", () => {
  beforeEach((context) => context.skip(why !== "", why));
  const directory = mkdtempSync(join(tmpdir(), "anycall-object-"));
  afterAll(() => rmSync(directory, { recursive: true }));
  const file = (name: string, bytes: Uint8Array) => {
    const path = join(directory, name);
    writeFileSync(path, bytes);
    return path;
  };

  test("loads a program, and what it dumps is the source", () => {
    const { ok, output, programs } = loadAll(file("good.bpf.o", writeObject(objectOf([goodProgram()]))));
    expect(ok, output).toBe(true);
    expect(programs.Clock_now).toContain("int Clock_now(void * ctx)");
    expect(programs.Clock_now).toContain("; const t = sys.clock_gettime(1); [file:src/clock.ts line_num:5 line_col:15]");
  });

  test("loads several programs with subprograms, a map and kfuncs of the kernel", () => {
    const { ok, output, programs } = loadAll(file("full.bpf.o", writeObject(fullObject([rcuProgram()]))));
    expect(ok, output).toBe(true);
    expect(Object.keys(programs).sort()).toEqual(["Clock_now", "Main_rcu", "Main_run"]);
    expect(programs.Main_run).toMatch(/int outer\(\)[\s\S]*int inner\(\)[\s\S]*int leaf\(\)/);
  });

  test("prints the refused line", () => {
    const { ok, output } = loadAll(file("bad.bpf.o", writeObject(objectOf([goodProgram(), badProgram()]))));
    expect(ok).toBe(false);
    expect(output).toMatch(/; return unset \+ 1;[^\n]*\n1: \(07\) r3 \+= 1\nR3 !read_ok/);
  });

  test("reads the types", () => {
    const path = file("types.bpf.o", writeObject(fullObject()));
    const { status, stdout } = spawnSync("bpftool", ["btf", "dump", "file", path], { encoding: "utf8" });
    expect(status).toBe(0);
    expect(stdout).toContain("FUNC 'Clock_now'");
    expect(stdout).toMatch(/DATASEC '\.bss' size=4672 vlen=3/);
    expect(stdout).toContain("(VAR 'Clock_page')");
  });
});
