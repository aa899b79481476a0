/** The stack of one frame, 8-byte slots counted downwards from the frame pointer: slot i holds bytes -8(i+1) … -8i-1. */
import { Reg } from "./register.ts";

/** What a byte holds. */
export const BYTE = { INVALID: 0, SPILL: 1, MISC: 2, ZERO: 3, ITER: 4 } as const;

/** An open-coded iterator, kept at the first of its slots. */
export interface IteratorSlot {
  /** As in bpf_iter_NAME. */
  readonly name: string;
  readonly active: boolean;
  readonly depth: number;
  readonly ref: number;
  /** Whether it belongs to one RCU region, and whether that is over. */
  readonly protection: "none" | "rcu" | "lost";
}

export class Slot {
  /** Index 7 is the byte at the lowest address, as the kernel counts; a spill of n bytes fills indexes 7 … 8-n. */
  readonly bytes = new Uint8Array(8);
  /** The spilled register where bytes[7] is SPILL. */
  readonly reg = new Reg();
  /** An open-coded iterator that starts in this slot. */
  iterator: IteratorSlot | undefined;

  copy(): Slot {
    const slot = new Slot();
    slot.assign(this);
    return slot;
  }
  assign(from: Slot): void {
    this.bytes.set(from.bytes);
    this.reg.assign(from.reg);
    this.iterator = from.iterator;
  }
  get spilled(): boolean {
    return this.bytes[7] === BYTE.SPILL;
  }
  get spilledScalar(): boolean {
    return this.spilled && this.reg.type === "scalar";
  }
  /** Bytes of the spill. */
  get spillSize(): number {
    let size = 1;
    for (let i = 7; i > 0 && this.bytes[i - 1] === BYTE.SPILL; i--) size++;
    return size;
  }
  /** Nothing is known of the slot, as before anything was written. */
  forget(): void {
    this.bytes.fill(BYTE.INVALID);
    this.reg.setNotInit();
    this.iterator = undefined;
  }
  /** What was a spill becomes plain data. */
  scrub(): void {
    for (let i = 0; i < 8; i++) if (this.bytes[i] === BYTE.SPILL) this.bytes[i] = BYTE.MISC;
  }
}

export const MAX_STACK = 512;
/** Slot of the byte at `off` (negative). */
export function slotOf(off: number): number {
  return ((-off - 1) / 8) | 0;
}
