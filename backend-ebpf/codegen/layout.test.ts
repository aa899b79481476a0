import { expect, test } from "vitest";
import { ENV, FRAME, FRAME_ALIGN, FRAME_SLOTS } from "../../kernel/abi/frame.ts";
import { parseModule } from "../../ir/parse.ts";
import { FRAMES_OFFSET, layoutModule } from "./layout.ts";

const module = parseModule(`module "t"
region page buffer size 100 align 1 name "page"
region empty buffer size 0 align 1 name "empty"
region wide buffer size 8 align 64 name "wide"
region text const size 3 align 1 name "text" init #616200
region count global size 4 align 4 name "count" init #01000000
func "f" { region args arg size 16 align 8 name "args" at 32 region b local size 1 align 1 name "b" region l local size 24 align 8 name "l" b0: ret }
func "g" { region args arg size 8 align 8 name "args" at 32 region big local size 5000 align 8 name "big" b0: ret }`);

test("regions lie apart, aligned, inside their sections", () => {
  const { memory, places, data, variables, buffers } = layoutModule(module);
  expect(memory).toMatchObject({ framesOffset: FRAMES_OFFSET, frameSlots: FRAME_SLOTS });
  expect(memory.framesOffset).toBeGreaterThanOrEqual(ENV.size);
  expect(memory.frameSize % FRAME_ALIGN).toBe(0);
  expect(memory.frameSize).toBeGreaterThanOrEqual(FRAME.args + 8 + 5000);
  for (const section of [".bss", ".data"] as const) {
    const size = section === ".bss" ? memory.size : data.length;
    const inside = variables.filter((v) => v.section === section).sort((a, b) => a.offset - b.offset);
    inside.forEach((v, i) => {
      expect(v.offset % 8).toBe(0);
      expect(v.offset).toBeGreaterThanOrEqual(i === 0 ? 0 : inside[i - 1]!.offset + inside[i - 1]!.size);
      // The verifier refuses the address of the section's end.
      expect(v.offset).toBeLessThan(size);
      expect(v.offset + v.size).toBeLessThanOrEqual(size);
    });
  }
  expect((places.get("wide") as { offset: number }).offset % 64).toBe(0);
  expect([...data.subarray(0, 3)]).toEqual([0x61, 0x62, 0]);
  expect(data[(places.get("count") as { offset: number }).offset]).toBe(1);
  expect(buffers.map((b) => b.name)).toEqual(["page", "empty", "wide", "count"]);
});

test("locals follow the arguments and do not overlap", () => {
  const { frames, memory } = layoutModule(module);
  const [f, g] = module.funcs.map((func) => frames.get(func)!);
  expect(f!.get("args")).toEqual({ kind: "frame", offset: 32 });
  expect(f!.get("b")).toEqual({ kind: "frame", offset: 48 });
  expect(f!.get("l")).toEqual({ kind: "frame", offset: 56 });
  expect(g!.get("big")).toEqual({ kind: "frame", offset: 40 });
  expect(40 + 5000).toBeLessThanOrEqual(memory.frameSize);
});
