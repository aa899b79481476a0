import { describe, expect, it } from "vitest";
import { Random } from "../../test/support/random.ts";
import * as asm from "./asm.ts";
import { build, R0, R1, R2, R10 } from "./asm.ts";
import { disassemble, disassembleInsn, formatInsn, formatLogInsn } from "./disasm.ts";
import { decode, encode, type Insn } from "./insn.ts";
import { type Form, FORMS, formOf, isWide, reservedFieldsAreClear } from "./opcodes.ts";
import { assemble, AssemblyError } from "./text.ts";

const IMMEDIATES = [0, 1, -1, 5, 0x7fffffff, -0x80000000, 0x12345678];
const OFFSETS = [0, 1, -1, 8, -512, 0x7fff, -0x8000];

/** A random instruction of `form`; a wide one with its second slot. */
function randomInsns(random: Random, form: Form): Insn[] {
  const fields: Partial<Record<string, number>> = {};
  for (const field of form.operands) {
    fields[field] = field === "dst" || field === "src" ? random.below(11) : random.pick(field === "off" ? OFFSETS : IMMEDIATES);
  }
  const insn = build(form, fields);
  return isWide(insn) ? [insn, { opcode: 0, dst: 0, src: 0, off: 0, imm: random.pick(IMMEDIATES) }] : [insn];
}

describe("instruction table", () => {
  it("has a unique name and unique selection for every form", () => {
    expect(new Set(FORMS.map((form) => form.name)).size).toBe(FORMS.length);
    for (const form of FORMS) expect(formOf(build(form, {}))).toBe(form);
  });

  it("covers the opcodes of RFC 9669, appendix A", () => {
    // Every opcode that the RFC's table lists, written down by class.
    const alu = [0x0, 0x1, 0x2, 0x3, 0x4, 0x5, 0x6, 0x7, 0x9, 0xa, 0xb, 0xc].flatMap((op) => [0x4, 0xc, 0x7, 0xf].map((low) => (op << 4) | low));
    const jumps = [0x1, 0x2, 0x3, 0x4, 0x5, 0x6, 0x7, 0xa, 0xb, 0xc, 0xd].flatMap((op) => [0x5, 0xd, 0x6, 0xe].map((low) => (op << 4) | low));
    const others = [0x05, 0x06, 0x18, 0x84, 0x85, 0x87, 0x95, 0xd4, 0xd7, 0xdc, 0x20, 0x28, 0x30, 0x40, 0x48, 0x50, 0xc3, 0xdb];
    const memory = [0x61, 0x69, 0x71, 0x79, 0x62, 0x6a, 0x72, 0x7a, 0x63, 0x6b, 0x73, 0x7b, 0x81, 0x89, 0x91];
    const known = new Set(FORMS.map((form) => form.opcode));
    expect([...alu, ...jumps, ...others, ...memory].filter((opcode) => !known.has(opcode))).toEqual([]);
  });
});

describe("text", () => {
  it.each(FORMS.map((form) => [form.name, form] as const))("%s: disassembly assembles to the same slots", (_name, form) => {
    const random = new Random(7);
    for (let i = 0; i < 20; i++) {
      const insns = randomInsns(random, form);
      const text = disassemble(insns);
      expect(text).not.toMatch(/\.insn|undefined|BUG/);
      expect(assemble(text)).toEqual(insns);
    }
  });

  it("round-trips random programs and random bytes", () => {
    const random = new Random(42);
    for (let i = 0; i < 300; i++) {
      const program = Array.from({ length: 1 + random.below(30) }, () => randomInsns(random, random.pick(FORMS))).flat();
      expect(assemble(disassemble(program))).toEqual(program);
      const bytes = new Uint8Array(8 * (1 + random.below(20)));
      random.fill(bytes);
      const wild = decode(bytes);
      expect(encode(assemble(disassemble(wild)))).toEqual(bytes);
    }
  });

  it("formats every opcode with every source without throwing", () => {
    for (let opcode = 0; opcode < 256; opcode++) {
      for (const src of [0, 1, 2, 15]) {
        for (const off of [0, 1, 7, -3]) {
          const insn: Insn = { opcode, dst: 15, src, off, imm: -7 };
          for (const text of [formatInsn([insn], 0), formatLogInsn([insn], 0), disassembleInsn([insn], 0)]) expect(text).not.toMatch(/undefined|NaN|^$/);
        }
      }
    }
  });

  it.each<[string, Insn | Insn[]]>([
    ["(61) r0 = *(u32 *)(r1 +4)", asm.load(32, R0, R1, 4)],
    ["(91) r0 = *(s8 *)(r1 -1)", asm.loadSigned(8, R0, R1, -1)],
    ["(7b) *(u64 *)(r10 -8) = r1", asm.store(64, R10, -8, R1)],
    ["(62) *(u32 *)(r2 +0) = -5", asm.store(32, R2, 0, -5)],
    ["(0f) r0 += r1", asm.add64(R0, R1)],
    ["(0c) w1 += w2", asm.add32(R1, R2)],
    ["(14) w1 -= 2", asm.sub32(R1, 2)],
    ["(3f) r0 s/= r1", asm.sdiv64(R0, R1)],
    ["(94) w0 s%= -3", asm.smod32(R0, -3)],
    ["(c7) r0 s>>= 32", asm.arsh64(R0, 32)],
    ["(87) r0 = -r0", asm.neg(64, R0)],
    ["(bf) r1 = (s16)r2", asm.movsx(16, 64, R1, R2)],
    ["(bc) w1 = (s8)w2", asm.movsx(8, 32, R1, R2)],
    ["(dc) r1 = be16 r1", asm.be(16, R1)],
    ["(d7) r1 = bswap64 r1", asm.bswap(64, R1)],
    ["(bf) r1 = addr_space_cast(r2, 0, 1)", asm.addrSpaceCast(R1, R2, 0, 1)],
    ["(65) if r1 s> 0x5 goto pc+3", asm.jsgt(R1, 5, 3)],
    ["(c5) if r1 s< 0xfffffffd goto pc-3", asm.jslt(R1, -3, -3)],
    ["(1e) if w1 == w2 goto pc+1", asm.jump("jeq", 32, R1, R2, 1)],
    ["(05) goto pc+2", asm.goto(2)],
    ["(06) gotol pc-70000", asm.gotol(-70000)],
    ["(e5) may_goto pc+3", asm.mayGoto(3)],
    ["(85) call bpf_ktime_get_ns#5", asm.callHelper(5)],
    ["(85) call unknown#1234567", asm.callHelper(1234567)],
    ["(85) call anycall_read#77", asm.callKfunc(3)],
    ["(85) call pc-4", asm.callSubprogram(-4)],
    ["(95) exit", asm.exit()],
    ["(c3) lock *(u32 *)(r10 -8) += r1", asm.atomic("add", 32, R10, -8, R1)],
    ["(db) r1 = atomic64_fetch_or((u64 *)(r10 -8), r1)", asm.atomic("or", 64, R10, -8, R1, true)],
    ["(c3) r1 = atomic_xchg((u32 *)(r2 +0), r1)", asm.atomic("xchg", 32, R2, 0, R1)],
    ["(db) r0 = atomic64_cmpxchg((u64 *)(r2 +0), r0, r1)", asm.atomic("cmpxchg", 64, R2, 0, R1)],
    ["(cb) r1 = load_acquire((u16 *)(r2 +0))", asm.loadAcquire(16, R1, R2, 0)],
    ["(db) store_release((u64 *)(r2 +8), r1)", asm.storeRelease(64, R2, 8, R1)],
    ["(18) r0 = 0x100000001", asm.ldimm64(R0, 0x1_0000_0001n)],
    ["(18) r1 = 0xffff888100000000", asm.ldpseudo(R1, "map_fd", 3)],
    ["(40) r0 = *(u32 *)skb[r2 + -2097152]", { opcode: 0x40, dst: 0, src: 2, off: 0, imm: -2097152 }],
    ["BUG_ldx_01", { opcode: 0x01, dst: 0, src: 0, off: 0, imm: 0 }],
    ["BUG_st_02", { opcode: 0x02, dst: 0, src: 0, off: 0, imm: 0 }],
  ])("%s", (text, insns) => {
    const names = {
      helper: (id: number) => (id === 5 ? "bpf_ktime_get_ns" : undefined),
      kfunc: () => ({ name: "anycall_read", id: 77 }),
      pseudo: () => "0xffff888100000000",
    };
    expect(formatLogInsn([insns].flat(), 0, names)).toBe(text);
    expect(formatInsn([insns].flat(), 0, names)).toBe(text.replace(/^\(..\) /, ""));
  });

  it("assembles labels, comments and several spaces", () => {
    const insns = assemble(`
      ; counts down
            r0 = 0
            r1 = 0x100000000 ll   // two slots
      loop: if r1 == 0 goto done
            r1 -= 1
            may_goto done
            goto loop
      done: call local leaf
            exit
      leaf:
            exit`);
    expect(disassemble(insns).split("\n")).toEqual([
      "r0 = 0", "r1 = 0x100000000 ll", "if r1 == 0x0 goto pc+3", "r1 -= 1", "may_goto pc+1", "goto pc-4", "call pc+1", "exit", "exit",
    ]);
  });

  it.each([
    ["r1 = w2", /no such instruction/],
    ["r11 = 1", /no register r11/],
    ["goto nowhere", /no label nowhere/],
    ["a: exit\na: exit", /line 2: label a is defined twice/],
    ["r1 = 0x1ffffffff", /does not fit 32 bits/],
    ["r1 = *(u64 *)(r2 +40000)", /does not fit 16 bits/],
    ["w1 = (s32)w2", /no such instruction/],
    ["lock *(u8 *)(r1 +0) += r2", /no such instruction/],
  ])("refuses %s", (text, message) => {
    expect(() => assemble(text)).toThrow(AssemblyError);
    expect(() => assemble(text)).toThrow(message);
  });
});

describe("builders", () => {
  it("keep immediates and offsets in range", () => {
    expect(asm.mov64(R0, 0xffffffff).imm).toBe(-1);
    expect(() => asm.mov64(R0, 2 ** 32)).toThrow(RangeError);
    expect(() => asm.load(8, R0, R1, 40_000)).toThrow(RangeError);
    expect(() => asm.reg(11)).toThrow(RangeError);
  });

  it("give forms whose reserved fields are clear", () => {
    for (const insn of [asm.mov64(R0, 1), asm.callHelper(3), asm.exit(), asm.goto(1), asm.atomic("xchg", 64, R1, 0, R2)]) {
      expect(reservedFieldsAreClear(insn, formOf(insn)!)).toBe(true);
    }
    expect(reservedFieldsAreClear({ ...asm.exit(), imm: 1 }, formOf(asm.exit())!)).toBe(false);
  });
});
