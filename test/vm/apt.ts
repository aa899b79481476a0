/** apt, with Debian's archives for the guests' kernels and folders of its own: nothing of the machine's packages changes. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "./cache.ts";
import { Unavailable } from "./tools.ts";

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
/** Suites; the newest version of a package wins. */
export const SOURCES: readonly string[] = [
  "http://deb.debian.org/debian bookworm main",
  "http://deb.debian.org/debian bookworm-backports main",
  "http://deb.debian.org/debian-security bookworm-security main",
];
/** Options that give apt lists and a cache of its own. */
export function aptOptions(): string[] {
  if (!existsSync(KEYRING)) throw new Unavailable(`${KEYRING} is missing: packages of Debian's kernels can't be checked (package debian-archive-keyring)`);
  const folder = cacheFolder("apt");
  for (const part of ["lists/partial", "cache/archives/partial"]) mkdirSync(join(folder, part), { recursive: true });
  const list = join(folder, "sources.list");
  writeFileSync(list, SOURCES.map((source) => `deb [arch=amd64 signed-by=${KEYRING}] ${source}\n`).join(""));
  const settings = {
    "Dir::Etc::sourcelist": list,
    "Dir::Etc::sourceparts": "/dev/null",
    "Dir::Etc::preferencesparts": "/dev/null",
    "Dir::State::lists": join(folder, "lists"),
    "Dir::Cache": join(folder, "cache"),
    "Debug::NoLocking": "1",
    "APT::Sandbox::User": "root",
    "APT::Architecture": "amd64",
  };
  return Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
}
