/** Rows of the table natively and in programs, by guest/rows.c. */
import { buildProgram, compileObject } from "../build.ts";
import { file } from "../cpio.ts";
import { part, type Suite } from "../suite.ts";
import { compareTraces } from "./compare.ts";
import { handleScenarios } from "./handles.ts";
import { moreScenarios } from "./more-scenarios.ts";
import { rowPrograms } from "./programs.ts";
import { rowScenarios } from "./scenarios.ts";
import { waitScenarios } from "./wait-scenarios.ts";

const scenarios = () => [...rowScenarios(), ...moreScenarios(), ...waitScenarios(), ...handleScenarios()];

export const rowsSuite: Suite = {
  name: "rows",
  entries: (kernel) => [
    file("bin/anycall-rows", buildProgram("rows"), 0o755),
    file("rows.bpf.o", compileObject("rows", rowPrograms(), kernel)),
    file(
      "rows.plan",
      `${scenarios()
        .map((scenario) => scenario.text())
        .join("\n")}\n`,
    ),
  ],
  // The loopback device, for sockets.
  commands: `ifconfig lo 127.0.0.1 up
echo "@@ begin native"; anycall-rows native /rows.bpf.o /rows.plan; echo "@@ end"
echo "@@ begin module"; anycall-rows module /rows.bpf.o /rows.plan; echo "@@ end"`,
  judge: (lines) => compareTraces(part(lines, "native"), part(lines, "module")).map(({ scenario, ok, notes }) => ({ name: scenario, ok, notes })),
};
