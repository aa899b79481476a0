/** Where the repository is, from the sources and from dist/ alike. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

function findRoot(directory: string): string {
  return existsSync(join(directory, "package.json")) ? directory : findRoot(dirname(directory));
}

export const ROOT = findRoot(dirname(fileURLToPath(import.meta.url)));
