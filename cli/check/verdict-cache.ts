/**
 * Verdicts of programs that did not change: the verifier is by far the dearest part of a check, and of a file being edited all
 * functions but one stay as they were. A verdict depends on the linked program, on the kernel and on nothing else; source
 * places are not part of it, so lines that move cost nothing.
 */
import type { Btf } from "../../backend-ebpf/btf/types.ts";
import type { LinkedProgram } from "../../backend-ebpf/object/index.ts";
import type { Verdict, Verify } from "../../verifier-sim/index.ts";

/** Verdicts kept; the least recently used go first. */
const CAPACITY = 2000;

export class VerdictCache {
  readonly #verify: Verify;
  readonly #known = new Map<string, Verdict>();
  /** Programs that had to be verified since the start: for tests and figures. */
  misses = 0;

  constructor(verify: Verify) {
    this.#verify = verify;
  }

  /** As the simulator, with a memory. Programs that want facts or a log are not remembered. */
  readonly verify: Verify = (program, options) => {
    if (options.facts || options.log || options.kernelBtf) return this.#verify(program, options);
    const key = `${options.profile.name} ${keyOf(program)}`;
    const known = this.#known.get(key);
    if (known) this.#known.delete(key);
    else this.misses++;
    const verdict = known ?? this.#verify(program, options);
    this.#known.set(key, verdict);
    if (this.#known.size > CAPACITY) this.#known.delete(this.#known.keys().next().value!);
    return verdict;
  };
}

/** All that a verdict can depend on; places and texts of the source are left out. */
function keyOf(program: LinkedProgram): string {
  const { insns, maps, kfuncs, funcInfo, progType, loadFlags, license, btf } = program;
  const plain = (_: string, value: unknown) => (typeof value === "bigint" ? `${value}n` : value instanceof Uint8Array ? Array.from(value).join() : value);
  const code = insns.map((i) => Object.values(i).join(",")).join(";");
  return `${code} ${JSON.stringify([maps, kfuncs, funcInfo, progType, loadFlags, license, btf ? typesOf(btf) : []], plain)}`;
}

function typesOf(btf: Btf): unknown[] {
  return Array.from({ length: btf.count - btf.firstId }, (_, i) => btf.type(btf.firstId + i));
}
