/**
 * Calls: kernel operations as instruction sequences. A row with a stock form becomes helper calls that any kernel has;
 * every other row is a kfunc call whose registers follow the table. Owns argument and result registers of calls.
 */
import type { IntName, OpRow, StockForm } from "../../kernel/abi/syscalls.ts";
import { HELPER_PROTOS, helperId } from "../../kernel/abi/helpers.ts";
import type { MInstr, Reg } from "./mir.ts";

/** What an emitter may ask of selection. */
export interface CallContext {
  emit(instr: MInstr): void;
  newReg(): Reg;
  /** Index of a new stack object of `bytes` bytes (a multiple of 8). */
  newObject(bytes: number): number;
  /** Puts argument `index` into the physical register `to`: a number or an address; null gives 0. */
  argument(index: number, to: Reg): void;
  /** Sign-extends the low `from` bits, in the profile's instructions. */
  signExtend(dst: Reg, src: Reg, from: 8 | 16 | 32): void;
  /** Base and offset of argument `index`, a pointer, for an access. */
  memory(index: number): { readonly base: Reg; readonly offset: number };
  readonly op: string;
}

const NS_PER_SECOND = 1_000_000_000;

/** The stock form that serves this call, or undefined: some rows have one for certain constant arguments only. */
export function stockForm(row: OpRow, constant: (arg: number) => bigint | undefined): { form: StockForm; helper: string } | undefined {
  const { stock } = row;
  if (!stock) return undefined;
  if (!stock.when) return { form: stock, helper: stock.helpers[0]! };
  const value = constant(stock.when.arg);
  const helper = value === undefined ? undefined : stock.when.values[Number(value)];
  return helper === undefined ? undefined : { form: stock, helper };
}

/** Emits the helper sequence; `dst` receives the result, canonically extended. */
export function emitStock(form: StockForm["form"], helper: string, cx: CallContext, dst: Reg): void {
  const id = helperId(helper);
  if (id === undefined) throw new Error(`no helper ${helper}`);
  EMITTERS[form](cx, dst, { op: "call", target: { kind: "helper", id }, args: HELPER_PROTOS[id]!.args.length, site: cx.op });
}

type Emitter = (cx: CallContext, dst: Reg, call: MInstr) => void;

const EMITTERS: Readonly<Record<StockForm["form"], Emitter>> = {
  ns_tgid: (cx, dst) => processId(cx, dst, "tgid"),
  ns_pid: (cx, dst) => processId(cx, dst, "pid"),
  uid: (cx, dst, call) => {
    cx.emit(call);
    cx.emit({ op: "mov", width: 32, dst, src: 0 });
  },
  gid: (cx, dst, call) => {
    cx.emit(call);
    cx.emit({ op: "mov", width: 64, dst, src: 0 });
    cx.emit({ op: "alu", fn: "rsh", width: 64, dst, src: { imm: 32 } });
  },
  ktime: (cx, dst, call) => {
    cx.emit(call);
    const [sec, whole, nsec] = [cx.newReg(), cx.newReg(), cx.newReg()];
    cx.emit({ op: "mov", width: 64, dst: nsec, src: 0 });
    cx.emit({ op: "mov", width: 64, dst: sec, src: nsec });
    cx.emit({ op: "alu", fn: "div", width: 64, dst: sec, src: { imm: NS_PER_SECOND } });
    cx.emit({ op: "mov", width: 64, dst: whole, src: sec });
    cx.emit({ op: "alu", fn: "mul", width: 64, dst: whole, src: { imm: NS_PER_SECOND } });
    cx.emit({ op: "alu", fn: "sub", width: 64, dst: nsec, src: whole });
    const { base, offset } = cx.memory(1);
    cx.emit({ op: "store", base, offset, bytes: 8, src: sec });
    cx.emit({ op: "store", base, offset: offset + 8, bytes: 8, src: nsec });
    cx.emit({ op: "mov", width: 64, dst, src: { imm: 0 } });
  },
  sys_close: (cx, dst, call) => {
    cx.argument(0, 1);
    cx.emit(call);
    cx.signExtend(dst, 0, 32);
  },
};

/** A process id is positive: no extension. */
function processId(cx: CallContext, dst: Reg, which: "tgid" | "pid"): void {
  cx.emit({ op: "processid", which, object: cx.newObject(8), site: cx.op });
  cx.emit({ op: "mov", width: 64, dst, src: 0 });
}

/** Emits the kfunc call of `row`: its operands are `args` registers in order. */
export function emitKfunc(row: OpRow, args: number, cx: CallContext, dst: Reg): void {
  for (let index = 0; index < args; index++) cx.argument(index, index + 1);
  cx.emit({ op: "call", target: { kind: "kfunc", name: row.kfunc }, args, site: cx.op });
  extendResult(row.result.type, cx, dst);
}

/** Upper bits of narrow results are undefined after a kfunc: compilers extend at the caller. */
function extendResult(type: IntName | "handle", cx: CallContext, dst: Reg): void {
  switch (type) {
    case "i8":
    case "i16":
    case "i32":
      return cx.signExtend(dst, 0, Number(type.slice(1)) as 8 | 16 | 32);
    case "u8":
    case "u16":
      cx.emit({ op: "mov", width: 64, dst, src: 0 });
      return cx.emit({ op: "alu", fn: "and", width: 64, dst, src: { imm: type === "u8" ? 0xff : 0xffff } });
    case "u32":
      return cx.emit({ op: "mov", width: 32, dst, src: 0 });
    case "i64":
    case "u64":
    case "handle":
      return cx.emit({ op: "mov", width: 64, dst, src: 0 });
  }
}

export const ITERATOR_BYTES = 8;
/** Rounds of a bpf_iter_num loop: BPF_MAX_LOOPS. */
const MAX_ROUNDS = 8 * 1024 * 1024;

const iteratorCall = (name: string, args: number): MInstr => ({ op: "call", target: { kind: "kfunc", name }, args });

/** bpf_iter_num_new(&object, 0, 8 M). */
export function iteratorNew(object: number): MInstr[] {
  return [
    { op: "stackaddr", dst: 1, object },
    { op: "mov", width: 64, dst: 2, src: { imm: 0 } },
    { op: "mov", width: 64, dst: 3, src: { imm: MAX_ROUNDS } },
    iteratorCall("bpf_iter_num_new", 3),
  ];
}

/** R0 is null when the rounds are used up. */
export function iteratorNext(object: number): MInstr[] {
  return [{ op: "stackaddr", dst: 1, object }, iteratorCall("bpf_iter_num_next", 1)];
}

export function iteratorDestroy(object: number): MInstr[] {
  return [{ op: "stackaddr", dst: 1, object }, iteratorCall("bpf_iter_num_destroy", 1)];
}

/** frame.calls += 1, behind a call site; R1 is free there. */
export function countCall(frame: Reg, offset: number): MInstr[] {
  return [
    { op: "load", dst: 1, base: frame, offset, bytes: 8, signed: false },
    { op: "alu", fn: "add", width: 64, dst: 1, src: { imm: 1 } },
    { op: "store", base: frame, offset, bytes: 8, src: 1 },
  ];
}
