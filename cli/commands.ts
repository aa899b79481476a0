/** The commands of `anycallc`, in one table. Each loads its code only when it runs: `--help` stays fast. */
import { BUILD, DOCTOR, type Option, type Parsed, RAW_RUN, RAW_VERIFY, RUN, VERIFY } from "./args.ts";
import { TSC_OPTIONS } from "./tsc-options.ts";

export interface Command {
  /** Words after `anycallc`; "" is the build. */
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  readonly options: readonly Option[];
  /** Lower-case names of options that tsc has: refused with an explanation instead of "unknown". */
  readonly tscOptions?: () => ReadonlySet<string>;
  /** Resolves to the exit code. */
  load(): Promise<(parsed: Parsed) => number | Promise<number>>;
}

export const COMMANDS: readonly Command[] = [
  { name: "run", usage: "anycallc run FILE#NAME [args…]", summary: "Compile a function and call it.", options: RUN, load: async () => (await import("./commands/run.ts")).run },
  { name: "verify", usage: "anycallc verify FILE.o", summary: "Say what the kernel's verifier would say, with no privilege.", options: VERIFY, load: async () => (await import("./commands/verify.ts")).verify },
  { name: "doctor", usage: "anycallc doctor", summary: "Say what this machine can run, and what enables the rest.", options: DOCTOR, load: async () => (await import("./commands/doctor.ts")).doctor },
  { name: "lsp", usage: "anycallc lsp", summary: "Language server on stdio, for editors.", options: [{ name: "stdio", type: "flag", help: "Speak on stdin and stdout, as it always does; editors pass it." }], load: async () => (await import("./lsp/main.ts")).lsp },
  { name: "raw verify", usage: "anycallc raw verify < lines of JSON > lines of JSON", summary: "Verify bare programs, for tool authors.", options: RAW_VERIFY, load: async () => (await import("./commands/raw-verify.ts")).rawVerify },
  { name: "raw run", usage: "anycallc raw run [HEXMEM] < HEXPROGRAM", summary: "Run a bare program: bpf_conformance's plug-in contract.", options: RAW_RUN, load: async () => (await import("./commands/raw-run.ts")).rawRun },
  { name: "", usage: "anycallc [-p DIR | files…]", summary: "Compile a project as tsc does, marked functions to eBPF.", options: BUILD, tscOptions: () => TSC_OPTIONS, load: async () => (await import("./commands/build.ts")).build },
];
