/** One instruction of any class: reserved fields, then the rule of its kind. Returns the next slot, or undefined at the end of the path. */
import { CLASS, MODE } from "../../backend-ebpf/isa/opcodes.ts";
import { PSEUDO } from "../../kernel/abi/maps.ts";
import type { Machine } from "../explore/machine.ts";
import { refuse, unmodelled } from "../failure.ts";
import { CALL, classOf, EXIT, GOTO, GOTOL, jumpTarget, LDIMM64, modeOf } from "../program/decode.ts";
import { checkAlu } from "./alu.ts";
import { checkCall, leaveSubprogram } from "./calls.ts";
import { checkJump } from "./jumps.ts";
import { loadVariable } from "./kernel-variables.ts";
import { checkLoad, checkStore } from "./memory.ts";
import { habitsOf } from "./versions.ts";

export function checkInstruction(m: Machine): number | undefined {
  const insn = m.current;
  switch (classOf(insn)) {
    case CLASS.ALU:
    case CLASS.ALU64:
      checkAlu(m);
      return m.insn + 1;
    case CLASS.LDX:
      checkLoad(m);
      return m.insn + 1;
    case CLASS.ST:
    case CLASS.STX:
      checkStore(m);
      return m.insn + 1;
    case CLASS.LD:
      return checkImmediate(m);
    default:
      return checkControl(m);
  }
}

function checkImmediate(m: Machine): number {
  const insn = m.current;
  const mode = modeOf(insn);
  if (mode === MODE.ABS || mode === MODE.IND) refuse("ld-abs");
  if (insn.opcode !== LDIMM64) refuse("ldimm64-invalid");
  if (insn.off !== 0) refuse("ldimm64-reserved");
  const reg = m.target(insn.dst);
  const high = m.program.insns[m.insn + 1]!.imm;
  switch (insn.src) {
    case 0:
      reg.setKnown(high, insn.imm);
      break;
    case PSEUDO.MAP_FD:
    case PSEUDO.MAP_IDX:
      reg.setPointer("map_ptr");
      reg.map = m.program.maps[insn.imm];
      break;
    case PSEUDO.MAP_VALUE:
    case PSEUDO.MAP_IDX_VALUE:
      reg.setPointer("map_value");
      reg.map = m.program.maps[insn.imm];
      reg.off = high;
      break;
    case PSEUDO.FUNC:
      return unmodelled("addresses of functions");
    case PSEUDO.BTF_ID:
      loadVariable(m, reg, insn.imm);
      break;
    default:
      return unmodelled(`ldimm64 of kind ${insn.src}`);
  }
  return m.insn + 2;
}

function checkControl(m: Machine): number | undefined {
  const insn = m.current;
  const { opcode, dst, src, off, imm } = insn;
  if (opcode === GOTO || opcode === GOTOL) {
    const unused = opcode === GOTO ? imm : off;
    if (src !== 0 || dst !== 0 || unused !== 0) refuse("reserved-fields", "BPF_JA");
    return jumpTarget(insn, m.insn);
  }
  if (opcode === EXIT) {
    if (imm !== 0 || src !== 0 || dst !== 0) refuse("reserved-fields", "BPF_EXIT");
    return checkExit(m);
  }
  if ((opcode & 0xf7) === CALL || (opcode & 0xf0) === 0x80) return checkCall(m);
  return checkJump(m);
}

function checkExit(m: Machine): number | undefined {
  if (m.state.frames.length > 1) return leaveSubprogram(m);
  checkHeld(m);
  m.read(0);
  return undefined;
}

/** Nothing is held at the end of the program. */
function checkHeld(m: Machine): void {
  const { refs, lock, rcu } = m.state;
  const { leak } = habitsOf(m.options.profile);
  if (leak === "unreleased") {
    if (lock) refuse("lock-missing");
    if (rcu > 0) refuse("rcu-missing");
    const last = refs.at(-1);
    if (last) refuse("reference-unreleased", last.id, last.insn);
    return;
  }
  if (refs.length > 0) refuse("reference-leak");
  if (lock) refuse("lock-held-exit");
  if (rcu > 0) refuse("rcu-held-exit");
}
