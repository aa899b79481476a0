/** Calls: of helpers, of kernel functions, of the program's own functions. */
import { CALL_KIND, CLASS, SOURCE } from "../../backend-ebpf/isa/opcodes.ts";
import { type HelperArg, type HelperProto, helperCount, helperName, helperProto } from "../../kernel/abi/helpers.ts";
import { helperTakesMap, MAP_TYPE } from "../../kernel/abi/maps.ts";
import type { MapDef } from "../../backend-ebpf/object/types.ts";
import { layoutOf } from "../../kernel/abi/boundary.ts";
import { STRUCTS } from "../../kernel/abi/structs.ts";
import { constSigned, isConst, narrowSigned32, umax } from "../domain/index.ts";
import type { Machine } from "../explore/machine.ts";
import { refuse, Refusal, unmodelled } from "../failure.ts";
import { MESSAGES } from "../messages.ts";
import { subprogramAt } from "../program/analysis.ts";
import { classOf } from "../program/decode.ts";
import { isNull, kindName, type Reg, type RegType } from "../state/register.ts";
import { BYTE, slotOf } from "../state/stack.ts";
import { Frame } from "../state/state.ts";
import { checkMemory, checkSize } from "./arguments.ts";
import { iterator } from "./iterators.ts";
import { isForOtherPrograms, iteratorKfunc, type ModelledKfunc, modelledKfunc, type Parameter } from "./kfunc-table.ts";
import { checkFixed } from "./memory.ts";
import { changeLock, hasLock, requireField } from "./fields.ts";
import { exchangedKptr, takeKptr } from "./kptrs.ts";
import { acquire, release } from "./references.ts";
import { stackFrame } from "./stack-access.ts";

const MAX_FRAMES = 8;
const MEMORY_TYPES = "fp, pkt, pkt_meta, map_key, map_value, mem, ringbuf_mem, buf, trusted_ptr_";
const MAP_LOOKUP_ELEM = 1;
const SPIN_LOCK = 93;
const SPIN_UNLOCK = 94;

/** Arguments that only some pointers can be, by their kind: the registers that may do, and what the kernel says is expected. */
const POINTER_ARGUMENTS: Readonly<Partial<Record<HelperArg["kind"], { readonly types: readonly RegType[]; readonly expected: string }>>> = {
  "btf-id": { types: ["btf"], expected: "ptr_, trusted_ptr_, rcu_ptr_" },
  "btf-id-sock-common": { types: ["btf"], expected: "sock_common, sock, tcp_sock, xdp_sock, ptr_, trusted_ptr_" },
  "sock-common": { types: [], expected: "sock_common, sock, tcp_sock, xdp_sock" },
  "percpu-btf-id": { types: ["btf"], expected: "percpu_ptr_, percpu_rcu_ptr_, percpu_trusted_ptr_" },
  "const-str": { types: ["map_value"], expected: "map_value" },
  timer: { types: ["map_value"], expected: "map_value" },
  "spin-lock": { types: ["map_value", "btf"], expected: "map_value, ptr_" },
  "kptr-xchg-dest": { types: ["map_value", "btf"], expected: "map_value, ptr_" },
  dynptr: { types: ["fp"], expected: "fp, dynptr_ptr" },
  func: { types: ["func"], expected: "func" },
};

const GPL_LICENSES: readonly string[] = ["GPL", "GPL v2", "GPL and additional rights", "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL"];

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
  if (!proto) refuse("helper-program-type", name, id);
  if (proto.refused) throw new Refusal("helper-program-type", proto.refused);
  if (proto.gpl && !GPL_LICENSES.includes(m.program.license)) throw new Refusal("kfunc-gpl", "cannot call GPL-restricted function from non-GPL compatible program");
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
  if (wanted && (!wanted.types.includes(reg.type) || reg.nullable)) refuse("argument-type", number, kindName(reg), wanted.expected);
  switch (arg.kind) {
    case "const-map-ptr":
      if (reg.type !== "map_ptr") refuse("argument-type", number, kindName(reg), "map_ptr");
      if (facts.timerMap && facts.timerMap !== reg.map) refuse("timer-map");
      facts.map = reg.copy();
      return;
    case "map-key":
      requireMemory(number, reg);
      checkMemory(m, number, facts.map!.map!.keySize, "read", false);
      if (elidesNullCheck(m, facts.map!.map!)) facts.constantKey = constantOnStack(m, reg, facts.map!.map!.keySize);
      return;
    case "map-value":
      requireMemory(number, reg);
      if (!facts.map) return unmodelled(`${name} without a map`);
      return checkMemory(m, number, facts.map.map!.valueSize, arg.uninit || arg.write ? "write" : "read", false);
    case "mem":
      requireMemory(number, reg);
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
      return facts.kptr ? checkExchanged(number, reg, facts.kptr) : unmodelled(`argument btf-id of ${name}`);
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

function requireMemory(number: number, reg: Reg): void {
  const types: readonly string[] = ["fp", "map_value", "mem", "ringbuf_mem"];
  if (!types.includes(reg.type) || reg.nullable) refuse("argument-type", number, kindName(reg), MEMORY_TYPES);
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
      return facts.kptr ? takeKptr(m, facts.kptr) : unmodelled(`result of ${name}`);
    default:
      return unmodelled(`result of ${name}`);
  }
}

// ---- kernel functions -----------------------------------------------------------------------------------------------

function callKfunc(m: Machine): void {
  const kfunc = m.program.kfuncs[m.current.imm];
  const name = kfunc?.name ?? "unknown";
  if (kfunc?.from === "missing" && kfunc.btfId === 0) {
    // Number 0 stands for a function that was not found: passed over here, refused at the end if it is still there.
    m.missingFunctions = true;
    return;
  }
  if (isForOtherPrograms(name)) refuse("kfunc-not-allowed", name);
  const modelled = modelledKfunc(name);
  if (modelled?.gpl !== false && !GPL_LICENSES.includes(m.program.license)) refuse("kfunc-gpl");
  const step = iteratorKfunc(name);
  if (step) {
    iterator(m, step);
    clobber(m.frame);
    return finishIterator(m, step);
  }
  if (!modelled) return unmodelled(`kernel function ${name}`);
  callModelled(m, modelled);
}

function finishIterator(m: Machine, step: string): void {
  const result = m.regs[0]!;
  if (step === "destroy") return;
  if (step === "new") return result.setUnknown();
  // The path that ends the iteration goes on here; the other one waits with a pointer to the number.
  result.setKnown(0, 0);
}

function callModelled(m: Machine, kfunc: ModelledKfunc): void {
  const { flags, params, result } = kfunc;
  let released: number | undefined;
  params.forEach((param, i) => {
    const number = i + 1;
    const reg = m.read(number);
    const isPointerArgument = param.kind !== "int" && param.kind !== "size";
    const nullable = param.kind === "struct" && param.nullable;
    const trusted = flags.includes("trusted-args") || flags.includes("release");
    if (isPointerArgument && trusted && !nullable && (isNull(reg) || reg.nullable)) refuse("kfunc-null", i);
    if (param.kind !== "object") return checkKfuncArgument(m, param, params[i + 1], i, number, reg);
    checkObject(kfunc, param.struct, i, reg);
    if (flags.includes("release")) released = reg.ref;
  });
  if (released !== undefined) release(m, released);
  clobber(m.frame);
  const register = m.regs[0]!;
  if (!result) return register.setUnknown();
  register.setPointer("btf");
  register.struct = result;
  register.nullable = flags.includes("ret-null");
  register.id = register.ref = acquire(m);
}

/** A trusted pointer to the start of an object of the right type: what is modelled is trusted only while it is held. */
function checkObject({ name, flags }: ModelledKfunc, struct: string, index: number, reg: Reg): void {
  const number = index + 1;
  if (reg.type !== "btf") refuse("kfunc-pointer", index, struct);
  if (reg.ref === 0) refuse("kfunc-trusted", number);
  if (reg.off !== 0 && flags.includes("release")) refuse("kfunc-offset", number);
  checkFixed(reg, number, false);
  if (reg.struct !== struct) refuse("kfunc-object", name, index, struct, number, reg.struct);
}

function checkKfuncArgument(m: Machine, param: Exclude<Parameter, { kind: "object" }>, next: Parameter | undefined, index: number, number: number, reg: Reg): void {
  switch (param.kind) {
    case "int":
      if (!reg.isScalar) refuse("size-scalar", number);
      return;
    case "mem":
      m.read(number + 1);
      if (next?.kind !== "size") return unmodelled("memory without a size");
      return pair(index, () => checkSize(m, number + 1, ["read", "write"], true));
    case "size":
      return;
    case "err":
      return fixedMemory(m, number, reg, 4, false);
    case "struct":
      return fixedMemory(m, number, reg, layoutOf(STRUCTS[param.struct]).size, param.nullable);
  }
}

/** A refusal inside a pair of memory and length ends with the pair's own line. */
function pair(index: number, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (error instanceof Refusal) throw new Refusal(error.rule, MESSAGES["kfunc-pair"](index, index + 1), error.insn, error.register);
    throw error;
  }
}

function fixedMemory(m: Machine, number: number, reg: Reg, size: number, nullable: boolean): void {
  if (isNull(reg)) return;
  if (reg.nullable && !nullable) refuse("argument-type", number, kindName(reg), "fp");
  checkMemory(m, number, size, "read", false);
  checkMemory(m, number, size, "write", false);
}
