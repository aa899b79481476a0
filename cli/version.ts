/** What `anycallc --version` prints: ours, and the TypeScript it compiles with. */
import { packageJson } from "./package-json.ts";

/** Version of the package and of the TypeScript that checks. */
export async function version(): Promise<string> {
  const { version: own } = packageJson();
  const { ts } = await import("ts-morph");
  return `anycallc ${own} (TypeScript ${ts.version})`;
}
