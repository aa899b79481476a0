import { describe, expect, it } from "vitest";
import { narrowTypeOf } from "./narrow.ts";
import { parseFunc } from "./parse.ts";
import { collectDefinitions } from "./pointers.ts";

/** The narrow type of v9, e.g. `u32`, or `any`. */
function narrow(body: string): string {
  const definitions = collectDefinitions(parseFunc(`func "f" { region m local size 8 align 8 name "m" ${body} }`));
  const type = narrowTypeOf(9, (value) => definitions.get(value)?.instr);
  return type ? `${type.signed ? "s" : "u"}${type.bits}` : "any";
}
const loop = (start: string, step: string) =>
  `b0: ${start} v1 = const 1 br b1 b1: v9 = phi int [b0: v0, b2: v3] loop b2, b3 #0 b2: v2 = add v9, v1 ${step} condbr v3, b1, b3 b3: stop EXHAUSTED`;

describe("narrow types", () => {
  it.each([
    ["a u32 counter", loop("v0 = const 0", "v3 = ext.u32 v2"), "u32"],
    ["an i32 counter from a constant", loop("v0 = const 5", "v3 = ext.s32 v2"), "s32"],
    ["an unsigned counter from a negative constant", loop("v0 = const -1", "v3 = ext.u32 v2"), "any"],
    ["a u8 counter from a constant that needs 16 bits", loop("v0 = const 300", "v3 = ext.u8 v2"), "u16"],
    ["a 64-bit counter", loop("v0 = const 0", "v3 = add v2, v1"), "any"],
    ["a 32-bit operation", loop("v0 = const 0", "v3 = add32 v2, v1"), "u32"],
    ["mixed signs", loop("v4 = const 1 v0 = ext.s8 v4", "v3 = ext.u32 v2"), "any"],
    ["a flag", loop("v0 = const 0", "v3 = cmp.eq v2, v1"), "u8"],
    ["negative constants alone", loop("v0 = const -1", "v3 = const 200"), "s16"],
    ["a byte", "b0: v0 = addr m v9 = load.u8 [v0] ret v9", "u8"],
    ["a 64-bit load", "b0: v0 = addr m v9 = load.u64 [v0] ret v9", "any"],
    ["a call", "b0: v9 = call sys.getpid() ret v9", "any"],
  ])("%s", (_, body, expected) => {
    expect(narrow(body)).toBe(expected);
  });
});
