/** Real files: wc of a large one and du of a tree, beside the same calls through the FFI, node:fs, and the system's own tools. */
import { spawnSync } from "node:child_process";
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadBaseline } from "../cli/tour/baseline.ts";
import { pairedTimes } from "../cli/measure.ts";
import { load } from "../kernel/runtime/index.ts";
import { compileExample, ROOT } from "./objects.ts";
import type { Benchmark } from "./types.ts";

const FILE = join(ROOT, "node_modules/typescript/lib/typescript.js");
const TREE = join(ROOT, "node_modules");
const needsKoffi = () => (loadBaseline() ? null : "koffi is not installed");
const tool = (name: string, args: readonly string[]) => void spawnSync(name, args, { env: { ...process.env, LC_ALL: "C" }, maxBuffer: 1 << 28 });

/** As the baseline counts, on the whole file in memory. */
function countInNode(path: string): [number, number, number] {
  const bytes = readFileSync(path);
  let lines = 0;
  let words = 0;
  let inWord = false;
  for (const c of bytes) {
    if (c === 10) lines++;
    const space = c === 32 || (c >= 9 && c <= 13);
    if (inWord && space) words++;
    inWord = !space;
  }
  return [lines, words + Number(inWord), bytes.length];
}

function sizesInNode(root: string): number {
  return readdirSync(root, { withFileTypes: true, recursive: true }).reduce((sum, entry) => (entry.isFile() ? sum + lstatSync(join(entry.parentPath, entry.name)).size : sum), 0);
}

export const wc: Benchmark = {
  name: "wc",
  what: "newlines, words and bytes of a file of 9 MB in engine user, koffi, node:fs and wc",
  unavailable: needsKoffi,
  run(settings) {
    const program = load(compileExample("wc.ts").object, { engine: "user", functions: ["wc"] });
    const baseline = loadBaseline()!;
    const times = pairedTimes({ koffi: () => void baseline.wc(FILE), user: () => void program.call("wc", [FILE]), "node:fs": () => void countInNode(FILE), "wc(1)": () => tool("wc", [FILE]) }, settings);
    return { title: "wc of 9 MB", rows: [{ label: "once", times }], notes: ["wc(1) starts a process each time."] };
  },
};

export const du: Benchmark = {
  name: "du",
  what: "sum of the sizes of the regular files of a tree in engine user, koffi, node:fs and find",
  unavailable: needsKoffi,
  run(settings) {
    const program = load(compileExample("du.ts").object, { engine: "user", functions: ["Du.total"] });
    const baseline = loadBaseline()!;
    const times = pairedTimes({ koffi: () => void baseline.du(TREE), user: () => void program.call("Du.total", [TREE]), "node:fs": () => void sizesInNode(TREE), "find(1)": () => tool("find", [TREE, "-type", "f", "-printf", "%s\\n"]) }, settings);
    return { title: "du of node_modules", rows: [{ label: "once", times }], notes: ["find(1) starts a process each time and adds nothing up."] };
  },
};
