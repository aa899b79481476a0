/** The configuration of docs/editor.md in a real, headless Neovim, if there is one. */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { temporaryProject } from "./support/project.ts";
import { ROOT } from "./support/root.ts";

const project = temporaryProject();
afterAll(() => project.remove());
const found = spawnSync("nvim", ["--version"], { encoding: "utf8" }).status === 0;

it.skipIf(!found)(found ? "shows diagnostics and a hover" : "shows diagnostics and a hover (nvim is not installed)", () => {
  const config = /```lua\n(.*?)```/s.exec(readFileSync(join(ROOT, "docs/editor.md"), "utf8"))![1]!;
  const init = project.path("init.lua");
  // The package is a link into this repository here: its command is called by its file.
  writeFileSync(init, config.replace('"npx", "anycallc", "lsp"', `"node", "${join(ROOT, "cli/bin/anycallc.mjs")}", "lsp"`));
  const text = readFileSync(project.path("types.ts"), "utf8");
  const line = text.split("\n").findIndex((l) => l.includes("(x: u32)"));
  const script = project.path("script.lua");
  writeFileSync(script, `
    vim.wait(20000, function() return #vim.diagnostic.get(0) > 5 end, 50)
    local codes = {}
    for _, d in ipairs(vim.diagnostic.get(0)) do table.insert(codes, d.lnum + 1 .. " " .. tostring(d.code or d.user_data.lsp.code)) end
    local answers = vim.lsp.buf_request_sync(0, "textDocument/hover", { textDocument = vim.lsp.util.make_text_document_params(), position = { line = ${line}, character = ${text.split("\n")[line]!.indexOf("(x: u32)") + 1} } }, 10000)
    local hover = ""
    for _, answer in pairs(answers or {}) do if answer.result then hover = answer.result.contents.value end end
    io.stdout:write(vim.fn.json_encode({ codes = codes, hover = hover }))
    vim.cmd("qa!")
  `);
  const { stdout, stderr, status } = spawnSync("nvim", ["--headless", "-n", "-u", init, project.path("types.ts"), "-c", "filetype on", "-c", "set filetype=typescript", "-c", `luafile ${script}`], { encoding: "utf8", timeout: 60_000, cwd: project.directory });
  expect(status, stderr).toBe(0);
  const { codes, hover } = JSON.parse(stdout) as { codes: string[]; hover: string };
  expect(codes.some((c) => c.endsWith("AC2001")), codes.join()).toBe(true);
  expect(hover).toContain("`x: u32`");
});
