/** Loads, stores and atomics: what a pointer may access, by its type. */
import type { Insn } from "../../backend-ebpf/isa/insn.ts";
import { CLASS, LOAD_ACQUIRE, MODE, STORE_RELEASE } from "../../backend-ebpf/isa/opcodes.ts";
import type { MapDef } from "../../backend-ebpf/object/types.ts";
import { MAP_FLAG, MAP_TYPE } from "../../kernel/abi/maps.ts";
import { constSigned, formatBits, formatTnum, isConst, isZero, signExtend64, smin, Tnum, tnumAdd, tnumAssignConst, tnumCopy, tnumIsAligned, truncateTo, umax } from "../domain/index.ts";
import type { Machine } from "../explore/machine.ts";
import { Refusal, refuse } from "../failure.ts";
import { MESSAGES } from "../messages.ts";
import { accessSize, classOf, modeOf } from "../program/decode.ts";
import { kindName, type Reg } from "../state/register.ts";
import { isKptr, kptrAt, loadKptr, requireWholeKptr, storeKptr } from "./kptrs.ts";
import { loadMapField, structOfMap } from "./map-fields.ts";
import { loadObject, storeObject } from "./objects.ts";
import { habitsOf } from "./versions.ts";
import { readStack, stackRange, writeStack } from "./stack-access.ts";

export type Access = "read" | "write";
const MAX_VAR_OFF = 2 ** 29;
const F_STRICT_ALIGNMENT = 1;
const CONTEXT_MAX = 0xffff;

/** A value written: a register's number, an immediate, or nothing known. */
export interface Written {
  readonly register?: number;
  readonly imm?: number;
}

export function checkLoad(m: Machine): void {
  const insn = m.current;
  const signed = modeOf(insn) === MODE.MEMSX;
  if (modeOf(insn) !== MODE.MEM && !signed) refuse("reserved-fields", "BPF_LDX");
  m.read(insn.src);
  m.target(insn.dst);
  const kind = accessKind(m, m.regs[insn.src]!);
  load(m, insn.src, insn.off, accessSize(insn), insn.dst, signed);
  sameKind(m, kind);
}

export function checkStore(m: Machine): void {
  const insn = m.current;
  if (classOf(insn) === CLASS.ST) {
    if (modeOf(insn) !== MODE.MEM || insn.src !== 0) refuse("reserved-fields", "BPF_ST");
    m.read(insn.dst);
    const kind = accessKind(m, m.regs[insn.dst]!);
    if (kind === "ctx" && !habitsOf(m.options.profile).contextImmediates) refuse("context-immediate", insn.dst);
    store(m, insn.dst, insn.off, accessSize(insn), { imm: insn.imm });
    return sameKind(m, kind);
  }
  if (modeOf(insn) === MODE.ATOMIC) return checkAtomic(m);
  if (modeOf(insn) !== MODE.MEM || insn.imm !== 0) refuse("reserved-fields", "BPF_STX");
  m.read(insn.src);
  m.read(insn.dst);
  const kind = accessKind(m, m.regs[insn.dst]!);
  store(m, insn.dst, insn.off, accessSize(insn), { register: insn.src });
  return sameKind(m, kind);
}

/** One instruction may not access the context, or a kernel object, on one path and something else on another. */
function sameKind(m: Machine, kind: string): void {
  const special = kind === "ctx" || kind.includes("ptr_") ? kind : "plain";
  const before = m.accessKinds.get(m.insn);
  if (before === undefined) m.accessKinds.set(m.insn, special);
  else if (before !== special) refuse("same-insn-pointers");
}

/** What must be the same on every path: of kernel objects, before 6.4, also how far they are trusted. */
function accessKind(m: Machine, pointer: Reg): string {
  if (pointer.type !== "btf") return pointer.type === "ctx" ? "ctx" : "plain";
  return habitsOf(m.options.profile).mixedTrust ? "ptr_" : kindName(pointer);
}

/** *(size)(base + off) goes to register `to`; -1: the value is not kept. */
export function load(m: Machine, base: number, off: number, size: number, to: number, signed: boolean): void {
  const pointer = m.regs[base]!;
  checkAlignment(m, pointer, off, size, false);
  switch (pointer.type) {
    case "map_value": {
      if (pointer.nullable) break;
      checkMapAccess(m, base, off, size, "read", false, true);
      const kptr = kptrAt(pointer, off);
      if (kptr) return loadKptr(m, to, kptr);
      const known = to >= 0 ? constantOf(pointer, pointer.off + off, size, signed) : undefined;
      if (to >= 0) {
        if (known === undefined) m.regs[to]!.setUnknown();
        else m.regs[to]!.setKnown(Number(BigInt.asIntN(32, known >> 32n)), Number(BigInt.asIntN(32, known)));
      }
      return narrow(m, to, size, signed);
    }
    case "mem":
    case "ringbuf_mem":
      if (pointer.nullable) break;
      checkRegion(m, base, pointer.off + off, size, pointer.memSize, false, "memory");
      if (to >= 0) m.regs[to]!.setUnknown();
      return narrow(m, to, size, signed);
    case "ctx":
      checkContext(pointer, base, off, size);
      if (to >= 0) m.regs[to]!.setUnknown();
      return narrow(m, to, size, signed);
    case "fp":
      stackRange(m, base, off, size, "read");
      readStack(m, base, off, size, to);
      return narrow(m, to, size, signed);
    case "map_ptr":
      if (pointer.nullable) break;
      loadMapField(m, base, off, size, to);
      return narrow(m, to, size, signed);
    case "btf":
      if (pointer.nullable) break;
      loadObject(m, base, off, size, to);
      return narrow(m, to, size, signed);
    default:
      break;
  }
  refuse("memory-type", base, kindName(pointer));
}

/** A read of fewer than 8 bytes leaves what its width can hold. */
function narrow(m: Machine, to: number, size: number, signed: boolean): void {
  const reg = to >= 0 ? m.regs[to]! : undefined;
  if (!reg?.isScalar || size === 8) return;
  if (signed) signExtend64(reg, size);
  else truncateTo(reg, size);
}

export function store(m: Machine, base: number, off: number, size: number, value: Written, strict = false): void {
  const pointer = m.regs[base]!;
  checkAlignment(m, pointer, off, size, strict);
  switch (pointer.type) {
    case "map_value":
      if (pointer.nullable) break;
      checkMapAccess(m, base, off, size, "write", false, true);
      return storeIfKptr(m, pointer, off, value);
    case "mem":
    case "ringbuf_mem":
      if (pointer.nullable) break;
      if (pointer.readOnly) refuse("memory-readonly", base, kindName(pointer));
      return checkRegion(m, base, pointer.off + off, size, pointer.memSize, false, "memory");
    case "ctx":
      return checkContext(pointer, base, off, size);
    case "fp":
      stackRange(m, base, off, size, "write");
      return writeStack(m, base, off, size, value);
    case "map_ptr":
      return refuse("map-pointer-write", structOfMap(pointer.map!));
    case "btf":
      if (pointer.nullable) break;
      return storeObject(m, base, off);
    default:
      break;
  }
  refuse("memory-type", base, kindName(pointer));
}

/** Only accesses to the stack, and atomics anywhere, must be aligned: x86 has efficient unaligned access. */
function checkAlignment(m: Machine, pointer: Reg, off: number, size: number, strict: boolean): void {
  const isStack = pointer.type === "fp";
  if (size === 1 || !(isStack || strict || m.program.loadFlags & F_STRICT_ALIGNMENT)) return;
  const where = new Tnum();
  const constant = new Tnum();
  tnumCopy(where, pointer);
  tnumAssignConst(constant, pointer.off + off < 0 ? -1 : 0, pointer.off + off);
  tnumAdd(where, constant);
  if (tnumIsAligned(where, size)) return;
  const what = isStack ? "stack " : pointer.type === "map_value" ? "value " : pointer.type === "ctx" ? "context " : "";
  const bits = habitsOf(m.options.profile).knownOffset === "bits" && isConst(pointer);
  refuse("misaligned", what, bits ? formatBits(pointer) : formatTnum(pointer), pointer.off, off, size);
}

function checkContext(pointer: Reg, base: number, off: number, size: number): void {
  checkFixed(pointer, base, false);
  const at = pointer.off + off;
  // SYSCALL programs may access any naturally aligned field of their context.
  if (at < 0 || at >= CONTEXT_MAX || at % size !== 0) refuse("context-access", at, size);
}

/** The pointer has no variable offset, and no offset at all unless allowed. */
export function checkFixed(pointer: Reg, number: number, offsetAllowed: boolean): void {
  if (pointer.off < 0) refuse("pointer-negative-offset", kindName(pointer), number, pointer.off);
  if (!offsetAllowed && pointer.off !== 0) refuse("pointer-modified", kindName(pointer), number, pointer.off);
  if (!isZero(pointer)) refuse("pointer-variable", kindName(pointer), formatTnum(pointer));
}

export function checkMapAccess(m: Machine, base: number, off: number, size: number, access: Access, zeroAllowed = false, direct = false): void {
  const pointer = m.regs[base]!;
  const map = pointer.map!;
  const at = pointer.off + off;
  const writable = !(map.flags & MAP_FLAG.RDONLY_PROG);
  const readable = !(map.flags & MAP_FLAG.WRONLY_PROG);
  if (access === "write" && !writable) refuse("map-write", map.valueSize, at, size);
  if (access === "read" && !readable) refuse("map-read", map.valueSize, at, size);
  checkRegion(m, base, at, size, map.valueSize, zeroAllowed, "map value");
  for (const field of map.fields ?? []) {
    const low = smin(pointer) + at;
    const high = umax(pointer) + at + size;
    if (low < field.offset + specialSize(field.kind) && field.offset < high) {
      if (isKptr(field)) requireWholeKptr(pointer, at, size, field, direct);
      else refuse("special-field", field.kind);
    }
  }
}

function storeIfKptr(m: Machine, pointer: Reg, off: number, value: Written): void {
  const kptr = kptrAt(pointer, off);
  if (kptr) storeKptr(m, value, kptr);
}

const SPECIAL_SIZES: Readonly<Record<string, number>> = { bpf_spin_lock: 4, bpf_timer: 16, bpf_wq: 16, bpf_list_head: 16, bpf_rb_root: 16 };
function specialSize(kind: string): number {
  return SPECIAL_SIZES[kind] ?? 8;
}

/** `size` bytes at the register's variable offset + `off` lie inside `limit` bytes. */
export function checkRegion(m: Machine, number: number, off: number, size: number, limit: number, zeroAllowed: boolean, what: "map value" | "memory"): void {
  const reg = m.regs[number]!;
  const low = smin(reg);
  if (low < 0 && (reg.sminHi === -(2 ** 31) || off + low < -(2 ** 31) || low + off < 0)) refuse("bounds-negative", number);
  const inside = (at: number) => at >= 0 && (size > 0 || (size === 0 && zeroAllowed)) && at + size <= limit;
  const outside = (rule: "bounds-low" | "bounds-high", at: number): never => {
    const where = what === "map value" ? "map value, value_size" : "memory, mem_size";
    throw new Refusal(rule, MESSAGES[rule](number), -1, number, {
      detail: `invalid access to ${where}=${limit} off=${at} size=${size}`,
      required: `in 0…${limit - size} for ${size === 1 ? "a byte" : `${size} bytes`} of ${limit}`,
    });
  };
  if (!inside(low + off)) outside("bounds-low", low + off);
  if (umax(reg) >= MAX_VAR_OFF) refuse("bounds-unbounded", number);
  if (!inside(umax(reg) + off)) outside("bounds-high", umax(reg) + off);
}

/** What a frozen read-only map holds at a known place; undefined if it may change. */
function constantOf(pointer: Reg, off: number, size: number, signed: boolean): bigint | undefined {
  const map: MapDef = pointer.map!;
  if (!isConst(pointer) || !map.frozen || !(map.flags & MAP_FLAG.RDONLY_PROG) || map.type !== MAP_TYPE.ARRAY) return undefined;
  const at = off + constSigned(pointer);
  let value = 0n;
  for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(map.initial?.[at + i] ?? 0);
  return signed ? BigInt.asIntN(size * 8, value) : value;
}

const FETCH = 1;
const CMPXCHG = 0xf1;
const XCHG = 0xe1;
const PLAIN_ATOMICS: readonly number[] = [0x00, 0x40, 0x50, 0xa0, 0x01, 0x41, 0x51, 0xa1, XCHG, CMPXCHG];

function checkAtomic(m: Machine): void {
  const insn = m.current;
  const size = accessSize(insn);
  const { acquireRelease } = habitsOf(m.options.profile);
  if (acquireRelease && insn.imm === LOAD_ACQUIRE) return checkLoadAcquire(m, insn, size);
  if (acquireRelease && insn.imm === STORE_RELEASE) return checkStoreRelease(m, insn, size);
  if (!PLAIN_ATOMICS.includes(insn.imm)) refuse("atomic-opcode", (insn.imm >>> 0).toString(16).padStart(2, "0"));
  if (size < 4) refuse("atomic-size");
  m.read(insn.src);
  m.read(insn.dst);
  if (insn.imm === CMPXCHG) m.read(0);
  atomicTarget(m, insn);
  const into = insn.imm === CMPXCHG ? 0 : insn.imm & FETCH ? insn.src : -1;
  if (into >= 0) {
    // Marked as written before the access is looked at, also where it is the address itself.
    m.target(into);
    m.regs[into]!.setUnknown();
  }
  // As the kernel does: may it be read, what does the register get (a fill, if that was spilled), may it be written.
  const kind = accessKind(m, m.regs[insn.dst]!);
  checkAlignment(m, m.regs[insn.dst]!, insn.off, size, true);
  load(m, insn.dst, insn.off, size, -1, false);
  if (into >= 0) load(m, insn.dst, insn.off, size, into, false);
  store(m, insn.dst, insn.off, size, {}, true);
  sameKind(m, kind);
}

function atomicTarget(m: Machine, insn: Insn): void {
  const pointer = m.regs[insn.dst]!;
  if (pointer.type === "ctx" || pointer.type === "btf") refuse("atomic-target", insn.dst, kindName(pointer));
}

function checkLoadAcquire(m: Machine, insn: Insn, size: number): void {
  m.read(insn.src);
  const pointer = m.regs[insn.src]!;
  if (pointer.type === "ctx") refuse("atomic-target", insn.src, kindName(pointer));
  m.target(insn.dst);
  checkAlignment(m, pointer, insn.off, size, true);
  load(m, insn.src, insn.off, size, insn.dst, false);
}

function checkStoreRelease(m: Machine, insn: Insn, size: number): void {
  m.read(insn.src);
  m.read(insn.dst);
  atomicTarget(m, insn);
  store(m, insn.dst, insn.off, size, { register: insn.src }, true);
}

