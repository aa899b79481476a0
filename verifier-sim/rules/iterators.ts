/** Open-coded iterators: 8-byte slots of the stack that are new, then asked for elements, then destroyed. */
import { sizeOf } from "../../backend-ebpf/btf/index.ts";
import { constSigned, isConst } from "../domain/index.ts";
import type { Machine } from "../explore/machine.ts";
import { findPrevious } from "../explore/visited.ts";
import { widen } from "../explore/widen.ts";
import { refuse } from "../failure.ts";
import { BYTE, type IteratorSlot, type Slot, slotOf } from "../state/stack.ts";
import { iteratorKfunc, type IteratorStep, type Kfunc } from "./kfunc-table.ts";
import { store } from "./memory.ts";
import { inRcu } from "./rcu.ts";
import { acquire, release } from "./references.ts";

const SLOT = 8;

/** The step that a call takes, for what follows the arguments. */
export interface Iteration {
  readonly step: IteratorStep;
  readonly protection: IteratorSlot["protection"];
  readonly frame: number;
  readonly index: number;
}

/** Checks the iterator in register `number`, and makes or ends it. `facts.reference`: what it holds. */
export function iteratorArgument(m: Machine, kfunc: Kfunc, number: number, facts: { reference: number }): Iteration {
  const { iterator, step } = iteratorKfunc(kfunc.name)!;
  const pointer = m.regs[number]!;
  if (pointer.type !== "fp") refuse("iterator-stack", number - 1);
  const count = slotCount(kfunc);
  const off = isConst(pointer) ? pointer.off + constSigned(pointer) : undefined;
  const index = off !== undefined && off < 0 && off % SLOT === 0 ? slotOf(off) : -1;
  const frame = m.state.frames[pointer.frame]!;
  const slots: Slot[] = [];
  for (let i = 0; i < count && index - i >= 0; i++) if (frame.stack[index - i]) slots.push(frame.stack[index - i]!);
  const fits = index >= count - 1;
  if (step === "new") {
    if (!fits || slots.some((slot) => slot.bytes.includes(BYTE.ITER))) refuse("iterator-used", iterator, number - 1);
    return begin(m, kfunc, number, index, count);
  }
  const first = slots[0];
  const state = first?.iterator;
  if (state?.protection === "lost") refuse("iterator-rcu", kfunc.name);
  if (!fits || !first || !state || state.name !== iterator || !slots.every((slot) => slot.bytes.every((byte) => byte === BYTE.ITER))) return refuse("iterator-new", iterator, number - 1);
  for (let i = 0; i < count; i++) m.liveness.read(pointer.frame, index - i);
  for (let i = 0; i < count; i++) m.touched.slots.add(index - i);
  facts.reference = state.ref;
  if (step === "destroy") {
    release(m, state.ref);
    for (let i = 0; i < count; i++) {
      m.liveness.write(pointer.frame, index - i);
      slots[i]!.forget();
    }
  }
  return { step, protection: state.protection, frame: pointer.frame, index };
}

function slotCount({ btf, params }: Kfunc): number {
  return Math.ceil((sizeOf(btf, params[0]!.targetId) ?? SLOT) / SLOT);
}

function begin(m: Machine, kfunc: Kfunc, number: number, index: number, count: number): Iteration {
  for (let i = 0; i < count; i++) store(m, number, i * SLOT, SLOT, {});
  const pointer = m.regs[number]!;
  const frame = m.state.frames[pointer.frame]!;
  const { iterator } = iteratorKfunc(kfunc.name)!;
  const protection = !kfunc.flags.includes("rcu-protected") ? "none" : inRcu(m) ? "rcu" : "lost";
  const ref = acquire(m);
  for (let i = 0; i < count; i++) {
    const slot = frame.stack[index - i]!;
    slot.reg.setNotInit();
    slot.bytes.fill(BYTE.ITER);
    m.touched.slots.add(index - i);
  }
  frame.stack[index]!.iterator = { name: iterator, active: true, depth: 0, ref, protection };
  return { step: "new", protection, frame: pointer.frame, index };
}

/** After `next`: another path goes round with one more element, this one ends the iteration. */
export function nextRound(m: Machine, { step, frame, index }: Iteration): void {
  if (step !== "next") return;
  const slot = m.state.frames[frame]!.stack[index]!;
  const iteration = slot.iterator!;
  if (iteration.active) {
    const other = m.branch(m.insn + 1);
    const active = other.frames[frame]!.stack[index]!;
    active.iterator = { ...iteration, depth: iteration.depth + 1 };
    // What the round does not depend on is forgotten.
    const previous = findPrevious(m, other);
    if (previous) widen(previous, other);
    other.top.regs[0]!.nullable = false;
  }
  slot.iterator = { ...iteration, active: false };
  m.regs[0]!.setKnown(0, 0);
}
