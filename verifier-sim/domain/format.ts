/**
 * Abstract numbers as the kernel's verifier log prints them (6.8 and later, unchanged in 6.18): ranges that say nothing are
 * omitted, equal ones grouped (`smin=smin32=0`), small numbers decimal, others hexadecimal. Text only, for logs and messages.
 */
import { isConst, type Scalar } from "./scalar.ts";
import type { TnumFields } from "./tnum.ts";
import { I32_MAX, I32_MIN, signedNumber } from "./u64.ts";

/** Largest unsigned and the signed numbers that are printed in decimal. */
const UNSIGNED_DECIMAL_MAX = 0xffff;
const SIGNED_DECIMAL_MIN = -0x8000;
const SIGNED_DECIMAL_MAX = 0x7fff;

/** What follows a scalar register's `=`: `7`, `scalar()`, `scalar(smin=0,smax=umax=255,…)`; `attributes` come first (`id=1`). */
export function formatScalar(s: Scalar, attributes: readonly string[] = []): string {
  if (isConst(s)) return formatSigned(s.tvHi, s.tvLo);
  return `scalar(${[...attributes, ...formatRanges(s)].join(",")})`;
}

/** The tnum of a log: a number when all bits are known, else `(value; mask)`. */
export function formatTnum(t: TnumFields): string {
  if ((t.tmHi | t.tmLo) === 0) return formatUnsigned(t.tvHi, t.tvLo);
  return formatBits(t);
}
/** The same, also where all bits are known. */
export function formatBits(t: TnumFields): string {
  return `(${formatHex(t.tvHi, t.tvLo)}; ${formatHex(t.tmHi, t.tmLo)})`;
}

interface Bound {
  readonly name: string;
  readonly signed: boolean;
  readonly hi: number;
  readonly lo: number;
  omit: boolean;
}

/** The `name=…` parts of a scalar, or of a pointer with a variable offset: bounds, then `var_off=` unless nothing is known. */
export function formatRanges(s: Scalar): string[] {
  const bounds: Bound[] = [
    { name: "smin", signed: true, hi: s.sminHi, lo: s.sminLo, omit: s.sminHi === I32_MIN && s.sminLo === 0 },
    { name: "smax", signed: true, hi: s.smaxHi, lo: s.smaxLo, omit: s.smaxHi === I32_MAX && s.smaxLo === -1 },
    { name: "umin", signed: false, hi: s.uminHi, lo: s.uminLo, omit: (s.uminHi | s.uminLo) === 0 },
    { name: "umax", signed: false, hi: s.umaxHi, lo: s.umaxLo, omit: (s.umaxHi & s.umaxLo) === -1 },
    signed32("smin32", s.smin32, I32_MIN),
    signed32("smax32", s.smax32, I32_MAX),
    { name: "umin32", signed: false, hi: 0, lo: s.umin32, omit: s.umin32 === 0 },
    { name: "umax32", signed: false, hi: 0, lo: s.umax32, omit: s.umax32 === -1 },
  ];
  const parts: string[] = [];
  bounds.forEach((bound, index) => {
    if (bound.omit) return;
    let names = `${bound.name}=`;
    // Minimums group with minimums, maximums with maximums; a negative number never with the same bits as unsigned.
    for (let other = index + 2; other < bounds.length; other += 2) {
      const candidate = bounds[other]!;
      if (candidate.omit || candidate.hi !== bound.hi || candidate.lo !== bound.lo || isNegative(candidate) !== isNegative(bound)) continue;
      candidate.omit = true;
      names += `${candidate.name}=`;
    }
    parts.push(names + (bound.signed ? formatSigned(bound.hi, bound.lo) : formatUnsigned(bound.hi, bound.lo)));
  });
  if ((s.tmHi & s.tmLo) !== -1) parts.push(`var_off=${formatTnum(s)}`);
  return parts;
}

/** A 32-bit bound is sign-extended where it prints as decimal and zero-extended where it prints as hexadecimal. */
function signed32(name: string, value: number, none: number): Bound {
  const decimal = value >= SIGNED_DECIMAL_MIN && value <= SIGNED_DECIMAL_MAX;
  return { name, signed: true, hi: decimal ? value >> 31 : 0, lo: value, omit: value === none };
}
function isNegative(bound: Bound): boolean {
  return bound.signed && bound.hi < 0;
}

/** A signed number as `%lld` prints it. */
export function decimalSigned(hi: number, lo: number): string {
  return `${(BigInt(hi | 0) << 32n) | BigInt(lo >>> 0)}`;
}
/** A signed number as in the log. */
export function formatSigned(hi: number, lo: number): string {
  const value = signedNumber(hi, lo);
  return value >= SIGNED_DECIMAL_MIN && value <= SIGNED_DECIMAL_MAX ? `${value}` : formatHex(hi, lo);
}
/** An unsigned number as in the log. */
export function formatUnsigned(hi: number, lo: number): string {
  return hi === 0 && lo >>> 0 <= UNSIGNED_DECIMAL_MAX ? `${lo >>> 0}` : formatHex(hi, lo);
}
/** The kernel's `%#llx`: prefixed even when zero. */
function formatHex(hi: number, lo: number): string {
  if (hi === 0) return `0x${(lo >>> 0).toString(16)}`;
  return `0x${(hi >>> 0).toString(16)}${(lo >>> 0).toString(16).padStart(8, "0")}`;
}
