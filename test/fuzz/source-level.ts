/** Random programs in TypeScript: compiled, run everywhere, against what their trees evaluate to. */
import { BUFFERS, bitsOf, GLOBAL, isSigned, maxOf, minOf, type SourceProgram } from "./source/tree.ts";
import { evaluate, type Expected, TooLong } from "./source/evaluate.ts";
import { generateSource, parameterTypes } from "./source/generate.ts";
import { printSource } from "./source/print.ts";
import { shrinkSource } from "./source/shrink.ts";
import { FRAME } from "../../kernel/abi/frame.ts";
import type { Module } from "../../ir/types.ts";
import { decode } from "../frontend/support/run.ts";
import { Random } from "../support/random.ts";
import { formatTrace } from "../support/scripted-host.ts";
import { disagreement, type Finding, Tally } from "./agree.ts";
import { type Compiled, compileSource, typeErrors } from "./compile.ts";
import type { Outcome } from "./executors.ts";
import type { Found, Level } from "./level.ts";
import { randomWorld, scriptedWorld } from "./world.ts";

/** Refusals that depend on ranges and constants, which the generator does not know: right, as far as it can tell. */
const ALLOWED: ReadonlySet<string> = new Set(["AC2002", "AC2003", "AC2006", "AC1029"]);

/** What tsc says of `if (file.ok)` behind a `return`. */
const UNREACHED = /^TS2339 Property '(read|errno)' does not exist on type 'Opened'/;

interface Inputs {
  readonly args: readonly bigint[];
  readonly buffers: ReadonlyMap<string, Uint8Array>;
  readonly host: () => ReturnType<typeof scriptedWorld>;
}

function inputsOf(program: SourceProgram): Inputs {
  const random = new Random(BigInt(program.seed) + (1n << 40n));
  const args = parameterTypes(program).map((type) => {
    switch (random.below(5)) {
      case 0:
        return minOf(type);
      case 1:
        return maxOf(type);
      case 2: {
        const value = random.u64();
        return isSigned(type) ? BigInt.asIntN(bitsOf(type), value) : BigInt.asUintN(bitsOf(type), value);
      }
      default:
        return BigInt(random.below(70));
    }
  });
  const buffers = new Map(
    Object.entries(BUFFERS).map(([name, size]) => {
      const bytes = new Uint8Array(size);
      random.fill(bytes);
      return [name, bytes];
    }),
  );
  const world = randomWorld(random);
  return { args, buffers, host: () => scriptedWorld(world) };
}

/** Undefined also for programs that make no sense (while shrinking) or run too long. */
function judge(program: SourceProgram, tally: Tally): Finding | undefined {
  const inputs = inputsOf(program);
  const host = inputs.host();
  let expected: Expected;
  try {
    expected = evaluate(program, inputs.args, inputs.buffers, host);
  } catch (error) {
    tally.add(error instanceof TooLong ? "source: runs too long" : "source: makes no sense");
    return undefined;
  }
  let compiled: Compiled;
  try {
    compiled = compileSource(printSource(program));
  } catch (error) {
    return { kind: "check throws", message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  const refusal = refused(compiled, tally);
  if (refusal !== "accepted") return refusal;
  const { module } = compiled;
  const func = module!.funcs[0]!;
  if (func.signature.params.some(({ offset }, i) => offset !== FRAME.args + 8 * i))
    return { kind: "slots", message: "parameters are not in consecutive slots" };
  const idOf = (name: string) => [...module!.regions.values()].find((region) => region.name === name)?.id;
  const regions = new Map([...inputs.buffers].flatMap(([name, bytes]) => (idOf(name) === undefined ? [] : [[idOf(name)!, bytes] as const])));
  return disagreement({ module: module!, args: inputs.args, regions, host: inputs.host }, tally, {
    expect: (outcome) => objection(outcome, expected, formatTrace(host.trace), module!, idOf),
  });
}

function refused(compiled: Compiled, tally: Tally): Finding | undefined | "accepted" {
  const errors = compiled.diagnostics.filter(({ severity }) => severity === "error");
  const bad = errors.find(({ code }) => !ALLOWED.has(code));
  const types = typeErrors(compiled);
  if (types.length > 0 && types.every((error) => UNREACHED.test(error))) {
    tally.add("source: tsc narrows nothing in code it can't reach");
    return undefined;
  }
  if (types.length > 0) return { kind: `tsc ${types[0]!.split(" ")[0]}`, message: types.join("\n") };
  if (bad) return { kind: `diagnostic ${bad.code}`, message: `${bad.code} ${bad.message}\n${(bad.notes ?? []).join("\n")}` };
  if (errors.length > 0) {
    for (const code of new Set(errors.map(({ code }) => code))) tally.add(`source: refused with ${code}`);
    const lost = errors.find(({ span }) => !span);
    return lost && { kind: `no place ${lost.code}`, message: `${lost.code} ${lost.message}` };
  }
  if (!compiled.module) return { kind: "no module", message: "no errors and no module" };
  tally.add("source: accepted");
  return "accepted";
}

function objection(
  outcome: Outcome,
  expected: Expected,
  trace: readonly string[],
  module: Module,
  idOf: (name: string) => string | undefined,
): string | undefined {
  const found: string[] = [];
  const check = (what: string, want: string, got: string) => {
    if (want !== got) found.push(`${what}: ${want} by the rules, ${got} compiled`);
  };
  check("status", expected.status, outcome.status);
  if (expected.status === "OK" && outcome.status === "OK") check("result", expected.values.join(), resultOf(outcome, module).join());
  for (const [name, bytes] of expected.buffers) {
    const id = idOf(name);
    if (id !== undefined) check(name, Buffer.from(bytes).toString("hex"), outcome.memory[id]!);
  }
  const global = idOf(GLOBAL.name);
  if (global !== undefined) check(GLOBAL.name, String(expected.global), String(Buffer.from(outcome.memory[global]!, "hex").readUInt32LE(0)));
  check("trace", trace.join("\n"), outcome.trace.join("\n"));
  check("leaks", "", outcome.leaks);
  return found.length > 0 ? found.join("\n") : undefined;
}

function resultOf(outcome: Outcome, module: Module): unknown[] {
  const { result: type } = module.funcs[0]!.signature;
  if (type.kind === "int") return [type.signed ? outcome.result : BigInt.asUintN(64, outcome.result!)];
  return decode(type, new Uint8Array(Buffer.from(outcome.memory["result"] ?? "", "hex")), 0) as unknown[];
}

export const sourceLevel: Level = {
  name: "source",
  share: 4,
  run(seed, tally, known): Found | undefined {
    const program = generateSource(seed, new Random(seed), 4 + (seed % 40));
    const finding = judge(program, tally);
    if (!finding) return undefined;
    if (known.has(finding.kind)) return { ...finding, file: "", text: "" };
    const small = shrinkSource(program, (candidate) => judge(candidate, new Tally())?.kind === finding.kind);
    const shown = judge(small, new Tally()) ?? finding;
    const { args } = inputsOf(small);
    const comment = [`seed ${seed}: ${shown.kind}`, `arguments ${args.join(", ")}`, ...shown.message.split("\n")].map((line) => `// ${line}`).join("\n");
    return { ...shown, file: `source-${seed}.ts.txt`, text: `${comment}\n${printSource(small)}` };
  },
};
