/** Registers and stack slots as the kernel's verifier log prints them (kernel/bpf/log.c of 6.18). Text only; owns no state. */
import { constSigned, formatRanges, formatSigned, isConst, isZero } from "../domain/index.ts";
import { ADD_CONST, kindName, type Reg } from "../state/register.ts";
import { BYTE, type Slot } from "../state/stack.ts";
import type { Frame, State } from "../state/state.ts";

const REGISTERS = 11;
const SLOT_BYTES = 8;
/** What a byte of the stack holds, as one letter. */
const BYTE_LETTERS: Readonly<Record<number, string>> = { [BYTE.INVALID]: "?", [BYTE.SPILL]: "r", [BYTE.MISC]: "m", [BYTE.ZERO]: "0", [BYTE.ITER]: "i" };

const decimal = (value: number) => formatSigned(value < 0 ? -1 : 0, value);

/** What follows `R1=`: `7`, `scalar(id=1,umax=255,…)`, `map_value(map=m,ks=4,vs=8,off=4)`, `fp-8`. `frame`: number of the frame that holds it. */
export function formatRegister(reg: Reg, frame: number): string {
  const precise = reg.isScalar && reg.precise ? "P" : "";
  if (reg.isScalar && isConst(reg)) return precise + formatSigned(reg.tvHi, reg.tvLo);
  const name = precise + kindName(reg) + (reg.type === "btf" ? reg.struct : "");
  const place = reg.type === "fp" && reg.frame !== frame ? `[${reg.frame}]` : "";
  if (reg.type === "fp" && isConst(reg)) return `${name}${place}${decimal(constSigned(reg) + reg.off)}`;
  return `${name}${place}(${attributes(reg).join(",")})`;
}

function attributes(reg: Reg): string[] {
  const parts: string[] = [];
  const isLinkedSum = reg.isScalar && (reg.id & ADD_CONST) !== 0;
  if (reg.id) parts.push(`id=${reg.id & ~ADD_CONST}${isLinkedSum ? `${reg.off < 0 ? "" : "+"}${reg.off}` : ""}`);
  if (reg.ref) parts.push(`ref_obj_id=${reg.ref}`);
  if (reg.map) {
    if (reg.map.name !== "") parts.push(`map=${reg.map.name.slice(0, MAP_NAME_MAX)}`);
    parts.push(`ks=${reg.map.keySize},vs=${reg.map.valueSize}`);
  }
  if (!reg.isScalar && reg.off) parts.push(`off=${decimal(reg.off)}`);
  if (reg.type === "mem" || reg.type === "ringbuf_mem") parts.push(`sz=${decimal(reg.memSize)}`);
  if (!isConst(reg)) parts.push(...formatRanges(reg));
  else if (!reg.isScalar && !isZero(reg)) parts.push(`imm=${formatSigned(reg.tvHi, reg.tvLo)}`);
  return parts;
}
/** BPF_OBJ_NAME_LEN without the final NUL. */
const MAP_NAME_MAX = 15;

function formatSlot(slot: Slot, frame: number): string | undefined {
  if (slot.iterator) return `iter_${slot.iterator.name}(ref_id=${slot.iterator.ref},state=${slot.iterator.active ? "active" : "drained"},depth=${slot.iterator.depth})`;
  if (slot.bytes.includes(BYTE.ITER) || slot.bytes.every((byte) => byte === BYTE.INVALID)) return undefined;
  const letters = Array.from(slot.bytes, (byte) => BYTE_LETTERS[byte]!).join("");
  return slot.spilled ? `${letters.slice(0, letters.indexOf("r"))}${formatRegister(slot.reg, frame)}` : letters;
}

/** What of a frame is printed: bit r for register r, and the indexes of stack slots. Undefined: everything. */
export interface Touched {
  readonly registers: number;
  readonly slots: ReadonlySet<number>;
}

/** One frame with the references held: ` R0=1 R10=fp0 fp-8=mmmmmmmm refs=2`, with a space before each part. */
export function formatFrame(state: State, frame: Frame, touched?: Touched): string {
  let text = frame.number > 0 ? ` frame${frame.number}:` : "";
  for (let r = 0; r < REGISTERS; r++) {
    const reg = frame.regs[r]!;
    if (reg.type === "not_init" || (touched && !(touched.registers & (1 << r)))) continue;
    text += ` R${r}=${formatRegister(reg, frame.number)}`;
  }
  frame.stack.forEach((slot, index) => {
    if (touched && !touched.slots.has(index)) return;
    const shown = formatSlot(slot, frame.number);
    if (shown !== undefined) text += ` fp${-SLOT_BYTES * (index + 1)}=${shown}`;
  });
  return state.refs.length > 0 ? `${text} refs=${state.refs.map(({ id }) => id).join(",")}` : text;
}
