/** Help and version texts, made from the tables of options and commands. */
import { BUILD, COMMON, type Option } from "./args.ts";
import { COMMANDS, type Command } from "./commands.ts";

/** Where the descriptions begin, in characters; a longer left side has its description on a line of its own. */
const COLUMN = 54;

export function help(): string {
  const commands = COMMANDS.map((c) => row(`  ${c.usage}`, c.summary));
  return [
    "anycallc: compiles TypeScript functions to eBPF, proves them safe, runs them in the kernel.",
    "",
    "Usage:",
    ...commands,
    "",
    "Options of the build, as tsc's where tsc has them:",
    ...describe([...BUILD, ...COMMON]),
    "",
    "'anycallc COMMAND --help' lists a command's own options. Start with: anycallc doctor",
  ].join("\n");
}

export function commandHelp(command: Command): string {
  return [`Usage: ${command.usage}`, "", command.summary, "", "Options:", ...describe([...command.options, ...COMMON])].join("\n");
}

function describe(options: readonly Option[]): string[] {
  return options.map((o) => row(`  --${o.name}${o.short ? `, -${o.short}` : ""}${o.value ? ` ${o.value}` : ""}`, o.help));
}

function row(left: string, text: string): string {
  return left.length >= COLUMN ? `${left}\n${" ".repeat(COLUMN)}${text}` : left.padEnd(COLUMN) + text;
}
