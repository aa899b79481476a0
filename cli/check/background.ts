/**
 * Verification away from the editor's thread: one worker, started at the first job. A file has one job at a time; a newer one
 * makes the older stale, which is then dropped, and the worker is replaced when it can't be brought to stop. Never throws.
 */
import { Worker } from "node:worker_threads";
import type { Checked } from "../compile.ts";
import { internalError } from "./front.ts";
import type { CheckOptions, Verified } from "./types.ts";

export interface Job {
  readonly id: number;
  readonly checked: Checked;
  readonly options: CheckOptions;
  /** One cell: 1 when nobody waits for the answer any more. */
  readonly cancelled: Int32Array;
}

/** Without `verified` the job was given up. */
export interface Reply {
  readonly id: number;
  readonly verified?: Verified;
}

interface Pending extends Job {
  readonly done: (verified: Verified | undefined) => void;
}

/** Milliseconds that a stale job may go on before its worker is replaced: about what a new one costs to start. */
const PATIENCE = 400;
/** Megabytes of heap of the worker: the editor's memory is shared with it. */
const HEAP = 192;
/** Workers that died by themselves before the service stops trying. */
const MAX_DEATHS = 5;

export class BackgroundProver {
  #worker: Worker | undefined;
  #running: Pending | undefined;
  /** Waiting, newest job of each file, oldest first. */
  readonly #queue = new Map<string, Pending>();
  #impatience: NodeJS.Timeout | undefined;
  #next = 1;
  #deaths = 0;

  /** Resolves to the result, or to undefined when a newer job of the file took its place or the service was closed. Never rejects. */
  prove(checked: Checked, options: CheckOptions): Promise<Verified | undefined> {
    return new Promise((done) => {
      this.cancel(checked.fileName);
      this.#queue.set(checked.fileName, { id: this.#next++, checked, options, cancelled: new Int32Array(new SharedArrayBuffer(4)), done });
      this.#pump();
    });
  }

  /** Gives up the job of a file. */
  cancel(fileName: string): void {
    this.#queue.get(fileName)?.done(undefined);
    this.#queue.delete(fileName);
    const running = this.#running;
    if (running?.checked.fileName !== fileName || Atomics.load(running.cancelled, 0) !== 0) return;
    Atomics.store(running.cancelled, 0, 1);
    running.done(undefined);
    this.#impatience = setTimeout(() => this.#replace(), PATIENCE);
    this.#impatience.unref();
  }

  close(): void {
    for (const job of this.#queue.values()) job.done(undefined);
    this.#queue.clear();
    this.#running?.done(undefined);
    this.#stop();
  }

  #stop(): void {
    clearTimeout(this.#impatience);
    this.#running = undefined;
    const worker = this.#worker;
    this.#worker = undefined;
    worker?.removeAllListeners();
    // A worker that is being ended may still complain: nobody listens.
    worker?.on("error", () => {});
    void worker?.terminate().catch(() => {});
  }

  #replace(): void {
    this.#stop();
    this.#pump();
  }

  #pump(): void {
    const [next] = this.#queue.values();
    if (this.#running || !next) return;
    this.#queue.delete(next.checked.fileName);
    this.#running = next;
    const { done: _, ...job } = next;
    try {
      this.#worker ??= this.#start();
      this.#worker.postMessage(job satisfies Job);
    } catch (error) {
      this.#running = undefined;
      next.done(failed(next.checked, error));
    }
  }

  #start(): Worker {
    if (this.#deaths >= MAX_DEATHS) throw new Error("the worker that compiles and verifies keeps ending");
    const worker = new Worker(new URL("./worker.js", import.meta.url), { resourceLimits: { maxOldGenerationSizeMb: HEAP }, execArgv: [], stdout: true, stderr: true });
    worker.unref();
    worker.on("message", ({ id, verified }: Reply) => {
      const job = this.#running;
      if (job?.id !== id) return;
      clearTimeout(this.#impatience);
      this.#running = undefined;
      job.done(verified);
      this.#pump();
    });
    worker.on("error", (error) => this.#died(worker, error));
    worker.on("exit", (code) => this.#died(worker, new Error(`the worker that compiles and verifies ended with code ${code}`)));
    return worker;
  }

  #died(worker: Worker, error: unknown): void {
    if (this.#worker !== worker) return;
    this.#deaths++;
    const job = this.#running;
    this.#stop();
    job?.done(failed(job.checked, error));
    this.#pump();
  }
}

function failed(checked: Checked, error: unknown): Verified {
  return { diagnostics: [...checked.diagnostics, internalError(checked.fileName, error)], functions: [], loops: [] };
}
