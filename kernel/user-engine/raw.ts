/**
 * Bare bytecode as WebAssembly with no proof behind it: every access is checked against the given memory and the stack, the
 * depth of calls and the number of rounds are limited. For conformance tests and `raw run`; compiled programs go through the
 * engine.
 */
import { decode } from "../../backend-ebpf/isa/insn.ts";
import { AnycallError } from "../errors.ts";
import { MalformedProgram } from "./cfg.ts";
import { allocate, DIRECT_STACK, MAX_FRAMES, WASM_PAGE } from "./layout.ts";
import { type CallTarget, NotTranslatable, translate } from "./translate.ts";

/** Rounds of all loops before the program counts as stuck. */
const ROUNDS = 0x7fffffff;
const STACK_BOTTOM = WASM_PAGE;
const STACK_TOP = STACK_BOTTOM + MAX_FRAMES * DIRECT_STACK;
/** Unmapped space between stack and memory. */
const MEMORY = STACK_BOTTOM + 2 * WASM_PAGE;

/** Helpers of a bare program, called by a constant number or through a register, answer 0. */
const HELPER: CallTarget = { kind: "import", key: "helper", params: ["i64", "i64", "i64", "i64", "i64"], result: "i64" };

/** Runs `insns` with r1 = the memory's address and r2 = its length; r0. Changes `memory` as the program does. Throws AnycallError. */
export function runRawUser(insns: Uint8Array, memory: Uint8Array): bigint {
  const pages = Math.ceil((MEMORY + memory.length + WASM_PAGE) / WASM_PAGE);
  const linear = allocate(pages);
  const bytes = new Uint8Array(linear.buffer);
  bytes.set(memory, MEMORY);
  const windows = [{ start: STACK_BOTTOM, end: STACK_TOP }, { start: MEMORY, end: MEMORY + memory.length }];
  const program = {
    name: "run",
    insns: decode(insns),
    wide: true,
    target: (slot: number): CallTarget => {
      if (program.insns[slot]!.src === 2) throw new NotTranslatable(slot, "a bare program has no kernel functions");
      return HELPER;
    },
    mapAddress: (slot: number): number => {
      throw new NotTranslatable(slot, "a bare program has no maps");
    },
  };
  try {
    const { bytes: code } = translate([program], { pages, stackTop: STACK_TOP, checked: { windows, stackBottom: STACK_BOTTOM } });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code), { env: { memory: linear, refill: () => 1, helper: () => 0n } });
    (exports["budget"] as WebAssembly.Global).value = ROUNDS;
    const r0 = (exports["run"] as (address: number, length: number) => bigint)(MEMORY, memory.length);
    memory.set(bytes.subarray(MEMORY, MEMORY + memory.length));
    return BigInt.asUintN(64, r0);
  } catch (error) {
    if (error instanceof NotTranslatable) throw new AnycallError("AC4015", `instruction ${error.slot}: ${error.message}`, { cause: error });
    if (error instanceof MalformedProgram) throw new AnycallError("AC4010", error.message, { cause: error });
    if (error instanceof WebAssembly.RuntimeError) throw new AnycallError("AC4010", "the program accessed memory that is not its own, nested too deep, or did not end", { cause: error });
    throw error;
  }
}
