import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { generateSys } from "./generate.ts";

const path = fileURLToPath(new URL("./sys.generated.ts", import.meta.url));

it("sys.generated.ts is what kernel/abi's tables give (UPDATE_GENERATED=1 rewrites it)", () => {
  if (process.env["UPDATE_GENERATED"]) writeFileSync(path, generateSys());
  expect(readFileSync(path, "utf8")).toBe(generateSys());
});
