/**
 * Engine `user`: verified programs as WebAssembly in this process, system calls one by one through a host. Owns what it
 * refuses, the instance and its calls. Safety rests on the verifier simulator: nothing runs that it has not accepted.
 */
import { CLASS, MODE, SIZE } from "../../backend-ebpf/isa/opcodes.ts";
import type { LinkedObject, LinkedProgram } from "../../backend-ebpf/object/index.ts";
import type { Verify } from "../../verifier-sim/types.ts";
import { FRAME_SLOTS, STATUS_NAMES, type StatusName } from "../abi/frame.ts";
import { PSEUDO } from "../abi/maps.ts";
import { PROFILES } from "../abi/profiles.ts";
import { opName, OPS } from "../abi/syscalls.ts";
import { kernelBtf } from "../bpf/host-kernel.ts";
import { pidNamespace } from "../bpf/namespaces.ts";
import type { Engine, Instance, LoadOptions, MapStore, Probe } from "../engine.ts";
import { AnycallError } from "../errors.ts";
import { type Ffi, ffi, type FfiMissing, isMissing, requireFfi } from "../ffi.ts";
import { selectPrograms } from "../programs.ts";
import { Budget } from "./budget.ts";
import { type ImportSource, nameOf, resolveCall } from "./calls.ts";
import { MalformedProgram } from "./cfg.ts";
import { allocate, Layout } from "./layout.ts";
import { type UserMap, userMap } from "./maps.ts";
import { type Operations, hostOperations, nativeOperations } from "./operations.ts";
import { NotTranslatable, translate, type TranslatedProgram } from "./translate.ts";

export class UserEngine implements Engine {
  readonly name = "user";
  readonly #verify: Verify;
  readonly #system: () => Ffi | FfiMissing;

  constructor(verify: Verify, system: () => Ffi | FfiMissing = ffi) {
    this.#verify = verify;
    this.#system = system;
  }

  probe(): Probe {
    const system = this.#system();
    if (!isMissing(system)) return { ok: true, reason: "WebAssembly, with system calls through koffi", missingRows: [], exact: [] };
    return { ok: true, reason: `WebAssembly without system calls: ${system.reason}`, missingRows: OPS.map(opName), exact: [] };
  }

  load(object: LinkedObject, options: LoadOptions = {}): Instance {
    const programs = selectPrograms(object, options.programs);
    for (const program of programs) this.#refuseUnlessAccepted(program);
    return new UserInstance(object, programs, options, this.#system);
  }

  /** The newest kernel's rules: what they let run is safe, whichever kernel this is. */
  #refuseUnlessAccepted(program: LinkedProgram): void {
    const profile = PROFILES.at(-1)!;
    const types = program.kfuncs.some(({ from }) => from === "vmlinux") ? kernelBtf() : undefined;
    const verdict = this.#verify(program, { profile, log: 1, ...(types && { kernelBtf: types }) });
    const log = verdict.log.join("\n");
    if (verdict.verdict === "REJECT") throw new AnycallError("AC4010", `${nameOf(program)}: ${verdict.error} (instruction ${verdict.insn})`, { log });
    if (verdict.verdict === "UNKNOWN") throw new AnycallError("AC4011", `${nameOf(program)}: not modelled: ${verdict.reason} (instruction ${verdict.insn})`, { log });
  }
}

const LDIMM64 = CLASS.LD | MODE.IMM | SIZE.DW;
type Entry = (context: number) => number;

class UserInstance implements Instance {
  readonly engine = "user";
  readonly bss: Uint8Array;
  readonly data: Uint8Array;
  readonly #object: LinkedObject;
  readonly #maps: readonly (UserMap | undefined)[];
  readonly #layout: Layout;
  readonly #memory: Uint8Array;
  readonly #words: Uint32Array;
  readonly #entries = new Map<string, Entry>();
  readonly #budget: Budget;
  readonly #stack: WebAssembly.Global;
  readonly #rounds: WebAssembly.Global;
  #depth = 0;
  #closed = false;

  constructor(object: LinkedObject, programs: readonly LinkedProgram[], options: LoadOptions, system: () => Ffi | FfiMissing) {
    this.#layout = new Layout(object.maps);
    this.#budget = new Budget(options.rounds);
    const memory = allocate(this.#layout.pages);
    this.#memory = new Uint8Array(memory.buffer);
    this.#words = new Uint32Array(memory.buffer);
    this.#object = object;
    const maps = object.maps.map((map, i) => userMap(map, this.#layout.maps[i]!, this.#memory));
    this.#maps = maps;
    object.maps.forEach((map, i) => map.initial && this.#memory.set(map.initial, this.#layout.maps[i]!.values));
    const section = (name: string) => {
      const index = object.maps.findIndex((map) => map.section === name);
      return index < 0 ? new Uint8Array(0) : this.#memory.subarray(this.#layout.maps[index]!.values, this.#layout.maps[index]!.values + object.maps[index]!.valueSize);
    };
    this.bss = section(".bss");
    this.data = section(".data");

    const sources = new Map<string, ImportSource>();
    const translated = translateAll(programs.map((program) => this.#translatable(program, maps, sources)), this.#layout);
    // Rows are looked at only when a program calls them: programs without system calls run without koffi.
    let operations: Operations | undefined;
    const ops: Operations = {
      of: (row) => {
        operations ??= options.host ? hostOperations(options.host, this.#memory) : nativeOperations(requireFfi(system()), this.#memory);
        return operations.of(row);
      },
    };
    const context = {
      operations: ops,
      memory: new DataView(memory.buffer),
      scratch: this.#layout.scratch,
      mapOf: (handle: number) => maps[this.#layout.maps.findIndex((place) => place.handle === handle)]!,
      pidNamespace,
    };
    const imports: Record<string, unknown> = { memory, refill: () => this.#refill() };
    for (const { key } of translated.imports) {
      const source = sources.get(key)!;
      imports[key] = source.kind === "operation" ? ops.of(source.row) : source.row.make(context, source.site);
    }
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(translated.bytes), { env: imports });
    this.#stack = exports["stack"] as WebAssembly.Global;
    this.#rounds = exports["budget"] as WebAssembly.Global;
    for (const { name } of programs) this.#entries.set(name, exports[`program ${name}`] as Entry);
  }

  call(name: string, frameOffset: number): StatusName {
    const entry = this.#entries.get(name);
    if (this.#closed || !entry) throw new AnycallError("AC4019", this.#closed ? "the instance is closed" : `no program ${name} is loaded`);
    if (this.#depth >= FRAME_SLOTS) throw new AnycallError("AC4006", `${FRAME_SLOTS} calls are under way in this instance`);
    const saved = { stack: this.#stack.value, rounds: this.#rounds.value, budget: this.#budget.save() };
    const context = this.#layout.context(this.#depth++);
    this.#words[context / 4] = frameOffset;
    this.#words[context / 4 + 1] = Math.floor(frameOffset / 2 ** 32);
    this.#rounds.value = this.#budget.start();
    try {
      const returned = entry(context);
      const status = STATUS_NAMES[returned];
      if (status === undefined) throw new AnycallError("AC4005", `${name} returned ${returned}, which is no status`);
      return status;
    } finally {
      // A host that throws leaves the program in the middle.
      this.#depth--;
      this.#stack.value = saved.stack;
      this.#rounds.value = saved.rounds;
      this.#budget.restore(saved.budget);
    }
  }

  map(symbol: string): MapStore | undefined {
    const index = this.#object.maps.findIndex(({ name, section }) => name === symbol && section === undefined);
    const found = this.#maps[index];
    return found?.keys ? (found as UserMap & MapStore) : undefined;
  }

  close(): void {
    this.#closed = true;
    this.#entries.clear();
  }

  /** One round has been taken that the counter didn't have. */
  #refill(): number {
    const rounds = this.#budget.more();
    this.#rounds.value = Math.max(rounds - 1, 0);
    return rounds === 0 ? 1 : 0;
  }

  #translatable(program: LinkedProgram, maps: readonly (UserMap | undefined)[], sources: Map<string, ImportSource>): TranslatedProgram {
    const mapIndex = (slot: number): number => {
      const { imm } = program.insns[slot]!;
      if (!maps[imm]) throw new AnycallError("AC4015", `${nameOf(program)}: a map of the type of ${program.maps[imm]?.name} exists only in the kernel`);
      return imm;
    };
    return {
      name: `program ${program.name}`,
      insns: program.insns,
      // A loop of our compiler tells a budget that ran out from an end; others would take it for the end.
      budgetedIterators: program.meta !== undefined,
      target: (slot) => {
        const { target, source } = resolveCall(program, slot);
        if (target.kind === "import") sources.set(target.key, source!);
        return target;
      },
      mapAddress: (slot) => {
        const { opcode, src } = program.insns[slot]!;
        const place = this.#layout.maps[mapIndex(slot)]!;
        return opcode === LDIMM64 && src === PSEUDO.MAP_VALUE ? place.values + (program.insns[slot + 1]!.imm >>> 0) : place.handle;
      },
    };
  }
}

function translateAll(programs: readonly TranslatedProgram[], layout: Layout) {
  try {
    return translate(programs, { pages: layout.pages, stackTop: layout.stackTop });
  } catch (error) {
    if (error instanceof NotTranslatable) throw new AnycallError("AC4015", `instruction ${error.slot}: ${error.message}`, { cause: error });
    if (error instanceof MalformedProgram) throw new AnycallError("AC4010", error.message, { cause: error });
    throw error;
  }
}

