/**
 * Everything that is known of a program before it is explored: functions, reachability, the places where states are
 * compared, live registers, strongly connected components. Refuses what the kernel refuses without exploring.
 */
import type { Btf } from "../../backend-ebpf/btf/types.ts";
import type { Insn } from "../../backend-ebpf/isa/insn.ts";
import { CLASS, MODE } from "../../backend-ebpf/isa/opcodes.ts";
import type { LinkedProgram, MapDef } from "../../backend-ebpf/object/types.ts";
import { helperProto } from "../../kernel/abi/helpers.ts";
import { MAP_TYPE, PSEUDO, sleepableMap } from "../../kernel/abi/maps.ts";
import { type KernelProfile, olderThan } from "../../kernel/abi/profiles.ts";
import { refuse, unmodelled } from "../failure.ts";
import type { VerifyOptions } from "../types.ts";
import { habitsOf } from "../rules/versions.ts";
import { checkVariable } from "../rules/kernel-variables.ts";
import { isIteratorNext, kfuncParameterCount } from "../rules/kfunc-table.ts";
import {
  CALL, classOf, EXIT, GOTO, GOTOL, isHelperCall, isJumpClass, isKfuncCall, isKnownOpcode, isSubprogramCall, jumpTarget, LDIMM64, MAY_GOTO, modeOf, registerUse, successors,
} from "./decode.ts";

export interface Subprogram {
  readonly start: number;
  readonly end: number;
}

export interface Analysis {
  readonly subprograms: readonly Subprogram[];
  /** States are compared and kept before these slots. */
  readonly prune: Uint8Array;
  /** Reached by a jump: the path's history records it. */
  readonly jump: Uint8Array;
  /** A state is always kept here: may_goto and iterators. */
  readonly checkpoint: Uint8Array;
  /** Where control goes on inside the function, by slot; calls come back. */
  readonly successors: readonly (readonly number[])[];
  /** Registers (bit r) live before each slot. */
  readonly live: Uint16Array;
  /** Component of each slot, 0 if it is in no cycle. */
  readonly component: Int32Array;
  /** A scalar without id stands for linked ones when states are compared. */
  readonly linksMayGrow: boolean;
  /** In loops, registers that nobody reads again must agree too. */
  readonly comparesDead: boolean;
}

const MAX_VAR_OFF = 1 << 29;
const LINKS_MAY_GROW_SINCE = [6, 18] as const;
const TRACING_MAP_VALUE_TYPES: readonly number[] = [MAP_TYPE.ARRAY, MAP_TYPE.ARENA];

export function analyze(program: LinkedProgram, options: VerifyOptions): Analysis {
  const { profile, kernelBtf } = options;
  const { insns } = program;
  const subprograms = findSubprograms(insns);
  checkJumps(insns, subprograms);
  checkOperands(program, options);
  if (habitsOf(profile).loopsClosedBy === "jumps") checkBackEdges(insns);
  const marks = checkFlow(program, subprograms);
  return { subprograms, ...marks, successors: insns.map((_, i) => successors(insns, i).filter((to) => to < insns.length)), live: liveRegisters(program, profile, kernelBtf), component: components(insns), linksMayGrow: !olderThan(profile.version, LINKS_MAY_GROW_SINCE), comparesDead: habitsOf(profile).comparesDead };
}

/** Index of the subprogram that holds slot `i`. */
export function subprogramAt(subprograms: readonly Subprogram[], i: number): number {
  return subprograms.findIndex(({ start, end }) => start <= i && i < end);
}

function findSubprograms(insns: readonly Insn[]): Subprogram[] {
  const starts = new Set([0]);
  insns.forEach((insn, i) => {
    const reference = insn.opcode === LDIMM64 && insn.src === PSEUDO.FUNC;
    if (!isSubprogramCall(insn) && !reference) return;
    const target = i + 1 + insn.imm;
    if (target < 0 || target >= insns.length) refuse("call-destination");
    starts.add(target);
  });
  const sorted = [...starts].sort((a, b) => a - b);
  return sorted.map((start, i) => ({ start, end: sorted[i + 1] ?? insns.length }));
}

function checkJumps(insns: readonly Insn[], subprograms: readonly Subprogram[]): void {
  for (const { start, end } of subprograms) {
    for (let i = start; i < end; i++) {
      const insn = insns[i]!;
      if (isJumpClass(insn) && (insn.opcode & 0xf0) !== 0x80 && (insn.opcode & 0xf0) !== 0x90) {
        const target = jumpTarget(insn, i);
        if (target < start || target >= end) refuse("jump-range", i, target);
      }
    }
    const last = insns[end - 1]!.opcode;
    if (last !== EXIT && last !== GOTO && last !== GOTOL) refuse("last-insn");
  }
}

/** Long jump and byte swap. */
const V4_OPCODES: readonly number[] = [GOTOL, CLASS.ALU64 | 0xd0];

function checkOperands(program: LinkedProgram, options: VerifyOptions): void {
  const { profile } = options;
  const { insns, maps } = program;
  const habits = habitsOf(profile);
  for (let i = 0; i < insns.length; i++) {
    const insn = insns[i]!;
    if (classOf(insn) === CLASS.LDX && ((modeOf(insn) !== MODE.MEM && !(modeOf(insn) === MODE.MEMSX && habits.instructionsV4)) || insn.imm !== 0)) refuse("reserved-fields", "BPF_LDX");
    if (insn.opcode !== LDIMM64) {
      const later = (V4_OPCODES.includes(insn.opcode) && !habits.instructionsV4) || (insn.opcode === MAY_GOTO && !habits.mayGoto);
      if (later || !isKnownOpcode(insn.opcode)) refuse("unknown-opcode", insn.opcode.toString(16).padStart(2, "0"));
      continue;
    }
    const next = insns[i + 1];
    if (next?.opcode !== 0 || next.dst !== 0 || next.src !== 0 || next.off !== 0) refuse("ldimm64-invalid");
    i++;
    if (insn.src === 0 || insn.src === PSEUDO.FUNC) continue;
    if (insn.src === PSEUDO.BTF_ID) {
      checkVariable(program, options, insn, next.imm);
      continue;
    }
    const value = insn.src === PSEUDO.MAP_VALUE || insn.src === PSEUDO.MAP_IDX_VALUE;
    if (!value && !((insn.src === PSEUDO.MAP_FD || insn.src === PSEUDO.MAP_IDX) && next.imm === 0)) refuse("ldimm64-unrecognized");
    const map = maps[insn.imm];
    if (!map) refuse("map-descriptor", insn.imm);
    checkMap(map, program, profile);
    if (value) checkDirectValue(map, next.imm >>> 0);
  }
}

function checkMap(map: MapDef, program: LinkedProgram, profile: KernelProfile): void {
  if (program.loadFlags & SLEEPABLE && !sleepableMap(map.type, profile.version)) refuse("map-sleepable", habitsOf(profile).sleepableMaps === "plain" ? ", hash, and ringbuf" : ", hash, ringbuf and local storage");
  if (map.type === MAP_TYPE.ARENA) unmodelled("arena");
}
const SLEEPABLE = 16;

function checkDirectValue(map: MapDef, off: number): void {
  if (off >= MAX_VAR_OFF) refuse("direct-offset", off);
  if (!TRACING_MAP_VALUE_TYPES.includes(map.type)) refuse("direct-unsupported");
  if (map.maxEntries !== 1 || off >= map.valueSize) refuse("direct-bounds", map.valueSize, off);
}

/**
 * Depth-first over the control flow as kernels before 6.8 go: a loop that any edge but a jump's closes is refused, recursion
 * too. Of a conditional jump the next instruction comes first, then the target.
 */
function checkBackEdges(insns: readonly Insn[]): void {
  const OPEN = 1;
  const DONE = 2;
  const state = new Uint8Array(insns.length);
  const edges = (i: number): readonly { to: number; jump: boolean }[] => {
    const insn = insns[i]!;
    if (insn.opcode === LDIMM64) return insn.src === PSEUDO.FUNC ? [{ to: i + 2, jump: false }, { to: i + 1 + insn.imm, jump: true }] : [{ to: i + 2, jump: false }];
    if (!isJumpClass(insn)) return [{ to: i + 1, jump: false }];
    if (insn.opcode === EXIT) return [];
    if (insn.opcode === CALL) return [{ to: i + 1, jump: false }, ...(isSubprogramCall(insn) ? [{ to: i + 1 + insn.imm, jump: false }] : [])];
    if (insn.opcode === GOTO || insn.opcode === GOTOL) return [{ to: jumpTarget(insn, i), jump: true }];
    return [{ to: i + 1, jump: true }, { to: jumpTarget(insn, i), jump: true }];
  };
  const work = [{ at: 0, edges: edges(0), next: 0 }];
  state[0] = OPEN;
  while (work.length > 0) {
    const top = work.at(-1)!;
    const edge = top.edges[top.next++];
    if (!edge) {
      state[top.at] = DONE;
      work.pop();
      continue;
    }
    if (edge.to < 0 || edge.to >= insns.length || state[edge.to] === DONE) continue;
    if (state[edge.to] === OPEN) {
      if (!edge.jump) refuse("back-edge", top.at, edge.to);
      continue;
    }
    state[edge.to] = OPEN;
    work.push({ at: edge.to, edges: edges(edge.to), next: 0 });
  }
}

/** Depth-first over the control flow: every slot is reached, and the marks where states are compared. */
function checkFlow(program: LinkedProgram, subprograms: readonly Subprogram[]): Pick<Analysis, "prune" | "jump" | "checkpoint"> {
  const { insns } = program;
  const prune = new Uint8Array(insns.length + 1);
  const jump = new Uint8Array(insns.length + 1);
  const checkpoint = new Uint8Array(insns.length + 1);
  const reached = new Uint8Array(insns.length);
  const stack = [0];
  const push = (from: number, to: number) => {
    if (to < 0 || to >= insns.length) refuse("jump-range", from, to);
    if (!reached[to]) {
      reached[to] = 1;
      stack.push(to);
    }
  };
  reached[0] = 1;
  const both = (i: number) => {
    prune[i] = 1;
    jump[i] = 1;
  };
  while (stack.length > 0) {
    const i = stack.pop()!;
    const insn = insns[i]!;
    if (insn.opcode === LDIMM64 && insn.src === PSEUDO.FUNC) push(i, i + 1 + insn.imm);
    if (insn.opcode === CALL) {
      if (isSubprogramCall(insn)) {
        prune[i] = 1;
        both(i + 1 + insn.imm);
        push(i, i + 1 + insn.imm);
      } else if (isKfuncCall(insn) && isIteratorNext(program.kfuncs[insn.imm]?.name ?? "")) {
        prune[i] = 1;
        checkpoint[i] = 1;
      } else if (isHelperCall(insn) && helperCallsBack(insn.imm)) {
        both(i);
        checkpoint[i] = 1;
      }
      push(i, i + 1);
      both(i + 1);
      continue;
    }
    if (insn.opcode === GOTO || insn.opcode === GOTOL) {
      const target = jumpTarget(insn, i);
      push(i, target);
      both(target);
      continue;
    }
    for (const next of successors(insns, i)) push(i, next);
    if (isJumpClass(insn) && insn.opcode !== EXIT) {
      prune[i] = 1;
      if (insn.opcode === MAY_GOTO) checkpoint[i] = 1;
      both(jumpTarget(insn, i));
    }
  }
  for (let i = 0; i < insns.length; i++) {
    if (!reached[i]) refuse("unreachable", i);
    if (insns[i]!.opcode === LDIMM64) {
      if (reached[i + 1]) refuse("ldimm64-middle", i);
      i++;
    }
  }
  void subprograms;
  return { prune, jump, checkpoint };
}

const CALLBACK_HELPERS: readonly number[] = [164, 181, 180, 209];
function helperCallsBack(id: number): boolean {
  return CALLBACK_HELPERS.includes(id);
}

/** Backward data flow over the whole program; calls go on behind themselves. */
function liveRegisters(program: LinkedProgram, profile: KernelProfile, kernelBtf: Btf | undefined): Uint16Array {
  const { insns } = program;
  const parameters = (insn: Insn) => {
    if (isHelperCall(insn)) return helperProto(insn.imm, profile.version)?.args.length ?? 5;
    if (isKfuncCall(insn)) return kfuncParameterCount(program.kfuncs[insn.imm]?.name ?? "", profile, kernelBtf) ?? 5;
    return 5;
  };
  const uses = insns.map((insn) => registerUse(insn, insn.opcode === CALL ? parameters(insn) : 0));
  const live = new Uint16Array(insns.length + 1);
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = insns.length - 1; i >= 0; i--) {
      let out = 0;
      for (const next of successors(insns, i)) out |= live[next] ?? 0;
      const before = (out & ~uses[i]!.def) | uses[i]!.use;
      if (before !== live[i]) {
        live[i] = before;
        changed = true;
      }
    }
  }
  return live;
}

/** Strongly connected components of the flow inside functions (Tarjan 1972, iterative); 0 for slots in no cycle. */
function components(insns: readonly Insn[]): Int32Array {
  const result = new Int32Array(insns.length);
  const number = new Int32Array(insns.length).fill(-1);
  const low = new Int32Array(insns.length);
  const onStack = new Uint8Array(insns.length);
  const stack: number[] = [];
  let next = 0;
  let component = 0;
  for (let root = 0; root < insns.length; root++) {
    if (number[root] !== -1) continue;
    const work: { at: number; edges: number[]; edge: number }[] = [];
    const open = (at: number) => {
      number[at] = low[at] = next++;
      stack.push(at);
      onStack[at] = 1;
      work.push({ at, edges: successors(insns, at).filter((s) => s < insns.length), edge: 0 });
    };
    open(root);
    while (work.length > 0) {
      const { at, edges, edge } = work.at(-1)!;
      if (edge < edges.length) {
        work.at(-1)!.edge++;
        const to = edges[edge]!;
        if (number[to] === -1) open(to);
        else if (onStack[to]) low[at] = Math.min(low[at]!, number[to]!);
        continue;
      }
      work.pop();
      const parent = work.at(-1);
      if (parent) low[parent.at] = Math.min(low[parent.at]!, low[at]!);
      if (low[at] !== number[at]) continue;
      const members: number[] = [];
      for (let member = -1; member !== at; ) {
        member = stack.pop()!;
        onStack[member] = 0;
        members.push(member);
      }
      const cyclic = members.length > 1 || edges.includes(at);
      if (cyclic) {
        component++;
        for (const member of members) result[member] = component;
      }
    }
  }
  return result;
}
