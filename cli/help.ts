/** Help and version texts, made from the tables of options and commands. */
import { BUILD, COMMON, type Option } from "./args.ts";
import { COMMANDS, type Command } from "./commands.ts";

export function help(): string {
  const commands = COMMANDS.map((c) => `  ${c.usage.padEnd(52)}${c.summary}`);
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
  return options.map((o) => {
    const left = `  --${o.name}${o.short ? `, -${o.short}` : ""}${o.value ? ` ${o.value}` : ""}`;
    return left.length > 50 ? `${left}\n${" ".repeat(52)}${o.help}` : left.padEnd(52) + o.help;
  });
}
