/** Memory that helpers and kernel functions are given: is it there, of that size, and may it be written. */
import { formatUnsigned, smin, umax, umin } from "../domain/index.ts";
import type { Machine } from "../explore/machine.ts";
import { refuse } from "../failure.ts";
import { isNull, kindName } from "../state/register.ts";
import { type Access, checkMapAccess, checkRegion, load, store } from "./memory.ts";
import { indirectStack } from "./stack-access.ts";

const MAX_VAR_SIZE = 2 ** 29;

/** `size` bytes at register `number` may be read, or written. */
export function checkMemory(m: Machine, number: number, size: number, access: Access, zeroAllowed: boolean): void {
  const reg = m.regs[number]!;
  if (!reg.nullable) {
    switch (reg.type) {
      case "map_value":
        return checkMapAccess(m, number, 0, size, access, zeroAllowed);
      case "mem":
      case "ringbuf_mem":
        if (access === "write" && reg.readOnly) refuse("memory-readonly", number, reg.type);
        return checkRegion(m, number, reg.off, size, reg.memSize, zeroAllowed, "memory");
      case "fp":
        if (size === 0) return zeroAllowed ? undefined : refuse("zero-read");
        return indirectStack(m, number, size, access === "write");
      case "btf":
        // Read as the program itself would read it: from one member, or the start of an embedded struct.
        return access === "read" ? load(m, number, 0, size, -1, false) : store(m, number, 0, size, {});
      case "ctx":
        if (size === 0 && zeroAllowed) return;
        return access === "read" ? load(m, number, size - 1, 1, -1, false) : store(m, number, size - 1, 1, {});
      default:
        break;
    }
  }
  if (zeroAllowed && size === 0 && isNull(reg)) return;
  refuse("argument-type", number, kindName(reg), "fp");
}

/** Register `number` holds the size of the memory at register `number` - 1. */
export function checkSize(m: Machine, number: number, accesses: readonly Access[], zeroAllowed: boolean): void {
  const reg = m.regs[number]!;
  if (!reg.isScalar) refuse("size-scalar", number);
  if (smin(reg) < 0) refuse("size-negative", number);
  if (umin(reg) === 0 && !zeroAllowed) refuse("zero-size", number, formatUnsigned(reg.uminHi, reg.uminLo), formatUnsigned(reg.umaxHi, reg.umaxLo));
  if (umax(reg) >= MAX_VAR_SIZE) refuse("size-unbounded", number);
  for (const access of accesses) checkMemory(m, number - 1, umax(reg), access, zeroAllowed);
  m.precise(number);
}
