/** Instructions on the BigInt twin of the numeric domain (twin.ts): arithmetic, moves, branches. For tests alone. */
import { ALU, JMP } from "../ops.ts";
import type { Tn, Tw, Width } from "./twin.ts";

const ascending = (xs: bigint[]): bigint[] => xs.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
const least = (...xs: bigint[]): bigint => ascending(xs)[0]!;
const most = (...xs: bigint[]): bigint => ascending(xs).at(-1)!;

/** The four bounds of one width of a scalar, to write each operation once for both widths. */
interface View {
  readonly bits: number;
  umin: bigint;
  umax: bigint;
  smin: bigint;
  smax: bigint;
}
const view64 = (w: Width, a: Tw): View => ({ bits: w.bits, umin: a.umin, umax: a.umax, smin: a.smin, smax: a.smax });
const view32 = (w: Width, a: Tw): View => ({ bits: w.half, umin: a.umin32, umax: a.umax32, smin: a.smin32, smax: a.smax32 });
function put64(a: Tw, v: View): void {
  Object.assign(a, { umin: v.umin, umax: v.umax, smin: v.smin, smax: v.smax });
}
function put32(a: Tw, v: View): void {
  Object.assign(a, { umin32: v.umin, umax32: v.umax, smin32: v.smin, smax32: v.smax });
}
const signedFits = (bits: number, x: bigint): boolean => BigInt.asIntN(bits, x) === x;
const full = (bits: number): View => {
  const top = 1n << BigInt(bits - 1);
  return { bits, umin: 0n, umax: 2n * top - 1n, smin: -top, smax: top - 1n };
};

function additive(d: View, s: View, sign: 1n | -1n): View {
  const none = full(d.bits);
  const [smin, smax] = sign > 0n ? [d.smin + s.smin, d.smax + s.smax] : [d.smin - s.smax, d.smax - s.smin];
  const [umin, umax] = sign > 0n ? [d.umin + s.umin, d.umax + s.umax] : [d.umin - s.umax, d.umax - s.umin];
  const fits = signedFits(d.bits, smin) && signedFits(d.bits, smax);
  // Both ends in the same window of 2^bits: the range stays one.
  const wraps = (x: bigint): boolean => BigInt.asUintN(d.bits, x) !== x;
  const mixed = sign > 0n ? !wraps(umin) && wraps(umax) : wraps(umin) && !wraps(umax);
  return {
    bits: d.bits,
    umin: mixed ? 0n : BigInt.asUintN(d.bits, umin), umax: mixed ? none.umax : BigInt.asUintN(d.bits, umax),
    smin: fits ? smin : none.smin, smax: fits ? smax : none.smax,
  };
}
function product(d: View, s: View): View {
  const none = full(d.bits);
  const ends = [d.smin * s.smin, d.smin * s.smax, d.smax * s.smin, d.smax * s.smax];
  const fits = ends.every((x) => signedFits(d.bits, x));
  const over = d.umax * s.umax > none.umax || d.umin * s.umin > none.umax;
  return {
    bits: d.bits, umin: over ? 0n : d.umin * s.umin, umax: over ? none.umax : d.umax * s.umax,
    smin: fits ? least(...ends) : none.smin, smax: fits ? most(...ends) : none.smax,
  };
}
/** Bounds of and, or, xor, given the resulting known bits of that width. */
function bitwise(op: number, d: View, s: View, t: Tn, sourceKnown: boolean): View {
  if (sourceKnown && t.m === 0n) {
    const signed = BigInt.asIntN(d.bits, t.v);
    return { bits: d.bits, umin: t.v, umax: t.v, smin: signed, smax: signed };
  }
  const none = full(d.bits);
  const umin = op === ALU.OR ? most(d.umin, s.umin) : t.v;
  const umax = op === ALU.AND ? least(d.umax, s.umax) : t.v | t.m;
  const ordered = BigInt.asIntN(d.bits, umin) <= BigInt.asIntN(d.bits, umax);
  return { bits: d.bits, umin, umax, smin: ordered ? BigInt.asIntN(d.bits, umin) : none.smin, smax: ordered ? BigInt.asIntN(d.bits, umax) : none.smax };
}
function left(d: View, n: bigint): View {
  const none = full(d.bits);
  const lost = n > BigInt(d.bits - 1) || d.umax > 1n << (BigInt(d.bits - 1) - n);
  return { ...none, umin: lost ? 0n : d.umin << n, umax: lost ? none.umax : d.umax << n };
}

/** dst op= src; returns the new scalar. Like scalarAlu. */
export function twinAlu(w: Width, op: number, is64: boolean, dst: Tw, src: Tw): Tw {
  const d: Tw = { ...dst };
  const shift = op === ALU.LSH || op === ALU.RSH || op === ALU.ARSH;
  if (op === ALU.DIV || op === ALU.MOD) return w.unknown();
  const amount = is64 ? view64(w, src) : view32(w, src);
  const constant = (is64 ? src.t : w.tLow(src.t)).m === 0n && amount.smin === amount.smax && amount.umin === amount.umax;
  if (shift && !constant) return w.unknown();
  if (shift && src.umax >= BigInt(is64 ? w.bits : w.half)) return w.unknown();
  switch (op) {
    case ALU.ADD:
    case ALU.SUB:
      put32(d, additive(view32(w, d), view32(w, src), op === ALU.ADD ? 1n : -1n));
      put64(d, additive(view64(w, d), view64(w, src), op === ALU.ADD ? 1n : -1n));
      d.t = op === ALU.ADD ? w.tAdd(d.t, src.t) : w.tSub(d.t, src.t);
      break;
    case ALU.NEG: {
      const zero = w.constant(0n);
      put32(d, additive(view32(w, zero), view32(w, dst), -1n));
      put64(d, additive(view64(w, zero), view64(w, dst), -1n));
      d.t = w.tSub(zero.t, dst.t);
      break;
    }
    case ALU.MUL:
      d.t = w.tMul(d.t, src.t);
      put32(d, product(view32(w, d), view32(w, src)));
      put64(d, product(view64(w, d), view64(w, src)));
      break;
    case ALU.AND:
    case ALU.OR:
    case ALU.XOR: {
      d.t = op === ALU.AND ? w.tAnd(d.t, src.t) : op === ALU.OR ? w.tOr(d.t, src.t) : w.tXor(d.t, src.t);
      put32(d, bitwise(op, view32(w, d), view32(w, src), w.tLow(d.t), w.tLow(src.t).m === 0n));
      if (src.t.m === 0n && d.t.m === 0n) w.know(d, d.t.v);
      else {
        put64(d, bitwise(op, view64(w, d), view64(w, src), d.t, false));
        w.updateBounds(d);
      }
      break;
    }
    default:
      if (is64) shift64(w, op, d, src.umin);
      else shift32(w, op, d, src.umin32);
  }
  if (!is64) zeroExtend(w, d);
  w.sync(d);
  return d;
}
function shift64(w: Width, op: number, d: Tw, n: bigint): void {
  if (op === ALU.LSH) {
    const half = n === BigInt(w.half);
    const low = view32(w, d);
    put64(d, left(view64(w, d), n));
    if (half) {
      d.smin = low.smin << n;
      d.smax = low.smax << n;
    }
    put32(d, left(low, n));
    d.t = { v: w.u(d.t.v << n), m: w.u(d.t.m << n) };
  } else if (op === ALU.RSH) {
    d.t = { v: d.t.v >> n, m: d.t.m >> n };
    const { umin, umax } = d;
    w.unbound64(d);
    w.unbound32(d);
    d.umin = umin >> n;
    d.umax = umax >> n;
  } else {
    d.t = { v: w.u(w.s(d.t.v) >> n), m: w.u(w.s(d.t.m) >> n) };
    const { smin, smax } = d;
    w.unbound64(d);
    w.unbound32(d);
    d.smin = smin >> n;
    d.smax = smax >> n;
  }
  w.updateBounds(d);
}
function shift32(w: Width, op: number, d: Tw, n: bigint): void {
  const t = w.tLow(d.t);
  const old = view32(w, d);
  w.unbound32(d);
  if (op === ALU.LSH) {
    put32(d, left(old, n));
    d.t = { v: w.u32(t.v << n), m: w.u32(t.m << n) };
  } else if (op === ALU.RSH) {
    d.umin32 = old.umin >> n;
    d.umax32 = old.umax >> n;
    d.t = { v: t.v >> n, m: t.m >> n };
  } else {
    d.smin32 = old.smin >> n;
    d.smax32 = old.smax >> n;
    d.t = { v: w.u32(w.s32(t.v) >> n), m: w.u32(w.s32(t.m) >> n) };
  }
  w.unbound64(d);
  w.updateBounds32(d);
}

function zeroExtend(w: Width, d: Tw): void {
  d.t = w.tLow(d.t);
  d.umin = d.umin32;
  d.umax = d.umax32;
  const positive = d.smin32 >= 0n && d.smax32 >= 0n;
  d.smin = positive ? d.smin32 : 0n;
  d.smax = positive ? d.smax32 : w.all32;
}
/** Like zeroExtend32. */
export function twinZeroExtend(w: Width, a: Tw): Tw {
  const d = { ...a };
  zeroExtend(w, d);
  w.sync(d);
  return d;
}
/** Like truncateTo, the size in bits. */
export function twinTruncate(w: Width, a: Tw, bits: number): Tw {
  if (bits === w.bits) return a;
  const d = { ...a };
  const mask = (1n << BigInt(bits)) - 1n;
  d.t = { v: d.t.v & mask, m: d.t.m & mask };
  const same = (d.umin & ~mask) === (d.umax & ~mask);
  d.umin = d.smin = same ? d.umin & mask : 0n;
  d.umax = d.smax = same ? d.umax & mask : mask;
  if (bits < w.half) w.unbound32(d);
  w.sync(d);
  return d;
}
/** Like signExtend64 and signExtend32, the size in bits. */
export function twinSignExtend(w: Width, a: Tw, bits: number, is64: boolean): Tw {
  const narrow = (x: bigint): bigint => BigInt.asIntN(bits, x);
  const limit = 1n << BigInt(bits - 1);
  const d = { ...a };
  if (a.t.m === 0n) {
    const x = narrow(a.t.v);
    if (is64) return w.constant(x);
    d.t = { v: w.u(x), m: 0n };
    d.smin32 = d.smax32 = w.s32(x);
    d.umin32 = d.umax32 = w.u32(x);
  } else {
    const [low, high] = is64 ? [a.smin, a.smax] : [a.smin32, a.smax32];
    const [x, y] = [narrow(low), narrow(high)];
    const kept = low >> BigInt(bits) === high >> BigInt(bits) && x < 0n === y < 0n;
    const [min, max] = kept ? [least(x, y), most(x, y)] : [-limit, limit - 1n];
    d.smin32 = min;
    d.smax32 = max;
    d.umin32 = kept ? w.u32(min) : 0n;
    d.umax32 = kept ? w.u32(max) : w.all32;
    if (is64) {
      Object.assign(d, { smin: min, smax: max, umin: kept ? w.u(min) : 0n, umax: kept ? w.u(max) : w.all });
      d.t = kept ? w.range(min, max) : { v: 0n, m: w.all };
      return d;
    }
    d.t = kept ? w.tLow(w.range(min, max)) : { v: 0n, m: w.all32 };
  }
  zeroExtend(w, d);
  w.sync(d);
  return d;
}

/** Like branchTaken. */
export function twinTaken(w: Width, op: number, is64: boolean, a: Tw, b: Tw): -1 | 0 | 1 {
  const [x, y] = is64 ? [view64(w, a), view64(w, b)] : [view32(w, a), view32(w, b)];
  const [s, t] = is64 ? [a.t, b.t] : [w.tLow(a.t), w.tLow(b.t)];
  const decide = (yes: boolean, no: boolean): -1 | 0 | 1 => (yes ? 1 : no ? 0 : -1);
  const apart = (p: View, q: View): boolean => p.umin > q.umax || p.umax < q.umin || p.smin > q.smax || p.smax < q.smin;
  switch (op) {
    case JMP.JEQ:
    case JMP.JNE: {
      const known = s.m === 0n && t.m === 0n;
      const differ = known ? s.v !== t.v : !w.tOverlap(s, t) || apart(x, y) || (is64 && apart(view32(w, a), view32(w, b)));
      const same = known && !differ;
      return op === JMP.JEQ ? decide(same, differ) : decide(differ, same);
    }
    case JMP.JSET: {
      const [known, other] = t.m === 0n ? [t, s] : [s, t];
      if (known.m !== 0n) return -1;
      return decide((other.v & known.v) !== 0n, ((other.v | other.m) & known.v) === 0n);
    }
    case JMP.JGT: return decide(x.umin > y.umax, x.umax <= y.umin);
    case JMP.JLT: return decide(x.umax < y.umin, x.umin >= y.umax);
    case JMP.JGE: return decide(x.umin >= y.umax, x.umax < y.umin);
    case JMP.JLE: return decide(x.umax <= y.umin, x.umin > y.umax);
    case JMP.JSGT: return decide(x.smin > y.smax, x.smax <= y.smin);
    case JMP.JSLT: return decide(x.smax < y.smin, x.smin >= y.smax);
    case JMP.JSGE: return decide(x.smin >= y.smax, x.smax < y.smin);
    case JMP.JSLE: return decide(x.smax <= y.smin, x.smin > y.smax);
    default: return -1;
  }
}

/** One side of a branch, after synchronization and the sanity check; the condition holds if `holds`, else its negation. */
export function twinRefine(w: Width, op: number, is64: boolean, first: Tw, second: Tw, holds: boolean): [Tw, Tw] {
  const a = { ...first };
  const b = { ...second };
  assume(w, op, is64, a, b, holds);
  for (const x of [a, b]) w.sync(x);
  for (const x of [a, b]) {
    if (!w.insane(x)) continue;
    w.unbound64(x);
    w.unbound32(x);
  }
  return [a, b];
}
function assume(w: Width, op: number, is64: boolean, a: Tw, b: Tw, holds: boolean): void {
  const put = is64 ? put64 : put32;
  const view = is64 ? view64 : view32;
  const low = (t: Tn): Tn => (is64 ? t : w.tLow(t));
  const withLow = (t: Tn, l: Tn): Tn => (is64 ? l : { v: w.high(t.v) | l.v, m: w.high(t.m) | l.m });
  const [x, y] = [view(w, a), view(w, b)];
  const bits = x.bits;
  const inc = (v: bigint, signed: boolean): bigint => (signed ? BigInt.asIntN(bits, v + 1n) : BigInt.asUintN(bits, v + 1n));
  const dec = (v: bigint, signed: boolean): bigint => (signed ? BigInt.asIntN(bits, v - 1n) : BigInt.asUintN(bits, v - 1n));
  const unsignedLess = (p: View, q: View, strict: boolean): void => {
    p.umax = least(p.umax, strict ? dec(q.umax, false) : q.umax);
    q.umin = most(strict ? inc(p.umin, false) : p.umin, q.umin);
  };
  const signedLess = (p: View, q: View, strict: boolean): void => {
    p.smax = least(p.smax, strict ? dec(q.smax, true) : q.smax);
    q.smin = most(strict ? inc(p.smin, true) : p.smin, q.smin);
  };
  const known = (c: Tw): boolean => low(c.t).m === 0n;
  switch (op) {
    case JMP.JLT: holds ? unsignedLess(x, y, true) : unsignedLess(y, x, false); break;
    case JMP.JGT: holds ? unsignedLess(y, x, true) : unsignedLess(x, y, false); break;
    case JMP.JLE: holds ? unsignedLess(x, y, false) : unsignedLess(y, x, true); break;
    case JMP.JGE: holds ? unsignedLess(y, x, false) : unsignedLess(x, y, true); break;
    case JMP.JSLT: holds ? signedLess(x, y, true) : signedLess(y, x, false); break;
    case JMP.JSGT: holds ? signedLess(y, x, true) : signedLess(x, y, false); break;
    case JMP.JSLE: holds ? signedLess(x, y, false) : signedLess(y, x, true); break;
    case JMP.JSGE: holds ? signedLess(y, x, false) : signedLess(x, y, true); break;
    case JMP.JEQ:
    case JMP.JNE: {
      if (holds === (op === JMP.JEQ)) {
        const both: View = { bits, umin: most(x.umin, y.umin), umax: least(x.umax, y.umax), smin: most(x.smin, y.smin), smax: least(x.smax, y.smax) };
        Object.assign(x, both);
        Object.assign(y, both);
        const t = w.tIntersect(low(a.t), low(b.t));
        a.t = withLow(a.t, t);
        b.t = withLow(b.t, t);
        break;
      }
      if (!known(a) && !known(b)) return;
      const [p, c] = known(b) ? [x, b] : [y, a];
      const value = low(c.t).v;
      const signed = BigInt.asIntN(bits, value);
      if (p.umin === value) p.umin = inc(value, false);
      if (p.umax === value) p.umax = dec(value, false);
      if (p.smin === signed) p.smin = inc(signed, true);
      if (p.smax === signed) p.smax = dec(signed, true);
      break;
    }
    case JMP.JSET: {
      if (!known(a) && !known(b)) return;
      const [p, c] = known(b) ? [a, b] : [b, a];
      const value = low(c.t).v;
      if (holds) {
        if (value !== 0n && (value & (value - 1n)) === 0n) p.t = withLow(p.t, w.tOr(low(p.t), { v: value, m: 0n }));
        return;
      }
      w.unbound64(p);
      w.unbound32(p);
      p.t = { v: p.t.v & ~value, m: p.t.m & ~value };
      return;
    }
  }
  put(a, x);
  put(b, y);
}
