/** Threads and nesting: each Worker's instance has memory of its own, nested calls have frames of their own. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FRAME_SLOTS } from "../../kernel/abi/frame.ts";
import type { Host } from "../../kernel/abi/host.ts";
import { ffi, isMissing } from "../../kernel/ffi.ts";
import { type Loaded, load } from "../../kernel/runtime/index.ts";
import { SAMPLES } from "../codegen/programs.ts";
import { ScriptedHost } from "../support/scripted-host.ts";
import type { WorkerInput } from "./burst-worker.ts";
import { emitSources } from "./emit.ts";
import { compileText, noBpf } from "./support.ts";

const sample = (name: string) => SAMPLES.find((candidate) => candidate.name === name)!.text;

describe("two Workers at once, 10,000 calls each", () => {
  let directory: string;
  beforeAll(() => {
    directory = emitSources(["test/engines/burst-worker.ts"]);
  });
  afterAll(() => rmSync(directory, { recursive: true }));
  const noFfi = ((found) => (isMissing(found) ? found.reason : ""))(ffi());

  test.for([["stock", noBpf], ["user", noFfi]] as const)("engine %s", async ([engine, why], context) => {
    if (why) return context.skip(why);
    const { bytes } = compileText(sample("bytes"))!;
    const ready = new SharedArrayBuffer(4);
    const run = (seed: number) =>
      new Promise((resolve, reject) => {
        const input: WorkerInput = { engine, bytes, calls: 5000, seed, ready, workers: 2 };
        const worker = new Worker(join(directory, "test/engines/burst-worker.js"), { workerData: input });
        worker.once("message", resolve);
        worker.once("error", reject);
      });
    const wanted = { engine, calls: 10_000, wrong: 0 };
    expect(await Promise.all([run(1), run(200)])).toEqual([wanted, wanted]);
  });
});

describe("nested calls", () => {
  /** A host that calls the object again from inside each of its operations, `depth` deep. */
  function nesting(depth: number): { loaded: Loaded; results: unknown[]; trace: ScriptedHost["trace"] } {
    const results: unknown[] = [];
    const inner = new ScriptedHost({ ids: { pid: 3 } });
    let level = 0;
    const host: Host = {
      call: (row, args) => {
        if (++level < depth) results.push(loaded.call("burst", [1]));
        return inner.call(row, args);
      },
    };
    const loaded: Loaded = load(compileText(sample("burst"))!.bytes, { host });
    return { loaded, results, trace: inner.trace };
  }

  test("as many as there are frames", () => {
    const { loaded, results, trace } = nesting(FRAME_SLOTS);
    // The outermost call makes three operations, the first of which nests.
    expect(loaded.call("burst", [3])).toBe(9);
    expect(results).toEqual(new Array(FRAME_SLOTS - 1).fill(3));
    expect(trace).toHaveLength(FRAME_SLOTS + 2);
  });

  test("one more is an error that leaves the others and the instance whole", () => {
    const { loaded } = nesting(FRAME_SLOTS + 1);
    expect(() => loaded.call("burst", [1])).toThrow(expect.objectContaining({ code: "AC4006" }));
    expect(loaded.call("burst", [4])).toBe(12);
  });
});

describe("what a call can end with, in each engine", () => {
  test.for([["stock", noBpf], ["user", ""]] as const)("engine %s", ([engine, why], context) => {
    if (why) return context.skip(why);
    const bytes = load(compileText(sample("bytes"))!.bytes, { engine });
    expect(bytes.call("bytes", [0])).toBe(0);
    expect(() => bytes.call("bytes", [65537])).toThrow(expect.objectContaining({ code: "AC4008", message: expect.stringContaining("n is beyond page") }));
    expect(() => bytes.call("bytes", [2 ** 32])).toThrow(RangeError);
    bytes.close();
    const burst = load(compileText(sample("burst"), undefined, true)!.bytes, { engine });
    for (const n of [0, 1, 100]) expect(burst.invoke("burst", [n])).toEqual({ status: "OK", result: n * process.pid, calls: n });
    burst.close();
  });

  test("a budget of rounds ends a call with EXHAUSTED, and the next one starts afresh", () => {
    const loaded = load(compileText(sample("bytes"))!.bytes, { engine: "user", rounds: 1000 });
    loaded.buffer("page").fill(10);
    expect(loaded.call("bytes", [900])).toBe(900);
    expect(() => loaded.call("bytes", [1001])).toThrow(expect.objectContaining({ code: "AC4007" }));
    expect(loaded.call("bytes", [900])).toBe(900);
  });
});
