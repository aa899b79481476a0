/**
 * Which engine runs an object: a pure function of what was probed and what the object needs. Owns the order of preference and
 * the sentences that say why; loads nothing.
 */
import type { ObjectMeta, ProgramMeta } from "./abi/meta.ts";
import type { EngineName, Probe } from "./engine.ts";

export type EngineChoice = EngineName | "auto";

/** What the programs that are to run need of an engine. */
export interface Needs {
  /** Operations of all call sites. */
  readonly ops: readonly string[];
  /** Those without an exact stock form. */
  readonly moduleOnly: readonly string[];
  /** What must be established for exact stock answers. */
  readonly exact: readonly string[];
}

export type Choice =
  | {
      readonly ok: true;
      readonly engine: EngineName;
      /** Why this one, in one sentence. */
      readonly reason: string;
      /** What to try next should it refuse the object when loading, best first; empty if the engine was asked for by name. */
      readonly others: readonly EngineName[];
    }
  | { readonly ok: false; readonly code: "AC4002" | "AC4003" | "AC4004"; readonly reason: string };

/** Best first: one transition with everything, one transition, many. */
export const PREFERENCE: readonly EngineName[] = ["module", "stock", "user"];

/** The needs of the programs with these names in the source; of all if absent. */
export function needsOf(meta: ObjectMeta, names?: readonly string[]): Needs {
  const programs = meta.programs.filter(({ name }) => names === undefined || names.includes(name));
  const all = (list: (program: ProgramMeta) => readonly string[]) => [...new Set(programs.flatMap(list))].sort();
  return { ops: all(({ sites }) => sites.map(({ op }) => op)), moduleOnly: all(({ moduleOnly }) => moduleOnly), exact: all(({ exact }) => exact) };
}

type Objection = Extract<Choice, { ok: false }>;

/** Why `engine` can't take the object here; undefined if it can. */
function objection(engine: EngineName, probe: Probe, needs: Needs): Objection | undefined {
  if (!probe.ok) return { ok: false, code: "AC4002", reason: `engine ${engine} can't run here: ${probe.reason}` };
  if (engine === "stock") {
    if (needs.moduleOnly.length > 0) return { ok: false, code: "AC4003", reason: `engine stock can't do ${needs.moduleOnly.join(", ")}` };
    const open = needs.exact.filter((fact) => !probe.exact.includes(fact));
    if (open.length > 0) return { ok: false, code: "AC4004", reason: `engine stock would not answer exactly here (not established: ${open.join(", ")})` };
    return undefined;
  }
  const missing = needs.ops.filter((op) => probe.missingRows.includes(op));
  if (missing.length > 0) return { ok: false, code: "AC4002", reason: `engine ${engine} can't do ${missing.join(", ")} here: ${probe.reason}` };
  return undefined;
}

const STRENGTH: Readonly<Record<EngineName, string>> = {
  module: "the kernel, with every operation of the table, in one transition",
  stock: "this kernel answers every operation of the program exactly, in one transition",
  user: "WebAssembly in this process, system calls one by one",
};

/** Chooses the engine. With `wanted` other than auto, that one or the reason why not. */
export function chooseEngine(probes: Readonly<Record<EngineName, Probe>>, needs: Needs, wanted: EngineChoice = "auto"): Choice {
  if (wanted !== "auto") {
    const against = objection(wanted, probes[wanted], needs);
    return against ?? { ok: true, engine: wanted, reason: `asked for: ${STRENGTH[wanted]}`, others: [] };
  }
  const objections: Objection[] = [];
  const able = PREFERENCE.filter((engine) => {
    const against = objection(engine, probes[engine], needs);
    if (against) objections.push(against);
    return !against;
  });
  const [best, ...others] = able;
  const against = objections.map(({ reason }) => reason);
  if (best === undefined) return { ...objections.at(-1)!, reason: against.join("; ") };
  const better = objections.slice(0, PREFERENCE.indexOf(best)).map(({ reason }) => reason);
  return { ok: true, engine: best, reason: [STRENGTH[best], ...better].join("; "), others };
}
