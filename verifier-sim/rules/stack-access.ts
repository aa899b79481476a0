/** The stack, byte by byte: spills and fills of registers, plain data, accesses at variable offsets. */
import { constSigned, formatTnum, isConst, isZero, smax, smin } from "../domain/index.ts";
import type { Machine } from "../explore/machine.ts";
import { refuse } from "../failure.ts";
import { isPointer, Reg } from "../state/register.ts";
import { BYTE, MAX_STACK, slotOf } from "../state/stack.ts";
import type { Frame } from "../state/state.ts";
import type { Written } from "./memory.ts";
import { habitsOf } from "./versions.ts";

const MAX_VAR_OFF = 2 ** 29;
export type StackAccess = "read" | "write";
const WORDS: Readonly<Record<StackAccess, string>> = { read: " read from", write: " write to" };

/** The frame a stack pointer points into. */
export function stackFrame(m: Machine, pointer: Reg): Frame {
  return m.state.frames[pointer.frame]!;
}

/** The access lies inside the 512 bytes below the frame pointer; the stack grows to hold it. */
export function stackRange(m: Machine, base: number, off: number, size: number, access: StackAccess, indirect = false): void {
  const pointer = m.regs[base]!;
  const at = pointer.off + off;
  const words = indirect && habitsOf(m.options.profile).indirectStack === "indirect access" ? " indirect access to" : WORDS[access];
  let low: number;
  let high: number;
  if (isConst(pointer)) {
    low = constSigned(pointer) + at;
    high = low + size;
  } else {
    if (smax(pointer) >= MAX_VAR_OFF || smin(pointer) <= -MAX_VAR_OFF) refuse("stack-unbounded", words, base);
    low = smin(pointer) + at;
    high = smax(pointer) + at + size;
  }
  if (low < -MAX_STACK || low > -1 || high > 0 || size < 0) {
    if (isConst(pointer)) refuse("stack-bounds", words, base, low, size);
    refuse("stack-variable", words, base, formatTnum(pointer), habitsOf(m.options.profile).knownOffset === "number" ? ` off=${at}` : "", size);
  }
  m.grow(stackFrame(m, pointer), -low);
}

/** Bytes at a known or variable offset become the value of register `to`; -1: only the access counts. */
export function readStack(m: Machine, base: number, off: number, size: number, to: number): void {
  const pointer = m.regs[base]!;
  const frame = stackFrame(m, pointer);
  const at = pointer.off + off;
  if (!isConst(pointer)) {
    const low = smin(pointer) + at;
    const high = smax(pointer) + at + size;
    // Which bytes are read depends on the offset.
    m.precise(base);
    markRead(m, frame, low, high);
    if (to >= 0) dataFrom(m, m.regs[to]!, frame, low, high);
    return;
  }
  fixedRead(m, frame, at + constSigned(pointer), size, to);
}

/** The slots of the bytes from `low` to `high`. */
function markRead(m: Machine, frame: Frame, low: number, high: number): void {
  for (let s = slotOf(high - 1); s <= slotOf(low); s++) m.liveness.read(frame.number, s);
}

function fixedRead(m: Machine, frame: Frame, off: number, size: number, to: number): void {
  const index = slotOf(off);
  const slot = frame.stack[index]!;
  m.touched.slots.add(index);
  m.liveness.read(frame.number, index);
  if (!slot.spilled) {
    for (let i = 0; i < size; i++) {
      const byte = frame.stack[slotOf(off + i)]!.bytes[(-(off + i) - 1) % 8]!;
      if (byte === BYTE.ITER) refuse("stack-read", off, i, size);
    }
    if (to >= 0) dataFrom(m, m.regs[to]!, frame, off, off + size);
    return;
  }
  const { reg, spillSize } = slot;
  if (size === 8 && spillSize === 8) {
    if (to >= 0) {
      m.regs[to]!.assign(reg);
      m.recordSlot(frame.number, index);
    } else m.recordSlot(frame.number, index);
    return;
  }
  if (reg.type !== "scalar") refuse("fill-size");
  if (to < 0) return;
  // Little endian: a narrower fill sees the register's low bytes only where the spill starts, which is where the slot does.
  const fits = habitsOf(m.options.profile).narrowFills ? size <= spillSize : size === spillSize;
  if (fits && off % 8 === 0) {
    m.regs[to]!.assign(reg);
    if (reg.width > size * 8) {
      m.regs[to]!.id = 0;
      m.regs[to]!.off = 0;
    }
    m.recordSlot(frame.number, index);
    return;
  }
  let spilled = 0;
  let zeros = 0;
  for (let i = 0; i < size; i++) {
    const byte = slot.bytes[(-(off + i) - 1) % 8];
    if (byte === BYTE.SPILL) spilled++;
    else if (byte === BYTE.ZERO) zeros++;
  }
  const target = m.regs[to]!;
  if (spilled === size && isZero(reg)) {
    target.setKnown(0, 0);
    m.recordSlot(frame.number, index);
  } else if (zeros === size) target.setKnown(0, 0);
  else target.setUnknown();
}

/** Zero if all bytes are known zeros, else unknown. */
function dataFrom(m: Machine, target: Reg, frame: Frame, low: number, high: number): void {
  for (let off = low; off < high; off++) {
    m.touched.slots.add(slotOf(off));
    if (frame.stack[slotOf(off)]?.bytes[(-off - 1) % 8] !== BYTE.ZERO) return target.setUnknown();
  }
  target.setKnown(0, 0);
}

export function writeStack(m: Machine, base: number, off: number, size: number, value: Written): void {
  const pointer = m.regs[base]!;
  const frame = stackFrame(m, pointer);
  if (isConst(pointer)) return fixedWrite(m, frame, pointer.off + off + constSigned(pointer), size, value);
  variableWrite(m, frame, pointer, pointer.off + off, size, value);
}

function fixedWrite(m: Machine, frame: Frame, off: number, size: number, value: Written): void {
  const index = slotOf(off);
  const slot = frame.stack[index]!;
  m.touched.slots.add(index);
  // What was an iterator is plain data then, and its reference can't be given back any more.
  if (slot.bytes[0] === BYTE.ITER) {
    slot.bytes.fill(BYTE.MISC);
    slot.iterator = undefined;
  }
  const reg = value.register === undefined ? undefined : m.regs[value.register]!;
  const aligned = off % 8 === 0;
  if (aligned && size === 8) m.liveness.write(frame.number, index);
  if (reg?.isScalar && aligned) {
    const fits = reg.width <= size * 8;
    if (fits) linkSpill(m, reg);
    spill(m, frame, index, reg, size);
    if (!fits) slot.reg.id = slot.reg.off = 0;
    m.recordSlot(frame.number, index);
    return;
  }
  if (!reg && value.imm !== undefined && aligned) {
    const constant = new Reg();
    constant.setKnown(value.imm >> 31, value.imm);
    spill(m, frame, index, constant, size);
    m.recordSlot(frame.number, index);
    return;
  }
  if (reg && isPointer(reg)) {
    if (size !== 8) refuse("spill-size");
    if (frame !== m.frame && reg.type === "fp") refuse("spill-caller");
    spill(m, frame, index, reg, size);
    m.recordSlot(frame.number, index);
    return;
  }
  slot.reg.setNotInit();
  slot.scrub();
  let kind: number = BYTE.MISC;
  if ((reg?.isScalar && isZero(reg)) || (!reg && value.imm === 0)) {
    if (value.register !== undefined) m.precise(value.register);
    kind = BYTE.ZERO;
  }
  for (let i = 0; i < size; i++) slot.bytes[(-(off + i) - 1) % 8] = kind;
}

function spill(m: Machine, frame: Frame, index: number, reg: Reg, size: number): void {
  const slot = frame.stack[index]!;
  slot.reg.assign(reg);
  for (let i = 8; i > 8 - size; i--) slot.bytes[i - 1] = BYTE.SPILL;
  for (let i = 8 - size; i > 0; i--) {
    const byte = slot.bytes[i - 1];
    if (byte !== BYTE.ZERO && byte !== BYTE.INVALID) slot.bytes[i - 1] = BYTE.MISC;
  }
  void m;
}

function variableWrite(m: Machine, frame: Frame, pointer: Reg, at: number, size: number, value: Written): void {
  const low = smin(pointer) + at;
  const high = smax(pointer) + at + size;
  const reg = value.register === undefined ? undefined : m.regs[value.register]!;
  const zero = (reg?.isScalar && isZero(reg)) || value.imm === 0;
  let usedZero = false;
  for (let off = low; off < high; off++) {
    const slot = frame.stack[slotOf(off)]!;
    m.touched.slots.add(slotOf(off));
    const byte = (-off - 1) % 8;
    if (slot.bytes[byte] === BYTE.ITER) refuse("stack-bounds", " write to", 10, off, size);
    if (zero && slot.spilledScalar && slot.bytes[byte] === BYTE.SPILL && isZero(slot.reg)) {
      usedZero = true;
      continue;
    }
    // A spill in the same slot is lost even where this byte stays the zero that it was.
    if (slot.spilled) {
      slot.reg.setNotInit();
      slot.scrub();
    }
    if (zero && slot.bytes[byte] === BYTE.ZERO) usedZero = true;
    else slot.bytes[byte] = BYTE.MISC;
  }
  if (usedZero && value.register !== undefined) m.precise(value.register);
}

/** A helper or kfunc reads (or, with `write`, may write) `size` bytes at the register: data, not pointers kept track of. */
export function indirectStack(m: Machine, number: number, size: number, write: boolean): void {
  stackRange(m, number, 0, size, write ? "write" : "read", true);
  const pointer = m.regs[number]!;
  const frame = stackFrame(m, pointer);
  const low = (isConst(pointer) ? constSigned(pointer) : smin(pointer)) + pointer.off;
  const high = (isConst(pointer) ? constSigned(pointer) : smax(pointer)) + pointer.off + size;
  if (!isConst(pointer)) m.precise(number);
  if (size > 0) markRead(m, frame, low, high);
  for (let off = low; off < high; off++) {
    const slot = frame.stack[slotOf(off)]!;
    const byte = (-off - 1) % 8;
    if (slot.bytes[byte] === BYTE.ITER) refuse("stack-data", number, low, off - low, size);
    if (slot.spilled) {
      if (write) {
        slot.reg.setUnknown();
        slot.scrub();
      }
    }
    if (write) slot.bytes[byte] = BYTE.MISC;
  }
}

function linkSpill(m: Machine, reg: Reg): void {
  if (habitsOf(m.options.profile).linksSpills) m.link(reg);
}
