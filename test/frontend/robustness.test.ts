/** Damaged sources: cut, spliced and changed fixtures and programs never make the compiler throw or report an internal error. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { check } from "../../frontend/index.ts";
import { compilerOptions, createProgram, ROOT, SOURCE, TYPESCRIPTS } from "./support/compile.ts";

const ROUNDS = Number(process.env["ANYCALL_FUZZ_ROUNDS"] ?? 1000);
const texts = ["frontend/fixtures", "test/programs"].flatMap((folder) => readdirSync(join(ROOT, folder)).filter((name) => /(?<!\.test)\.ts$/.test(name)).map((name) => readFileSync(join(ROOT, folder, name), "utf8")));

/** What a source needs to stand on (imports, types, constants), and its functions and classes, of which each round takes a few: small programs are quick to check. */
const sources = texts.map((text) => {
  const { ts } = TYPESCRIPTS[0]!;
  const statements = ts.createSourceFile("s.ts", text, ts.ScriptTarget.ES2022, true).statements.map((statement) => statement.getFullText());
  const isBody = (statement: string) => /=>|class /.test(statement);
  return { base: statements.filter((statement) => !isBody(statement)).join(""), bodies: statements.filter(isBody) };
});
const pick = (random: (n: number) => number): string => {
  const { base, bodies } = sources[random(sources.length)]!;
  return base + Array.from({ length: 3 }, () => bodies[random(bodies.length)] ?? "").join("");
};

function generator(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

const SCRAPS = ["(", ")", "{", "}", "[", "]", ";", "=", "=>", "?.", "...", "-1", "0", "null", "this", "async", "x", "page", "sys", "using", "for", "1e400", "0.5", "`", '"', "<u32>", "as any", "!", "++", "let", "/0", "n"];

/** One to three of: a piece cut out, a scrap put in, a token replaced, the end cut off, a line moved. */
function damage(text: string, random: (n: number) => number): string {
  let result = text;
  for (let times = 1 + random(3); times > 0; times--) {
    const at = random(result.length);
    switch (random(5)) {
      case 0:
        result = result.slice(0, at) + result.slice(at + random(40));
        break;
      case 1:
        result = `${result.slice(0, at)} ${SCRAPS[random(SCRAPS.length)]} ${result.slice(at)}`;
        break;
      case 2: {
        const words = [...result.matchAll(/[A-Za-z_]\w*|\d+/g)];
        const [from, to] = [words[random(words.length)], words[random(words.length)]];
        if (from && to) result = result.slice(0, from.index) + to[0] + result.slice(from.index + from[0].length);
        break;
      }
      case 3:
        if (random(4) === 0) result = result.slice(0, at);
        break;
      default: {
        const lines = result.split("\n");
        const [line] = lines.splice(random(lines.length), 1);
        lines.splice(random(lines.length + 1), 0, line ?? "");
        result = lines.join("\n");
      }
    }
  }
  return result;
}

it.each(TYPESCRIPTS)(`TypeScript $name: ${ROUNDS} damaged sources`, ({ ts }) => {
  const random = generator(20261);
  const options = { ...compilerOptions(ts), lib: ["lib.es5.d.ts"], noLib: false };
  let old: ReturnType<typeof createProgram> | undefined;
  for (let round = 0; round < ROUNDS; round++) {
    const text = damage(pick(random), random);
    const program = createProgram(ts, { [SOURCE]: text }, options, old);
    old = program;
    const { diagnostics } = check(ts, program, program.getSourceFile(SOURCE)!);
    const internal = diagnostics.filter((d) => d.code === "AC1002");
    expect(internal.map((d) => `${d.message}\n${d.notes?.join("\n")}`), `round ${round}:\n${internal.length > 0 ? text : ""}`).toEqual([]);
  }
}, 600_000);
