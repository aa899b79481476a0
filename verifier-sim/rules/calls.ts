/** Calls: of helpers, of kernel functions, of the program's own functions. */
import { CALL_KIND, CLASS, SOURCE } from "../../backend-ebpf/isa/opcodes.ts";
import { type HelperArg, type HelperProto, helperCount, helperName, helperProto } from "../../kernel/abi/helpers.ts";
import { helperTakesMap, MAP_TYPE } from "../../kernel/abi/maps.ts";
import type { MapDef } from "../../backend-ebpf/object/types.ts";
import { constSigned, isConst, narrowSigned32, umax } from "../domain/index.ts";
import type { Machine } from "../explore/machine.ts";
import { refuse, Refusal, unmodelled } from "../failure.ts";
import { subprogramAt } from "../program/analysis.ts";
import { classOf } from "../program/decode.ts";
import { isNull, kindName, MODIFIER, type Reg, type RegType } from "../state/register.ts";
import { BYTE, slotOf } from "../state/stack.ts";
import { Frame } from "../state/state.ts";
import { checkMemory, checkSize } from "./arguments.ts";
import { callKfunc } from "./kfunc-call.ts";
import { checkHelperObject, checkPerCpu, setHelperObject } from "./helper-objects.ts";
import { isGpl } from "./license.ts";
import { type Habits, habitsOf } from "./versions.ts";
import { checkFixed } from "./memory.ts";
import { changeLock, hasLock, requireField } from "./fields.ts";
import { exchangedKptr, takeKptr } from "./kptrs.ts";
import { acquire, release } from "./references.ts";
import { stackFrame } from "./stack-access.ts";

const MAX_FRAMES = 8;
const MAP_LOOKUP_ELEM = 1;
const SPIN_LOCK = 93;
const SPIN_UNLOCK = 94;

/** Arguments that only some pointers can be, by their kind: the registers that may do, and what the kernel says is expected. */
const POINTER_ARGUMENTS: Readonly<Partial<Record<HelperArg["kind"], { readonly types: readonly RegType[]; readonly expected: string | keyof Habits["expected"] }>>> = {
  "btf-id-sock-common": { types: ["btf"], expected: "socket" },
  "sock-common": { types: [], expected: "sock_common, sock, tcp_sock, xdp_sock" },
  "const-str": { types: ["map_value"], expected: "map_value" },
  timer: { types: ["map_value"], expected: "map_value" },
  "spin-lock": { types: ["map_value", "btf"], expected: "lock" },
  "kptr-xchg-dest": { types: ["map_value", "btf"], expected: "lock" },
  dynptr: { types: ["fp"], expected: "fp, dynptr_ptr" },
  func: { types: ["func"], expected: "func" },
};

/** A list of kinds that is the same for all kernels, or the name of one that is not. */
function expectedText(m: Machine, expected: string): string {
  const lists: Readonly<Record<string, string>> = habitsOf(m.options.profile).expected;
  return lists[expected] ?? expected;
}

/** Returns the slot to go on with. */
export function checkCall(m: Machine): number {
  const insn = m.current;
  const kinds: readonly number[] = [CALL_KIND.HELPER, CALL_KIND.SUBPROGRAM, CALL_KIND.KFUNC];
  if (classOf(insn) === CLASS.JMP32 || insn.opcode & SOURCE.X || (insn.src !== CALL_KIND.KFUNC && insn.off !== 0) || !kinds.includes(insn.src) || insn.dst !== 0) refuse("reserved-fields", "BPF_CALL");
  const unlocks = insn.src === CALL_KIND.HELPER && insn.imm === SPIN_UNLOCK;
  if (m.state.lock && insn.src !== CALL_KIND.SUBPROGRAM && !unlocks) refuse("lock-held-call");
  if (insn.src === CALL_KIND.SUBPROGRAM) return enterSubprogram(m);
  if (insn.src === CALL_KIND.KFUNC) callKfunc(m);
  else callHelper(m);
  return m.insn + 1;
}

// ---- the program's own functions ------------------------------------------------------------------------------------

function enterSubprogram(m: Machine): number {
  const target = m.insn + 1 + m.current.imm;
  const subprog = subprogramAt(m.analysis.subprograms, target);
  const { frames } = m.state;
  if (isGlobal(m, target)) unmodelled("global functions");
  if (frames.length >= MAX_FRAMES) refuse("stack-frames", frames.length + 1);
  const caller = m.frame;
  const callee = Frame.enter(m.insn, frames.length, subprog);
  for (let r = 1; r <= 5; r++) callee.regs[r]!.assign(caller.regs[r]!);
  clobber(caller);
  frames.push(callee);
  m.log?.call(m.state);
  m.touched.all();
  return target;
}

/** Functions with BTF of global linkage are verified on their own. */
function isGlobal(m: Machine, target: number): boolean {
  const info = m.program.funcInfo.find(({ insn }) => insn === target);
  if (!info || !m.program.btf || info.type === 0) return false;
  const type = m.program.btf.type(info.type);
  return type?.kind === "func" && type.linkage === "global" && target !== 0;
}

/** At the exit of a function that is not main: back to its caller. */
export function leaveSubprogram(m: Machine): number {
  const callee = m.frame;
  const result = callee.regs[0]!;
  // What the function did to stacks counts from here on, also for other paths that enter it.
  m.liveness.settle(m.state);
  if (result.type === "fp") refuse("return-stack");
  const { frames } = m.state;
  frames.at(-2)!.regs[0]!.assign(result);
  m.log?.leave(m.state, callee.callsite + 1);
  frames.pop();
  return callee.callsite + 1;
}

function clobber(frame: Frame): void {
  for (let r = 0; r <= 5; r++) frame.regs[r]!.setNotInit();
}

// ---- helpers --------------------------------------------------------------------------------------------------------

/** What the arguments of one call say about the rest of it. */
interface CallFacts {
  /** A variable of each CPU. */
  variable?: Reg;
  map?: Reg;
  timerMap?: MapDef | undefined;
  kptr?: NonNullable<MapDef["fields"]>[number];
  /** Key of an array map, where the stack holds a constant. */
  constantKey?: number | undefined;
  size?: number;
  released?: number;
  allocation?: number;
}

function callHelper(m: Machine): void {
  const id = m.current.imm;
  const { version } = m.options.profile;
  const name = helperName(id);
  if (id < 0 || id >= helperCount(version) || name === "unknown") refuse("helper-unknown", "unknown", id);
  const proto = helperProto(id, version);
  if (!proto) refuse(habitsOf(m.options.profile).missingHelper === "unknown" ? "helper-missing" : "helper-program-type", name, id);
  if (proto.refused) throw new Refusal("helper-program-type", proto.refused);
  if (proto.gpl && !isGpl(m.program)) throw new Refusal("kfunc-gpl", "cannot call GPL-restricted function from non-GPL compatible program");
  if (proto.sleeps && m.state.rcu > 0) refuse("helper-sleeps-rcu", name, id);
  const facts: CallFacts = {};
  proto.args.forEach((arg, i) => checkHelperArgument(m, proto, arg, i, facts, name));
  if (proto.callback) unmodelled(`callbacks (${name})`);
  if (facts.map && !helperTakesMap(id, facts.map.map!.type)) refuse("map-helper", facts.map.map!.type, name, id);
  if (proto.refusedByType) throw new Refusal("helper-program-type", proto.refusedByType);
  if (facts.released !== undefined) release(m, facts.released);
  clobber(m.frame);
  setResult(m, proto, facts, name);
}

function checkHelperArgument(m: Machine, proto: HelperProto, arg: HelperArg, index: number, facts: CallFacts, name: string): void {
  const number = index + 1;
  const reg = m.read(number);
  if (arg.kind === "anything") return;
  if (arg.nullable && isNull(reg)) return;
  if (arg.release && reg.ref) facts.released = reg.ref;
  const wanted = POINTER_ARGUMENTS[arg.kind];
  if (wanted && (!wanted.types.includes(reg.type) || reg.nullable)) refuse("argument-type", number, kindName(reg), expectedText(m, wanted.expected));
  switch (arg.kind) {
    case "const-map-ptr":
      if (reg.type !== "map_ptr") refuse("argument-type", number, kindName(reg), "map_ptr");
      if (facts.timerMap && facts.timerMap !== reg.map) refuse("timer-map");
      facts.map = reg.copy();
      return;
    case "map-key":
      requireMemory(m, number, reg, arg, name);
      checkMemory(m, number, facts.map!.map!.keySize, "read", false);
      if (elidesNullCheck(m, facts.map!.map!)) facts.constantKey = constantOnStack(m, reg, facts.map!.map!.keySize);
      return;
    case "map-value":
      requireMemory(m, number, reg, arg, name);
      if (!facts.map) return unmodelled(`${name} without a map`);
      return checkMemory(m, number, facts.map.map!.valueSize, arg.uninit || arg.write ? "write" : "read", false);
    case "mem":
      requireMemory(m, number, reg, arg, name);
      if (arg.size !== undefined) checkMemory(m, number, arg.size, arg.uninit || arg.write ? "write" : "read", false);
      return;
    case "size":
    case "size-or-zero": {
      if (!reg.isScalar) refuse("argument-type", number, kindName(reg), "scalar");
      const memory = proto.args[index - 1]!;
      const writes = memory.uninit || memory.write;
      facts.size = umax(reg);
      if (memory.nullable && isNull(m.regs[number - 1]!)) {
        if (umax(reg) === 0) return;
        return refuse("argument-type", number - 1, "scalar", "fp");
      }
      return checkSize(m, number, [writes ? "write" : "read"], arg.kind === "size-or-zero");
    }
    case "alloc-size-or-zero":
      if (!reg.isScalar) refuse("argument-type", number, kindName(reg), "scalar");
      if (!isConst(reg)) return unmodelled("an allocation of unknown size");
      facts.allocation = constSigned(reg);
      return;
    case "scalar":
      if (!reg.isScalar) refuse("argument-type", number, kindName(reg), "scalar");
      return;
    case "ctx":
      if (reg.type !== "ctx") refuse("argument-type", number, kindName(reg), "ctx");
      return checkFixed(reg, number, false);
    case "spin-lock":
      if (reg.type !== "map_value") return unmodelled("locks in kernel objects");
      return changeLock(m, number, reg, m.current.imm === SPIN_LOCK);
    case "timer":
      requireField(number, reg, "bpf_timer");
      facts.timerMap = reg.map;
      return;
    case "kptr-xchg-dest":
      if (reg.type !== "map_value") return unmodelled("kptrs in kernel objects");
      facts.kptr = exchangedKptr(number, reg);
      return;
    case "btf-id":
      return facts.kptr ? checkExchanged(number, reg, facts.kptr) : checkHelperObject(m, number, arg, name);
    case "percpu-btf-id":
      facts.variable = checkPerCpu(m, number, reg);
      return;
    case "dynptr":
      // None is ever made: what makes one is not modelled.
      if (arg.uninit) return unmodelled(`argument dynptr of ${name}`);
      return arg.release ? refuse("dynptr-unacquired", number) : refuse("dynptr-uninitialized", index);
    case "ringbuf-mem":
      if (reg.type !== "ringbuf_mem" || reg.nullable) refuse("argument-type", number, kindName(reg), "ringbuf_mem");
      if (reg.off !== 0) refuse("kfunc-offset", number);
      return checkFixed(reg, number, false);
    default:
      return unmodelled(`argument ${arg.kind} of ${name}`);
  }
}

/** A held object of the kptr's type goes into the map. */
function checkExchanged(number: number, reg: Reg, kptr: { readonly type?: string }): void {
  if (reg.type !== "btf") refuse("argument-type", number, kindName(reg), "ptr_, trusted_ptr_, rcu_ptr_");
  if (reg.ref === 0) refuse("dynptr-unacquired", number);
  if (reg.off !== 0) refuse("kfunc-offset", number);
  if (reg.struct !== kptr.type) unmodelled("an object of another type in a kptr");
}

/** Since 6.15 an element of an array at a constant index that exists is not null. */
function elidesNullCheck(m: Machine, map: MapDef): boolean {
  const [major, minor] = m.options.profile.version;
  return (major > 6 || (major === 6 && minor >= 15)) && (map.type === MAP_TYPE.ARRAY || map.type === MAP_TYPE.PERCPU_ARRAY);
}

/** The constant that the stack is known to hold at `pointer`; what the verdict then rests on is precise. Undefined: not known, or negative. */
function constantOnStack(m: Machine, pointer: Reg, size: number): number | undefined {
  if (pointer.type !== "fp" || !isConst(pointer)) return undefined;
  const off = pointer.off + constSigned(pointer);
  const index = slotOf(off);
  const slot = stackFrame(m, pointer).stack[index]!;
  const first = (-off - 1) % 8;
  const run = (kind: number) => {
    let length = 0;
    while (first - length >= 0 && slot.bytes[first - length] === kind) length++;
    return length;
  };
  if (run(BYTE.ZERO) >= size) return 0;
  if (!slot.spilledScalar || run(BYTE.SPILL) !== size || !isConst(slot.reg)) return undefined;
  m.preciseSlot(pointer.frame, index);
  const value = constSigned(slot.reg);
  return value < 0 ? undefined : value;
}

/** Helpers read memory of many kinds, kernel objects that are trusted among them; into those they never write. */
function requireMemory(m: Machine, number: number, reg: Reg, arg: HelperArg, name: string): void {
  const types: readonly string[] = ["fp", "map_value", "mem", "ringbuf_mem"];
  const { memory, key } = habitsOf(m.options.profile).expected;
  const expected = arg.kind === "map-key" || arg.kind === "map-value" ? key : memory;
  const writes = arg.kind !== "mem" || arg.uninit || arg.write;
  if (reg.type === "btf" && reg.modifiers === MODIFIER.TRUSTED && (!reg.nullable || arg.nullable)) {
    if (writes) refuse("helper-writes-object", name, number, kindName(reg));
    return;
  }
  if (reg.readOnly && writes) refuse("argument-type", number, kindName(reg), expected);
  if (!types.includes(reg.type) || reg.nullable) refuse("argument-type", number, kindName(reg), expected);
}

function setResult(m: Machine, proto: HelperProto, facts: CallFacts, name: string): void {
  const result = m.regs[0]!;
  switch (proto.ret) {
    case "void":
      return;
    case "integer":
      result.setUnknown();
      if (proto.retRange === "memory-size" && facts.size !== undefined && facts.size < 2 ** 31) narrowSigned32(result, -4095, facts.size);
      return;
    case "map-value": {
      const map = facts.map!.map!;
      result.setPointer("map_value");
      result.map = map;
      const isPresent = m.current.imm === MAP_LOOKUP_ELEM && facts.constantKey !== undefined && facts.constantKey < map.maxEntries;
      result.nullable = proto.retNullable === true && !isPresent;
      if (result.nullable || hasLock(map)) result.id = m.newId();
      return;
    }
    case "ringbuf-mem":
      result.setPointer("ringbuf_mem");
      result.memSize = facts.allocation ?? 0;
      result.nullable = true;
      result.id = result.ref = acquire(m);
      return;
    case "btf-id":
      return facts.kptr ? takeKptr(m, facts.kptr) : setHelperObject(m, proto, undefined, name);
    case "mem-or-btf-id":
      return setHelperObject(m, proto, facts.variable, name);
    default:
      return unmodelled(`result of ${name}`);
  }
}
