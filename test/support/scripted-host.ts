/**
 * The scripted host: system calls on an in-memory world, the same for every engine. Owns the script (initial files,
 * injected errors, short transfers), the trace of what was done, and the check for leaks; the operations themselves are
 * scripted-process.ts. Deterministic: equal options and equal calls give equal results, bytes and traces.
 */
import { O } from "../../kernel/abi/constants.ts";
import { E } from "../../kernel/abi/errno.ts";
import type { Host, HostArg } from "../../kernel/abi/host.ts";
import { findOp, type OpName, opName, type OpRow } from "../../kernel/abi/syscalls.ts";
import { type DirectoryNode, encodeName, FileTree, type Node } from "./file-tree.ts";
import { Errno, type ErrnoName, errnoNumber } from "./linux.ts";
import { asInt, HostContractError, OperationArgs } from "./operation-args.ts";
import { Random } from "./random.ts";
import { type OpenFile, OPERATIONS, type ProcessIds, readTimespec, ScriptedProcess, writeTimespec } from "./scripted-process.ts";
import { formatTrace, type TraceEntry, traceArgs, traceOutputs } from "./trace.ts";

export { HostContractError } from "./operation-args.ts";
export { formatTrace, type TraceArg, type TraceEntry } from "./trace.ts";

/** A file's contents (text is UTF-8), or its contents and metadata, a directory, or a symbolic link. */
export type FileScript =
  | string
  | Uint8Array
  | { readonly bytes: string | Uint8Array; readonly mode?: number; readonly uid?: number; readonly gid?: number }
  | { readonly directory: true; readonly mode?: number; readonly uid?: number; readonly gid?: number }
  | { readonly link: string };

/** Makes the `nth` (1-based) call of `op` fail with `errno` (number or name). */
export interface InjectedError {
  readonly op: OpName;
  readonly nth: number;
  readonly errno: number | ErrnoName;
}

export interface ScriptedHostOptions {
  /** Absolute path → what is there; parent directories are made, with mode 0o755. */
  readonly files?: Readonly<Record<string, FileScript>>;
  readonly ids?: Partial<ProcessIds>;
  /** Bytes that descriptor 0 gives. */
  readonly stdin?: string | Uint8Array;
  readonly seed?: number;
  readonly errors?: readonly InjectedError[];
  /** Most bytes a read moves (all reads), or those of the first, second, … read; at least 1. */
  readonly shortReads?: number | readonly number[];
  readonly shortWrites?: number | readonly number[];
  /** RLIMIT_NOFILE; 1024 by default. */
  readonly maxDescriptors?: number;
}

/** What is still open. */
export interface Leaks {
  readonly descriptors: readonly number[];
  readonly handles: readonly bigint[];
}

const DEFAULT_IDS: ProcessIds = { pid: 4242, tid: 4243, ppid: 4001, uid: 0, gid: 0 };
const READS: readonly string[] = ["sys.read", "sys.pread64", "file.read"] satisfies OpName[];
const WRITES: readonly string[] = ["sys.write", "file.write"] satisfies OpName[];
const STANDARD_DESCRIPTORS = 3;

export class ScriptedHost implements Host {
  /** Every call in order. */
  readonly trace: TraceEntry[] = [];
  readonly #process: ScriptedProcess;
  readonly #errors = new Map<string, number>();
  readonly #counts = new Map<string, number>();
  readonly #shortReads: () => number;
  readonly #shortWrites: () => number;

  constructor(options: ScriptedHostOptions = {}) {
    const ids = { ...DEFAULT_IDS, ...options.ids };
    this.#process = new ScriptedProcess({
      ids,
      tree: (now) => new FileTree(ids, now),
      random: new Random(options.seed ?? 1),
      maxDescriptors: options.maxDescriptors ?? 1024,
    });
    this.#openStandardDescriptors(toBytes(options.stdin ?? ""));
    for (const [path, script] of Object.entries(options.files ?? {})) this.#create(path, script);
    for (const { op, nth, errno } of options.errors ?? []) this.#inject(op, nth, errno);
    this.#shortReads = transferLimits(options.shortReads);
    this.#shortWrites = transferLimits(options.shortWrites);
  }

  /** Throws HostContractError where the engine breaks the contract: wrong arguments, a handle that isn't open. */
  call(row: OpRow, hostArgs: readonly HostArg[]): bigint {
    const name = opName(row);
    const operation = OPERATIONS[name as OpName];
    if (!operation && row.scripted !== false) throw new HostContractError(`no operation ${name}`);
    const args = new OperationArgs(row, hostArgs);
    const nth = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, nth);
    const before = traceArgs(args);
    const injected = this.#errors.get(`${name}#${nth}`);
    let result: bigint;
    let interrupted = false;
    try {
      if (injected !== undefined) {
        interrupted = this.#failed(name, args, injected);
        result = BigInt(-injected);
      } else {
        const bytes = READS.includes(name) ? this.#shortReads() : WRITES.includes(name) ? this.#shortWrites() : Number.POSITIVE_INFINITY;
        if (!operation) throw new Errno("ENOSYS");
        result = BigInt(operation(this.#process, args, { bytes }) ?? 0);
      }
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      result = BigInt(-error.errno);
    }
    if (row.result.type === "handle") {
      if (result < 0n) {
        args.struct("err")!.setInt32(0, Number(result), true);
        result = 0n;
      }
    } else result = asInt(result, row.result.type);
    this.trace.push({ op: name, args: before, outputs: traceOutputs(args, result, interrupted), result });
    return result;
  }

  /** How often `op` was called. */
  count(op: OpName): number {
    return this.#counts.get(op) ?? 0;
  }

  /** The trace as lines like strace's. */
  lines(): string[] {
    return formatTrace(this.trace);
  }

  /** Contents of the file at `path` (links followed), or undefined if there is none. */
  fileBytes(path: string): Uint8Array | undefined {
    const node = this.#find(path);
    return node?.type === "regular" ? node.bytes.slice() : undefined;
  }

  /** Names in the directory at `path`, in order of creation, or undefined if it is none. */
  names(path: string): string[] | undefined {
    const node = this.#find(path);
    return node?.type === "directory" ? [...node.entries.keys()].map(decodeName) : undefined;
  }

  /** What was written to descriptor 1 or 2. */
  written(fd: 1 | 2): Uint8Array {
    return this.#streams[fd]!.output.slice();
  }

  /** Descriptors (beyond the standard ones) and handles that are still open. */
  leaks(): Leaks {
    return { descriptors: [...this.#process.descriptors.keys()].filter((fd) => fd >= STANDARD_DESCRIPTORS).sort((a, b) => a - b), handles: [...this.#process.handles.keys()] };
  }

  readonly #streams: ReturnType<FileTree["newStream"]>[] = [];

  #openStandardDescriptors(stdin: Uint8Array): void {
    for (let fd = 0; fd < STANDARD_DESCRIPTORS; fd++) {
      const node = this.#process.tree.newStream(0o620, fd === 0 ? stdin : new Uint8Array(0));
      this.#streams.push(node);
      const file: OpenFile = { node, flags: fd === 0 ? O.RDONLY : O.WRONLY, position: 0 };
      this.#process.install(file);
    }
  }

  #inject(op: OpName, nth: number, errno: number | ErrnoName): void {
    if (findOp(op)!.result.kind === "value") throw new Error(`${op} never fails: no error can be injected`);
    this.#errors.set(`${op}#${nth}`, typeof errno === "number" ? errno : errnoNumber(errno));
  }

  /** What an injected failure changes all the same. Returns whether `remaining` was written. */
  #failed(name: string, args: OperationArgs, errno: number): boolean {
    // close(2): the descriptor is gone, whatever the error; only EBADF says that there was none.
    if (name === "sys.close" && errno !== E.BADF) this.#process.descriptors.delete(args.int("fd"));
    if (name !== "sys.nanosleep" || errno !== E.INTR) return false;
    const requested = readTimespec(args.struct("request")!);
    const slept = requested / 2n;
    this.#process.sleep(slept);
    const remaining = args.struct("remaining");
    if (remaining) writeTimespec(remaining, requested - slept);
    return remaining !== null;
  }

  #find(path: string): Node | undefined {
    try {
      return this.#process.tree.lookup(new TextEncoder().encode(path), this.#process.tree.root, true);
    } catch (error) {
      if (error instanceof Errno) return undefined;
      throw error;
    }
  }

  #create(path: string, script: FileScript): void {
    if (!path.startsWith("/")) throw new Error(`scripted path ${path} is not absolute`);
    const names = path.split("/").filter((name) => name !== "");
    const last = names.pop();
    if (last === undefined) throw new Error("the root directory is always there");
    const { tree } = this.#process;
    let directory: DirectoryNode = tree.root;
    for (const name of names.map(encodeName)) {
      if (!directory.entries.has(name)) tree.link(directory, name, tree.newDirectory(0o755, directory));
      const next = directory.entries.get(name)!.node;
      if (next.type !== "directory") throw new Error(`${path}: ${name} is not a directory`);
      directory = next;
    }
    const name = encodeName(last);
    if (directory.entries.has(name)) throw new Error(`${path} is there twice`);
    tree.link(directory, name, this.#node(script, directory));
  }

  #node(script: FileScript, directory: DirectoryNode): Node {
    const { tree } = this.#process;
    if (typeof script === "string" || script instanceof Uint8Array) return tree.newFile(0o644, toBytes(script));
    if ("link" in script) return tree.newSymlink(encodeName(script.link));
    const node = "directory" in script ? tree.newDirectory(script.mode ?? 0o755, directory) : tree.newFile(script.mode ?? 0o644, toBytes(script.bytes));
    node.uid = script.uid ?? node.uid;
    node.gid = script.gid ?? node.gid;
    return node;
  }
}

function toBytes(contents: string | Uint8Array): Uint8Array {
  return typeof contents === "string" ? new TextEncoder().encode(contents) : contents.slice();
}

function decodeName(name: string): string {
  return new TextDecoder().decode(Uint8Array.from(name, (char) => char.charCodeAt(0)));
}

/** The limit of each next transfer, in bytes. */
function transferLimits(script: number | readonly number[] | undefined): () => number {
  const checked = (bytes: number) => {
    if (!Number.isInteger(bytes) || bytes < 1) throw new Error(`a short transfer moves at least 1 byte, not ${bytes}`);
    return bytes;
  };
  if (script === undefined) return () => Number.POSITIVE_INFINITY;
  if (typeof script === "number") {
    const bytes = checked(script);
    return () => bytes;
  }
  const list = script.map(checked);
  let next = 0;
  return () => list[next++] ?? Number.POSITIVE_INFINITY;
}
