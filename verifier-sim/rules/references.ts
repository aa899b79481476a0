/** References: kernel objects that a program holds and must give back. */
import type { Machine } from "../explore/machine.ts";

/** A new reference, made by the current instruction; its id. */
export function acquire(m: Machine): number {
  const id = m.newId();
  m.state.refs.push({ id, insn: m.insn });
  return id;
}

/** The reference is given up: no register may use it any more. */
export function release(m: Machine, id: number): void {
  m.state.refs = m.state.refs.filter((ref) => ref.id !== id);
  m.state.eachRegister((reg) => {
    if (reg.ref === id) reg.setUnknown();
  });
}
