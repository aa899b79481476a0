/** Compares the traces that guest/rows.c prints in its two modes, scenario by scenario. */

export interface Comparison {
  readonly scenario: string;
  readonly ok: boolean;
  /** Lines that differ, native first. */
  readonly notes: readonly string[];
}

/** Scenario name → its lines; what stands before the first scenario is under "before". */
function split(lines: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>([["before", []]]);
  let current = found.get("before")!;
  for (const line of lines) {
    if (line.startsWith("S ")) {
      current = [];
      found.set(line.slice(2), current);
    } else if (line !== "DONE") current.push(line);
  }
  return found;
}

const MOST_NOTES = 12;
const LONGEST_NOTE = 160;

export function compareTraces(native: readonly string[], module: readonly string[]): Comparison[] {
  const [left, right] = [split(native), split(module)];
  const names = [...new Set([...left.keys(), ...right.keys()])].filter((name) => name !== "before" || left.get(name)!.length + right.get(name)!.length > 0);
  const scenarios = names.map((scenario): Comparison => {
    const [a, b] = [left.get(scenario) ?? [], right.get(scenario) ?? []];
    const notes: string[] = [];
    for (let i = 0; i < Math.max(a.length, b.length); i++) if (a[i] !== b[i]) notes.push(`native ${a[i] ?? "nothing"}`, `module ${b[i] ?? "nothing"}`);
    const failed = [...a, ...b].filter((line) => line.startsWith("FAIL") || line.startsWith("E "));
    // Without a start there is no use in saying that nothing follows.
    if (b.length === 0) notes.splice(2);
    const ok = notes.length === 0 && failed.length === 0 && a.length > 0;
    return { scenario, ok, notes: [...failed, ...notes].slice(0, MOST_NOTES).map((note) => note.slice(0, LONGEST_NOTE)) };
  });
  const complete = native.at(-1) === "DONE" && module.at(-1) === "DONE";
  return [...scenarios, { scenario: "both traces are complete", ok: complete, notes: [] }];
}
