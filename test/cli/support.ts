/** The command line in this process: arguments in, exit code and what was printed out. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import { main } from "../../cli/main.ts";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `anycallc ARGS` with `cwd` as the current directory. One at a time: output is caught by replacing the streams' write. */
export async function anycallc(args: readonly string[], cwd: string): Promise<Outcome> {
  const caught = { stdout: "", stderr: "" };
  const restore = (["stdout", "stderr"] as const).map((name) => {
    const stream = process[name];
    const { write } = stream;
    stream.write = (chunk: unknown) => {
      caught[name] += typeof chunk === "string" ? chunk : Buffer.from(chunk as Uint8Array).toString();
      return true;
    };
    return () => {
      stream.write = write;
    };
  });
  const before = process.cwd();
  process.chdir(cwd);
  try {
    return { code: await main(args), out: caught.stdout, err: caught.stderr };
  } finally {
    process.chdir(before);
    for (const undo of restore) undo();
  }
}

const OPTIONS = { target: "ES2022", lib: ["ES2022", "ESNext.Disposable"], module: "NodeNext", moduleResolution: "NodeNext", strict: true, types: [], rootDir: "src", outDir: "out" };

/** A new directory with `files` (path → text) and a tsconfig.json; removed after the tests. */
export function project(files: Readonly<Record<string, string>>, options: Readonly<Record<string, unknown>> = {}, rest: Readonly<Record<string, unknown>> = {}): string {
  const directory = mkdtempSync(join(tmpdir(), "anycall-cli-"));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const all = { "package.json": '{"type": "module"}', "tsconfig.json": JSON.stringify({ compilerOptions: { ...OPTIONS, ...options }, include: ["src"], ...rest }), ...files };
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  // The package as users install it: its declarations and JavaScript are built (npm test does that first).
  mkdirSync(join(directory, "node_modules"), { recursive: true });
  symlinkSync(ROOT, join(directory, "node_modules/anycall"));
  return directory;
}

export const ADD = `import { anycall, buffer, type i64, type u32 } from "anycall";
export const page = buffer(16);
export const add = anycall((a: u32, b: u32 = 1): i64 => { page[0] = 7; return a + b; });
export const plain = (x: number): number => x * 2;
`;
export const LINES = `import { anycall, buffer, O, sys, type i64 } from "anycall";
const page = buffer(64);
export class Logs {
  @anycall
  static countLines(path: string): i64 {
    using file = sys.open(path, O.RDONLY);
    if (!file.ok) return file.errno;
    let lines: i64 = 0;
    for (;;) {
      const n = file.read(page);
      if (n < 0) return n;
      if (n === 0) return lines;
      for (const byte of page.subarray(0, n)) if (byte === 10) lines++;
    }
  }
}
`;
/** AC1025: a handle used without asking whether it was opened. */
export const WRONG = `import { anycall, O, sys, type i64, buffer } from "anycall";
const page = buffer(64);
export const first = anycall((path: string): i64 => {
  using file = sys.open(path, O.RDONLY);
  return file.read(page);
});
`;
