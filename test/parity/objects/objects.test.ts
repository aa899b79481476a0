/** Programs about kernel objects: what the running kernel says, and what the simulator does. */
import { expect, test } from "vitest";
import { compareWithKernel } from "./running-kernel.ts";

test("kernel objects: no program accepted that the running kernel refuses; the same line and the same count", (context) => {
  const compared = compareWithKernel();
  if (typeof compared === "string") return context.skip(compared);
  const named = (list: typeof compared) => list.map(({ program, kernel, ours }) => `${program.feature}: ${program.name}: kernel ${kernel.accepted ? kernel.processed : kernel.error}; here ${ours.verdict === "ACCEPT" ? ours.processed : ours.error}`);
  const accepted = compared.filter(({ kernel }) => kernel.accepted);
  const refused = compared.filter(({ kernel }) => !kernel.accepted);
  expect(named(refused.filter(({ ours }) => ours.verdict === "ACCEPT"))).toEqual([]);
  expect(named(accepted.filter(({ ours }) => ours.verdict === "REJECT"))).toEqual([]);
  const unlike = [
    ...accepted.filter(({ kernel, ours }) => ours.verdict !== "ACCEPT" || ours.processed !== kernel.processed),
    ...refused.filter(({ kernel, ours }) => ours.verdict !== "REJECT" || ours.error !== kernel.error),
  ];
  // Of other kernels than the profiles' own some lines differ.
  expect(unlike.length, named(unlike).join("\n")).toBeLessThanOrEqual(compared.length / 20);
}, 120_000);
