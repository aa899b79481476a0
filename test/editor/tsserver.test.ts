/** The plugin in real tsservers of both TypeScripts. */
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryProject } from "./support/project.ts";
import { TsServer } from "./support/tsserver.ts";

const TEXT = `import { anycall, buffer, sys, O, type i64, type u32 } from "anycall";
const page = buffer(4096);
export const f = anycall((path: string, k: u32): i64 => {
  using file = sys.open(path, O.RDONLY);
  if (!file.ok) return file.errno;
  const twice = file.read(page) + k;
  return twice;
});
`;
const REFUSED = TEXT.replace("using file", "const file");
/** Accepted by the language; more values at once than the eBPF stack holds: the worker says so. */
const TOO_MANY = `import { anycall, sys, type i64 } from "anycall";
export const f = anycall((): i64 => {
  let s: i64 = 0;
${Array.from({ length: 100 }, (_, i) => `  const a${i} = sys.getpid() + ${i};`).join("\n")}
  return ${Array.from({ length: 100 }, (_, i) => `a${i}`).join(" * ")} + s;
});
`;

describe.each(["typescript", "typescript-5.9"])("%s", (typescript) => {
  const project = temporaryProject();
  const file = project.path("edited.ts");
  // A file that no tsconfig.json names would be in a project of tsserver's own making, without plugins.
  for (const name of ["edited.ts", "plain.ts"]) writeFileSync(project.path(name), "");
  const server = new TsServer(typescript, project.directory);
  let text = TEXT;
  const show = (next: string) => {
    server.replace(file, text, next);
    text = next;
  };
  const at = (piece: string, by = 0) => {
    const before = text.slice(0, text.indexOf(piece)).split("\n");
    return { file, line: before.length, offset: before.at(-1)!.length + 1 + by };
  };
  beforeAll(() => server.open(file, TEXT, project.directory));
  afterAll(async () => {
    expect(await server.stop()).toBe(0);
    project.remove();
  });

  it("shows what a function costs, once it has been verified", async () => {
    const hover = () => server.request<{ documentation: string } | undefined>("quickinfo", at("f = any"));
    const info = await server.until(hover, (h) => h?.documentation.includes("AnyCall") === true);
    expect(info!.documentation).toMatch(/accepts it.*\d+ instructions.*sys\.open, file\.read/s);
    expect(await server.diagnostics(file)).toEqual([]);
  });

  it("shows types and ranges of variables, and the manual of operations", async () => {
    const hover = async (piece: string, by = 0) => (await server.request<{ documentation: string }>("quickinfo", at(piece, by))).documentation;
    expect(await hover("twice = ")).toContain("`twice: i64`");
    expect(await hover("file.read", 6)).toContain("read(2)");
    const hints = await server.request<{ text: string }[]>("provideInlayHints", { file, start: 0, length: text.length });
    expect(Array.isArray(hints)).toBe(true);
  });

  it("reports the language's errors at once, and offers fixes", async () => {
    show(REFUSED);
    const [found] = await server.diagnostics(file);
    expect(found).toMatchObject({ code: 101004, source: "anycall", category: "error", start: { line: 4 } });
    expect(found!.text).toMatch(/^AC1004: /);
    const { start, end } = found!;
    const supported = await server.request<string[]>("getSupportedCodeFixes", { file });
    expect(supported).toContain("101004");
    const fixes = await server.request<{ description: string; changes: { textChanges: { newText: string }[] }[] }[]>("getCodeFixes", {
      file, startLine: start.line, startOffset: start.offset, endLine: end.line, endOffset: end.offset, errorCodes: [101004],
    });
    const fix = fixes.find((f) => f.description === "Declare it by `using`");
    expect(fix?.changes.flatMap((c) => c.textChanges.map((t) => t.newText))).toEqual(["using"]);
    show(TEXT);
    expect(await server.diagnostics(file)).toEqual([]);
  });

  it("reports what the backend and the verifier refuse, by a refresh", async () => {
    const refreshed = new Promise<void>((resolve) => {
      const stop = server.onEvent((event) => {
        if (event !== "projectsUpdatedInBackground") return;
        stop();
        resolve();
      });
    });
    show(TOO_MANY);
    await server.diagnostics(file);
    await refreshed;
    expect((await server.diagnostics(file)).map((d) => d.code)).toContain(103003);
  });

  it("is silent about files without marked functions", async () => {
    const plain = project.path("plain.ts");
    server.open(plain, "export const x = 1;\n", project.directory);
    expect(await server.diagnostics(plain)).toEqual([]);
    expect((await server.request<{ documentation: string }>("quickinfo", { file: plain, line: 1, offset: 14 })).documentation).toBe("");
  });

  it("keeps TypeScript's own errors", async () => {
    const broken = project.path("types.ts");
    server.open(broken, `${readFileSync(broken, "utf8")}\nexport const wrong: string = 1;\n`, project.directory);
    const all = await server.request<{ code: number }[]>("semanticDiagnosticsSync", { file: broken });
    expect(all.some((d) => d.code === 2322)).toBe(true);
  });
});
