/** bpf_iter_num: 8 bytes on the stack that are new, then asked for numbers, then destroyed. */
import { constSigned, isConst } from "../domain/index.ts";
import { widen } from "../explore/widen.ts";
import type { Machine } from "../explore/machine.ts";
import { findPrevious } from "../explore/visited.ts";
import { Refusal, unmodelled } from "../failure.ts";
import { BYTE, type Slot, slotOf } from "../state/stack.ts";
import type { Reg } from "../state/register.ts";
import { stackFrame } from "./stack-access.ts";
import { acquire, release } from "./references.ts";
import type { IteratorStep } from "./kfunc-table.ts";

/** Checks the iterator argument and performs the step; the caller sets r0. */
export function iterator(m: Machine, step: IteratorStep): void {
  const pointer = m.read(1);
  const { slot, index } = iteratorSlot(m, pointer);
  m.touched.slots.add(index);
  if (step !== "new") m.liveness.read(pointer.frame, index);
  if (step !== "next") m.liveness.write(pointer.frame, index);
  if (step === "new") {
    m.read(2);
    m.read(3);
    if (slot.bytes.includes(BYTE.ITER)) throw new Refusal("argument-type", `expected uninitialized iter_num as arg #0`);
    slot.reg.setNotInit();
    slot.bytes.fill(BYTE.ITER);
    slot.iterator = { active: true, depth: 0, ref: acquire(m) };
    return;
  }
  if (!slot.iterator) throw new Refusal("argument-type", `expected an initialized iter_num as arg #0`);
  if (step === "destroy") {
    release(m, slot.iterator.ref);
    slot.iterator = undefined;
    slot.bytes.fill(BYTE.INVALID);
    return;
  }
  nextStep(m, slot, index, pointer);
}

function nextStep(m: Machine, slot: Slot, index: number, pointer: Reg): void {
  const iteration = slot.iterator!;
  if (iteration.active) {
    // One more number: the other path goes round with a pointer to it, and with what it does not depend on forgotten.
    const other = m.branch(m.insn + 1);
    const frame = other.frames[pointer.frame]!;
    const active = frame.stack[index]!;
    active.iterator = { ...iteration, depth: iteration.depth + 1 };
    const previous = findPrevious(m, other);
    if (previous) widen(previous, other);
    for (let r = 0; r <= 5; r++) other.top.regs[r]!.setNotInit();
    const result = other.top.regs[0]!;
    result.setPointer("mem");
    result.memSize = 4;
    result.readOnly = true;
    result.id = m.newId();
    result.ref = iteration.ref;
  }
  slot.iterator = { ...iteration, active: false };
}

function iteratorSlot(m: Machine, pointer: Reg): { slot: Slot; index: number } {
  if (pointer.type !== "fp" || !isConst(pointer)) throw new Refusal("argument-type", "arg#0 expected pointer to an iterator on stack");
  const off = pointer.off + constSigned(pointer);
  if (off % 8 !== 0 || off >= 0 || off < -512) unmodelled("an iterator that is not aligned");
  const frame = stackFrame(m, pointer);
  m.grow(frame, -off);
  const index = slotOf(off);
  return { slot: frame.stack[index]!, index };
}
