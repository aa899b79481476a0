/**
 * Damaged programs: whatever the text, the frontend throws nothing and reports no failure of its own, places every error,
 * and what it accepts is well-formed IR that code generation takes.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkModule, formatIrError } from "../../ir/check.ts";
import type { Diagnostic } from "../../kernel/abi/diagnostics.ts";
import { PROFILES } from "../../kernel/abi/profiles.ts";
import { Random } from "../support/random.ts";
import type { Finding, Tally } from "./agree.ts";
import { type Compiled, compileSource } from "./compile.ts";
import { compile } from "./executors.ts";
import type { Found, Level } from "./level.ts";
import { ROOT } from "./root.ts";
import { generateSource } from "./source/generate.ts";
import { printSource } from "./source/print.ts";
import { mutate, shrinkTokens, tokens } from "./tokens.ts";

const DIRECTORIES = ["test/programs", "examples", "frontend/fixtures"];
let texts: readonly string[] | undefined;

function sources(): readonly string[] {
  texts ??= DIRECTORIES.flatMap((directory) =>
    readdirSync(join(ROOT, directory))
      .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
      .map((name) => readFileSync(join(ROOT, directory, name), "utf8")),
  );
  return texts;
}

/** What is wrong with the answer to `text`; never throws. */
export function judgeText(text: string, tally: Tally): Finding | undefined {
  let compiled: Compiled;
  try {
    compiled = compileSource(text);
  } catch (error) {
    return thrown("check", error);
  }
  const errors = compiled.diagnostics.filter(({ severity }) => severity === "error");
  const internal = errors.find(({ code }) => code === "AC1002");
  if (internal) return { kind: `AC1002 ${firstLine(internal)}`, message: `${internal.message}\n${(internal.notes ?? []).join("\n")}` };
  const lost = compiled.diagnostics.find((diagnostic) => !placed(diagnostic, text));
  if (lost) return { kind: `no place ${lost.code}`, message: `${lost.code} ${lost.message} at ${JSON.stringify(lost.span)}` };
  if (errors.length > 0) {
    tally.add("robust: refused");
    return undefined;
  }
  if (!compiled.module) return { kind: "no module", message: "no errors and no module" };
  tally.add("robust: accepted");
  try {
    const problems = checkModule(compiled.module);
    if (problems.length > 0) return { kind: `ir/check ${problems[0]!.rule}`, message: problems.map(formatIrError).join("\n") };
    if (compiled.module.funcs.length > 0) compile(compiled.module, PROFILES.at(-1)!);
    return undefined;
  } catch (error) {
    return thrown("behind the frontend", error);
  }
}

function thrown(where: string, error: unknown): Finding {
  const [message, stack] = error instanceof Error ? [error.message, error.stack ?? ""] : [String(error), ""];
  return { kind: `${where} throws: ${message.split("\n")[0]!.replaceAll(/\d+/g, "N")}`, message: stack.split("\n").slice(0, 8).join("\n") };
}

const firstLine = (diagnostic: Diagnostic) => diagnostic.message.split("\n")[0]!.replaceAll(/\d+/g, "N");

function placed({ span }: Diagnostic, text: string): boolean {
  return span !== undefined && span.start >= 0 && span.start + span.length <= text.length;
}

export const robustLevel: Level = {
  name: "robust",
  share: 3,
  run(seed, tally, known): Found | undefined {
    const random = new Random(seed);
    const text = random.below(4) === 0 ? printSource(generateSource(seed, random, 12)) : random.pick(sources());
    const mutated = mutate(tokens(text), random);
    const finding = judgeText(mutated.join(""), tally);
    if (!finding) return undefined;
    if (known.has(finding.kind)) return { ...finding, file: "", text: "" };
    const small = shrinkTokens(mutated, (candidate) => judgeText(candidate.join(""), tally)?.kind === finding.kind).join("");
    const shown = judgeText(small, tally) ?? finding;
    return {
      ...shown,
      file: `robust-${seed}.ts.txt`,
      text: `// seed ${seed}: ${shown.kind}\n${shown.message
        .split("\n")
        .map((line) => `// ${line}`)
        .join("\n")}\n${small}\n`,
    };
  },
};
