/** The running kernel's verdict on a bare program. Loads programs to have them verified and closes them again; runs and attaches nothing. */
import { encode } from "../../../backend-ebpf/isa/insn.ts";
import { MAP_TYPE } from "../../../kernel/abi/maps.ts";
import { Bpf } from "../../../kernel/bpf/bpf.ts";
import { kernelBtf, kernelVersion } from "../../../kernel/bpf/host-kernel.ts";
import { ffi, requireFfi } from "../../../kernel/ffi.ts";
import { type KernelLoad, kernelLoader } from "../../support/bpf-load.ts";
import type { BareProgram, RawMap } from "./program.ts";

export interface KernelVerdict {
  readonly accepts: boolean;
  /** The verifier's last word, when it refused; undefined when its log was too long. */
  readonly error?: string;
  /** -1 when it did not say. */
  readonly processed: number;
}

/** Lines of the log that are not the reason of a refusal. */
const STATISTICS = /^(processed \d|verification time|stack depth|max_states|(cur|old) state:)/;
const LOG = { STEPS: 1, EVERYTHING: 2, STATISTICS: 4 } as const;
const ENOSPC = 28;

export class RunningKernel {
  readonly #bpf = new Bpf(requireFfi(ffi()));
  readonly #load: KernelLoad;
  readonly #maps = new Map<string, number>();
  readonly #functions = new Map<string, number>();

  private constructor(load: KernelLoad) {
    this.#load = load;
  }

  /** The kernel, or why it can't be asked. */
  static open(): RunningKernel | string {
    const loader = kernelLoader();
    if ("reason" in loader) return loader.reason;
    const version = kernelVersion();
    // The rules that are modelled are those of 6.18; older kernels differ on purpose.
    if (version[0] < 6 || (version[0] === 6 && version[1] < 18)) return `the simulator follows the rules of 6.18, this is ${version.join(".")}`;
    return new RunningKernel(loader.load);
  }

  /** The kernel's log of every step (level 2); undefined when it was too long. */
  log(program: BareProgram): string[] | undefined {
    const { errno, log } = this.#load(this.#linked(program), LOG.EVERYTHING);
    return errno === ENOSPC ? undefined : log.split("\n");
  }

  /** The instructions with this machine's descriptors and numbers of maps and kernel functions. */
  #linked(program: BareProgram): Buffer {
    const code = Buffer.from(encode(program.insns));
    program.insns.forEach((insn, i) => {
      if (insn.opcode === 0x18 && (insn.src === 1 || insn.src === 2)) code.writeInt32LE(this.#map(program.maps[insn.imm]!), 8 * i + 4);
    });
    for (const [at, name] of program.kfuncs) if (program.insns[at]?.opcode === 0x85 && program.insns[at].src === 2) code.writeInt32LE(this.#function(name), 8 * at + 4);
    return code;
  }

  judge(program: BareProgram): KernelVerdict {
    const code = this.#linked(program);
    const short = this.#load(code, LOG.STATISTICS);
    const processed = Number(/processed (\d+) insns/.exec(short.log)?.[1] ?? -1);
    if (short.ok) return { accepts: true, processed };
    const long = this.#load(code, LOG.STEPS);
    const last = long.log.trim().split("\n").filter((line) => !STATISTICS.test(line)).at(-1);
    // The infinite loop is told on the line of the jump that closes it.
    const error = last?.replace(/^\d+: \([0-9a-f]{2}\) .*?(infinite loop detected|BPF program is too large)/, "$1");
    return { accepts: false, processed, ...(long.errno !== ENOSPC && error !== undefined && { error }) };
  }

  #map(map: RawMap): number {
    const key = JSON.stringify(map);
    let fd = this.#maps.get(key);
    if (fd === undefined) {
      fd = this.#bpf.createMap({ name: map.name.slice(0, 15), type: MAP_TYPE[map.type], keySize: map.key, valueSize: map.value, maxEntries: map.max, flags: map.flags });
      if (fd < 0) throw new Error(`map ${map.type}: errno ${-fd}`);
      this.#maps.set(key, fd);
    }
    return fd;
  }

  #function(name: string): number {
    let id = this.#functions.get(name);
    if (id === undefined) {
      id = kernelBtf()?.named(name, "func")[0];
      if (id === undefined) throw new Error(`the kernel has no function ${name}`);
      this.#functions.set(name, id);
    }
    return id;
  }
}
