/** RCU read-side regions: where they begin and end, what they protect, and what may not be done inside. */
import type { Machine } from "../explore/machine.ts";
import { refuse } from "../failure.ts";
import { MODIFIER } from "../state/register.ts";
import { BYTE } from "../state/stack.ts";
import { habitsOf } from "./versions.ts";

const SLEEPABLE = 16;

/** Objects under RCU stay: in a region, under a lock, and in programs that can't sleep. */
export function inRcu(m: Machine): boolean {
  return m.state.rcu > 0 || m.state.lock !== undefined || (m.program.loadFlags & SLEEPABLE) === 0;
}

export function lockRcu(m: Machine, name: string): void {
  if (m.state.rcu > 0 && !habitsOf(m.options.profile).nestedRcu) refuse("rcu-nested", name);
  m.state.rcu++;
}

/** At the end of the outermost region what it protected is trusted no more. */
export function unlockRcu(m: Machine, name: string): void {
  if (m.state.rcu === 0) refuse("rcu-unmatched", name);
  m.state.rcu--;
  if (m.state.rcu > 0) return;
  m.state.eachRegister((reg) => {
    if (!(reg.modifiers & MODIFIER.RCU)) return;
    reg.modifiers = (reg.modifiers & ~MODIFIER.RCU) | MODIFIER.UNTRUSTED;
    reg.nullable = false;
  });
  for (const frame of m.state.frames)
    for (const slot of frame.stack) if (slot.iterator?.protection === "rcu" && slot.bytes[0] === BYTE.ITER) slot.iterator = { ...slot.iterator, protection: "lost" };
}

/** A function that is for RCU regions only is called in one. */
export function requireRcu(m: Machine, name: string): void {
  if (habitsOf(m.options.profile).rcuProtectedCalls && !inRcu(m)) refuse("kfunc-needs-rcu", name);
}
