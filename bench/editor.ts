/**
 * What an editor's user waits for, in a real tsserver with the plugin and without it: the first diagnostics, diagnostics after a
 * keystroke in a function, the arrival of the verifier's answer, hovers, and memory. `node dist/bench/editor.js [functions]`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { temporaryProject } from "../test/editor/support/project.ts";
import { TsServer } from "../test/editor/support/tsserver.ts";

const KEYSTROKES = 25;

/** A file of `count` marked functions, ten lines each. */
function source(count: number): string {
  const functions = Array.from({ length: count }, (_, i) => `
export const f${i} = anycall((path: string, k: u32): i64 => {
  using file = sys.open(path, O.RDONLY);
  if (!file.ok) return file.errno;
  const n = file.read(page);
  if (n < 0) return n;
  if (k > ${i + 10}) return 0;
  const value = k + ${i} + 1;
  return value * n;
});`);
  return `import { anycall, buffer, sys, O, type i64, type u32 } from "anycall";\nconst page = buffer(4096);\n${functions.join("\n")}\n`;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

async function timed(body: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await body();
  return performance.now() - started;
}

/** Resident bytes of a process and its threads, in MB (proc(5)). */
function memoryOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]) / 1024;
}

async function measure(count: number, withPlugin: boolean) {
  const project = temporaryProject();
  const file = project.path("bench.ts");
  const middle = count >> 1;
  const text = source(count);
  writeFileSync(file, text);
  if (!withPlugin) {
    const config = JSON.parse(readFileSync(project.path("tsconfig.json"), "utf8")) as { compilerOptions: object };
    writeFileSync(project.path("tsconfig.json"), JSON.stringify({ compilerOptions: { ...config.compilerOptions, plugins: [] } }));
  }
  const server = new TsServer("typescript", project.directory);
  const at = (piece: string) => {
    const before = current.slice(0, current.indexOf(piece)).split("\n");
    return { file, line: before.length, offset: before.at(-1)!.length + 1 };
  };
  let current = text;
  const show = (next: string) => {
    server.replace(file, current, next);
    current = next;
  };
  const hover = () => server.request<{ documentation: string } | undefined>("quickinfo", at(`f${middle} = any`));
  const verified = async (what: RegExp) => void (await server.until(hover, (h) => !withPlugin || what.test(h?.documentation ?? ""), 5, 300_000));

  const first = await timed(async () => {
    server.open(file, text, project.directory);
    await server.request("semanticDiagnosticsSync", { file });
  });
  const proven = first + (await timed(() => verified(/accepts it/)));
  const [keystrokes, answers, hovers]: [number[], number[], number[]] = [[], [], []];
  for (let i = 0; i < KEYSTROKES; i++) {
    const next = text.replace(`k + ${middle} + 1;`, `k + ${middle} + ${1000 + i};`);
    const started = performance.now();
    show(next);
    await server.request("semanticDiagnosticsSync", { file });
    keystrokes.push(performance.now() - started);
    await verified(/accepts it/);
    answers.push(performance.now() - started);
    hovers.push(await timed(() => server.request("quickinfo", at(`value * n;`))));
  }
  const memory = memoryOf(server.process.pid!);
  await server.stop();
  project.remove();
  return { first, proven, keystroke: median(keystrokes), answer: median(answers), hover: median(hovers), memory };
}

const count = Number(process.argv[2] ?? 300);
const [plain, plugin] = [await measure(count, false), await measure(count, true)];
const lines = source(count).split("\n").length;
console.log(`tsserver 6.0, one file of ${lines} lines with ${count} marked functions; medians of ${KEYSTROKES}`);
const row = (name: string, unit: string, a: number | undefined, b: number) => console.log(`${name.padEnd(44)} ${a === undefined ? "".padStart(9) : a.toFixed(1).padStart(9)} ${b.toFixed(1).padStart(9)} ${unit}`);
console.log(`${"".padEnd(44)} ${"alone".padStart(9)} ${"plugin".padStart(9)}`);
row("first answer to a request for diagnostics", "ms", plain.first, plugin.first);
row("first verdict of the verifier", "ms", undefined, plugin.proven);
row("diagnostics after a keystroke", "ms", plain.keystroke, plugin.keystroke);
row("verdict after a keystroke", "ms", undefined, plugin.answer);
row("hover", "ms", plain.hover, plugin.hover);
row("memory", "MB", plain.memory, plugin.memory);
