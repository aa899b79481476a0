/**
 * TypeScript in README.md and docs/: a block fenced with ```ts is a file of its own; a first line `// NAME.ts` gives it a
 * name by which other blocks of the page import it. Blocks with more words behind `ts` (```ts bad) are other tests' business.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

export interface Block {
  /** Page and line of the fence. */
  readonly where: string;
  readonly page: string;
  readonly name: string;
  readonly text: string;
}

const FENCE = /^```ts[ \t]*\n([\s\S]*?)^```[ \t]*$/gm;

export function pages(root: string): string[] {
  const docs = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" }).map((name) => join(root, "docs", name));
  const top = readdirSync(root).map((name) => join(root, name));
  return [...top, ...docs].filter((path) => path.endsWith(".md")).sort();
}

export function blocksOf(root: string, page: string): Block[] {
  const text = readFileSync(page, "utf8");
  return [...text.matchAll(FENCE)].map((match, i) => {
    const line = text.slice(0, match.index).split("\n").length;
    const name = /^\/\/ ([\w-]+\.ts)\b/.exec(match[1]!)?.[1] ?? `block-${i + 1}.ts`;
    return { where: `${relative(root, page)}:${line}`, page: relative(root, page), name, text: match[1]! };
  });
}
