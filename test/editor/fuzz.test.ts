/** Random edits, seeded: tsserver with the plugin stays alive and goes on answering, and so does the language server. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { ROOT } from "./support/root.ts";
import { LspClient } from "./support/lsp-client.ts";
import { temporaryProject } from "./support/project.ts";
import { TsServer } from "./support/tsserver.ts";

/** Sequences of edits; ANYCALL_EDITS asks for more. */
const SEQUENCES = Number(process.env["ANYCALL_EDITS"] ?? 25);
const SEED = Number(process.env["ANYCALL_SEED"] ?? 1);
const EDITS = 5;
const PIECES = ["{", "}", "(", ")", ";", "0.5", "using x = ", "anycall(", "@anycall ", "sys.read(", "page[", "]", "for (;;) ", "=> ", "\n", "let q = n / 0;", "import ", "/*", "`", "\u{1f600}", "x?.y", "class C { static ", "f();"];
const SOURCE = readFileSync(join(ROOT, "examples/wc.ts"), "utf8");

const project = temporaryProject();
afterAll(() => project.remove());

/** mulberry32: a small generator whose whole state is one number. */
function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Deletes, inserts, moves or doubles a piece. */
function edited(text: string, next: (below: number) => number): string {
  const at = next(text.length + 1);
  const length = next(20);
  const piece = text.slice(at, at + length);
  switch (next(4)) {
    case 0:
      return text.slice(0, at) + text.slice(at + length);
    case 1:
      return text.slice(0, at) + PIECES[next(PIECES.length)] + text.slice(at);
    case 2: {
      const to = next(text.length + 1);
      return text.slice(0, to) + piece + text.slice(to);
    }
    default:
      return text.slice(0, at) + text.slice(at, at + 1).repeat(2) + text.slice(at + 1);
  }
}

it.each(["typescript", "typescript-5.9"])("%s stays alive", async (typescript) => {
  const file = project.path("accepted.ts");
  const server = new TsServer(typescript, project.directory);
  server.open(file, SOURCE, project.directory);
  let text = SOURCE;
  const show = (next: string) => {
    server.replace(file, text, next);
    text = next;
  };
  for (let sequence = 0; sequence < SEQUENCES; sequence++) {
    const next = random(SEED * 1_000_003 + sequence);
    show(SOURCE);
    for (let i = 0; i < EDITS; i++) {
      show(edited(text, next));
      const lines = text.split("\n");
      const line = next(lines.length);
      const place = { file, line: line + 1, offset: next(lines[line]!.length + 1) + 1 };
      // Both may refuse a place; what counts is that an answer comes.
      const answers = await Promise.allSettled([server.request("semanticDiagnosticsSync", { file }), server.request("quickinfo", place)]);
      expect(server.exitCode, `seed ${SEED}, sequence ${sequence}, edit ${i}`).toBeUndefined();
      expect(answers[0].status, `seed ${SEED}, sequence ${sequence}, edit ${i}`).toBe("fulfilled");
    }
  }
  show(SOURCE.replace("using file", "const file"));
  expect((await server.diagnostics(file)).map((d) => d.code)).toContain(101004);
  expect(await server.stop()).toBe(0);
}, 60_000 + SEQUENCES * 2000);

it("the language server stays alive", async () => {
  const client = new LspClient();
  await client.start({ pull: true });
  const file = project.path("accepted.ts");
  let text = SOURCE;
  for (let sequence = 0; sequence < SEQUENCES; sequence++) {
    const next = random(SEED * 1_000_003 + sequence);
    text = SOURCE;
    for (let i = 0; i < EDITS; i++) {
      text = edited(text, next);
      const uri = await client.show(file, text);
      const textDocument = { uri };
      const line = next(text.split("\n").length);
      await client.request("textDocument/hover", { textDocument, position: { line, character: next(40) } });
      await client.request("textDocument/inlayHint", { textDocument, range: { start: { line: 0, character: 0 }, end: { line: 999, character: 0 } } });
      void client.request("textDocument/diagnostic", { textDocument }).catch(() => {});
    }
  }
  const uri = await client.show(file, SOURCE.replace("using file", "const file"));
  const { items } = await client.request<{ items: { code: string }[] }>("textDocument/diagnostic", { textDocument: { uri } });
  expect(items.map((d) => d.code)).toContain("AC1004");
  expect(client.errors).toEqual([]);
  expect(await client.stop()).toBe(0);
}, 60_000 + SEQUENCES * 2000);
