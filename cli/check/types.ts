/** What the checking service answers: plain data that crosses threads, the same for command line, plugin and server. */
import type { LoopDecision } from "../../backend-ebpf/codegen/index.ts";
import type { Diagnostic, Span } from "../../kernel/abi/diagnostics.ts";
import type { EngineName } from "../../kernel/engine.ts";

/** What is known about a compiled function. */
export interface FunctionFacts {
  /** Name in the source: `Logs.countLines`. */
  readonly name: string;
  readonly verdict: "ACCEPT" | "REJECT" | "UNKNOWN";
  /** 8-byte slots. */
  readonly instructions: number;
  /** Instructions that the verifier follows. */
  readonly processed: number;
  /** Bytes of eBPF stack, subprograms included. */
  readonly stackBytes: number;
  /** Operations it may make, `sys.read`, each once, in order of their first call. */
  readonly operations: readonly string[];
  /** Engines that have every operation of the function. */
  readonly engines: readonly EngineName[];
  /** Oldest kernel profile it was compiled for: `6.1`. */
  readonly kernel: string;
  /** Instructions with the lines they come from. */
  readonly listing: string;
  /** What the verifier says, in lines. */
  readonly log: readonly string[];
}

/** Result of the backend and the verifier for one file. */
export interface Verified {
  /** All diagnostics of the file: language, types, verifier. */
  readonly diagnostics: readonly Diagnostic[];
  readonly functions: readonly FunctionFacts[];
  readonly loops: readonly LoopDecision[];
}

/** A marked function in its source. */
export interface MarkedSpan {
  readonly name: string;
  /** All of it. */
  readonly span: Span;
  /** Its name, where hover and code lens stand. */
  readonly nameSpan: Span;
}

/** What is known of a variable where it is used. */
export interface VariableFacts {
  readonly name: string;
  readonly span: Span;
  /** `u32`; absent where no integer type is written or known to TypeScript. */
  readonly type?: string;
  /** `0 … 4096`: what holds when the program runs. */
  readonly range?: string;
}

/** Settings of a project that change what is said of its files. */
export interface CheckOptions {
  readonly license?: string;
  readonly bounds?: "check" | "prove";
  /** Directory that names in objects are relative to. */
  readonly base?: string;
  /** Name of a kernel profile; absent: the oldest that can express the file. */
  readonly kernel?: string;
}
