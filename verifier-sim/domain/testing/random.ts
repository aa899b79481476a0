/** Seeded random numbers for tests, biased to the boundaries where carries, signs and widths change. Never used by product code. */

export interface Random {
  /** An integer in [0, n). */
  below(n: number): number;
  /** One of the items. */
  pick<T>(items: readonly T[]): T;
  /** A 64-bit number near an interesting one, as bigint in [0, 2^64). */
  word(): bigint;
  /** An immediate: int32. */
  imm(): number;
}

/** A generator that gives the same sequence for the same seed (mulberry32). */
export function random(seed: number): Random {
  let state = seed | 0;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
  const below = (n: number) => next() % n;
  const raw = () => (BigInt(next()) << 32n) | BigInt(next());
  const word = (): bigint => {
    switch (below(8)) {
      case 0:
        return raw();
      case 1:
        return raw() >> BigInt(below(64));
      case 2:
        return BigInt.asUintN(64, BigInt(below(32)) - 16n);
      case 3:
        return BigInt.asUintN(64, (1n << BigInt(below(64))) + BigInt(below(5)) - 2n);
      case 4:
        return BigInt.asUintN(64, (1n << 31n) * BigInt(below(5)) + BigInt(below(9)) - 4n);
      case 5:
        return BigInt.asUintN(64, -(raw() >> BigInt(below(64))));
      case 6:
        return raw() & raw() & raw();
      default:
        return BigInt.asUintN(64, (1n << 63n) + BigInt(below(9)) - 4n);
    }
  };
  return { below, pick: (items) => items[below(items.length)]!, word, imm: () => Number(BigInt.asIntN(32, word())) };
}
