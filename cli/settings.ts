/** AnyCall's own settings: `"anycall"` in tsconfig.json, else in the nearest package.json. Loads no compiler: editors read them too. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

export interface Settings {
  readonly license?: string;
  readonly bounds?: "check" | "prove";
}

/** Settings of the nearest package.json above `directory`; none if it can't be read. */
export function packageSettings(directory: string): Settings {
  for (let at = directory; ; at = dirname(at)) {
    const path = join(at, "package.json");
    if (existsSync(path)) {
      try {
        return pickSettings((JSON.parse(readFileSync(path, "utf8")) as { anycall?: unknown }).anycall);
      } catch {
        return {};
      }
    }
    if (dirname(at) === at) return {};
  }
}

/** What of `value`, the member "anycall" of a file, is a setting. */
export function pickSettings(value: unknown): Settings {
  if (typeof value !== "object" || value === null) return {};
  const { license, bounds } = value as Record<string, unknown>;
  return { ...(typeof license === "string" && { license }), ...((bounds === "check" || bounds === "prove") && { bounds }) };
}
