/** The thread that compiles and verifies for editors: jobs in, results out. A job whose flag is raised is given up at the next function. */
import { parentPort } from "node:worker_threads";
import type { Job, Reply } from "./background.ts";
import { Prover } from "./service.ts";

class Stale extends Error {}

const prover = new Prover();

parentPort?.on("message", ({ id, checked, options, cancelled }: Job) => {
  const between = () => {
    if (Atomics.load(cancelled, 0) !== 0) throw new Stale();
  };
  let reply: Reply;
  try {
    between();
    reply = { id, verified: prover.prove(checked, options, between) };
  } catch (error) {
    if (!(error instanceof Stale)) throw error;
    reply = { id };
  }
  parentPort?.postMessage(reply);
});
