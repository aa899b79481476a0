/** The command line as a table: which options each command takes, which of tsc's it passes on, how they are parsed. */

export interface Option {
  readonly name: string;
  readonly short?: string;
  /** `flag`: no value (`--pretty false` is also accepted for `boolean`). */
  readonly type: "flag" | "boolean" | "string" | "number" | "list";
  readonly choices?: readonly string[];
  /** Shown in help: the placeholder of the value and one line. */
  readonly value?: string;
  readonly help: string;
}

export const COMMON: readonly Option[] = [
  { name: "help", short: "h", type: "flag", help: "Print this help." },
  { name: "version", short: "v", type: "flag", help: "Print the versions of anycallc and of its TypeScript." },
  { name: "format", type: "string", choices: ["text", "pretty", "json"], value: "text|pretty|json", help: "How to print diagnostics (default: pretty on a terminal, else text)." },
  { name: "explain", type: "string", value: "ACnnnn", help: "Explain a diagnostic code." },
];

const KERNEL: Option = { name: "kernel", type: "string", choices: ["6.1", "6.12", "6.18", "host"], value: "6.1|6.12|6.18|host",
  help: "Kernel to compile and verify for (default: the oldest that can express the program)." };
const ENGINE: Option = { name: "engine", type: "string", choices: ["auto", "module", "stock", "user"], value: "auto|module|stock|user", help: "Engine to run in (default: auto)." };

export const BUILD: readonly Option[] = [
  { name: "project", short: "p", type: "string", value: "FILE or DIR", help: "Compile the project of a tsconfig.json." },
  { name: "noEmit", type: "boolean", help: "Check and verify only; write nothing." },
  { name: "outDir", type: "string", value: "DIR", help: "Where the output goes." },
  { name: "pretty", type: "boolean", help: "Colours and source excerpts in diagnostics." },
  { name: "noEmitOnError", type: "boolean", help: "Write nothing if there is an error." },
  { name: "sourceMap", type: "boolean", help: "Write source maps of the JavaScript." },
  { name: "listFiles", type: "flag", help: "Print the names of the files that are part of the compilation." },
  { name: "init", type: "flag", help: "Write a tsconfig.json for an AnyCall project." },
  { name: "emit", type: "list", choices: ["ir", "asm", "obj", "js", "dts"], value: "ir,asm,obj,js,dts", help: "What to write (default: obj,js and dts if the project declares it); ir=PASS stops after a pass." },
  KERNEL,
  { name: "explain-loops", type: "flag", help: "Report the form chosen for each loop." },
];

export const RUN: readonly Option[] = [
  ENGINE,
  { name: "json", type: "flag", help: "Print the result as one line of JSON." },
  { name: "repeat", type: "number", value: "N", help: "Call N times; the last result is printed." },
  { name: "stats", type: "flag", help: "Print instructions, system calls and times." },
  { name: "trace", type: "flag", help: "Print each system call as it is made (engine user)." },
  { name: "budget", type: "number", value: "ROUNDS", help: "Rounds that loops may make before EXHAUSTED (engine user)." },
];

export const VERIFY: readonly Option[] = [
  { ...KERNEL, help: "Kernel whose verdict is asked for (default: host, the running one)." },
  { name: "json", type: "flag", help: "Print verdicts as JSON, one line a program." },
  { name: "log", type: "number", value: "1|2", help: "Print the log in the kernel's format: 1 the path that failed, 2 every instruction of every path." },
  { name: "btf", type: "string", value: "FILE", help: "BTF of the target kernel (default: the running kernel's)." },
];

export const RAW_RUN: readonly Option[] = [{ name: "engine", type: "string", choices: ["interp", "stock", "user"], value: "interp|stock|user", help: "Engine (default: interp)." }];
export const RAW_VERIFY: readonly Option[] = [KERNEL, { name: "btf", type: "string", value: "FILE", help: "BTF of the target kernel." }];
export const DOCTOR: readonly Option[] = [{ name: "json", type: "flag", help: "Print the findings as JSON." }];

export interface Parsed {
  readonly options: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
  readonly operands: readonly string[];
}

/** A wrong command line; `message` is what the user reads. Exit code 1, as tsc's. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * Parses `args` against `options`. `--name value`, `--name=value`, `-n value`, `--flag`; booleans take an optional
 * true/false like tsc's. Operands stay in order; after `--` everything is an operand. Names compare without case, as
 * tsc's do. Throws UsageError; for an option that tsc has and anycallc has not, it says so.
 */
export function parseArgs(args: readonly string[], options: readonly Option[], tscOptions: () => ReadonlySet<string> = () => new Set()): Parsed {
  const found: Record<string, string | number | boolean | readonly string[]> = {};
  const operands: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === "--") {
      operands.push(...args.slice(i + 1));
      break;
    }
    if (!arg.startsWith("-") || arg === "-" || /^-\d/.test(arg)) {
      operands.push(arg);
      continue;
    }
    const equals = arg.indexOf("=");
    const written = equals < 0 ? arg : arg.slice(0, equals);
    const inline = equals < 0 ? undefined : arg.slice(equals + 1);
    const option = lookup(written, options);
    if (!option) throw unknownOption(written, options, tscOptions());
    const next = args[i + 1];
    switch (option.type) {
      case "flag":
        if (inline !== undefined) throw new UsageError(`Option '${written}' takes no value.`);
        found[option.name] = true;
        break;
      case "boolean": {
        const value = inline ?? (next === "true" || next === "false" ? args[++i]! : "true");
        if (value !== "true" && value !== "false") throw new UsageError(`Option '${written}' is true or false, not '${value}'.`);
        found[option.name] = value === "true";
        break;
      }
      default: {
        const value = inline ?? args[++i];
        if (value === undefined) throw new UsageError(`Option '${written}' needs a value: ${written} ${option.value ?? ""}`.trimEnd() + ".");
        found[option.name] = convert(option, written, value);
      }
    }
  }
  return { options: found, operands };
}

function lookup(written: string, options: readonly Option[]): Option | undefined {
  const name = written.replace(/^--?/, "").toLowerCase();
  return options.find((o) => o.name.toLowerCase() === name || (written.startsWith("-") && o.short === name));
}

function convert(option: Option, written: string, value: string): string | number | readonly string[] {
  if (option.type === "number") {
    const number = Number(value);
    if (!Number.isSafeInteger(number) || number < 0 || value.trim() === "") throw new UsageError(`Option '${written}' needs a whole number, not '${value}'.`);
    return number;
  }
  const parts = option.type === "list" ? value.split(",") : [value];
  for (const part of parts) {
    if (option.choices && !option.choices.includes(part.split("=")[0]!)) {
      throw new UsageError(`Option '${written}' can't be '${part}'. It is one of: ${option.choices.join(", ")}.`);
    }
  }
  return option.type === "list" ? parts : value;
}

function unknownOption(written: string, options: readonly Option[], tscOptions: ReadonlySet<string>): UsageError {
  const name = written.replace(/^--?/, "").toLowerCase();
  if (tscOptions.has(name)) {
    return new UsageError(`Option '${written}' is tsc's, but anycallc does not take it on its command line. Set it in tsconfig.json, or run tsc for it.`);
  }
  const close = options.map((o) => o.name).filter((o) => distance(o.toLowerCase(), name) <= 2);
  return new UsageError(`Unknown option '${written}'.${close.length ? ` Did you mean '--${close[0]}'?` : ""} 'anycallc --help' lists the options.`);
}

/** Levenshtein distance, for suggestions. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
