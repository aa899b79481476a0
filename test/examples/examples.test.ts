/** The programs of examples/ on real files: equal to what coreutils and findutils say of the same files. */
import { spawnSync } from "node:child_process";
import { chmodSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compileSource } from "../../cli/compile.ts";
import { openProject, ts } from "../../cli/project.ts";
import { ffi, isMissing } from "../../kernel/ffi.ts";
import { E } from "../../kernel/abi/errno.ts";
import { HostKernel } from "../../kernel/bpf/host-kernel.ts";
import { load, type Loaded } from "../../kernel/runtime/index.ts";
import { Random } from "../support/random.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const found = ffi();
const noFfi = isMissing(found) ? "koffi is not installed" : "";
const noTool = (name: string) => (spawnSync(name, ["--version"]).error ? `${name} is not installed` : "");

function build(name: string): Uint8Array {
  const file = join(ROOT, "examples", name);
  const { program, settings } = openProject({ files: [file] });
  const { output, diagnostics } = compileSource(ts, program, program.getSourceFile(file)!, { ...settings, base: ROOT });
  if (!output) throw new Error(diagnostics.map((d) => d.message).join("\n"));
  return output.object;
}

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "anycall-examples-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("wc", () => {
  const random = new Random(7);
  const noise = (length: number) => Uint8Array.from({ length }, () => random.below(256));
  /** Mostly white space of every kind, so that words begin and end in all places. */
  const sparse = (length: number) => Uint8Array.from({ length }, () => " \t\n\v\f\rab\0\xff".charCodeAt(random.below(10)));
  const FILES: Readonly<Record<string, string | Uint8Array>> = {
    empty: "", newline: "\n", "no newline at the end": "one two\nthree", "white space alone": " \t\n\v\f\r ", "a word over two pages": "x".repeat(65_536) + "y z\n",
    "a space at the page's end": `${"x".repeat(65_535)} y\n`, "bytes of any value": noise(200_000), "many short words": sparse(150_001),
  };
  let loaded: Loaded;
  beforeAll(() => {
    if (!noFfi) loaded = load(build("wc.ts"), { engine: "user", functions: ["wc"] });
  });

  test.for(Object.entries(FILES))("%s", ([name, content], context) => {
    const why = noFfi || noTool("wc");
    if (why) return context.skip(why);
    const path = join(directory, name);
    writeFileSync(path, content);
    const { stdout } = spawnSync("wc", [path], { encoding: "utf8", env: { ...process.env, LC_ALL: "C" } });
    const [lines, words, bytes] = stdout.trim().split(/\s+/).map(Number);
    const ours = loaded.call("wc", [path]) as number[];
    expect(ours[0]).toBe(lines);
    expect(ours[2]).toBe(bytes);
    // GNU wc before 9.5 takes bytes above 127 and NUL apart in a word count by isprint(); POSIX and newer ones count by white space alone.
    if (typeof content === "string") expect(ours[1]).toBe(words);
    else expect(ours[1]).toBe(Buffer.from(content).toString("latin1").split(/[ \t\n\v\f\r]+/).filter((word) => word !== "").length);
  });

  test("a missing file and a directory give -errno", (context) => {
    if (noFfi) return context.skip(noFfi);
    expect(loaded.call("wc", [join(directory, "not there")])).toBe(-E.NOENT);
    expect(loaded.call("wc", [directory])).toBe(-E.ISDIR);
  });
});

describe("du", () => {
  let loaded: Loaded;
  beforeAll(() => {
    if (!noFfi) loaded = load(build("du.ts"), { engine: "user", functions: ["Du.total"] });
  });
  const find = (root: string) => {
    const { stdout } = spawnSync("find", [root, "-type", "f", "-printf", "%s\\n"], { encoding: "utf8", maxBuffer: 1 << 28 });
    return stdout.split("\n").reduce((sum, line) => sum + Number(line), 0);
  };
  const TREES: Readonly<Record<string, (root: string) => void>> = {
    "nothing in it": () => {},
    "hidden files, links, hard links": (root) => {
      writeFileSync(join(root, ".hidden"), "12345");
      writeFileSync(join(root, "..odd"), "123");
      mkdirSync(join(root, ".directory"));
      writeFileSync(join(root, ".directory/file"), "x".repeat(777));
      symlinkSync("file", join(root, ".directory/link"));
      symlinkSync("..", join(root, ".directory/up"));
      symlinkSync("nowhere", join(root, "dangling"));
      linkSync(join(root, ".hidden"), join(root, "second name"));
    },
    "200 levels deep": (root) => {
      let at = root;
      for (let level = 0; level < 200; level++) {
        at = join(at, "d");
        mkdirSync(at);
        writeFileSync(join(at, "f"), "x".repeat(level));
      }
    },
    "3,000 entries, directories among them": (root) => {
      for (let i = 0; i < 3000; i++) {
        const name = join(root, `${"long name ".repeat(i % 20)}${i}`);
        if (i % 100 === 50) {
          mkdirSync(name);
          writeFileSync(join(name, "inside"), "x".repeat(i));
        } else writeFileSync(name, "x".repeat(i % 91));
      }
    },
  };
  test.for(Object.entries(TREES))("%s", ([name, make], context) => {
    const why = noFfi || noTool("find");
    if (why) return context.skip(why);
    const root = join(directory, name.replaceAll(/\W/g, "-"));
    mkdirSync(root);
    make(root);
    expect(loaded.call("Du.total", [root])).toBe(find(root));
  });

  test("deeper than its stack: an error, not a wrong sum", (context) => {
    if (noFfi) return context.skip(noFfi);
    const root = join(directory, "deep");
    mkdirSync(join(root, ...Array.from({ length: 300 }, () => "d")), { recursive: true });
    expect(loaded.call("Du.total", [root])).toBe(-E.NAMETOOLONG);
  });

  test("a directory that can't be opened is left out; a root that is none gives -errno", (context) => {
    if (noFfi) return context.skip(noFfi);
    expect(loaded.call("Du.total", [join(directory, "not there")])).toBe(-E.NOENT);
    if (process.getuid!() === 0) return;
    const root = join(directory, "closed");
    mkdirSync(join(root, "inside"), { recursive: true });
    writeFileSync(join(root, "file"), "1234");
    chmodSync(join(root, "inside"), 0);
    expect(loaded.call("Du.total", [root])).toBe(4);
  });
});

test("burst: the calls that were counted are the calls that were asked for", (context) => {
  const { access } = HostKernel.here();
  if (!access.ok) return context.skip(access.reason);
  const object = build("burst.ts");
  const loaded = load(object, { functions: ["burst"] });
  expect(loaded.engine).toBe("stock");
  for (const n of [0, 1, 2, 4096]) expect(loaded.call("burst", [n])).toBe(n * process.pid);
});
