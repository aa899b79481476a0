/**
 * Bare programs on the engines of the product: an engine runs linked programs whose return value is a status, so the case
 * becomes a subprogram and its r0, all 64 bits of it, goes to a cell of `.bss`, where the case's memory is as well.
 */
import { callSubprogram, exit, ldpseudo, mov64, R0, R1, R2, store } from "../../backend-ebpf/isa/asm.ts";
import { decode, type Insn } from "../../backend-ebpf/isa/insn.ts";
import { type Action, formOf, isWide } from "../../backend-ebpf/isa/opcodes.ts";
import type { LinkedObject, MapDef } from "../../backend-ebpf/object/types.ts";
import { ENV, STATUS } from "../../kernel/abi/frame.ts";
import type { Engine } from "../../kernel/engine.ts";
import type { ConformanceEngine } from "./engines.ts";

/** Layout of `.bss` in bytes: the environment cell, r0, the case's memory. */
const RESULT = ENV.size;
const MEMORY = RESULT + 8;
const PROGRAM = "conformance";
const BPF_MAP_TYPE_ARRAY = 2;
const BPF_F_MMAPABLE = 1 << 10;
const BPF_PROG_TYPE_SYSCALL = 31;
const BPF_F_SLEEPABLE = 1 << 4;

/** The object that runs `insns` with r1 = memory of `length` bytes, r2 = length. */
export function wrap(insns: readonly Insn[], length: number): LinkedObject {
  const maps: readonly MapDef[] = [
    { name: ".bss", type: BPF_MAP_TYPE_ARRAY, keySize: 4, valueSize: MEMORY + Math.max(length, 8), maxEntries: 1, flags: BPF_F_MMAPABLE, section: ".bss" },
  ];
  const tail = [...ldpseudo(R1, "map_value", 0, RESULT), store(64, R1, 0, R0), mov64(R0, STATUS.OK), exit()];
  const main = [...ldpseudo(R1, "map_value", 0, MEMORY), mov64(R2, length), callSubprogram(tail.length), ...tail];
  return {
    programs: [
      { name: PROGRAM, insns: [...main, ...insns], maps, kfuncs: [], funcInfo: [], lineInfo: [], progType: BPF_PROG_TYPE_SYSCALL, loadFlags: BPF_F_SLEEPABLE, license: "GPL" },
    ],
    maps,
    license: "GPL",
  };
}

/** `engine` as the suite asks it. */
export function conformanceEngine(engine: Engine): ConformanceEngine {
  return {
    name: engine.name,
    available() {
      const probe = engine.probe();
      return probe.ok ? null : probe.reason;
    },
    run(bytes, memory) {
      const instance = engine.load(wrap(decode(bytes), memory.length));
      try {
        instance.bss.set(memory, MEMORY);
        const status = instance.call(PROGRAM, 0);
        if (status !== "OK") throw new Error(`status ${status}`);
        return new DataView(instance.bss.buffer, instance.bss.byteOffset).getBigUint64(RESULT, true);
      } finally {
        instance.close();
      }
    },
    excludes(bytes) {
      const insns = decode(bytes);
      for (const [i, insn] of insns.entries()) {
        const action = isSecondSlot(insns, i) ? undefined : formOf(insn)?.action;
        const found = action && REFUSED_BY_LINUX.find(({ applies }) => applies(action, insn));
        if (found) return found.reason;
      }
      return undefined;
    },
  };
}

/** Instructions that the ISA has (or engines outside Linux know) and Linux's verifier refuses in every program. */
const REFUSED_BY_LINUX: readonly { readonly reason: string; applies(action: Action, insn: Insn): boolean }[] = [
  { reason: "Linux has no call by register", applies: (action) => action.kind === "callx" },
  {
    reason: "Linux refuses a constant shift count that is negative or not less than the width",
    applies: (action, { imm }) => action.kind === "alu" && action.source === "imm" && ["lsh", "rsh", "arsh"].includes(action.op) && (imm < 0 || imm >= action.bits),
  },
];

function isSecondSlot(insns: readonly Insn[], i: number): boolean {
  return i > 0 && isWide(insns[i - 1]!) && !isSecondSlot(insns, i - 1);
}
