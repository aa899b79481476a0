/**
 * Every function of the test programs and of examples/, on many inputs, in everything that can run it: the reference
 * interpreter, the optimized IR, the bytecode interpreter, engine `user`, and the running kernel where the program asks
 * nothing of the host. Status, result, memory and trace of system calls agree, with injected errors and short transfers;
 * what may be loaded anywhere is accepted by the simulator and by the kernel. That the reference itself is right is
 * checked beside the frontend (test/frontend).
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { BoundaryParam, BoundaryType } from "../../kernel/abi/boundary.ts";
import { FRAME } from "../../kernel/abi/frame.ts";
import type { Func, Module, RegionId } from "../../ir/types.ts";
import { disagreement, Tally } from "../fuzz/agree.ts";
import { type Case, EXECUTORS } from "../fuzz/executors.ts";
import { randomWorld } from "../fuzz/world.ts";
import { compileFile, ROOT, TYPESCRIPTS } from "../frontend/support/compile.ts";
import { Random } from "../support/random.ts";
import { ScriptedHost } from "../support/scripted-host.ts";

const ROUNDS = 12;
const TEXTS = ["/tmp/a", "/tmp/a", "/tmp/d/b", "/tmp", "/tmp/new", "/none", "", "hello", "l", "grün", "x".repeat(4096)];
/** A count of rounds, by its name: the reference interpreter is slow. */
const isCount = ({ name, type }: BoundaryParam) => name === "n" && type.kind === "int" && type.bits > 8;

function randomInteger({ bits, signed }: BoundaryType & { kind: "int" }, random: Random): bigint {
  const wrap = (x: bigint) => (signed ? BigInt.asIntN(bits, x) : BigInt.asUintN(bits, x));
  switch (random.below(4)) {
    case 0:
      return wrap(random.u64());
    case 1:
      return wrap((1n << BigInt(bits - 1)) - BigInt(random.below(2)));
    case 2:
      return wrap(BigInt(-random.below(70)));
    default:
      return wrap(BigInt(random.below(70)));
  }
}

/** The one function, as a module of its own: what an executor takes. */
function alone(module: Module, func: Func): Module {
  return { ...module, funcs: [func] };
}

function randomCase(module: Module, random: Random): Case {
  const func = module.funcs[0]!;
  const args: bigint[] = [];
  const params = new Map<RegionId, Uint8Array>();
  for (const param of func.signature.params) {
    const slot = (param.offset - FRAME.args) / 8;
    const { type } = param;
    if (type.kind === "int") args[slot] = isCount(param) ? BigInt(random.below(40)) : randomInteger(type, random);
    else if (type.kind === "bool") args[slot] = BigInt(random.below(2));
    else {
      const area = new Uint8Array(func.regions.get(`arg.${param.name}`)!.size);
      if (type.kind === "string") {
        const { written } = new TextEncoder().encodeInto(random.pick(TEXTS), area);
        args[slot] = (BigInt(written) << 32n) | BigInt(param.data!);
      } else random.fill(area);
      params.set(`arg.${param.name}`, area);
    }
  }
  const regions = new Map<RegionId, Uint8Array>();
  for (const { id, kind, size, init } of module.regions.values()) {
    if (kind === "const" || kind === "map" || init || random.below(4) === 0) continue;
    const bytes = new Uint8Array(size);
    random.fill(bytes);
    // Half of the time digits, letters and separators, so that parsers and searches find something.
    if (random.below(2) === 0) bytes.forEach((byte, i) => (bytes[i] = "ab12 \n.-".charCodeAt(byte & 7)));
    regions.set(id, bytes);
  }
  const world = randomWorld(random);
  return { module, args: Array.from(args, (value) => value ?? 0n), params, regions, host: () => new ScriptedHost(world) };
}

const FILES = [...["design.ts", "language.ts", "maps.ts", "values.ts"].map((name) => join("test/programs", name)), ...readdirSync(join(ROOT, "examples")).filter((name) => name.endsWith(".ts")).map((name) => join("examples", name))];

describe.each(FILES)("%s", (file) => {
  const compiled = compileFile(TYPESCRIPTS[0]!.ts, join(ROOT, file));
  const { module } = compiled;
  if (!module) throw new Error(compiled.errors.join("\n"));

  it.each(module.funcs.map((func) => ({ name: func.name, func })))("$name", ({ name, func }) => {
    const own = alone(module, func);
    const random = new Random(BigInt([...`${file}#${name}`].reduce((sum, c) => sum * 31 + c.charCodeAt(0), 7)));
    const tally = new Tally();
    for (let round = 0; round < ROUNDS; round++) {
      const test = randomCase(own, random);
      const found = disagreement(test, tally, { verify: round === 0 });
      expect(found, `round ${round}, arguments ${test.args.join()}`).toBeUndefined();
    }
    // Nothing may keep quiet: each executor ran every round, or is not there, or says what it lacks.
    for (const { name: executor, available } of EXECUTORS.slice(0, 5)) if (available() === null) expect(tally.count(`${executor}: run`)).toBe(ROUNDS);
    expect(tally.count("simulator: accepted")).toBe(1);
  });
});
