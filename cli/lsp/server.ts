/**
 * The language server: requests of the protocol on one side, the checking service on the other. Owns when diagnostics are sent;
 * their content is the service's. Every handler is guarded: a failure is logged and answered with nothing.
 */
import {
  type CodeAction, CodeActionKind, type CodeLens, type Connection, DocumentDiagnosticReportKind, type Hover, type InlayHint, InlayHintKind, type Range,
  type ServerCapabilities, TextDocumentSyncKind, type WorkspaceEdit,
} from "vscode-languageserver/node";
import type { TextEdit } from "../../kernel/abi/diagnostics.ts";
import { BackgroundProver } from "../check/background.ts";
import { fixesFor } from "../check/fixes.ts";
import { type FrontCheck, FrontChecker } from "../check/front.ts";
import { hoverOfFunction, hoverOfVariable, lensOf, manualOf } from "../check/text.ts";
import type { Verified } from "../check/types.ts";
import { identifierAt, variableAt } from "../check/variables.ts";
import { ts } from "../project.ts";
import { DOCUMENT_KINDS, type DocumentKind, fileOf, Lines, parseVirtual, SCHEME, toLsp, uriOf, virtualUri } from "./convert.ts";
import { Workspace } from "./workspace.ts";

/** Milliseconds of quiet before a changed document is checked for push diagnostics. */
const QUIET = 15;
const COMMANDS = { asm: "anycall.showDisassembly", log: "anycall.showVerifierLog" } as const;
const RUN = "anycall.run";

const CAPABILITIES: ServerCapabilities = {
  textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
  hoverProvider: true,
  codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix] },
  codeLensProvider: {},
  inlayHintProvider: true,
  diagnosticProvider: { interFileDependencies: true, workspaceDiagnostics: false },
  executeCommandProvider: { commands: Object.values(COMMANDS) },
  workspace: { textDocumentContent: { schemes: [SCHEME] } },
};

interface State {
  readonly front: FrontCheck;
  readonly verified: Promise<Verified | undefined>;
}

type Current = State & NonNullable<ReturnType<Workspace["open"]>> & { readonly lines: Lines };

export class Server {
  readonly #connection: Connection;
  readonly #workspace = new Workspace();
  readonly #front = new FrontChecker(ts);
  readonly #prover = new BackgroundProver();
  readonly #states = new Map<string, State>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  /** The client asks for diagnostics itself: sent unasked they would be there twice. */
  #pulls = false;
  /** The client has a command of its own that runs a function. */
  #runs = false;

  constructor(connection: Connection, version: string) {
    this.#connection = connection;
    connection.onInitialize(({ capabilities, initializationOptions }) => {
      this.#pulls = capabilities.textDocument?.diagnostic !== undefined;
      const commands = (initializationOptions as { commands?: unknown } | null | undefined)?.commands;
      this.#runs = Array.isArray(commands) && commands.includes(RUN);
      return { capabilities: CAPABILITIES, serverInfo: { name: "anycallc", version } };
    });
    connection.onShutdown(() => this.#prover.close());
    connection.onDidOpenTextDocument(({ textDocument: { uri, text, version: v } }) => this.#guard(undefined, () => this.#edited(uri, () => text, v)));
    connection.onDidChangeTextDocument(({ textDocument: { uri, version: v }, contentChanges }) =>
      this.#guard(undefined, () =>
        this.#edited(
          uri,
          (before) =>
            contentChanges.reduce((text, change) => {
              if (!("range" in change)) return change.text;
              const lines = new Lines(text);
              return text.slice(0, lines.offsetAt(change.range.start)) + change.text + text.slice(lines.offsetAt(change.range.end));
            }, before),
          v,
        ),
      ),
    );
    connection.onDidSaveTextDocument(() => this.#guard(undefined, () => this.#changedOnDisk()));
    connection.onDidChangeWatchedFiles(() => this.#guard(undefined, () => this.#changedOnDisk()));
    connection.onDidCloseTextDocument(({ textDocument: { uri } }) => this.#guard(undefined, () => this.#closed(uri)));
    connection.languages.diagnostics.on(async ({ textDocument: { uri } }) => ({
      kind: DocumentDiagnosticReportKind.Full,
      items: await this.#guardAsync([], () => this.#diagnostics(uri)),
    }));
    connection.onHover(({ textDocument: { uri }, position }) => this.#guardAsync(null, () => this.#hover(uri, position)));
    connection.onCodeAction(({ textDocument: { uri }, range }) => this.#guardAsync([], () => this.#codeActions(uri, range)));
    connection.onCodeLens(({ textDocument: { uri } }) => this.#guardAsync([], () => this.#codeLenses(uri)));
    connection.languages.inlayHint.on(({ textDocument: { uri }, range }) => this.#guard([], () => this.#inlayHints(uri, range)));
    connection.onExecuteCommand(({ command, arguments: args }) => this.#guardAsync(null, () => this.#execute(command, args ?? [])));
    connection.onRequest("workspace/textDocumentContent", ({ uri }: { uri: string }) => this.#guardAsync(null, async () => ({ text: await this.#virtual(uri) })));
  }

  // ---- Documents ---------------------------------------------------------------------------------------------------

  #edited(uri: string, change: (before: string) => string, version: number): void {
    const file = fileOf(uri);
    if (!file) return;
    this.#workspace.update(file, change(this.#workspace.documents.get(file)?.text ?? ""), version);
    this.#schedule();
  }

  #closed(uri: string): void {
    const file = fileOf(uri);
    if (!file) return;
    this.#workspace.close(file);
    this.#states.delete(file);
    this.#front.forget(file);
    this.#prover.cancel(file);
    clearTimeout(this.#timers.get(file));
    if (!this.#pulls) void this.#connection.sendDiagnostics({ uri, diagnostics: [] });
    this.#schedule();
  }

  #changedOnDisk(): void {
    this.#workspace.invalidate();
    this.#schedule();
  }

  /** All open documents: a change of one may change what is said of another; what did not change is answered from memory. */
  #schedule(): void {
    if (this.#pulls) return;
    for (const file of this.#workspace.documents.keys()) {
      clearTimeout(this.#timers.get(file));
      this.#timers.set(
        file,
        setTimeout(() => void this.#guardAsync(undefined, () => this.#push(file)), QUIET),
      );
    }
  }

  async #push(file: string): Promise<void> {
    const uri = uriOf(file);
    const document = this.#workspace.documents.get(file);
    const diagnostics = await this.#diagnostics(uri);
    if (document && this.#workspace.documents.get(file) === document) await this.#connection.sendDiagnostics({ uri, version: document.version, diagnostics });
  }

  /** The state of a file as it is now; undefined for one that no project has. */
  #state(uri: string): Current | undefined {
    const file = fileOf(uri);
    const opened = file ? this.#workspace.open(file) : undefined;
    if (!file || !opened) return undefined;
    const front = this.#front.check(opened.program, opened.sourceFile, opened.options);
    let state = this.#states.get(file);
    if (state?.front !== front) {
      const { checked } = front;
      const ready = !checked.module || checked.module.funcs.length === 0;
      if (ready) this.#prover.cancel(file);
      state = { front, verified: ready ? Promise.resolve({ diagnostics: checked.diagnostics, functions: [], loops: [] }) : this.#prover.prove(checked, opened.options) };
      this.#states.set(file, state);
    }
    return { ...state, ...opened, lines: new Lines(opened.sourceFile.text) };
  }

  /** The state of a file with its verdicts: of the newest text, when edits overtake the verifier. */
  async #settled(uri: string): Promise<{ state?: Current; verified?: Verified }> {
    for (let state = this.#state(uri); state; ) {
      const verified = await state.verified;
      const now = this.#state(uri);
      if (now?.front === state.front) return { state, ...(verified && { verified }) };
      state = now;
    }
    return {};
  }

  // ---- Answers -----------------------------------------------------------------------------------------------------

  async #diagnostics(uri: string) {
    const { state, verified } = await this.#settled(uri);
    if (!state || !verified) return [];
    return verified.diagnostics.map((d) => toLsp(d, (file) => new Lines(state.program.getSourceFile(file)?.text ?? "")));
  }

  async #hover(uri: string, position: { line: number; character: number }): Promise<Hover | null> {
    const state = this.#state(uri);
    if (!state || state.front.marked.length === 0) return null;
    const { front, lines, program, sourceFile } = state;
    const offset = lines.offsetAt(position);
    const marked = front.marked.find(({ nameSpan: { start, length } }) => start <= offset && offset <= start + length);
    if (marked) {
      const facts = (await state.verified)?.functions.find((f) => f.name === marked.name);
      return facts ? { contents: { kind: "markdown", value: hoverOfFunction(facts) }, range: lines.range(marked.nameSpan) } : null;
    }
    if (!front.marked.some(({ span: { start, length } }) => start <= offset && offset <= start + length) && !front.integers.some((v) => v.span.file === sourceFile.fileName)) return null;
    const variable = variableAt(ts, program, sourceFile, front, offset);
    if (variable) return { contents: { kind: "markdown", value: hoverOfVariable(variable) }, range: lines.range(variable.span) };
    const node = identifierAt(ts, sourceFile, offset);
    const manual = node && ts.isPropertyAccessExpression(node.parent) && node.parent.name === node ? manualOf(node.parent.getText(sourceFile)) : undefined;
    return manual ? { contents: { kind: "markdown", value: manual } } : null;
  }

  async #codeActions(uri: string, range: Range): Promise<CodeAction[]> {
    const { state, verified } = await this.#settled(uri);
    if (!state || !verified) return [];
    const { lines, sourceFile, program } = state;
    const linesOf = (file: string) => new Lines(program.getSourceFile(file)?.text ?? "");
    const [from, to] = [lines.offsetAt(range.start), lines.offsetAt(range.end)];
    const near = verified.diagnostics.filter(({ span }) => span && span.file === sourceFile.fileName && span.start <= to && span.start + span.length >= from);
    return near.flatMap((d) =>
      fixesFor(ts, sourceFile, d).map(({ title, edits }) => ({ title, kind: CodeActionKind.QuickFix, diagnostics: [toLsp(d, linesOf)], edit: workspaceEdit(edits, linesOf) })),
    );
  }

  async #codeLenses(uri: string): Promise<CodeLens[]> {
    const { state, verified } = await this.#settled(uri);
    if (!state || !verified) return [];
    return state.front.marked.flatMap(({ name, nameSpan }) => {
      const facts = verified.functions.find((f) => f.name === name);
      if (!facts) return [];
      const range = state.lines.range(nameSpan);
      const main = this.#runs ? { title: `Run · ${lensOf(facts)}`, command: RUN, arguments: [uri, name] } : { title: lensOf(facts), command: COMMANDS.log, arguments: [uri] };
      return [
        { range, command: main },
        { range, command: { title: "Disassembly", command: COMMANDS.asm, arguments: [uri] } },
        { range, command: { title: "Verifier log", command: COMMANDS.log, arguments: [uri] } },
      ];
    });
  }

  /** Types of variables that none is written for. */
  #inlayHints(uri: string, range: Range): InlayHint[] {
    const state = this.#state(uri);
    if (!state) return [];
    const { front, lines, sourceFile } = state;
    const [from, to] = [lines.offsetAt(range.start), lines.offsetAt(range.end)];
    return front.integers.flatMap(({ span, type }) => {
      const end = span.start + span.length;
      if (span.file !== sourceFile.fileName || span.start < from || end > to || /^\s*[?!]?:/.test(sourceFile.text.slice(end))) return [];
      return [{ position: lines.positionAt(end), label: `: ${type}`, kind: InlayHintKind.Type }];
    });
  }

  /** Text of a document that the server makes. */
  async #virtual(uri: string): Promise<string> {
    const wanted = parseVirtual(uri);
    if (!wanted) return "";
    const state = this.#state(uriOf(wanted.file));
    const verified = await state?.verified;
    if (!verified) return "";
    if (verified.functions.length === 0) return `; nothing was compiled\n${verified.diagnostics.map((d) => `; ${d.severity} ${d.code}: ${d.message}\n`).join("")}`;
    return verified.functions.map((f) => (wanted.kind === "asm" ? f.listing : `${f.log.join("\n")}\n`)).join("\n");
  }

  /** Answers URI and text; a client that can show documents is asked to. */
  async #execute(command: string, args: readonly unknown[]): Promise<{ uri: string; text: string } | null> {
    const kind = DOCUMENT_KINDS.find((k: DocumentKind) => COMMANDS[k] === command);
    const file = typeof args[0] === "string" ? fileOf(args[0]) : undefined;
    if (!kind || !file) return null;
    const uri = virtualUri(file, kind);
    return { uri, text: await this.#virtual(uri) };
  }

  // ---- Guards ------------------------------------------------------------------------------------------------------

  #guard<T>(otherwise: T, body: () => T): T {
    try {
      return body();
    } catch (error) {
      return this.#failed(otherwise, error);
    }
  }

  async #guardAsync<T>(otherwise: T, body: () => Promise<T>): Promise<T> {
    try {
      return await body();
    } catch (error) {
      return this.#failed(otherwise, error);
    }
  }

  #failed<T>(otherwise: T, error: unknown): T {
    this.#connection.console.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return otherwise;
  }
}

function workspaceEdit(edits: readonly TextEdit[], linesOf: (file: string) => Lines): WorkspaceEdit {
  const changes: Record<string, { range: Range; newText: string }[]> = {};
  for (const { span, text } of edits) {
    const uri = uriOf(span.file);
    changes[uri] = [...(changes[uri] ?? []), { range: linesOf(span.file).range(span), newText: text }];
  }
  return { changes };
}
