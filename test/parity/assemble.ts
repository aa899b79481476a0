/**
 * Programs of tests as text, in the notation of the kernel's own verifier tests: `r1 = *(u32 *)(r2 + 8)`, `if r0 == 0 goto end`,
 * `call bpf_task_release`, or as bytes: `insn b700000000000000`. Places inside kernel structs are written `{task_struct.pid}`, so that one text is right for every
 * kernel. Owns the notation; numbers of functions, variables and maps are filled in by whoever loads the program.
 */
import { findMember, findType } from "../../backend-ebpf/btf/index.ts";
import type { Btf } from "../../backend-ebpf/btf/types.ts";
import * as asm from "../../backend-ebpf/isa/asm.ts";
import { decode, type Insn } from "../../backend-ebpf/isa/insn.ts";
import type { AccessBits, AluOp, JumpOp } from "../../backend-ebpf/isa/opcodes.ts";
import { helperId } from "../../kernel/abi/helpers.ts";

export interface Assembled {
  readonly insns: readonly Insn[];
  /** [slot, name]: calls of kernel functions, ldimm64 of kernel variables, and of maps. */
  readonly kfuncs: readonly (readonly [number, string])[];
  readonly ksyms: readonly (readonly [number, string])[];
  readonly maps: readonly (readonly [number, string])[];
}

const ALU: Readonly<Record<string, AluOp>> = { "=": "mov", "+=": "add", "-=": "sub", "*=": "mul", "&=": "and", "|=": "or", "<<=": "lsh", ">>=": "rsh", "^=": "xor", "s>>=": "arsh" };
const JUMPS: Readonly<Record<string, JumpOp>> = { "==": "jeq", "!=": "jne", ">": "jgt", ">=": "jge", "<": "jlt", "<=": "jle", "s>": "jsgt", "s<": "jslt", "s>=": "jsge", "s<=": "jsle", "&": "jset" };

/** Assembles `text`, a statement a line or between semicolons. Throws where a statement is not in the notation. */
export function assemble(text: string, btf?: Btf): Assembled {
  const statements = text.split(/[\n;]/).map((line) => line.trim()).filter((line) => line !== "");
  const kfuncs: [number, string][] = [];
  const ksyms: [number, string][] = [];
  const maps: [number, string][] = [];
  const labels = new Map<string, number>();
  const insns: (Insn | ((at: number) => Insn))[] = [];
  const distance = (label: string, at: number) => {
    const to = labels.get(label);
    if (to === undefined) throw new Error(`no label '${label}'`);
    return to - at - 1;
  };
  const places = (statement: string) => statement.replace(/\{(\w+)\.([\w.]+)\}/g, (_, struct: string, path: string) => `${offsetOf(btf, struct, path)}`);
  for (const raw of statements) {
    const statement = places(raw);
    const at = insns.length;
    let found: RegExpExecArray | null;
    const is = (pattern: RegExp) => {
      found = pattern.exec(statement);
      return found !== null;
    };
    if (is(/^(\w+):$/)) labels.set(found![1]!, at);
    else if (statement === "exit") insns.push(asm.exit());
    else if (is(/^insn ([0-9a-f]{16})$/)) insns.push(...decode(Uint8Array.from(found![1]!.match(/../g)!, (byte) => Number.parseInt(byte, 16))));
    else if (is(/^goto (\w+)$/)) jumpTo(found![1]!);
    else if (is(/^may_goto (\w+)$/)) later(found![1]!, asm.mayGoto);
    else if (is(/^if ([rw])(\d+) (\S+) ([rw]?)(-?\w+) goto (\w+)$/)) {
      const [, width, dst, op, register, value, label] = found!;
      const operand = register ? asm.reg(Number(value)) : Number(value);
      later(label!, (off) => asm.jump(JUMPS[op!]!, width === "r" ? 64 : 32, asm.reg(Number(dst)), operand, off));
    } else if (is(/^call (\w+)$/)) {
      const name = found![1]!;
      const helper = /^\d+$/.test(name) ? Number(name) : helperId(name.replace(/^bpf_/, ""));
      if (helper !== undefined) insns.push(asm.callHelper(helper));
      else {
        kfuncs.push([at, name]);
        insns.push(asm.callKfunc(0));
      }
    } else if (is(/^r(\d+) = ksym (\w+)$/)) {
      ksyms.push([at, found![2]!]);
      insns.push(...asm.ldpseudo(asm.reg(Number(found![1])), "btf_var", 0));
    } else if (is(/^r(\d+) = map (\w+)$/)) {
      maps.push([at, found![2]!]);
      insns.push(...asm.ldpseudo(asm.reg(Number(found![1])), "map_fd", 0));
    } else if (is(/^r(\d+) = \*\((s|u)(\d+) \*\)\(r(\d+) ([+-]) (\d+)\)$/)) {
      const [, dst, sign, bits, base, plus, off] = found!;
      const operands = [asm.reg(Number(dst)), asm.reg(Number(base)), Number(plus + off!)] as const;
      insns.push(sign === "s" ? asm.loadSigned(Number(bits) as 32, ...operands) : asm.load(Number(bits) as AccessBits, ...operands));
    } else if (is(/^\*\(u(\d+) \*\)\(r(\d+) ([+-]) (\d+)\) = (r?)(-?\d+)$/)) {
      const [, bits, base, plus, off, register, value] = found!;
      insns.push(asm.store(Number(bits) as AccessBits, asm.reg(Number(base)), Number(plus + off!), register ? asm.reg(Number(value)) : Number(value)));
    } else if (is(/^([rw])(\d+) (\S+) ([rw]?)(-?\w+)$/)) {
      const [, width, dst, op, register, value] = found!;
      if (!ALU[op!]) throw new Error(`unknown statement '${raw}'`);
      insns.push(asm.alu(ALU[op!]!, width === "r" ? 64 : 32, asm.reg(Number(dst)), register ? asm.reg(Number(value)) : Number(value)));
    } else throw new Error(`unknown statement '${raw}'`);
  }
  return { insns: insns.map((insn, at) => (typeof insn === "function" ? insn(at) : insn)), kfuncs, ksyms, maps };

  function later(label: string, make: (off: number) => Insn): void {
    insns.push((at) => make(distance(label, at)));
  }
  function jumpTo(label: string): void {
    later(label, asm.goto);
  }
}

/** Bytes from the start of `struct` to the member at `path`; arrays and embedded structs are entered by dots. */
function offsetOf(btf: Btf | undefined, struct: string, path: string): number {
  if (!btf) throw new Error(`{${struct}.${path}} needs the kernel's types`);
  let type = findType(btf, struct, "struct") ?? findType(btf, struct, "union");
  if (type === undefined) throw new Error(`no struct ${struct}`);
  if (path === "sizeof") {
    const found = btf.type(type);
    return found.kind === "struct" || found.kind === "union" ? found.size : 0;
  }
  let offset = 0;
  for (const name of path.split(".")) {
    const member = findMember(btf, type, name);
    if (!member) throw new Error(`struct ${struct} has no ${path}`);
    offset += member.offset >> 3;
    type = member.type;
  }
  return offset;
}
