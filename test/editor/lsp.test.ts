/** `anycallc lsp` with a raw client. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CodeAction, CodeLens, Diagnostic, Hover, InlayHint } from "vscode-languageserver/node";
import { LspClient } from "./support/lsp-client.ts";
import { temporaryProject } from "./support/project.ts";

const project = temporaryProject();
const FILE = project.path("edited.ts");
afterAll(() => project.remove());
const TEXT = `import { anycall, buffer, sys, O, type i64, type u32 } from "anycall";
const page = buffer(4096);
/** Reads. */
export const f = anycall((path: string, k: u32): i64 => {
  using file = sys.open(path, O.RDONLY);
  if (!file.ok) return file.errno;
  const n = file.read(page);
  const twice = n + n;
  return twice + k + sys.getpid();
});
`;
const REFUSED = `import { anycall, sys, O, type i64 } from "anycall";
export const f = anycall((path: string): i64 => {
  const file = sys.open(path, O.RDONLY);
  return 0;
});
`;

/** Position of `piece`, moved by `by` columns. */
function at(text: string, piece: string, by = 0) {
  const before = text.slice(0, text.indexOf(piece)).split("\n");
  return { line: before.length - 1, character: before.at(-1)!.length + by };
}
const whole = { start: { line: 0, character: 0 }, end: { line: 1000, character: 0 } };

describe("push", () => {
  const client = new LspClient();
  beforeAll(async () => void (await client.start({ commands: ["anycall.run"] })));
  afterAll(async () => {
    expect(client.errors).toEqual([]);
    expect(await client.stop()).toBe(0);
  });

  it("sends the diagnostics of what is typed, and none when it is mended", async () => {
    const uri = await client.show(FILE, REFUSED);
    const [first] = await client.pushed(uri);
    expect(first).toMatchObject({ code: "AC1004", source: "anycall", severity: 1 });
    expect(first!.range.start.line).toBe(2);
    await client.show(FILE, REFUSED.replace("const file", "using file"));
    expect(await client.pushed(uri)).toEqual([]);
  });

  it("is silent about files without marked functions", async () => {
    const uri = await client.show(project.path("plain.ts"), "export const x: string = 1;\n");
    expect(await client.pushed(uri)).toEqual([]);
    expect(await client.request("textDocument/codeLens", { textDocument: { uri } })).toEqual([]);
    expect(await client.request("textDocument/hover", { textDocument: { uri }, position: { line: 0, character: 13 } })).toBeNull();
  });

  it("knows functions and variables where the pointer is", async () => {
    const textDocument = { uri: await client.show(FILE, TEXT) };
    const hover = async (piece: string, by = 0) => ((await client.request<Hover | null>("textDocument/hover", { textDocument, position: at(TEXT, piece, by) }))?.contents as { value: string } | undefined)?.value;
    const f = await hover("f = any");
    expect(f).toMatch(/accepts it.*\d+ instructions, \d+ verifier steps, \d+ bytes of stack.*sys\.open, file\.read, sys\.getpid.*module, user/s);
    expect(await hover("twice = n")).toContain("`twice: i64`");
    expect(await hover("k + sys")).toContain("`k: u32` is 0 … 4294967295 here");
    expect(await hover("sys.getpid", 5)).toContain("getpid(2)");
  });

  it("shows inferred types that are not written", async () => {
    const textDocument = { uri: await client.show(FILE, TEXT) };
    const hints = await client.request<InlayHint[]>("textDocument/inlayHint", { textDocument, range: whole });
    expect(hints.map(({ label, position }) => [label, position.line])).toEqual([[": i32", 6], [": i64", 7]]);
  });

  it("puts what a function costs above it, and shows its code and the verifier's answer", async () => {
    const uri = await client.show(FILE, TEXT);
    const lenses = await client.request<CodeLens[]>("textDocument/codeLens", { textDocument: { uri } });
    expect(lenses.map((l) => l.command?.title)).toEqual([expect.stringMatching(/^Run · \d+ instructions · kernel 6\.1\+ · verified$/), "Disassembly", "Verifier log"]);
    const { command, arguments: args } = lenses[1]!.command!;
    const shown = await client.request<{ uri: string; text: string }>("workspace/executeCommand", { command, arguments: args });
    expect(shown.text).toContain("exit");
    const log = await client.request<{ text: string }>("workspace/textDocumentContent", { uri: shown.uri.replace("?asm", "?log") });
    expect(log.text).toMatch(/^f: ACCEPT/);
  });

  it("offers fixes, and they work", async () => {
    const uri = await client.show(FILE, REFUSED);
    const [diagnostic] = await client.pushed(uri);
    const [action] = await client.request<CodeAction[]>("textDocument/codeAction", { textDocument: { uri }, range: diagnostic!.range, context: { diagnostics: [diagnostic] } });
    expect(action!.title).toBe("Declare it by `using`");
    const [edit] = action!.edit!.changes![uri]!;
    const lines = REFUSED.split("\n");
    const line = lines[edit!.range.start.line]!;
    lines[edit!.range.start.line] = line.slice(0, edit!.range.start.character) + edit!.newText + line.slice(edit!.range.end.character);
    await client.show(FILE, lines.join("\n"));
    expect(await client.pushed(uri)).toEqual([]);
  });

  it("survives requests about nothing", async () => {
    for (const uri of ["file:///nowhere/at-all.ts", "untitled:Untitled-1", "not a uri"]) {
      expect(await client.request("textDocument/codeLens", { textDocument: { uri } })).toEqual([]);
      expect(await client.request("textDocument/hover", { textDocument: { uri }, position: { line: 3, character: 99 } })).toBeNull();
    }
    expect(await client.request("workspace/executeCommand", { command: "anycall.showDisassembly", arguments: [42] })).toBeNull();
  });
});

describe("pull", () => {
  it("answers with the diagnostics of the newest text", async () => {
    const client = new LspClient();
    await client.start({ pull: true });
    const path = project.path("types.ts");
    const uri = await client.show(path, readFileSync(path, "utf8"));
    const pull = async () => (await client.request<{ items: Diagnostic[] }>("textDocument/diagnostic", { textDocument: { uri } })).items;
    expect((await pull()).length).toBeGreaterThan(10);
    await client.show(path, TEXT);
    expect(await pull()).toEqual([]);
    expect(await client.stop()).toBe(0);
  });
});
