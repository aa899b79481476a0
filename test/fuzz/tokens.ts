/** Mutations of TypeScript texts, token by token: what a text looks like while it is typed, pasted and mistyped. */
import ts from "typescript";
import type { Random } from "../support/random.ts";

const FOREIGN: readonly string[] = [
  "\n",
  "() => 0",
  ...`
( ) { } [ ] ; , . ?. => = == === ! ~ + ++ - * ** / % << >>> && || ?? ? : ... @ 0 1 -1 1.5 0xffffffffffffffff 10n "text" \`t\` null undefined
true this new class function async await yield return break continue using const let var typeof void delete in of instanceof as satisfies
import export enum interface switch case default throw try catch finally for while do if else u8 i64 string number any never sys anycall
buffer global range zero super #p /x/ [] {} arguments NaN Infinity
`
    .trim()
    .split(/\s+/),
];

/** Texts of the tokens with the space in front of each. */
export function tokens(text: string): string[] {
  const scanner = ts.createScanner(ts.ScriptTarget.ESNext, false, ts.LanguageVariant.Standard, text);
  const found: string[] = [];
  let end = 0;
  while (scanner.scan() !== ts.SyntaxKind.EndOfFileToken) {
    if (scanner.getTokenEnd() === end) continue;
    found.push(text.slice(end, scanner.getTokenEnd()));
    end = scanner.getTokenEnd();
  }
  return [...found, text.slice(end)];
}

/** One to four edits: drop, double, swap, replace or insert tokens, copy some from elsewhere, cut the end off. */
export function mutate(list: readonly string[], random: Random): string[] {
  const result = [...list];
  for (let edits = 1 + random.below(4); edits > 0 && result.length > 2; edits--) {
    const at = random.below(result.length);
    const other = random.below(result.length);
    switch (random.below(9)) {
      case 0:
      case 1:
        result.splice(at, 1 + random.below(3));
        break;
      case 2:
        result.splice(at, 0, result[at]!);
        break;
      case 3:
        [result[at], result[other]] = [result[other]!, result[at]!];
        break;
      case 4:
        result[at] = result[other]!;
        break;
      case 5:
        result[at] = ` ${random.pick(FOREIGN)} `;
        break;
      case 6:
        result.splice(at, 0, ` ${random.pick(FOREIGN)} `);
        break;
      case 7:
        result.splice(at, 0, ...result.slice(other, other + 1 + random.below(12)));
        break;
      default:
        if (random.below(4) === 0) result.length = at;
        else result.splice(at, 1, ` ${random.pick(FOREIGN)} `);
    }
  }
  return result;
}

/** Drops tokens as long as `fails` stays true for what is left. */
export function shrinkTokens(list: readonly string[], fails: (candidate: readonly string[]) => boolean): readonly string[] {
  let current = list;
  for (let size = current.length >> 1; size >= 1; size = size >> 1) {
    for (let at = 0; at < current.length; ) {
      const candidate = [...current.slice(0, at), ...current.slice(at + size)];
      if (candidate.length > 0 && fails(candidate)) current = candidate;
      else at += size;
    }
  }
  return current;
}
