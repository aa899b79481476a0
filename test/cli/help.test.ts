/** The help's layout. */
import { expect, it } from "vitest";
import { help } from "../../cli/help.ts";

it("help describes everything in one column", () => {
  const columns = help().split("\n").flatMap((l) => /^ {2}\S.*? {2,}(?=[A-Z])/.exec(l)?.[0].length ?? []);
  expect(new Set(columns).size).toBe(1);
});
