/** The package's own package.json, wherever this file was built to. */
import { createRequire } from "node:module";

export function packageJson(): { version: string } {
  const require = createRequire(import.meta.url);
  // dist/cli/package-json.js and cli/package-json.ts are at different depths below package.json.
  for (const path of ["../package.json", "../../package.json"]) {
    try {
      return require(path) as { version: string };
    } catch {
      // Try the next depth.
    }
  }
  return { version: "unknown" };
}
