import { describe, expect, it } from "vitest";
import { BUILD, COMMON, parseArgs, RUN, UsageError } from "./args.ts";
import { TSC_OPTIONS } from "./tsc-options.ts";

const build = (...args: string[]) => parseArgs(args, [...BUILD, ...COMMON], () => TSC_OPTIONS);
const run = (...args: string[]) => parseArgs(args, [...RUN, ...COMMON]);

describe("the build's command line", () => {
  it.each([
    [["-p", "."], { project: "." }, []],
    [["--project", "x.json", "--noEmit"], { project: "x.json", noEmit: true }, []],
    [["--noemit"], { noEmit: true }, []],
    [["--pretty", "false", "a.ts"], { pretty: false }, ["a.ts"]],
    [["--pretty", "a.ts"], { pretty: true }, ["a.ts"]],
    [["--outDir=out", "a.ts", "b.ts"], { outDir: "out" }, ["a.ts", "b.ts"]],
    [["--emit", "ir=fold,asm"], { emit: ["ir=fold", "asm"] }, []],
    [["-h"], { help: true }, []],
  ])("%j", (args, options, operands) => {
    expect(build(...args)).toEqual({ options, operands });
  });

  it.each([
    [["--watch"], "is tsc's"],
    [["-w"], "is tsc's"],
    [["--target", "es5"], "is tsc's"],
    [["--noEmitt"], "Did you mean '--noEmit'?"],
    [["--frobnicate"], "Unknown option '--frobnicate'"],
    [["--outDir"], "needs a value"],
    [["--kernel", "5.4"], "It is one of: 6.1, 6.12, 6.18, host"],
    [["--listFiles=yes"], "takes no value"],
  ])("refuses %j", (args, message) => {
    expect(() => build(...args)).toThrow(UsageError);
    expect(() => build(...args)).toThrow(message);
  });
});

describe("run's command line", () => {
  it("takes negative numbers and what follows -- as arguments, the empty string too", () => {
    expect(run("a.ts#f", "-5", "", "--json", "--", "--engine", "-x")).toEqual({ options: { json: true }, operands: ["a.ts#f", "-5", "", "--engine", "-x"] });
  });

  it.each(["", "x", "1.5", "-1"])("refuses --repeat %j", (value) => {
    expect(() => run("--repeat", value)).toThrow(UsageError);
  });
});
