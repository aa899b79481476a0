/** Base-64 variable-length quantities of source maps (ECMA-426): a sign bit and 5 bits a digit, least significant first. */

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const CONTINUES = 32;

/** Encodes integers of at most 31 bits one after the other. */
export function encodeVlq(values: readonly number[]): string {
  let text = "";
  for (const value of values) {
    let rest = value < 0 ? -value * 2 + 1 : value * 2;
    do {
      const digit = rest % CONTINUES;
      rest = Math.floor(rest / CONTINUES);
      text += DIGITS[rest > 0 ? digit + CONTINUES : digit];
    } while (rest > 0);
  }
  return text;
}

/** Decodes what encodeVlq wrote. Throws RangeError for other characters, a cut-off or an oversized number. */
export function decodeVlq(text: string): number[] {
  const values: number[] = [];
  let value = 0;
  let scale = 1;
  for (const char of text) {
    const digit = DIGITS.indexOf(char);
    if (digit < 0) throw new RangeError(`'${char}' is no base-64 digit`);
    value += (digit % CONTINUES) * scale;
    if (value > 2 ** 32) throw new RangeError("a number in the mappings is too large");
    if (digit >= CONTINUES) {
      scale *= CONTINUES;
    } else {
      values.push(value % 2 === 1 ? -(value - 1) / 2 : value / 2);
      value = 0;
      scale = 1;
    }
  }
  if (scale !== 1) throw new RangeError("a number in the mappings is cut off");
  return values;
}
