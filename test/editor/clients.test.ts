/** One engine for all: command line, language server and plugin say the same of every fixture. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Diagnostic as LspDiagnostic } from "vscode-languageserver/node";
import { fromTsCode } from "../../cli/ts-plugin/codes.ts";
import { ROOT } from "./support/root.ts";
import { LspClient } from "./support/lsp-client.ts";
import { temporaryProject } from "./support/project.ts";
import { TsServer } from "./support/tsserver.ts";

const project = temporaryProject();
const client = new LspClient();
const servers = ["typescript", "typescript-5.9"].map((name) => ({ name, server: new TsServer(name, project.directory) }));
const FIXTURES = readdirSync(join(ROOT, "frontend/fixtures"));
/** By file name: `line:column code severity message`, sorted. */
const commandLine = new Map<string, string[]>();

const said = (line: number, column: number, code: string, severity: string, text: string) => `${line}:${column} ${code} ${severity} ${text.split("\n")[0]}`;

beforeAll(async () => {
  await client.start({ pull: true });
  const { stdout } = spawnSync(process.execPath, [join(ROOT, "cli/bin/anycallc.mjs"), "-p", project.directory, "--noEmit", "--format", "json"], { cwd: project.directory, encoding: "utf8", maxBuffer: 1 << 26 });
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { file: string; line: number; column: number; code: string; severity: string; message: string }[] };
  for (const d of diagnostics.filter(({ code }) => code.startsWith("AC"))) commandLine.set(d.file, [...(commandLine.get(d.file) ?? []), said(d.line, d.column, d.code, d.severity, d.message)]);
});

afterAll(async () => {
  expect(await client.stop()).toBe(0);
  for (const { server } of servers) expect(await server.stop()).toBe(0);
  project.remove();
});

it("the command line says something of them", () => {
  expect([...commandLine.values()].flat().length).toBeGreaterThan(50);
});

it.each(FIXTURES)("%s", async (name) => {
  const path = project.path(name);
  const text = readFileSync(path, "utf8");
  const expected = (commandLine.get(name) ?? []).sort();
  const uri = await client.show(path, text);
  const { items } = await client.request<{ items: LspDiagnostic[] }>("textDocument/diagnostic", { textDocument: { uri } });
  const severities = ["", "error", "warning", "", "hint"];
  expect(items.map((d) => said(d.range.start.line + 1, d.range.start.character + 1, String(d.code), severities[d.severity!]!, String(d.message))).sort(), "language server").toEqual(expected);
  for (const server of servers) {
    server.server.open(path, text, project.directory);
    const ask = async () =>
      (await server.server.diagnostics(path)).map((d) => said(d.start.line, d.start.offset, fromTsCode(d.code), d.category === "suggestion" ? "hint" : d.category, d.text.replace(/^AC\d+: /, ""))).sort();
    expect(await server.server.until(ask, (answer) => answer.join() === expected.join(), 50, 20_000).catch(ask), server.name).toEqual(expected);
  }
});
