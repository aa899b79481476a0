/** Hostile programs, arguments and processes against the module, by guest/fuzz; what the kernel's log says is judged for every suite. */
import { OPS } from "../../../kernel/abi/syscalls.ts";
import { buildProgram, compileObject } from "../build.ts";
import { file } from "../cpio.ts";
import { rowPrograms } from "../rows/programs.ts";
import { part, type Suite, tapVerdicts } from "../suite.ts";
import { randomObjects } from "./objects.ts";
import { fuzzedRows } from "./rows.ts";

/** Seconds of each kind at effort 1, and random programs. */
const SECONDS = 8;
const OBJECTS = 24;

const PARTS = ["main", "worker", "random", "mangle", "rows", "objects", "foreign"].map((name) => `fuzz/${name}.c`).concat("measure.c");

export const fuzzSuite: Suite = {
  name: "fuzz",
  // Races want two processors.
  qemu: ["-smp", "2"],
  // A task that does not end, or waits for a lock, is a finding, and early.
  append: "hung_task_panic=0 sysctl.kernel.hung_task_timeout_secs=20 sysctl.kernel.watchdog_thresh=10",
  timeout: 240,
  entries: (kernel, { seed, effort }) => [
    file("bin/anycall-fuzz", buildProgram("fuzz", PARTS), 0o755),
    file("rows.bpf.o", compileObject("rows", rowPrograms(), kernel)),
    file("rows.txt", fuzzedRows()),
    ...randomObjects(kernel, seed, Math.round(OBJECTS * Math.max(1, Math.sqrt(effort)))).map((bytes, i) => file(`random-${i}.bpf.o`, bytes)),
  ],
  commands: `ifconfig lo 127.0.0.1 up
seconds=$(awk "BEGIN { print ${SECONDS} * $EFFORT }")
echo "@@ begin fuzz"
anycall-fuzz rows $SEED $seconds /rows.bpf.o /rows.txt; echo "# exit $?"
anycall-fuzz objects $SEED $seconds /random-*.bpf.o; echo "# exit $?"
anycall-fuzz foreign $SEED $seconds ${[...new Set(OPS.map((row) => row.kfunc))].join(" ")}; echo "# exit $?"
echo "@@ end"`,
  judge: (lines) => {
    const output = part(lines, "fuzz");
    for (const line of output) if (/^# \w+: /.test(line)) console.log(line);
    const exits = output.filter((line) => line.startsWith("# exit"));
    return [...tapVerdicts(output), { name: "every kind ran to its end", ok: exits.length === 3 && exits.every((line) => line === "# exit 0"), notes: output.slice(-12) }];
  },
};
