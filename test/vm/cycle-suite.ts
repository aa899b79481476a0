/** Loading and unloading the module, by guest/cycles.c: 100 times, or `--effort` times that. */
import { buildProgram, compileObject } from "./build.ts";
import { file } from "./cpio.ts";
import { part, type Suite, tapVerdicts } from "./suite.ts";

const TIMES = 100;
const PROGRAM = `
import { anycall, sys, type i64 } from "anycall";
export const parent = anycall((): i64 => sys.getppid());
`;

export const cycleSuite: Suite = {
  name: "cycles",
  entries: (kernel) => [
    file("bin/anycall-cycles", buildProgram("cycles", ["cycles.c", "measure.c"]), 0o755),
    file("cycle.bpf.o", compileObject("cycle", PROGRAM, kernel)),
  ],
  commands: `echo "@@ begin cycles"; anycall-cycles /anycall.ko /cycle.bpf.o $(awk "BEGIN { print int(${TIMES} * $EFFORT) }"); echo "# exit $?"; echo "@@ end"`,
  judge: (lines) => {
    const output = part(lines, "cycles");
    for (const line of output) if (line.startsWith("# cycles: ")) console.log(line);
    return [...tapVerdicts(output), { name: "the cycles ran to their end", ok: output.includes("# exit 0"), notes: output.slice(-8) }];
  },
};
