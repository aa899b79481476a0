/** `raw verify` and `raw run`: contracts that tools outside rely on. They read standard input, so a process each. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "./support.ts";

const anycallc = (args: readonly string[], input: string) => spawnSync(process.execPath, [join(ROOT, "cli/bin/anycallc.mjs"), ...args], { input, encoding: "utf8" });
const RETURN_ZERO = "b700000000000000" + "9500000000000000";
const NO_VALUE = "9500000000000000";
/** r0 = *(u8 *)(r1 + 64), r1 an element of 64 bytes. */
const BEYOND = "18210000" + "00000000" + "0000000000000000" + "7110400000000000" + "9500000000000000";
const ARRAY = [{ name: "a", type: "ARRAY", key: 4, value: 64, max: 1, flags: 0 }];

describe("raw verify", () => {
  const answers = (lines: readonly unknown[], args: readonly string[] = []) => {
    const { stdout, status } = anycallc(["raw", "verify", ...args], lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n"));
    return { status, answers: stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line) as Record<string, unknown>) };
  };
  it("answers each line in order, malformed ones with UNKNOWN and a reason", () => {
    const { status, answers: found } = answers([
      { id: 1, insns: RETURN_ZERO },
      { id: "two", insns: NO_VALUE, maps: {} },
      "{",
      { id: 4 },
      { id: 5, insns: "b7000000" },
      { id: 6, insns: BEYOND, maps: ARRAY },
      { id: 7, insns: "zz".repeat(8) },
      "[]",
      { id: 9, insns: RETURN_ZERO, maps: { nonsense: [0] } },
      "",
      { id: 11, insns: RETURN_ZERO, load_flags: 0 },
    ]);
    expect(status).toBe(0);
    expect(found.map(({ id, verdict }) => [id, verdict])).toEqual([
      [1, "ACCEPT"], ["two", "REJECT"], [null, "UNKNOWN"], [4, "UNKNOWN"], [5, "UNKNOWN"], [6, "REJECT"], [7, "UNKNOWN"], [null, "UNKNOWN"], [9, "UNKNOWN"], [null, "UNKNOWN"], [11, "ACCEPT"],
    ]);
    expect(found[0]).toEqual({ id: 1, verdict: "ACCEPT", error: null, insn: null, processed: 2 });
    expect(found[1]).toMatchObject({ error: "R0 !read_ok", insn: 0, processed: 1 });
    expect(found[5]).toMatchObject({ error: expect.stringContaining("outside of the allowed memory range"), insn: 2 });
    for (const { verdict, reason } of found) if (verdict === "UNKNOWN") expect(reason).toEqual(expect.any(String));
  });
  it("takes kernel functions by name and map definitions by index, and obeys --kernel", () => {
    const iterator = { id: 1, insns: "bfa1000000000000" + "07010000f8ffffff" + "b702000000000000" + "b703000003000000" + "8520000000000000" + RETURN_ZERO, kfuncs: [[4, "bpf_iter_num_new"]] };
    expect(answers([iterator]).answers[0]).toMatchObject({ verdict: "REJECT", error: expect.stringContaining("reference leak") });
    expect(answers([{ id: 1, insns: RETURN_ZERO }], ["--kernel", "6.1"]).answers[0]).toMatchObject({ verdict: "ACCEPT" });
  });
  it("survives a line of a megabyte", () => {
    const { answers: found } = answers([{ id: 1, insns: "b700000000000000".repeat(60_000) + "9500000000000000" }]);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ id: 1, verdict: "ACCEPT" });
  });
});

describe("raw run", () => {
  it.each(["interp", "user"])("engine %s: program on standard input, memory as argument, r0 in hexadecimal", (engine) => {
    // r0 = *(u8 *)(r1 + 0); r0 += 1
    const program = "7110000000000000" + "0700000001000000" + "9500000000000000";
    expect(anycallc(["raw", "run", "--engine", engine, "2a"], program)).toMatchObject({ stdout: "2b\n", status: 0 });
    expect(anycallc(["raw", "run", "--engine", engine], "b7000000ffffffff" + "9500000000000000")).toMatchObject({ stdout: "ffffffffffffffff\n", status: 0 });
  });
  it("takes bytes apart by white space", () => {
    expect(anycallc(["raw", "run"], "b7 00 00 00 07 00 00 00\n95 00 00 00 00 00 00 00\n").stdout).toBe("7\n");
  });
  it.each([[[], "b7"], [[], ""], [[], "xyz"], [["zz"], RETURN_ZERO], [["00", "11"], RETURN_ZERO], [["--engine", "gpu"], RETURN_ZERO]])("%j with input %j: a clear error, exit code 1", (args, input) => {
    const { status, stderr, stdout } = anycallc(["raw", "run", ...args], input);
    expect(status).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^error/);
  });
});
