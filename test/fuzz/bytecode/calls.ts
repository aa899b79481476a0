/** Random calls of helpers, right and wrong, with every kind of argument: what each wants, in which order it is found out. */
import type { Insn } from "../../../backend-ebpf/isa/insn.ts";
import type { Random } from "../../support/random.ts";
import { type BareProgram, insn, type RawMap } from "./program.ts";

const map = (type: RawMap["type"], key: number, value: number, max: number, flags = 0): RawMap => ({ name: type.toLowerCase(), type, key, value, max, flags });
/** BPF_F_NO_PREALLOC. */
const NO_PREALLOC = 1;
const MAPS: readonly RawMap[] = [
  map("HASH", 8, 16, 4), map("ARRAY", 4, 48, 2), map("PERCPU_HASH", 8, 16, 4), map("PERCPU_ARRAY", 4, 32, 2), map("STACK_TRACE", 4, 64, 4),
  map("LRU_HASH", 4, 8, 4), map("LPM_TRIE", 8, 8, 4, NO_PREALLOC), map("QUEUE", 0, 8, 4), map("STACK", 0, 8, 4), map("RINGBUF", 0, 0, 4096),
  map("BLOOM_FILTER", 0, 8, 4), map("USER_RINGBUF", 0, 0, 4096), map("PROG_ARRAY", 4, 4, 4), map("PERF_EVENT_ARRAY", 4, 4, 4), map("CGROUP_ARRAY", 4, 4, 4),
];
const ARRAY = MAPS.findIndex(({ type }) => type === "ARRAY");
const RINGBUF = MAPS.findIndex(({ type }) => type === "RINGBUF");
const LAST_HELPER = 211;
const [LOOKUP, RESERVE, SUBMIT, DISCARD] = [1, 131, 132, 133];
const [CONTEXT, SCALAR, MEMORY, FP] = [6, 7, 8, 10];

export function callsOfHelpers(random: Random): BareProgram {
  const insns: Insn[] = [];
  const emit = (opcode: number, dst = 0, src = 0, off = 0, imm = 0) => void insns.push(insn(opcode, dst, src, off, imm));
  const mapInto = (reg: number, index: number) => {
    emit(0x18, reg, 1, 0, index);
    emit(0);
  };
  const unlessNull = (reg: number) => {
    if (random.below(4) === 0) return;
    emit(0x55, reg, 0, 2);
    emit(0xb7);
    emit(0x95);
  };

  emit(0xbf, CONTEXT, 1);
  for (const off of [-8, -16, -24, -32]) if (random.below(4) > 0) emit(0x7a, FP, 0, off, random.below(3));
  if (random.below(3) === 0) emit(0x7b, FP, CONTEXT, -24);
  emit(0x79, SCALAR, CONTEXT);
  if (random.below(2) === 0) emit(0x57, SCALAR, 0, 0, random.pick([7, 15, 31, 63]));
  memory();
  for (let call = 1 + random.below(2); call > 0; call--) {
    for (let reg = 1; reg <= 5; reg++) argument(reg);
    emit(0x85, 0, 0, 0, 1 + random.below(LAST_HELPER));
    result();
  }
  if (random.below(2) === 0) {
    emit(0xbf, 1, MEMORY);
    emit(0xb7, 2);
    emit(0x85, 0, 0, 0, random.pick([SUBMIT, DISCARD]));
  }
  emit(0xb7);
  emit(0x95);
  return { insns, maps: MAPS, kfuncs: [], origin: "calls of helpers" };

  /** An element of some map, the array's own memory, or a reservation in a ring. */
  function memory(): void {
    switch (random.below(3)) {
      case 0:
        emit(0xbf, 2, FP);
        emit(0x07, 2, 0, 0, -8);
        mapInto(1, random.below(MAPS.length));
        emit(0x85, 0, 0, 0, LOOKUP);
        emit(0xbf, MEMORY, 0);
        return unlessNull(MEMORY);
      case 1:
        emit(0x18, MEMORY, 2, 0, ARRAY);
        return emit(0, 0, 0, 0, random.pick([0, 4, 8]));
      default:
        mapInto(1, RINGBUF);
        emit(0xb7, 2, 0, 0, random.pick([8, 16]));
        emit(0xb7, 3);
        emit(0x85, 0, 0, 0, RESERVE);
        emit(0xbf, MEMORY, 0);
        return unlessNull(MEMORY);
    }
  }

  function argument(reg: number): void {
    switch (random.below(9)) {
      case 0:
        return emit(0xbf, reg, CONTEXT);
      case 1:
        emit(0xbf, reg, FP);
        return emit(0x07, reg, 0, 0, random.pick([-8, -16, -24, -32, -40, -4, 0, -512]));
      case 2:
      case 3:
        return mapInto(reg, random.below(MAPS.length));
      case 4:
        return emit(0xb7, reg, 0, 0, random.pick([0, 1, 4, 8, 16, 32, 64, -1]));
      case 5:
        return emit(0xbf, reg, SCALAR);
      case 6:
        emit(0xbf, reg, MEMORY);
        if (random.below(3) === 0) emit(0x07, reg, 0, 0, random.pick([1, 4, 8, -4]));
        return;
      case 7:
        return emit(0xb7, reg);
      default:
        if (random.below(4) > 0) emit(0xb7, reg, 0, 0, 8);
    }
  }

  /** Finds out what the call left in r0, on the stack, and behind the pointer. */
  function result(): void {
    switch (random.below(8)) {
      case 0:
        return emit(0x79, 1);
      case 1:
        emit(0x55, 0, 0, 2);
        emit(0xb7);
        emit(0x95);
        return emit(0x7a, 0, 0, 0, 1);
      case 2:
        emit(0x79, 1, FP, -8);
        return emit(0x79, 2, FP, -16);
      case 3:
        emit(0xbf, 9);
        emit(0x57, 9, 0, 0, 7);
        emit(0x0f, MEMORY, 9);
        return emit(0x71, 1, MEMORY);
      default:
        return;
    }
  }
}
