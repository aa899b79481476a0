/** A Worker that loads an object by itself and calls it again and again; everything is checked here, the parent gets the count. */
import { parentPort, workerData } from "node:worker_threads";
import { load } from "../../kernel/runtime/index.ts";

export interface WorkerInput {
  readonly engine: "stock" | "user";
  readonly bytes: Uint8Array;
  readonly calls: number;
  /** Makes the Workers' arguments and buffers differ. */
  readonly seed: number;
  /** Counts Workers that are ready: all start together. */
  readonly ready: SharedArrayBuffer;
  readonly workers: number;
}

const { engine, bytes, calls, seed, ready, workers } = workerData as WorkerInput;
const loaded = load(bytes, { engine });
const page = loaded.buffer("page");
page.fill(seed);
const counter = new Int32Array(ready);
Atomics.add(counter, 0, 1);
Atomics.notify(counter, 0);
for (let seen = Atomics.load(counter, 0); seen < workers; seen = Atomics.load(counter, 0)) Atomics.wait(counter, 0, seen);

let wrong = 0;
const bytesOf = loaded.function("bytes");
for (let i = 0; i < calls; i++) {
  // Newlines among the first n bytes: none but those put there.
  const n = (i * 7 + seed) % 50;
  page[n] = 10;
  if (bytesOf([n], false) !== 0 || bytesOf([n + 1], false) !== 1) wrong++;
  page[n] = seed;
}
loaded.close();
parentPort!.postMessage({ engine: loaded.engine, calls: 2 * calls, wrong });
