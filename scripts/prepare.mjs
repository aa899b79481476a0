/**
 * Makes a clone ready: installs what npm provides if it is missing, builds dist/ if it is stale, links the `anycallc`
 * command into node_modules/.bin so that `npx anycallc` works. Safe to run often: each step is skipped when done.
 */
import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));
const SOURCES = ["frontend", "ir", "backend-ebpf", "verifier-sim", "kernel", "cli", "test", "bench"];

/** Runs a command in the clone with its output shown; exits with its code if it fails. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: "inherit", ...options });
  if (result.error) {
    console.error(`error: could not run ${command}: ${result.error.message}`);
    process.exit(1);
  }
  if (result.status !== 0) process.exit(result.status ?? 1);
}

function install() {
  const installed = join(root, "node_modules/.package-lock.json");
  const lock = join(root, "package-lock.json");
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  if (existsSync(installed) && existsSync(join(root, "node_modules/ts-morph"))) {
    // A lockfile newer than the installation (a fresh checkout of another commit): npm ci only if something differs.
    const check = spawnSync("npm", ["ls", "--silent"], { cwd: root, stdio: "ignore" });
    if (check.status === 0) return;
  }
  console.log("Installing dependencies (npm ci)…");
  run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
}

/** Newest modification time below `dir` of files that the build reads. */
function newest(dir) {
  let latest = 0;
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) latest = Math.max(latest, newest(path));
    else if (/\.(ts|json)$/.test(entry.name)) latest = Math.max(latest, statSync(path).mtimeMs);
  }
  return latest;
}

function build() {
  const stamp = join(root, "dist/.tsbuildinfo");
  const inputs = Math.max(...SOURCES.map((dir) => join(root, dir)).filter(existsSync).map(newest), statSync(join(root, "tsconfig.build.json")).mtimeMs, statSync(join(root, "tsconfig.base.json")).mtimeMs);
  if (existsSync(stamp) && statSync(stamp).mtimeMs >= inputs && existsSync(join(root, "dist/cli/main.js"))) return;
  if (!process.env.ANYCALL_QUIET) console.log("Building (tsc)…");
  rmSync(stamp, { force: true });
  run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json"]);
}

function link() {
  const bin = join(root, "node_modules/.bin");
  const target = join(bin, "anycallc");
  try {
    if (lstatSync(target)) return;
  } catch {
    // Not there yet.
  }
  mkdirSync(bin, { recursive: true });
  symlinkSync("../../cli/bin/anycallc.mjs", target);
}

export function prepare() {
  install();
  build();
  link();
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) prepare();
