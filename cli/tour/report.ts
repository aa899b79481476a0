/** How the tour talks: headings, source excerpts, aligned tables. No measuring, no deciding. */
import chalk from "chalk";

export function heading(title: string): void {
  console.log(`\n${chalk.bold(`── ${title} ${"─".repeat(Math.max(0, 92 - title.length))}`)}`);
}

/** The source without its imports and blank lines around, numbered as in the file. */
export function source(text: string): void {
  const lines = text.split("\n").map((line, i) => ({ line, number: i + 1 }));
  const shown = lines.filter(({ line }) => !line.startsWith("import "));
  while (shown[0]?.line.trim() === "") shown.shift();
  while (shown.at(-1)?.line.trim() === "") shown.pop();
  for (const { line, number } of shown) console.log(`${chalk.gray(String(number).padStart(4))}  ${line}`);
}

/** `label: value` with labels in one column. */
export function fact(label: string, value: string): void {
  console.log(`  ${chalk.cyan(label.padEnd(13))} ${value}`);
}

/** Rows under headings, columns right-aligned but the first. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = headings.map((h, i) => Math.max(h.length, ...rows.map((r) => r[i]!.length)));
  const line = (cells: readonly string[]) => `  ${cells.map((c, i) => (i === 0 ? c.padEnd(widths[i]!) : c.padStart(widths[i]!))).join("   ")}`;
  console.log(chalk.gray(line(headings)));
  for (const row of rows) console.log(line(row));
}

/** Microseconds with a sensible number of digits. */
export function micros(us: number): string {
  return us >= 100 ? us.toFixed(0) : us >= 10 ? us.toFixed(1) : us.toFixed(2);
}

export function verdict(good: boolean, text: string): string {
  return good ? chalk.green(text) : chalk.red(text);
}
