/** `anycallc raw verify`: lines of JSON in, one answer a line out, in order and at once. */
import { once } from "node:events";
import { createInterface } from "node:readline";
import { PROFILES } from "../../kernel/abi/profiles.ts";
import { verify } from "../../verifier-sim/index.ts";
import { answerLine } from "../../verifier-sim/input/raw.ts";
import type { Parsed } from "../args.ts";
import { targetOf } from "../target.ts";

export async function rawVerify(parsed: Parsed): Promise<number> {
  const target = targetOf(parsed);
  const options = { profile: target.profile ?? PROFILES.at(-1)!, ...(target.kernelBtf && { kernelBtf: target.kernelBtf }), ...(target.kernelSymbols && { kernelSymbols: target.kernelSymbols }) };
  // Who reads the answers may stop reading: that ends the work and is no failure.
  let open = true;
  process.stdout.on("error", () => {
    open = false;
  });
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (!open) break;
    if (!process.stdout.write(`${JSON.stringify(answerLine(line, verify, options))}\n`) && open) await Promise.race([once(process.stdout, "drain"), once(process.stdout, "close")]);
  }
  return 0;
}
