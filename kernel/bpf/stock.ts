/**
 * Engine `stock`: programs in the running kernel through bpf(2), with no module. Owns what it refuses and the call; it never
 * answers for a kernel that would answer inexactly, and measures nothing.
 */
import { formOf, isWide } from "../../backend-ebpf/isa/opcodes.ts";
import type { LinkedObject, LinkedProgram } from "../../backend-ebpf/object/index.ts";
import type { Verify } from "../../verifier-sim/types.ts";
import { CONTEXT_SIZE, STATUS_NAMES, type StatusName } from "../abi/frame.ts";
import { HELPER_PROTOS, helperName } from "../abi/helpers.ts";
import { isGplCompatible } from "../abi/licenses.ts";
import { opName, OPS, type OpRow } from "../abi/syscalls.ts";
import type { Engine, Instance, LoadOptions, MapStore, Probe } from "../engine.ts";
import { AnycallError, errnoText } from "../errors.ts";
import { selectPrograms } from "../programs.ts";
import type { Bpf, TestRun } from "./bpf.ts";
import { HostKernel, kernelBtf } from "./host-kernel.ts";
import { type KernelObject, loadObject, VerifierRefusal } from "./load.ts";
import { bpfMapStore } from "./map-store.ts";
import { mapSections, type Sections } from "./sections.ts";

export class StockEngine implements Engine {
  readonly name = "stock";
  readonly #kernel: HostKernel;
  readonly #verify: Verify | undefined;

  /** With `verify` a program that the kernel refuses is shown to the simulator, to tell our bugs from others. */
  constructor(kernel: HostKernel = HostKernel.here(), verify?: Verify) {
    this.#kernel = kernel;
    this.#verify = verify;
  }

  probe(): Probe {
    const { access } = this.#kernel;
    const missingRows = OPS.filter((row: OpRow) => row.stock === undefined).map(opName);
    if (!access.ok) return { ok: false, reason: access.reason, missingRows, exact: [] };
    return { ok: true, reason: "bpf(2) is allowed and programs of type SYSCALL load", missingRows, exact: this.#kernel.facts.exact };
  }

  load(object: LinkedObject, options: LoadOptions = {}): Instance {
    const { access } = this.#kernel;
    if (!access.ok) throw new AnycallError("AC4002", access.reason);
    const programs = selectPrograms(object, options.programs);
    for (const program of programs) {
      refuseUnlessExact(program, this.#kernel.facts.exact);
      refuseUnlessLicensed(program);
    }
    let loaded: KernelObject;
    try {
      loaded = loadObject(access.bpf, object, programs.map(({ name }) => name));
    } catch (error) {
      throw error instanceof VerifierRefusal ? this.#explain(error) : error;
    }
    return new StockInstance(access.bpf, object, loaded, this.#kernel);
  }

  /** A refusal of what the simulator accepts is our bug and gets a code of its own. */
  #explain(refusal: VerifierRefusal): AnycallError {
    const types = kernelBtf();
    const verdict = this.#verify?.(refusal.program, { profile: this.#kernel.profile.profile, ...(types && { kernelBtf: types }) });
    if (verdict?.verdict !== "ACCEPT") return refusal;
    const facts = { errno: refusal.errno!, syscall: refusal.syscall!, log: refusal.log!, cause: refusal };
    return new AnycallError("AC4022", `${refusal.message}; the verifier simulator accepts it: please report this with the object`, facts);
  }
}

/** Helpers answer where the loader has established what they rest on. */
function refuseUnlessExact(program: LinkedProgram, exact: readonly string[]): void {
  const name = program.meta?.name ?? program.name;
  const ours = program.kfuncs.filter(({ from }) => from !== "vmlinux").map((kfunc) => kfunc.name);
  const missing = [...new Set([...(program.meta?.moduleOnly ?? []), ...(program.meta?.moduleOnly.length ? [] : ours)])];
  if (missing.length > 0) throw new AnycallError("AC4003", `${name} needs ${missing.join(", ")}, which no stock kernel has`);
  const unknown = (program.meta?.exact ?? []).filter((fact) => !exact.includes(fact));
  if (unknown.length > 0) throw new AnycallError("AC4004", `${name}: helpers of this kernel would not answer exactly here (not established: ${unknown.join(", ")})`);
}

/** The kernel would refuse these too, in words that don't say what to do. */
export function refuseUnlessLicensed(program: LinkedProgram): void {
  if (isGplCompatible(program.license)) return;
  const guarded = callsOf(program).find((call) => call.kfunc !== undefined || HELPER_PROTOS[call.helper!]?.gpl);
  if (!guarded) return;
  const what = guarded.kfunc ?? helperName(guarded.helper!);
  throw new AnycallError("AC4023", `${program.meta?.name ?? program.name} calls ${what}, which wants a license compatible with the GPL; the object's is "${program.license}"`);
}

/** Helpers by number and kernel functions by name that the program calls. */
function callsOf(program: LinkedProgram): { readonly helper?: number; readonly kfunc?: string }[] {
  return program.insns.flatMap((insn, slot) => {
    const action = slot > 0 && isWide(program.insns[slot - 1]!) ? undefined : formOf(insn)?.action;
    if (action?.kind !== "call" || action.callee === "subprogram") return [];
    return [action.callee === "helper" ? { helper: insn.imm } : { kfunc: program.kfuncs[insn.imm]!.name }];
  });
}

class StockInstance implements Instance {
  readonly engine = "stock";
  readonly bss: Uint8Array;
  readonly data: Uint8Array;
  readonly #bpf: Bpf;
  readonly #object: LinkedObject;
  readonly #loaded: KernelObject;
  readonly #memory: Sections;
  readonly #runs = new Map<string, TestRun>();
  readonly #frame: BigUint64Array;
  #closed = false;

  constructor(bpf: Bpf, object: LinkedObject, loaded: KernelObject, kernel: HostKernel) {
    this.#bpf = bpf;
    this.#object = object;
    this.#loaded = loaded;
    this.#memory = mapSections(bpf.system, object, loaded, kernel.facts.pidNamespace);
    this.bss = this.#memory.bss;
    this.data = this.#memory.data;
    const context = new Uint8Array(new ArrayBuffer(CONTEXT_SIZE));
    this.#frame = new BigUint64Array(context.buffer);
    for (const [name, fd] of loaded.programs) this.#runs.set(name, bpf.testRun(fd, context));
  }

  call(name: string, frameOffset: number): StatusName {
    const run = this.#runs.get(name);
    if (this.#closed || !run) throw new AnycallError("AC4019", this.#closed ? "the instance is closed" : `no program ${name} is loaded`);
    this.#frame[0] = BigInt(frameOffset);
    const error = run.run();
    if (error < 0) throw new AnycallError("AC4013", `running ${name}: ${errnoText(-error)}`, { errno: -error, syscall: "bpf(BPF_PROG_TEST_RUN)" });
    const status = STATUS_NAMES[run.retval];
    if (status === undefined) throw new AnycallError("AC4005", `${name} returned ${run.retval}, which is no status`);
    return status;
  }

  map(symbol: string): MapStore | undefined {
    const index = this.#object.maps.findIndex(({ name, section }) => name === symbol && section === undefined);
    return index < 0 ? undefined : bpfMapStore(this.#bpf, this.#loaded.maps[index]!, this.#object.maps[index]!);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#memory.close();
    this.#loaded.close();
  }
}
