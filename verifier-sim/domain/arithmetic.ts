/**
 * How much a kernel's verifier knows of arithmetic: newer ones infer more. Chosen once for each verification, since what an older
 * kernel does not infer must not be inferred for it. As 6.18 unless told otherwise.
 */

export interface Arithmetic {
  /** Sums and differences that all wrap around keep their range. */
  wraps: boolean;
  /** Products of negative numbers have a range, and unknown bits are multiplied precisely. */
  signedProducts: boolean;
  /** Products, OR and XOR with a source that is not known have a range; else nothing is known, not even that 32 bits stay 32. */
  unknownSources: boolean;
  /** -x has a range; else nothing is known of it. */
  negates: boolean;
  /** Known bits move with bytes that are swapped. */
  swapsBits: boolean;
  /** A range that leaves one number that the known bits allow is that number. */
  singles: boolean;
  /** AND and OR of what is 0 or -1 are followed for both. */
  forks: boolean;
  /** Known bits that disagree decide a comparison. */
  comparesBits: boolean;
  /** Before 6.8: views of different width tell each other little, and ranges of different sign nothing. */
  early: boolean;
}

export const ARITHMETIC: Arithmetic = { wraps: true, signedProducts: true, unknownSources: true, negates: true, swapsBits: true, singles: true, forks: true, comparesBits: true, early: false };

type Version = readonly [number, number];
/** First version of each. Long-term kernels got some of these later, as fixes: 6.12 has forks and comparesBits. */
const SINCE: { readonly [K in keyof Arithmetic]: Version } = {
  wraps: [6, 17],
  signedProducts: [6, 17],
  unknownSources: [6, 10],
  negates: [6, 17],
  swapsBits: [6, 18],
  singles: [6, 18],
  forks: [6, 12],
  comparesBits: [6, 12],
  early: [6, 8],
};

/** From now on as the kernel of this version. */
export function setArithmetic(version: Version): void {
  const has = ([major, minor]: Version) => version[0] > major || (version[0] === major && version[1] >= minor);
  for (const name of Object.keys(SINCE) as (keyof Arithmetic)[]) ARITHMETIC[name] = has(SINCE[name]) !== (name === "early");
}
