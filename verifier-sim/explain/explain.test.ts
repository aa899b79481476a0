/** Explanations of refusals: the value at fault, what was required, and the way that it came, from bare instructions. */
import { describe, expect, it } from "vitest";
import { encode } from "../../backend-ebpf/isa/insn.ts";
import { assemble } from "../../backend-ebpf/isa/text.ts";
import { PROFILES } from "../../kernel/abi/profiles.ts";
import { verify } from "../explore/explore.ts";
import { readProgram } from "../input/raw.ts";
import { explain } from "./explain.ts";

const MAP = { name: "counts", type: "ARRAY", key: 4, value: 64, max: 4, flags: 0 };
const options = { profile: PROFILES.at(-1)! };

function explained(text: string) {
  const insns = Buffer.from(encode(assemble(text))).toString("hex");
  const program = readProgram({ insns, maps: [MAP] });
  const verdict = verify(program, options);
  if (verdict.verdict === "ACCEPT") throw new Error("accepted");
  return { verdict, ...explain(program, verdict, { verify: options }) };
}

const VALUE = "r6 = r1\n r1 = map_fd(0, 0)\n *(u32 *)(r10 -4) = 9\n r2 = r10\n r2 += -4\n call bpf_map_lookup_elem#1";

interface Case {
  readonly code: string;
  readonly text: string;
  /** Notes in this order, among others. */
  readonly notes: readonly string[];
}

const CASES: Readonly<Record<string, Case>> = {
  "an index that is one too large": {
    code: "AC3101",
    text: `${VALUE}\n if r0 != 0x0 goto pc+1\n exit\n r7 = *(u32 *)(r6 +0)\n if r7 > 0x8 goto pc+3\n r7 <<= 3\n r0 += r7\n r0 = *(u64 *)(r0 +0)\n r0 = 0\n exit`,
    notes: [
      "r0 is a pointer to a value of map 'counts' (64 bytes), at offset (0…64)",
      "the offset must be in 0…56 for 8 bytes of 64",
      "9: r7 is any 32-bit number (0…4294967295): loaded from memory, of which nothing is known",
      "10: after the test `if r7 > 0x8 goto pc+3`, r7 is 0…8",
      "11: r7 is 0…64, after `r7 <<= 3`",
      "12: r0 is a pointer to a value of map 'counts' (64 bytes), at offset (0…64), after `r0 += r7`",
      "the kernel says: R0 max value is outside of the allowed memory range",
    ],
  },
  "a look-up that may fail": {
    code: "AC3102",
    text: `${VALUE}\n r0 = *(u64 *)(r0 +0)\n exit`,
    notes: ["r0 is null or a pointer to a value of map 'counts' (64 bytes)", "6: r0 is what bpf_map_lookup_elem returns: null or a pointer to a value of map 'counts' (64 bytes)"],
  },
  "an argument register after a call": {
    code: "AC3103",
    text: "r3 = 1\n call bpf_ktime_get_ns#5\n r0 = r3\n exit",
    notes: ["r3 is without a value", "1: the call of bpf_ktime_get_ns leaves r1 to r5 without values"],
  },
  "a value that went over the stack, and a function": {
    code: "AC3109",
    text: "r6 = *(u32 *)(r1 +0)\n *(u64 *)(r10 -8) = r6\n r2 = r10\n r1 = 0\n call pc+2\n r0 = 0\n exit\n r3 = *(u64 *)(r2 -8)\n r0 = *(u8 *)(r3 +0)\n exit",
    notes: ["r3 is any 32-bit number (0…4294967295)", "the kernel says: R3 invalid mem access 'scalar'"],
  },
  "a fill of the same frame": {
    code: "AC3109",
    text: "r6 = *(u8 *)(r1 +0)\n *(u64 *)(r10 -8) = r6\n r3 = *(u64 *)(r10 -8)\n r0 = *(u8 *)(r3 +0)\n exit",
    notes: ["0: r6 is 0…255: loaded from memory, of which nothing is known", "1: r6 is stored on the stack: 0…255", "2: r3 is 0…255, loaded from the stack"],
  },
};

describe.each(Object.entries(CASES))("%s", (_, { code, text, notes }) => {
  it(`is ${code}, with its cause`, () => {
    const told = explained(text);
    expect(told.code, told.notes?.join("\n")).toBe(code);
    let at = -1;
    for (const note of notes) {
      const found = told.notes?.indexOf(note) ?? -1;
      expect(found, `${note}\nin\n${told.notes?.join("\n")}`).toBeGreaterThan(at);
      at = found;
    }
  });
});

describe("whose fault it is", () => {
  it("is the author's in bare code", () => {
    expect(explained("r0 = r3\n exit").verdict).toMatchObject({ verdict: "REJECT", failure: { class: "your code", known: "without a value" } });
  });
  it("is the kernel's where a helper is not there", () => {
    expect(explained("call unknown#26\n exit").verdict).toMatchObject({ verdict: "REJECT", failure: { class: "kernel" } });
  });
});

describe("what it does not know", () => {
  it("is said, with a way out", () => {
    const told = explained("r0 = addr_space_cast(r1, 0, 1)\n exit");
    expect(told).toMatchObject({ code: "AC3190", verdict: { verdict: "UNKNOWN" } });
  });
});
