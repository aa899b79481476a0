/**
 * The `anycallc` command: picks the command, turns what it throws into a message and an exit code.
 * Exit codes are tsc's: 0 fine; 1 wrong usage, or errors under --noEmitOnError; 2 errors.
 */
import { COMMON, type Option, type Parsed, parseArgs, UsageError } from "./args.ts";
import { COMMANDS, type Command } from "./commands.ts";
import { explain } from "./explain.ts";
import { commandHelp, help } from "./help.ts";
import { version } from "./version.ts";

/** Runs the command line and resolves to the exit code. Never throws. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const { command, rest } = pick(args);
    const parsed = parseArgs(rest, [...command.options, ...COMMON], command.tscOptions);
    return await dispatch(command, parsed);
  } catch (error) {
    return report(error);
  }
}

async function dispatch(command: Command, parsed: Parsed): Promise<number> {
  const { options } = parsed;
  if (options.help) return print(command.name === "" ? help() : commandHelp(command));
  if (options.version) return print(await version());
  if (typeof options.explain === "string") return print(explain(options.explain));
  const run = await command.load();
  return run(parsed);
}

/** The command named by the first words (`raw verify`), or the build command, which has no name. */
function pick(args: readonly string[]): { command: Command; rest: readonly string[] } {
  for (const command of COMMANDS) {
    const words = command.name === "" ? [] : command.name.split(" ");
    if (words.every((word, i) => args[i] === word)) return { command, rest: args.slice(words.length) };
  }
  throw new UsageError("no such command");
}

function print(text: string): number {
  process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
  return 0;
}

/** Expected errors (usage, project, engine) carry a message for the user; anything else is a bug of ours and says so. */
function report(error: unknown): number {
  const known = error instanceof UsageError || (error instanceof Error && "code" in error && typeof error.code === "string");
  if (known) {
    const { code, message } = error as Error & { code?: string };
    process.stderr.write(`error${code ? ` ${code}` : ""}: ${message}\n`);
    return 1;
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`error: anycallc failed inside itself; this is a bug of AnyCall, please report it with the lines below.\n${detail}\n`);
  return 1;
}

export type { Option };
