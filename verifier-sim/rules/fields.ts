/** Locks and timers in map values: where they are; one lock at a time, given back before the end, nothing called in between. */
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

/** The pointer must be to the one field of `kind` that values of its map have. */
export function requireField(number: number, pointer: Reg, kind: "bpf_spin_lock" | "bpf_timer"): void {
  const map = pointer.map!;
  if (!isConst(pointer)) refuse("field-variable", number, kind);
  if (!map.fields) refuse("map-without-btf", map.name, kind);
  const field = map.fields.find((candidate) => candidate.kind === kind);
  if (!field) return refuse("field-missing", map.name, kind);
  const off = constSigned(pointer) + pointer.off;
  if (off !== field.offset) refuse("field-offset", off, kind, field.offset);
}

/** The argument of bpf_spin_lock (`locks`) or bpf_spin_unlock: a pointer to the lock in a map value. */
export function changeLock(m: Machine, number: number, pointer: Reg, locks: boolean): void {
  requireField(number, pointer, LOCK);
  const map = pointer.map!;
  const held = m.state.lock;
  if (locks) {
    m.state.lock = { map, id: pointer.id };
    return;
  }
  if (!held) refuse("lock-not-held");
  if (held.map !== map || held.id !== pointer.id) refuse("lock-different");
  m.state.lock = undefined;
}
