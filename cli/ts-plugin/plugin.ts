/**
 * The language-service plugin: TypeScript's answers with AnyCall's added. Runs inside tsserver, on its own TypeScript: the front
 * end in place after TypeScript's own check, the verifier in a worker, whose results come by a refresh. Any failure is logged and
 * leaves TypeScript's answer as it was.
 */
import { dirname } from "node:path";
import type ts from "typescript";
import type { Diagnostic } from "../../kernel/abi/diagnostics.ts";
import { BackgroundProver } from "../check/background.ts";
import { FIXABLE, fixesFor } from "../check/fixes.ts";
import { type FrontCheck, FrontChecker } from "../check/front.ts";
import { hoverOfFunction, hoverOfVariable, manualOf, messageOf } from "../check/text.ts";
import type { CheckOptions, Verified } from "../check/types.ts";
import { identifierAt, variableAt } from "../check/variables.ts";
import { packageSettings, pickSettings } from "../settings.ts";
import { SOURCE, toTsCode } from "./codes.ts";

/** What the plugin uses of tsserver's PluginCreateInfo. */
export interface PluginInfo {
  readonly languageService: ts.LanguageService;
  readonly project: { getCompilerOptions(): ts.CompilerOptions; getCurrentDirectory(): string; refreshDiagnostics?(): void };
}

export interface Attached {
  /** Replacements of the language service's methods. */
  readonly methods: Partial<ts.LanguageService>;
  dispose(): void;
}

interface State {
  readonly front: FrontCheck;
  readonly sourceFile: ts.SourceFile;
  /** Undefined until the worker has answered. */
  verified?: Verified;
}

/** One worker for all projects of the process. */
const prover = new BackgroundProver();

export function attach(tsModule: typeof ts, info: PluginInfo, log: (message: string) => void): Attached {
  const plugin = new Plugin(tsModule, info, log);
  return { methods: plugin.methods(), dispose: () => plugin.dispose() };
}

class Plugin {
  readonly #ts: typeof ts;
  readonly #info: PluginInfo;
  readonly #log: (message: string) => void;
  readonly #front: FrontChecker;
  readonly #states = new Map<string, State>();
  #options: { readonly config: string | undefined; readonly options: CheckOptions } | undefined;
  #disposed = false;

  constructor(tsModule: typeof ts, info: PluginInfo, log: (message: string) => void) {
    this.#ts = tsModule;
    this.#info = info;
    this.#log = log;
    this.#front = new FrontChecker(tsModule);
  }

  methods(): Partial<ts.LanguageService> {
    const service = this.#info.languageService;
    return {
      getSemanticDiagnostics: (file) => this.#added(service.getSemanticDiagnostics(file), () => this.#diagnostics(file, (d) => d.severity !== "hint")),
      getSuggestionDiagnostics: (file) => this.#added(service.getSuggestionDiagnostics(file), () => this.#diagnostics(file, (d) => d.severity === "hint") as ts.DiagnosticWithLocation[]),
      getQuickInfoAtPosition: (file, position, ...rest) => {
        const given = service.getQuickInfoAtPosition(file, position, ...rest);
        return given && this.#guard(given, () => this.#quickInfo(given, file, position));
      },
      getCodeFixesAtPosition: (file, start, end, codes, format, preferences) =>
        this.#added(service.getCodeFixesAtPosition(file, start, end, codes, format, preferences), () => this.#codeFixes(file, start, end, codes)),
      getSupportedCodeFixes: (file) => this.#added(service.getSupportedCodeFixes(file), () => FIXABLE.map((code) => String(toTsCode(code)))),
      provideInlayHints: (file, span, preferences) => this.#added(service.provideInlayHints(file, span, preferences), () => this.#inlayHints(file, span, preferences)),
    };
  }

  dispose(): void {
    this.#disposed = true;
    for (const file of this.#states.keys()) prover.cancel(file);
    this.#states.clear();
  }

  // ---- What is known -----------------------------------------------------------------------------------------------

  #state(file: string): State | undefined {
    const program = this.#info.languageService.getProgram();
    const sourceFile = program?.getSourceFile(file);
    if (!program || !sourceFile || sourceFile.isDeclarationFile || program.isSourceFileFromExternalLibrary(sourceFile)) return undefined;
    const options = this.#checkOptions();
    const front = this.#front.check(program, sourceFile, options);
    const known = this.#states.get(file);
    if (known?.front === front) return known;
    const state: State = { front, sourceFile };
    this.#states.set(file, state);
    const { checked } = front;
    if (!checked.module || checked.module.funcs.length === 0) {
      prover.cancel(file);
      state.verified = { diagnostics: checked.diagnostics, functions: [], loops: [] };
    } else void prover.prove(checked, options).then((verified) => this.#guard(undefined, () => this.#arrived(file, state, verified)));
    return state;
  }

  /** Drops what is stale; asks tsserver to send diagnostics again if there is more to say than what it was told. */
  #arrived(file: string, state: State, verified: Verified | undefined): void {
    if (this.#disposed || !verified || this.#states.get(file) !== state) return;
    state.verified = verified;
    if (verified.diagnostics.length !== state.front.checked.diagnostics.length) this.#info.project.refreshDiagnostics?.();
  }

  #checkOptions(): CheckOptions {
    const config = this.#info.project.getCompilerOptions().configFilePath as string | undefined;
    if (this.#options && this.#options.config === config) return this.#options.options;
    const base = config ? dirname(config) : this.#info.project.getCurrentDirectory();
    const raw = config ? (this.#ts.readConfigFile(config, this.#ts.sys.readFile).config as { anycall?: unknown } | undefined) : undefined;
    const options = { base, ...packageSettings(base), ...pickSettings(raw?.anycall) };
    this.#options = { config, options };
    return options;
  }

  // ---- Answers -----------------------------------------------------------------------------------------------------

  #diagnostics(file: string, wanted: (diagnostic: Diagnostic) => boolean): ts.Diagnostic[] {
    const state = this.#state(file);
    return state ? this.#ours(state).filter(wanted).map((d) => this.#toTs(state, d)) : [];
  }

  #ours({ verified, front }: State): readonly Diagnostic[] {
    return verified?.diagnostics ?? front.checked.diagnostics;
  }

  #toTs({ sourceFile }: State, diagnostic: Diagnostic): ts.Diagnostic {
    const { DiagnosticCategory } = this.#ts;
    const { code, severity, span, related = [] } = diagnostic;
    const fileOf = (name: string) => (name === sourceFile.fileName ? sourceFile : this.#info.languageService.getProgram()?.getSourceFile(name));
    const own = span && span.file === sourceFile.fileName ? span : undefined;
    // tsserver shows a diagnostic in the file asked about: one about a function of another file stands at the top and points there.
    const elsewhere = span && !own ? [{ span, message: diagnostic.message }] : [];
    return {
      file: sourceFile,
      start: own?.start ?? 0,
      length: own?.length ?? 0,
      category: { error: DiagnosticCategory.Error, warning: DiagnosticCategory.Warning, hint: DiagnosticCategory.Suggestion }[severity],
      code: toTsCode(code),
      source: SOURCE,
      messageText: `${code}: ${messageOf(diagnostic)}`,
      relatedInformation: [...elsewhere, ...related].flatMap((r) => {
        const other = fileOf(r.span.file);
        return other ? [{ file: other, start: r.span.start, length: r.span.length, category: DiagnosticCategory.Message, code: toTsCode(code), messageText: r.message }] : [];
      }),
    };
  }

  #quickInfo(given: ts.QuickInfo, file: string, position: number): ts.QuickInfo {
    const text = this.#hover(file, position);
    if (text === undefined) return given;
    const documentation = given.documentation ?? [];
    return { ...given, documentation: [...documentation, { kind: "text", text: documentation.length > 0 ? `\n\n${text}` : text }] };
  }

  #hover(file: string, position: number): string | undefined {
    const state = this.#state(file);
    const program = this.#info.languageService.getProgram();
    if (!state || !program || state.front.marked.length === 0) return undefined;
    const { front, sourceFile, verified } = state;
    const inside = ({ start, length }: { start: number; length: number }) => start <= position && position <= start + length;
    const marked = front.marked.find(({ nameSpan }) => inside(nameSpan));
    if (marked) {
      const facts = verified?.functions.find((f) => f.name === marked.name);
      return facts && hoverOfFunction(facts);
    }
    const variable = variableAt(this.#ts, program, sourceFile, front, position);
    if (variable) return hoverOfVariable(variable);
    const node = identifierAt(this.#ts, sourceFile, position);
    return node && this.#ts.isPropertyAccessExpression(node.parent) && node.parent.name === node ? manualOf(node.parent.getText(sourceFile)) : undefined;
  }

  #codeFixes(file: string, start: number, end: number, codes: readonly number[]): ts.CodeFixAction[] {
    const state = this.#state(file);
    if (!state) return [];
    const near = this.#ours(state).filter(({ code, span }) => span?.file === file && span.start <= end && span.start + span.length >= start && codes.includes(toTsCode(code)));
    return near.flatMap((d) =>
      fixesFor(this.#ts, state.sourceFile, d).map(({ title, edits }) => {
        const files = [...new Set(edits.map((e) => e.span.file))];
        const changes = files.map((fileName) => ({
          fileName,
          textChanges: edits.filter((e) => e.span.file === fileName).map((e) => ({ span: { start: e.span.start, length: e.span.length }, newText: e.text })),
        }));
        return { fixName: `anycall-${d.code}`, description: title, changes };
      }),
    );
  }

  /** Inferred types, where the user wants to see the types of variables. */
  #inlayHints(file: string, span: ts.TextSpan, preferences: ts.UserPreferences | undefined): ts.InlayHint[] {
    if (!preferences?.includeInlayVariableTypeHints) return [];
    const state = this.#state(file);
    if (!state) return [];
    const { front, sourceFile } = state;
    return front.integers.flatMap((v) => {
      const end = v.span.start + v.span.length;
      if (v.span.file !== file || v.span.start < span.start || end > span.start + span.length || /^\s*[?!]?:/.test(sourceFile.text.slice(end, end + 200))) return [];
      return [{ text: `: ${v.type}`, position: end, kind: this.#ts.InlayHintKind.Type, whitespaceBefore: true }];
    });
  }

  // ---- Guards ------------------------------------------------------------------------------------------------------

  /** TypeScript's list with ours behind it. */
  #added<T>(given: readonly T[], more: () => readonly T[]): T[] {
    return [...given, ...this.#guard<readonly T[]>([], more)];
  }

  #guard<T>(otherwise: T, body: () => T): T {
    try {
      return body();
    } catch (error) {
      // Cancellation is tsserver's own way to stop a request: it is not ours to swallow.
      if (error instanceof this.#ts.OperationCanceledException) throw error;
      this.#log(error instanceof Error ? (error.stack ?? error.message) : String(error));
      return otherwise;
    }
  }
}
