/** The log's text of scalars: cases recorded from a 6.18 kernel. Many more: kernel-truth.test.ts. */
import { expect, test } from "vitest";
import { ALU, formatScalar, formatTnum, markKnownImm, refineBranch, JMP, Scalar, scalarAlu, signExtend64, truncateTo } from "./index.ts";

const imm = (value: number): Scalar => {
  const s = new Scalar();
  markKnownImm(s, value);
  return s;
};
const loaded = (size: number): Scalar => {
  const s = new Scalar();
  truncateTo(s, size);
  return s;
};

test("nothing known, constants, attributes", () => {
  expect(formatScalar(new Scalar())).toBe("scalar()");
  expect(formatScalar(new Scalar(), ["id=1"])).toBe("scalar(id=1)");
  expect(formatScalar(imm(7))).toBe("7");
  expect(formatScalar(imm(-1))).toBe("-1");
  expect(formatScalar(imm(32767))).toBe("32767");
  expect(formatScalar(imm(32768))).toBe("0x8000");
  expect(formatScalar(imm(-32769))).toBe("0xffffffffffff7fff");
});

test("equal bounds are grouped, uninformative ones omitted", () => {
  expect(formatScalar(loaded(1))).toBe("scalar(smin=smin32=0,smax=umax=smax32=umax32=255,var_off=(0x0; 0xff))");
  expect(formatScalar(loaded(4))).toBe("scalar(smin=0,smax=umax=0xffffffff,var_off=(0x0; 0xffffffff))");
  const short = new Scalar();
  signExtend64(short, 2);
  expect(formatScalar(short)).toBe("scalar(smin=smin32=-32768,smax=smax32=32767)");
});

test("after operations", () => {
  const low = new Scalar();
  scalarAlu(ALU.OR, true, low, imm(-16));
  expect(formatScalar(low)).toBe("scalar(smin=smin32=-16,smax=smax32=-1,umin=0xfffffffffffffff0,umin32=0xfffffff0,var_off=(0xfffffffffffffff0; 0xf))");
  const negated = loaded(1);
  scalarAlu(ALU.NEG, true, negated, negated);
  expect(formatScalar(negated)).toBe("scalar(smin=smin32=-255,smax=smax32=0)");
  const sides = [loaded(8), imm(16), loaded(8), imm(16)] as const;
  refineBranch(JMP.JGT, true, ...sides);
  expect(formatScalar(sides[2])).toBe("scalar(smin=smin32=0,smax=umax=smax32=umax32=16,var_off=(0x0; 0x1f))");
  expect(formatScalar(sides[0])).toBe("scalar(umin=17)");
});

test("tnums", () => {
  expect(formatTnum({ tvHi: 0, tvLo: 8, tmHi: 0, tmLo: 0 })).toBe("8");
  expect(formatTnum({ tvHi: 0, tvLo: 0x10000, tmHi: 0, tmLo: 0 })).toBe("0x10000");
  expect(formatTnum({ tvHi: -1, tvLo: -16, tmHi: 0, tmLo: 15 })).toBe("(0xfffffffffffffff0; 0xf)");
});
