/** Speed of the numeric domain: `npx vitest bench verifier-sim/domain`. Each case is 1024 operations on random scalars. */
import { bench, describe } from "vitest";
import { ALU, branchTaken, JMP, rangeWithin, refineBranch, Scalar, scalarAlu, syncBounds, truncateTo } from "./index.ts";
import { random } from "./testing/random.ts";
import { sampleAround } from "./testing/sample.ts";

const COUNT = 1024;
const rng = random(1);
const scalars = Array.from({ length: COUNT }, () => sampleAround(rng, rng.word()));
const constants = Array.from({ length: COUNT }, () => Scalar.constant(0, rng.below(64)));
const [a, b, c, d] = [new Scalar(), new Scalar(), new Scalar(), new Scalar()];
let sink = 0;

function each(operation: (s: Scalar, t: Scalar) => void): () => void {
  return () => {
    for (let i = 0; i < COUNT; i++) operation(scalars[i]!, scalars[(i * 7 + 3) % COUNT]!);
  };
}

describe("1024 operations", () => {
  bench("copy", each((s) => a.copyFrom(s)));
  bench("copy, synchronize", each((s) => { a.copyFrom(s); syncBounds(a); }));
  bench("copy, add", each((s, t) => { a.copyFrom(s); scalarAlu(ALU.ADD, true, a, t); }));
  bench("copy, and", each((s, t) => { a.copyFrom(s); scalarAlu(ALU.AND, true, a, t); }));
  bench("copy, mul", each((s, t) => { a.copyFrom(s); scalarAlu(ALU.MUL, true, a, t); }));
  bench("copy, shift", () => {
    for (let i = 0; i < COUNT; i++) {
      a.copyFrom(scalars[i]!);
      scalarAlu(ALU.LSH, true, a, constants[i]!);
    }
  });
  bench("copy, truncate", each((s) => { a.copyFrom(s); truncateTo(a, 2); }));
  bench("branch taken", each((s, t) => { sink += branchTaken(JMP.JLT, true, s, t); }));
  bench("branch refined, both sides", each((s, t) => {
    a.copyFrom(s);
    b.copyFrom(t);
    c.copyFrom(s);
    d.copyFrom(t);
    refineBranch(JMP.JLT, true, a, b, c, d);
  }));
  bench("range within", each((s, t) => { sink += Number(rangeWithin(s, t)); }));
});
export { sink };
