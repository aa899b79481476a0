/** A user's project in a temporary folder: tsconfig.json, "anycall" installed, the front end's fixtures as its sources. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "./root.ts";

export interface TemporaryProject {
  readonly directory: string;
  path(name: string): string;
  remove(): void;
}

export function temporaryProject(): TemporaryProject {
  const directory = mkdtempSync(join(tmpdir(), "anycall-editor-"));
  mkdirSync(join(directory, "node_modules"));
  symlinkSync(ROOT, join(directory, "node_modules/anycall"));
  cpSync(join(ROOT, "frontend/fixtures"), directory, { recursive: true });
  const compilerOptions = { target: "es2022", lib: ["es2022", "esnext.disposable"], module: "nodenext", moduleResolution: "nodenext", strict: true, skipLibCheck: true, types: [], noEmit: true };
  writeFileSync(join(directory, "tsconfig.json"), JSON.stringify({ compilerOptions: { ...compilerOptions, plugins: [{ name: "anycall/ts-plugin" }] } }));
  writeFileSync(join(directory, "package.json"), JSON.stringify({ type: "module" }));
  return { directory, path: (name) => join(directory, name), remove: () => rmSync(directory, { recursive: true, force: true }) };
}
