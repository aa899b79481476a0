/** What the fuzzer found in compiled code, minimized: all executors agree, all verifiers that are here accept. */
import { describe, expect, it } from "vitest";
import { parseModule } from "../../ir/parse.ts";
import { disagreement, Tally } from "./agree.ts";
import { scriptedWorld } from "./world.ts";

const HEAD = 'module "t" region buf buffer size 64 align 8 name "buf" func "random" { region args arg size 32 align 8 name "args" at 32 fault bounds "x"';
const X = "b0: v0 = addr args v1 = load.s64 [v0]";
const READ = "b1: v8 = addr buf v9 = ptradd v8, v5 v10 = load.u8 [v9] ret v10 b2: stop FAULT fault 0";

const CASES: Readonly<Record<string, string>> = {
  "the verifier knows nothing of a remainder: the check stays": `${X} v4 = const 7 v5 = umod v1, v4 v6 = const 64 v7 = cmp.ult v5, v6 condbr v7, b1, b2 check bounds ${READ}`,
  "nor of a quotient": `${X} v2 = const 255 v3 = and v1, v2 v4 = const 7 v5 = udiv v3, v4 v6 = const 64 v7 = cmp.ult v5, v6 condbr v7, b1, b2 check bounds ${READ}`,
  "nor of a shift by a variable": `${X} v2 = const 63 v3 = and v1, v2 v4 = load.u8 [v0 + 8] v5 = lshr v3, v4 v6 = const 64 v7 = cmp.ult v5, v6 condbr v7, b1, b2 check bounds ${READ}`,
  "an index far from a value that the verifier links it to": `${X} v4 = const 2147483647 v5 = add v1, v4 v6 = const 64 v7 = cmp.ult v5, v6 condbr v7, b1, b2 check bounds ${READ}`,
  "an index refined through a sum is not refined for the verifier": `${X} v2 = const 5 v3 = add v1, v2 v4 = const 32 v11 = cmp.ult v3, v4 condbr v11, b3, b2 b3: v5 = add v1, v4 v6 = const 64 v7 = cmp.ult v5, v6 condbr v7, b1, b2 check bounds ${READ}`,
};

describe.each(Object.entries(CASES))("%s", (_, body) => {
  it.each([0n, 5n, 63n, 64n, -2147483647n, -1n, 2n ** 63n - 1n])("for %s", (x) => {
    const buffer = Uint8Array.from({ length: 64 }, (__, i) => i + 1);
    const test = { module: parseModule(`${HEAD} ${body} }`), args: [x, 3n, 0n, 0n], regions: new Map([["buf", buffer]]), host: () => scriptedWorld({}) };
    expect(disagreement(test, new Tally())).toBeUndefined();
  });
});
