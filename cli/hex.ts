/** Bytes as hexadecimal text on the command line. */
import { UsageError } from "./args.ts";

/** Two digits a byte; white space between bytes is skipped. Throws UsageError naming `what`. */
export function parseHex(text: string, what: string): Uint8Array {
  const digits = text.replace(/\s+/g, "");
  if (!/^([0-9a-fA-F]{2})*$/.test(digits)) throw new UsageError(`The ${what} must be hexadecimal, two digits a byte.`);
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
