/** A raw client of the language server: speaks the protocol over stdio with the built `anycallc lsp`. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createProtocolConnection, type Diagnostic, type ProtocolConnection, StreamMessageReader, StreamMessageWriter } from "vscode-languageserver/node";
import { ROOT } from "./root.ts";

export class LspClient {
  readonly process: ChildProcess;
  readonly connection: ProtocolConnection;
  readonly #pushed = new Map<string, Diagnostic[]>();
  readonly #waiting = new Map<string, (diagnostics: Diagnostic[]) => void>();
  readonly #versions = new Map<string, number>();
  /** Messages of the server's log: failures that were caught. */
  readonly errors: string[] = [];

  constructor() {
    this.process = spawn(process.execPath, [join(ROOT, "cli/bin/anycallc.mjs"), "lsp", "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
    this.connection = createProtocolConnection(new StreamMessageReader(this.process.stdout!), new StreamMessageWriter(this.process.stdin!));
    this.connection.onNotification("textDocument/publishDiagnostics", ({ uri, version, diagnostics }: { uri: string; version?: number; diagnostics: Diagnostic[] }) => {
      if (version !== this.#versions.get(uri)) return;
      this.#pushed.set(uri, diagnostics);
      this.#waiting.get(uri)?.(diagnostics);
      this.#waiting.delete(uri);
    });
    this.connection.onNotification("window/logMessage", ({ type, message }: { type: number; message: string }) => void (type === 1 && this.errors.push(message)));
    this.connection.listen();
  }

  /** `pull`: the client asks for diagnostics itself. */
  async start({ pull = false, commands = [] as string[] } = {}): Promise<{ capabilities: Record<string, unknown> }> {
    const answer = await this.connection.sendRequest("initialize", {
      processId: process.pid, rootUri: pathToFileURL(ROOT).href, capabilities: { textDocument: pull ? { diagnostic: {} } : {} }, initializationOptions: { commands },
    });
    await this.connection.sendNotification("initialized", {});
    return answer as { capabilities: Record<string, unknown> };
  }

  /** Opens a document, or gives it another text. */
  async show(path: string, text: string): Promise<string> {
    const uri = pathToFileURL(path).href;
    const version = (this.#versions.get(uri) ?? 0) + 1;
    this.#versions.set(uri, version);
    this.#pushed.delete(uri);
    if (version === 1) await this.connection.sendNotification("textDocument/didOpen", { textDocument: { uri, languageId: "typescript", version, text } });
    else await this.connection.sendNotification("textDocument/didChange", { textDocument: { uri, version }, contentChanges: [{ text }] });
    return uri;
  }

  /** The pushed diagnostics of the text shown last. */
  pushed(uri: string): Promise<Diagnostic[]> {
    const known = this.#pushed.get(uri);
    return known ? Promise.resolve(known) : new Promise((resolve) => this.#waiting.set(uri, resolve));
  }

  request<T>(method: string, params: object): Promise<T> {
    return this.connection.sendRequest(method, params);
  }

  /** Resolves to the exit code. */
  async stop(): Promise<number | null> {
    const ended = new Promise<number | null>((resolve) => this.process.once("exit", resolve));
    await this.request("shutdown", undefined as unknown as object);
    await this.connection.sendNotification("exit");
    return ended;
  }
}
