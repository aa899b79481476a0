import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { generateEntry, generateTable } from "./generate.ts";

const FILES = { "table.generated.h": generateTable, "entry.generated.c": generateEntry };

describe("generated files of the kernel module", () => {
  it.each(Object.entries(FILES))("%s is what kernel/abi's tables give (UPDATE_GENERATED=1 rewrites it)", (name, generate) => {
    const path = fileURLToPath(new URL(`./${name}`, import.meta.url));
    if (process.env["UPDATE_GENERATED"]) writeFileSync(path, generate());
    expect(readFileSync(path, "utf8")).toBe(generate());
  });
});
