/** The command line itself: a cold process, and the compiling service warm. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { compileSource } from "../cli/compile.ts";
import { pairedTimes } from "../cli/measure.ts";
import { openProject, ts } from "../cli/project.ts";
import { PROFILES } from "../kernel/abi/profiles.ts";
import { verify } from "../verifier-sim/index.ts";
import { compileExample, ROOT } from "./objects.ts";
import type { Benchmark } from "./types.ts";

const EXAMPLES = ["burst.ts", "wc.ts", "du.ts"];

export const compile: Benchmark = {
  name: "compile",
  what: "anycallc --noEmit -p examples in a new process, tsc beside it, and the parts in a warm one",
  unavailable: () => null,
  run(settings) {
    const node = (args: readonly string[]) => void spawnSync(process.execPath, args, { cwd: ROOT });
    const processes = pairedTimes(
      { "tsc --noEmit": () => node(["node_modules/typescript/bin/tsc", "--noEmit", "-p", "examples"]), "anycallc --noEmit": () => node(["cli/bin/anycallc.mjs", "--noEmit", "-p", "examples"]), "node alone": () => node(["-e", "0"]) },
      settings,
    );
    const project = openProject({ project: join(ROOT, "examples") });
    const files = project.rootNames.map((name) => project.program.getSourceFile(name)!);
    const warm = pairedTimes({ "open and check types": () => void ts.getPreEmitDiagnostics(openProject({ project: join(ROOT, "examples") }).program), "compile and verify": () => files.forEach((file) => void compileSource(ts, project.program, file, { base: ROOT })) }, settings);
    return { title: "anycallc on examples/", rows: [{ label: "new process", times: processes }, { label: "warm", times: warm }], notes: ["Ratios of the second row compare different work: parts of one compilation."] };
  },
};

export const verifier: Benchmark = {
  name: "verifier",
  what: "the simulator on the programs of examples/",
  unavailable: () => null,
  run(settings) {
    const linked = EXAMPLES.map((name) => ({ name, programs: compileExample(name).linked.programs }));
    const profile = PROFILES.at(-1)!;
    const rows = linked.map(({ name, programs }) => ({ label: `${name}: ${programs.map((p) => verify(p, { profile }).processed).join(" + ")} instructions`, times: pairedTimes({ simulator: () => programs.forEach((p) => void verify(p, { profile })) }, settings) }));
    return { title: "verifier simulator", rows, notes: [] };
  },
};
