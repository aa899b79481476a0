/**
 * The projects that open documents belong to: programs in which unsaved text stands for files. Owns which files are read anew;
 * says nothing about what is in them.
 */
import { existsSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type tsTypes from "typescript";
import type { CheckOptions } from "../check/types.ts";
import { compilerHost, type OpenedProject, openProject, ts } from "../project.ts";

export interface OpenDocument {
  readonly fileName: string;
  text: string;
  version: number;
}

interface CachedFile {
  /** Version of the open document, or the file's modification time. */
  readonly stamp: string;
  readonly sourceFile: tsTypes.SourceFile;
}

class Project {
  readonly #opened: OpenedProject;
  readonly #files = new Map<string, CachedFile>();
  readonly #documents: ReadonlyMap<string, OpenDocument>;
  readonly #host: tsTypes.CompilerHost;
  readonly checkOptions: CheckOptions;
  /** Modification time of tsconfig.json when it was read. */
  readonly stamp: number;
  #program: tsTypes.Program;
  #changed = true;

  constructor(opened: OpenedProject, documents: ReadonlyMap<string, OpenDocument>, stamp: number) {
    this.#opened = opened;
    this.#documents = documents;
    this.#program = opened.program;
    this.stamp = stamp;
    const { license, bounds } = opened.settings;
    this.checkOptions = { base: opened.base, ...(license && { license }), ...(bounds && { bounds }) };
    for (const sourceFile of opened.program.getSourceFiles()) this.#files.set(sourceFile.fileName, { stamp: stampOf(sourceFile.fileName), sourceFile });
    const host = compilerHost(opened.options);
    this.#host = {
      ...host,
      fileExists: (name) => documents.has(name) || host.fileExists(name),
      readFile: (name) => documents.get(name)?.text ?? host.readFile(name),
      getSourceFile: (name, target) => this.#read(name, target),
    };
  }

  changed(): void {
    this.#changed = true;
  }

  /** The program with the texts of now; the same one as long as nothing changed. */
  program(): tsTypes.Program {
    const names = new Set(this.#opened.rootNames);
    const roots = [...this.#opened.rootNames, ...[...this.#documents.keys()].filter((name) => !names.has(name) && (this.#program.getSourceFile(name) !== undefined || this.owns(name)))];
    if (!this.#changed) return this.#program;
    this.#program = ts.createProgram({ rootNames: roots, options: this.#opened.options, host: this.#host, oldProgram: this.#program });
    this.#changed = false;
    return this.#program;
  }

  /** A document that no tsconfig.json names is looked at with the options of the nearest one. */
  readonly #adopted = new Set<string>();
  adopt(fileName: string): void {
    if (!this.#adopted.has(fileName)) this.#changed = true;
    this.#adopted.add(fileName);
  }
  owns(fileName: string): boolean {
    return this.#adopted.has(fileName);
  }

  #read(name: string, target: tsTypes.ScriptTarget | tsTypes.CreateSourceFileOptions): tsTypes.SourceFile | undefined {
    const document = this.#documents.get(name);
    const stamp = document ? `open ${document.version}` : stampOf(name);
    const known = this.#files.get(name);
    if (known?.stamp === stamp && stamp !== "") return known.sourceFile;
    const text = document?.text ?? ts.sys.readFile(name);
    if (text === undefined) return undefined;
    const sourceFile = known && known.sourceFile.text === text ? known.sourceFile : ts.createSourceFile(name, text, target, true);
    this.#files.set(name, { stamp, sourceFile });
    return sourceFile;
  }
}

export class Workspace {
  readonly documents = new Map<string, OpenDocument>();
  readonly #projects = new Map<string, Project>();

  /** Opens a document or gives it another text. */
  update(fileName: string, text: string, version: number): void {
    this.documents.set(fileName, { fileName, text, version });
    this.invalidate();
  }

  close(fileName: string): void {
    this.documents.delete(fileName);
    this.invalidate();
  }

  /** Something may have changed on disk. */
  invalidate(): void {
    for (const project of this.#projects.values()) project.changed();
  }

  /** Where `fileName` stands now. Throws ProjectError for a project that can't be opened. */
  open(fileName: string): { program: tsTypes.Program; sourceFile: tsTypes.SourceFile; options: CheckOptions } | undefined {
    const project = this.#projectOf(fileName);
    if (!project) return undefined;
    project.adopt(fileName);
    const program = project.program();
    const sourceFile = program.getSourceFile(fileName);
    return sourceFile && { program, sourceFile, options: project.checkOptions };
  }

  /** None for a document that was never saved and has no tsconfig.json above it. */
  #projectOf(fileName: string): Project | undefined {
    const config = nearestConfig(dirname(fileName));
    const key = config ?? dirname(fileName);
    const stamp = config ? statSync(config).mtimeMs : 0;
    const known = this.#projects.get(key);
    if (known && known.stamp === stamp) return known;
    if (!config && !existsSync(fileName)) return undefined;
    const opened = openProject(config ? { project: config } : { files: [fileName] });
    const project = new Project(opened, this.documents, stamp);
    this.#projects.set(key, project);
    return project;
  }
}

function nearestConfig(directory: string): string | undefined {
  for (let at = resolve(directory); ; at = dirname(at)) {
    const path = join(at, "tsconfig.json");
    if (existsSync(path)) return path;
    if (dirname(at) === at) return undefined;
  }
}

function stampOf(name: string): string {
  try {
    return `disk ${statSync(name).mtimeMs}`;
  } catch {
    return "";
  }
}
