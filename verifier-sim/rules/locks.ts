/** bpf_spin_lock in map values: one lock at a time, in one place, given back before the end, nothing called in between. */
import type { MapDef } from "../../backend-ebpf/object/types.ts";
import { constSigned, isConst } from "../domain/index.ts";
import type { Machine } from "../explore/machine.ts";
import { refuse } from "../failure.ts";
import type { Reg } from "../state/register.ts";

const LOCK = "bpf_spin_lock";

/** Whether values of `map` have a lock: their pointers keep their identity. */
export function hasLock(map: MapDef): boolean {
  return map.fields?.some(({ kind }) => kind === LOCK) === true;
}

/** The argument of bpf_spin_lock (`locks`) or bpf_spin_unlock: a pointer to the lock in a map value. */
export function changeLock(m: Machine, number: number, pointer: Reg, locks: boolean): void {
  const map = pointer.map!;
  if (!isConst(pointer)) refuse("lock-variable", number);
  if (!map.fields) refuse("map-without-btf", map.name, LOCK);
  const lock = map.fields.find(({ kind }) => kind === LOCK);
  if (!lock) return refuse("lock-missing", map.name);
  const off = constSigned(pointer) + pointer.off;
  if (off !== lock.offset) refuse("lock-offset", off, lock.offset);
  const held = m.state.lock;
  if (locks) {
    m.state.lock = { map, id: pointer.id };
    return;
  }
  if (!held) refuse("lock-not-held");
  if (held.map !== map || held.id !== pointer.id) refuse("lock-different");
  m.state.lock = undefined;
}
