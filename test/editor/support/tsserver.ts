/** A real tsserver over stdio with the plugin: requests are lines of JSON, answers carry a Content-Length header. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "./root.ts";

export interface TsDiagnostic {
  readonly start: { readonly line: number; readonly offset: number };
  readonly end: { readonly line: number; readonly offset: number };
  readonly text: string;
  readonly code: number;
  readonly category: string;
  readonly source?: string;
}

interface Message {
  readonly type: "response" | "event";
  readonly event?: string;
  readonly request_seq?: number;
  readonly success?: boolean;
  readonly message?: string;
  readonly body?: unknown;
}

export class TsServer {
  readonly process: ChildProcessWithoutNullStreams;
  readonly #pending = new Map<number, { resolve(body: unknown): void; reject(error: Error): void }>();
  readonly #listeners = new Set<(event: string, body: unknown) => void>();
  #seq = 0;
  #buffer: Buffer = Buffer.alloc(0);
  exitCode: number | null | undefined;

  /** `typescript`: the package's name in node_modules. `directory`: a folder whose node_modules holds anycall. */
  constructor(typescript: string, directory: string, args: readonly string[] = []) {
    const program = join(ROOT, "node_modules", typescript, "lib/tsserver.js");
    this.process = spawn(process.execPath, [program, "--disableAutomaticTypingAcquisition", "--pluginProbeLocations", directory, ...args], { cwd: directory });
    this.process.stdout.on("data", (data: Buffer) => this.#read(data));
    this.process.stderr.resume();
    this.process.on("exit", (code) => {
      this.exitCode = code;
      for (const { reject } of this.#pending.values()) reject(new Error(`tsserver ended with code ${code}`));
    });
  }

  #read(data: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, data]);
    for (;;) {
      const end = this.#buffer.indexOf("\r\n\r\n");
      if (end < 0) return;
      const length = Number(/Content-Length: (\d+)/.exec(this.#buffer.subarray(0, end).toString())![1]);
      if (this.#buffer.length < end + 4 + length) return;
      const message = JSON.parse(this.#buffer.subarray(end + 4, end + 4 + length).toString()) as Message;
      this.#buffer = this.#buffer.subarray(end + 4 + length);
      this.#received(message);
    }
  }

  #received({ type, event, request_seq, success, body, message }: Message): void {
    if (type === "event") for (const listener of this.#listeners) listener(event!, body);
    const waiting = type === "response" ? this.#pending.get(request_seq!) : undefined;
    if (!waiting) return;
    this.#pending.delete(request_seq!);
    if (success || message === "No content available.") waiting.resolve(body);
    else waiting.reject(new Error(message));
  }

  notify(command: string, args: object): void {
    this.process.stdin.write(`${JSON.stringify({ seq: ++this.#seq, type: "request", command, arguments: args })}\n`);
  }

  request<T>(command: string, args: object): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.notify(command, args);
      this.#pending.set(this.#seq, { resolve: resolve as (body: unknown) => void, reject });
    });
  }

  open(file: string, fileContent: string, projectRootPath: string): void {
    this.notify("open", { file, fileContent, scriptKindName: "TS", projectRootPath });
  }

  /** Gives an open file another text. */
  replace(file: string, before: string, after: string): void {
    const lines = before.split("\n");
    this.notify("change", { file, line: 1, offset: 1, endLine: lines.length, endOffset: lines.at(-1)!.length + 1, insertString: after });
  }

  /** Ours among the errors, warnings and suggestions of a file, as they are now. */
  async diagnostics(file: string): Promise<TsDiagnostic[]> {
    const semantic = await this.request<TsDiagnostic[]>("semanticDiagnosticsSync", { file });
    const suggestions = await this.request<TsDiagnostic[]>("suggestionDiagnosticsSync", { file });
    return [...semantic, ...suggestions].filter((d) => d.source === "anycall");
  }

  /** Resolves with the first answer of `ask` that `good` accepts, asked again whenever `milliseconds` have passed. */
  async until<T>(ask: () => Promise<T>, good: (answer: T) => boolean, milliseconds = 20, limit = 30_000): Promise<T> {
    const started = Date.now();
    for (;;) {
      const answer = await ask();
      if (good(answer)) return answer;
      if (Date.now() - started > limit) throw new Error(`still ${JSON.stringify(answer)} after ${limit} ms`);
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
    }
  }

  onEvent(listener: (event: string, body: unknown) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async stop(): Promise<number | null | undefined> {
    if (this.exitCode !== undefined) return this.exitCode;
    const ended = new Promise<number | null>((resolve) => this.process.once("exit", resolve));
    this.notify("exit", {});
    this.process.stdin.end();
    return ended;
  }
}
