/**
 * The optimizer: ONE readable list of passes, run in order. Level 0 runs none of them. Owns the order and nothing else;
 * every pass keeps the checker's invariants (check.ts), which tests verify behind each of them.
 */
import { removeDeadCode } from "./dce.ts";
import { simplifyCfg } from "./cfg-simplify.ts";
import { numberValues } from "./gvn.ts";
import { foldRanges } from "./ranges.ts";
import type { PassRun } from "./rewrite.ts";
import { propagateConstants } from "./sccp.ts";
import { simplify } from "./simplify.ts";
import type { Module } from "../types.ts";

export interface Pass {
  /** Unique; what `--emit ir=NAME` stops after. */
  readonly name: string;
  readonly run: PassRun;
  /** True if later stages need it for more than speed. None does today: unoptimized code runs everywhere. */
  readonly required: boolean;
  readonly why: string;
}

export const PASSES: readonly Pass[] = [
  { name: "cfg", run: simplifyCfg, required: false, why: "merges the lowering's many small blocks and threads the branches behind && and ||" },
  { name: "simplify", run: simplify, required: false, why: "identities, needless extensions, trivial phis: makes equal things look equal" },
  { name: "sccp", run: propagateConstants, required: false, why: "constants through phis and branches; code that they rule out goes" },
  { name: "gvn", run: numberValues, required: false, why: "one computation of equal values, so that a check speaks about the index that is used" },
  { name: "ranges", run: foldRanges, required: false, why: "checks that are proven cost nothing" },
  { name: "simplify-late", run: simplify, required: false, why: "what ranges and merged values have made constant or equal" },
  { name: "sccp-late", run: propagateConstants, required: false, why: "branches on those constants" },
  { name: "gvn-late", run: numberValues, required: false, why: "values in blocks that come to dominate each other when branches go" },
  { name: "dce", run: removeDeadCode, required: false, why: "what nobody needs any more" },
  { name: "cfg-late", run: simplifyCfg, required: false, why: "blocks left empty or alone" },
  { name: "dce-late", run: removeDeadCode, required: false, why: "phis and conditions of branches that went" },
];

export interface OptimizeOptions {
  readonly level: 0 | 1;
  /** Called behind each pass that ran, with its name. */
  readonly after?: (passName: string, module: Module) => void;
  /** Name of the last pass to run; unknown names throw. */
  readonly stopAfter?: string;
}

/** Runs the passes over every function of `module`, which is changed in place and returned. Keep a copy with `cloneModule`. */
export function optimize(module: Module, options: OptimizeOptions): Module {
  const { stopAfter } = options;
  if (stopAfter !== undefined && !PASSES.some((pass) => pass.name === stopAfter)) {
    throw new Error(`unknown pass ${stopAfter}: use one of ${PASSES.map((pass) => pass.name).join(", ")}`);
  }
  if (options.level === 0) return module;
  for (const pass of PASSES) {
    for (const func of module.funcs) pass.run(func, module);
    options.after?.(pass.name, module);
    if (pass.name === stopAfter) break;
  }
  return module;
}

/** A deep copy. */
export function cloneModule(module: Module): Module {
  return structuredClone(module);
}
