/**
 * The numeric domain once more, for tests: plain BigInt, slow and obvious, for any even register width W (an odd one for tnums alone) with "32-bit" halves of
 * W/2 bits. At small widths its soundness is checked by enumerating every number; at 64 bits the fast domain must equal it. This
 * file has the values, tnums and the exchange of knowledge; twin-ops.ts the instructions. Never used by product code.
 */

export interface Tn {
  readonly v: bigint;
  readonly m: bigint;
}

/** Unsigned quantities in [0, 2^n), signed ones in [-2^(n-1), 2^(n-1)). */
export interface Tw {
  t: Tn;
  umin: bigint;
  umax: bigint;
  smin: bigint;
  smax: bigint;
  /** Of the low half. */
  umin32: bigint;
  umax32: bigint;
  smin32: bigint;
  smax32: bigint;
}

const greater = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const lesser = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const bitLength = (x: bigint): number => (x === 0n ? 0 : x.toString(2).length);

/** The domain at a width. */
export class Width {
  readonly bits: number;
  readonly half: number;
  readonly all: bigint;
  readonly all32: bigint;
  readonly sMin: bigint;
  readonly sMax: bigint;
  readonly sMin32: bigint;
  readonly sMax32: bigint;

  constructor(bits: number) {
    this.bits = bits;
    this.half = bits >> 1;
    this.all = (1n << BigInt(bits)) - 1n;
    this.all32 = (1n << BigInt(this.half)) - 1n;
    this.sMax = this.all >> 1n;
    this.sMin = -this.sMax - 1n;
    this.sMax32 = this.all32 >> 1n;
    this.sMin32 = -this.sMax32 - 1n;
  }

  u(x: bigint): bigint {
    return BigInt.asUintN(this.bits, x);
  }
  s(x: bigint): bigint {
    return BigInt.asIntN(this.bits, x);
  }
  u32(x: bigint): bigint {
    return BigInt.asUintN(this.half, x);
  }
  s32(x: bigint): bigint {
    return BigInt.asIntN(this.half, x);
  }
  high(x: bigint): bigint {
    return this.u(x) & ~this.all32;
  }

  unknown(): Tw {
    return {
      t: { v: 0n, m: this.all }, umin: 0n, umax: this.all, smin: this.sMin, smax: this.sMax,
      umin32: 0n, umax32: this.all32, smin32: this.sMin32, smax32: this.sMax32,
    };
  }
  constant(x: bigint): Tw {
    const tw = this.unknown();
    this.know(tw, x);
    return tw;
  }
  know(a: Tw, x: bigint): void {
    a.t = { v: this.u(x), m: 0n };
    a.umin = a.umax = this.u(x);
    a.smin = a.smax = this.s(x);
    a.umin32 = a.umax32 = this.u32(x);
    a.smin32 = a.smax32 = this.s32(x);
  }
  unbound64(a: Tw): void {
    a.umin = 0n;
    a.umax = this.all;
    a.smin = this.sMin;
    a.smax = this.sMax;
  }
  unbound32(a: Tw): void {
    a.umin32 = 0n;
    a.umax32 = this.all32;
    a.smin32 = this.sMin32;
    a.smax32 = this.sMax32;
  }

  /** The concrete x is described. */
  has(a: Tw, x: bigint): boolean {
    const low = this.u32(x);
    return (
      (x & ~a.t.m & this.all) === a.t.v && a.umin <= x && x <= a.umax && a.smin <= this.s(x) && this.s(x) <= a.smax &&
      a.umin32 <= low && low <= a.umax32 && a.smin32 <= this.s32(x) && this.s32(x) <= a.smax32
    );
  }

  /* Tnums, from their definitions where a definition is short enough. */
  range(min: bigint, max: bigint): Tn {
    const m = (1n << BigInt(bitLength(this.u(min) ^ this.u(max)))) - 1n;
    return { v: this.u(min) & ~m, m };
  }
  tAdd(a: Tn, b: Tn): Tn {
    const lowest = this.u(a.v + b.v);
    const highest = this.u(lowest + a.m + b.m);
    const m = (lowest ^ highest) | a.m | b.m;
    return { v: lowest & ~m, m };
  }
  tSub(a: Tn, b: Tn): Tn {
    const middle = this.u(a.v - b.v);
    const m = (this.u(middle + a.m) ^ this.u(middle - b.m)) | a.m | b.m;
    return { v: middle & ~m, m };
  }
  tAnd(a: Tn, b: Tn): Tn {
    const v = a.v & b.v;
    return { v, m: (a.v | a.m) & (b.v | b.m) & ~v };
  }
  tOr(a: Tn, b: Tn): Tn {
    const v = a.v | b.v;
    return { v, m: (a.m | b.m) & ~v };
  }
  tXor(a: Tn, b: Tn): Tn {
    const m = a.m | b.m;
    return { v: (a.v ^ b.v) & ~m, m };
  }
  tUnion(a: Tn, b: Tn): Tn {
    const m = (a.v ^ b.v) | a.m | b.m;
    return { v: a.v & b.v & ~m, m };
  }
  tIntersect(a: Tn, b: Tn): Tn {
    const m = a.m & b.m;
    return { v: (a.v | b.v) & ~m, m };
  }
  tMul(a: Tn, b: Tn): Tn {
    let sum: Tn = { v: 0n, m: 0n };
    for (let i = 0n; i < BigInt(this.bits); i++) {
      const shifted = { v: this.u(b.v << i), m: this.u(b.m << i) };
      if ((a.v >> i) & 1n) sum = this.tAdd(sum, shifted);
      else if ((a.m >> i) & 1n) sum = this.tUnion(sum, this.tAdd(sum, shifted));
    }
    return sum;
  }
  tLow(a: Tn): Tn {
    return { v: a.v & this.all32, m: a.m & this.all32 };
  }
  tOverlap(a: Tn, b: Tn): boolean {
    return ((a.v ^ b.v) & ~a.m & ~b.m) === 0n;
  }
  /** The least member above z, or the greatest member if there is none. Bit by bit, from the definition. */
  tNext(t: Tn, z: bigint): bigint {
    if (z >= (t.v | t.m)) return t.v | t.m;
    if (z < t.v) return t.v;
    // The answer shares z's bits above some position, where it has a one and z a zero, and is least below.
    let best: bigint | undefined;
    for (let i = 0; i < this.bits; i++) {
      const bit = 1n << BigInt(i);
      if (z & bit || !((t.v | t.m) & bit)) continue;
      const above = ~((bit << 1n) - 1n) & this.all;
      const candidate = (z & above) | bit | (t.v & (bit - 1n));
      if ((candidate & ~t.m & this.all) === t.v && (best === undefined || candidate < best)) best = candidate;
    }
    return best!;
  }

  /* Exchange of knowledge. */
  updateBounds(a: Tw): void {
    this.updateBounds32(a);
    const sign = 1n << BigInt(this.bits - 1);
    a.smin = greater(a.smin, this.s(a.t.v | (a.t.m & sign)));
    a.smax = lesser(a.smax, this.s(a.t.v | (a.t.m & ~sign)));
    a.umin = greater(a.umin, a.t.v);
    a.umax = lesser(a.umax, a.t.v | a.t.m);
    const member = (a.umin & ~a.t.m & this.all) === a.t.v;
    const next = this.tNext(a.t, a.umin);
    if (member) {
      if (next > a.umax) this.know(a, a.umin);
    } else if (next === (a.t.v | a.t.m)) this.know(a, next);
    else if (next <= a.umax && this.tNext(a.t, next) > a.umax) this.know(a, next);
  }
  updateBounds32(a: Tw): void {
    const { v, m } = this.tLow(a.t);
    const sign = 1n << BigInt(this.half - 1);
    a.smin32 = greater(a.smin32, this.s32(v | (m & sign)));
    a.smax32 = lesser(a.smax32, this.s32(v | (m & ~sign)));
    a.umin32 = greater(a.umin32, v);
    a.umax32 = lesser(a.umax32, v | m);
  }

  private clampU32(a: Tw, min: bigint, max: bigint): void {
    a.umin32 = greater(a.umin32, this.u32(min));
    a.umax32 = lesser(a.umax32, this.u32(max));
  }
  private clampS32(a: Tw, min: bigint, max: bigint): void {
    a.smin32 = greater(a.smin32, this.s32(min));
    a.smax32 = lesser(a.smax32, this.s32(max));
  }
  private deduce32(a: Tw): void {
    const h = BigInt(this.half);
    if (a.umin >> h === a.umax >> h) {
      this.clampU32(a, a.umin, a.umax);
      if (this.s32(a.umin) <= this.s32(a.umax)) this.clampS32(a, a.umin, a.umax);
    }
    if (a.smin >> h === a.smax >> h) {
      if (this.u32(a.smin) <= this.u32(a.smax)) this.clampU32(a, a.smin, a.smax);
      if (this.s32(a.smin) <= this.s32(a.smax)) this.clampS32(a, a.smin, a.smax);
    }
    if (this.u32((a.umin >> h) + 1n) === this.u32(a.umax >> h) && this.s32(a.umin) < 0n && this.s32(a.umax) >= 0n) this.clampS32(a, a.umin, a.umax);
    if (this.u32((a.smin >> h) + 1n) === this.u32(a.smax >> h) && this.s32(a.smin) < 0n && this.s32(a.smax) >= 0n) this.clampS32(a, a.smin, a.smax);
    if (this.s32(a.umin32) <= this.s32(a.umax32)) this.clampS32(a, a.umin32, a.umax32);
    if (this.u32(a.smin32) <= this.u32(a.smax32)) this.clampU32(a, a.smin32, a.smax32);
    else if (a.umax32 < this.u32(a.smin32)) {
      a.smin32 = this.s32(a.umin32);
      a.umax32 = lesser(a.umax32, this.u32(a.smax32));
    } else if (this.u32(a.smax32) < a.umin32) {
      a.smax32 = this.s32(a.umax32);
      a.umin32 = greater(a.umin32, this.u32(a.smin32));
    }
  }
  private deduce64(a: Tw): void {
    if (this.s(a.umin) <= this.s(a.umax)) {
      a.smin = greater(a.smin, this.s(a.umin));
      a.smax = lesser(a.smax, this.s(a.umax));
    }
    if (this.u(a.smin) <= this.u(a.smax)) {
      a.umin = greater(a.umin, this.u(a.smin));
      a.umax = lesser(a.umax, this.u(a.smax));
    } else if (a.umax < this.u(a.smin)) {
      a.smin = this.s(a.umin);
      a.umax = lesser(a.umax, this.u(a.smax));
    } else if (this.u(a.smax) < a.umin) {
      a.smax = this.s(a.umax);
      a.umin = greater(a.umin, this.u(a.smin));
    }
  }
  private deduceMixed(a: Tw): void {
    const ends = (min: bigint, max: bigint): void => {
      a.umin = greater(a.umin, this.high(a.umin) | min);
      a.umax = lesser(a.umax, this.high(a.umax) | max);
      a.smin = greater(a.smin, this.s(this.high(a.smin) | min));
      a.smax = lesser(a.smax, this.s(this.high(a.smax) | max));
    };
    ends(a.umin32, a.umax32);
    if (this.u32(a.smin32) <= this.u32(a.smax32)) ends(this.u32(a.smin32), this.u32(a.smax32));
    if (a.smin32 >= 0n && a.smin >= this.sMin32 && a.smax <= this.sMax32) {
      a.smin = a.smin32;
      a.smax = a.smax32;
      a.umin = this.u(a.smin32);
      a.umax = this.u(a.smax32);
      a.t = this.tIntersect(a.t, this.range(a.smin, a.smax));
    }
  }
  sync(a: Tw): void {
    this.updateBounds(a);
    for (let i = 0; i < 3; i++) {
      this.deduce32(a);
      this.deduce64(a);
      this.deduceMixed(a);
    }
    const whole = this.tIntersect(a.t, this.range(a.umin, a.umax));
    const low = this.tIntersect(this.tLow(whole), this.range(a.umin32, a.umax32));
    a.t = { v: this.high(whole.v) | low.v, m: this.high(whole.m) | low.m };
    this.updateBounds(a);
  }
  /** Contradictory, so that the kernel forgets its bounds. */
  insane(a: Tw): boolean {
    if (a.umin > a.umax || a.smin > a.smax || a.umin32 > a.umax32 || a.smin32 > a.smax32) return true;
    if (a.t.m === 0n && !(a.umin === a.t.v && a.umax === a.t.v && a.smin === this.s(a.t.v) && a.smax === this.s(a.t.v))) return true;
    const low = this.tLow(a.t);
    return low.m === 0n && !(a.umin32 === low.v && a.umax32 === low.v && a.smin32 === this.s32(low.v) && a.smax32 === this.s32(low.v));
  }
}
