/** Benchmarks as text: one table each, medians, ratios to the first column, and the spread of the rounds. */
import type { Timing } from "../cli/measure.ts";
import type { Result } from "./types.ts";

function duration({ median, quartiles }: Timing): string {
  const [unit, scale] = median >= 1e6 ? ["s", 1e6] : median >= 1e3 ? ["ms", 1e3] : ["µs", 1];
  const digits = (value: number) => (value / scale).toPrecision(3);
  const spread = Math.round(((quartiles[1] - quartiles[0]) / 2 / median) * 100);
  return `${digits(median)} ${unit} ±${spread} %`;
}

export function formatResult({ title, rows, notes }: Result): string {
  const columns = [...new Set(rows.flatMap(({ times }) => Object.keys(times)))];
  const sameColumns = rows.every(({ times }) => Object.keys(times).length === columns.length);
  const lines = sameColumns
    ? grid([["", ...columns], ...rows.map(({ label, times }) => [label, ...columns.map((name, i) => cell(times[name]!, i === 0 ? undefined : times[columns[0]!]!))])])
    : rows.flatMap(({ label, times }) => grid([["", ...Object.keys(times)], [label, ...Object.values(times).map((time, i, all) => cell(time, i === 0 ? undefined : all[0]!))]]));
  return [title, ...lines, ...notes.map((note) => `  ${note}`)].join("\n");
}

/** `×`: how many times as fast as the first column. */
function cell(time: Timing, base: Timing | undefined): string {
  return base ? `${duration(time)}  ${(base.median / time.median).toPrecision(3)}×` : duration(time);
}

function grid(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => `  ${row.map((text, i) => (i === 0 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!))).join("   ")}`.trimEnd());
}
