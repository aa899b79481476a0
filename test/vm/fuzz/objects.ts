/** Random programs of the generator of `npm run fuzz`, compiled for a guest's kernel. */
import { writeObject } from "../../../backend-ebpf/object/index.ts";
import { PROFILES } from "../../../kernel/abi/profiles.ts";
import { compileSource } from "../../fuzz/compile.ts";
import { compile } from "../../fuzz/executors.ts";
import { generateSource } from "../../fuzz/source/generate.ts";
import { printSource } from "../../fuzz/source/print.ts";
import { Random } from "../../support/random.ts";
import type { KernelName } from "../kernels.ts";

/** Tries for each object: the language refuses many random programs, Linux 6.1 has no form for some loops. */
const TRIES = 20;

/** Objects of programs with consecutive seeds, fewer than `count` if too many are refused. */
export function randomObjects(kernel: KernelName, seed: number, count: number): Uint8Array[] {
  const profile = PROFILES.find(({ name }) => name === kernel)!;
  const objects: Uint8Array[] = [];
  for (let at = seed; objects.length < count && at < seed + TRIES * count; at++) {
    const { module, diagnostics } = compileSource(printSource(generateSource(at, new Random(at), 4 + (at % 40))));
    if (!module || diagnostics.some(({ severity }) => severity === "error")) continue;
    const object = compile(module, profile);
    if (!("unsuited" in object)) objects.push(writeObject(object));
  }
  return objects;
}
