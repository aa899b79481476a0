/**
 * Outlining: a loop becomes a function of its own that bpf_loop calls once a round. Kernels before 6.4 have no other form for
 * loops without a constant bound. Works on machine IR before registers are allocated.
 *
 * What goes in and out lies in one object on the caller's stack, which the function gets as its context, 8 bytes each:
 * how the loop was left (0: rounds ran out), what the loop only reads, and what it writes. The function leaves the loop by
 * storing the number of the way out and returning 1; the caller then goes that way. A stack and not the frame, because the
 * verifier remembers there what it knows: of pointers everything, of numbers their range, of the way out which it was. Initial
 * values of what changes from round to round were hidden before (loops.ts), so one round stands for all.
 *
 * A handle acquired in a round must be released in it: what lies behind the loop up to the release belongs to the function.
 */
import { helperId } from "../../kernel/abi/helpers.ts";
import type { BlockId } from "../../ir/types.ts";
import type { Span } from "../../kernel/abi/diagnostics.ts";
import { computeLiveness, type Liveness } from "./liveness.ts";
import {
  type Base, eachDef, eachTerminatorUse, eachUse, isVirtual, type MBlock, type MFunc, type MInstr, type MTerminator, machineSuccessors, mapMachineTargets, type Reg,
} from "./mir.ts";

/** BPF_MAX_LOOPS: bpf_loop refuses more rounds. */
const MAX_ROUNDS = 8 * 1024 * 1024;
const SLOT = 8;

export interface OutlinedLoop {
  readonly symbol: string;
  readonly func: MFunc;
}

/** A loop that can't be a function; `span` is its header's. */
export interface NotOutlined {
  readonly span: Span | undefined;
}

/** Makes functions of all loops of `func` that end in `round`, inner ones first, in place. `name` gives each a symbol. */
export function outlineLoops(func: MFunc, name: () => string): { readonly loops: readonly OutlinedLoop[]; readonly failed: readonly NotOutlined[] } {
  const loops: OutlinedLoop[] = [];
  const failed: NotOutlined[] = [];
  const attached = new Map<BlockId, readonly BlockId[]>();
  for (;;) {
    const found = func.blocks.filter(({ terminator }) => terminator.op === "round").map((header) => ({ header, blocks: naturalLoop(func, header.id) }));
    if (found.length === 0) break;
    const { header, blocks } = found.reduce((a, b) => (b.blocks.size < a.blocks.size ? b : a));
    const made = blocks.size > 0 ? new Outliner(func, header, blocks, attached).outline(name) : undefined;
    const { terminator } = header;
    if (made) loops.push(made);
    else if (terminator.op === "round") {
      // No edge goes back any more, or the loop stays and the program is refused.
      if (blocks.size > 0) failed.push({ span: terminator.span });
      header.terminator = { op: "jump", to: terminator.body, span: terminator.span };
    }
  }
  for (const { func: made } of loops) dropObjects(made);
  dropObjects(func);
  return { loops, failed };
}

// ---- Regions --------------------------------------------------------------------------------------------------------

function predecessorsOf(func: MFunc): Map<BlockId, BlockId[]> {
  const map = new Map<BlockId, BlockId[]>(func.blocks.map(({ id }) => [id, []]));
  for (const { id, terminator } of func.blocks) for (const to of new Set(machineSuccessors(terminator))) map.get(to)!.push(id);
  return map;
}

/** Blocks of the loop, the header with them; empty if no edge goes back. Control flow is reducible. */
function naturalLoop(func: MFunc, header: BlockId): Set<BlockId> {
  const blocks = new Map(func.blocks.map((block) => [block.id, block]));
  // What the entry reaches without the header is not dominated by it.
  const outside = new Set<BlockId>();
  const work = [func.blocks[0]!.id];
  for (let id = work.pop(); id !== undefined; id = work.pop()) {
    if (id === header || outside.has(id)) continue;
    outside.add(id);
    work.push(...machineSuccessors(blocks.get(id)!.terminator));
  }
  const before = predecessorsOf(func);
  const loop = new Set<BlockId>();
  const back = before.get(header)!.filter((id) => !outside.has(id));
  if (back.length === 0) return loop;
  loop.add(header);
  for (let id = back.pop(); id !== undefined; id = back.pop()) {
    if (loop.has(id)) continue;
    loop.add(id);
    back.push(...before.get(id)!);
  }
  return loop;
}

/** Stack objects that no instruction of the function names take no room. */
function dropObjects(func: MFunc): void {
  const used = new Set<number>();
  const base = (b: Base) => {
    if (typeof b !== "number") used.add(b.object);
  };
  for (const { instrs } of func.blocks) {
    for (const instr of instrs) {
      if (instr.op === "load" || instr.op === "store") base(instr.base);
      if (instr.op === "stackaddr" || instr.op === "processid") used.add(instr.object);
    }
  }
  func.objects.forEach((_, i) => {
    if (!used.has(i)) func.objects[i] = 0;
  });
}

// ---- One loop -------------------------------------------------------------------------------------------------------

class Outliner {
  readonly #func: MFunc;
  readonly #header: MBlock;
  readonly #region: Set<BlockId>;
  readonly #span: Span | undefined;
  /** Of calls that inner loops have become: the blocks behind, which read what the call left on the stack. */
  readonly #attached: Map<BlockId, readonly BlockId[]>;
  #nextBlock: BlockId;

  constructor(func: MFunc, header: MBlock, region: Set<BlockId>, attached: Map<BlockId, readonly BlockId[]>) {
    this.#attached = attached;
    this.#func = func;
    this.#header = header;
    this.#region = region;
    this.#span = header.terminator.span;
    this.#nextBlock = Math.max(...func.blocks.map(({ id }) => id)) + 1;
  }

  /** Undefined, with nothing changed, where a handle lives from round to round or leaves a round on several ways. */
  outline(name: () => string): OutlinedLoop | undefined {
    const { terminator } = this.#header;
    if (terminator.op !== "round") return undefined;
    let live = computeLiveness(this.#func);
    const carriesHandle = () => [...this.#defined()].some((reg) => this.#func.nullable.has(reg) && live.liveIn.get(this.#header.id)!.has(reg));
    this.#extend(live);
    if (carriesHandle() || !this.#singleEntry()) return undefined;
    this.#liftExits();
    live = computeLiveness(this.#func);
    return this.#split(live, terminator.body, terminator.exhausted, name());
  }

  #inside(): MBlock[] {
    return this.#func.blocks.filter(({ id }) => this.#region.has(id));
  }

  /** Virtual registers that the region changes. */
  #defined(): Set<Reg> {
    const defined = new Set<Reg>();
    for (const { instrs } of this.#inside()) {
      for (const instr of instrs) {
        if (instr.op === "load" && instr.again) continue;
        eachDef(instr, (reg) => {
          if (isVirtual(reg)) defined.add(reg);
        });
      }
    }
    return defined;
  }

  /** Adds what lies behind the loop and still holds a pointer that the loop got, or reads the stack for a call in it. */
  #extend({ liveIn }: Liveness): void {
    for (const call of [...this.#region]) for (const id of this.#attached.get(call) ?? []) this.#region.add(id);
    for (let changed = true; changed; ) {
      changed = false;
      const pointers = [...this.#defined()].filter((reg) => this.#func.nullable.has(reg));
      for (const { terminator } of this.#inside()) {
        for (const to of machineSuccessors(terminator)) {
          if (this.#region.has(to) || !pointers.some((reg) => liveIn.get(to)!.has(reg))) continue;
          this.#region.add(to);
          changed = true;
        }
      }
    }
  }

  #singleEntry(): boolean {
    const before = predecessorsOf(this.#func);
    return [...this.#region].every((id) => id === this.#header.id || before.get(id)!.every((from) => this.#region.has(from)));
  }

  /** The end of the program inside the region moves out of it, with the status in a register. */
  #liftExits(): void {
    for (const block of this.#inside()) {
      if (block.terminator.op !== "exit") continue;
      const status = this.#func.nextReg++;
      const { span } = block.terminator;
      const id = this.#nextBlock++;
      block.instrs.push({ op: "mov", width: 64, dst: status, src: 0, span });
      block.terminator = { op: "jump", to: id, span };
      this.#func.blocks.push({ id, instrs: [{ op: "mov", width: 64, dst: 0, src: status, span }], terminator: { op: "exit", span }, depth: 0, cold: block.cold });
    }
  }

  #split(live: Liveness, body: BlockId, exhausted: BlockId, symbol: string): OutlinedLoop {
    const func = this.#func;
    const header = this.#header;
    const inside = this.#inside();
    const defined = this.#defined();
    const entering = registers(live, header.id);
    /** Where the loop leads, in order; what is written in it and needed there. */
    const ways: { readonly to: BlockId; readonly needed: readonly Reg[] }[] = [];
    for (const block of inside) {
      for (const to of machineSuccessors(block.terminator)) {
        if (this.#region.has(to) || (block === header && to === exhausted) || ways.some((way) => way.to === to)) continue;
        ways.push({ to, needed: registers(live, to) });
      }
    }
    const leftover = registers(live, exhausted);
    const slots = new Map<Reg, number>();
    for (const reg of [...entering, ...ways.flatMap(({ needed }) => needed.filter((r) => defined.has(r)))]) if (!slots.has(reg)) slots.set(reg, (slots.size + 1) * SLOT);
    for (const reg of leftover) if (!slots.has(reg) && defined.has(reg)) slots.set(reg, (slots.size + 1) * SLOT);
    const object = func.objects.push((slots.size + 1) * SLOT) - 1;

    const made = this.#callee(inside, { body, entering, defined, slots, ways });
    this.#caller({ symbol, object, entering, defined, slots, ways, exhausted, leftover });
    return { symbol, func: made };
  }

  /** The round as a function (r1 = its number, r2 = the context). */
  #callee(
    inside: readonly MBlock[],
    { body, entering, defined, slots, ways }: {
      body: BlockId; entering: readonly Reg[]; defined: ReadonlySet<Reg>; slots: ReadonlyMap<Reg, number>; ways: readonly { to: BlockId; needed: readonly Reg[] }[];
    },
  ): MFunc {
    const func = this.#func;
    const span = this.#span;
    const context = func.nextReg++;
    const load = (dst: Reg): MInstr => ({ op: "load", dst, base: context, offset: slots.get(dst)!, bytes: 8, signed: false, span });
    const store = (src: Reg): MInstr => ({ op: "store", base: context, offset: slots.get(src)!, bytes: 8, src, span });
    const leave = (status: number): MInstr => ({ op: "mov", width: 64, dst: 0, src: { imm: status }, span });
    const invariant = new Set(entering.filter((reg) => !defined.has(reg)));
    const tested = testedIn(inside);
    const early = entering.filter((reg) => !invariant.has(reg) || tested.has(reg));
    const late = new Set([...invariant].filter((reg) => !tested.has(reg)));

    const again = this.#nextBlock++;
    const outs = new Map(ways.map(({ to }) => [to, this.#nextBlock++]));
    const target = (to: BlockId): BlockId => (to === this.#header.id ? again : (outs.get(to) ?? to));
    const entry: MBlock = {
      id: this.#nextBlock++,
      instrs: [{ op: "mov", width: 64, dst: context, src: 2, span }, ...early.map(load)],
      terminator: { op: "jump", to: this.#header.id, span },
      depth: 0,
      cold: false,
    };
    const blocks = inside.map((block): MBlock => {
      const terminator: MTerminator = block === this.#header ? { op: "jump", to: body, span } : block.terminator;
      // What only this block needs is fetched in it: registers are few, and the context stays where it is.
      const instrs = [...exposed(block, late).map(load), ...block.instrs];
      return { ...block, instrs, terminator: mapMachineTargets(terminator, target), depth: Math.max(0, block.depth - this.#header.depth) };
    });
    blocks.push({ id: again, instrs: [...entering.filter((reg) => defined.has(reg)).map(store), leave(0)], terminator: { op: "exit", span }, depth: 0, cold: false });
    ways.forEach(({ to, needed }, i) => {
      const way = func.nextReg++;
      // From a register: kernels before 6.3 forget what constants are that a store has as its immediate.
      const instrs: MInstr[] = [
        ...needed.filter((reg) => defined.has(reg)).map(store),
        { op: "mov", width: 64, dst: way, src: { imm: i + 1 }, span },
        { op: "store", base: context, offset: 0, bytes: 8, src: way, span },
        leave(1),
      ];
      blocks.push({ id: outs.get(to)!, instrs, terminator: { op: "exit", span }, depth: 0, cold: false });
    });
    const headerAt = blocks.findIndex(({ id }) => id === this.#header.id);
    const ordered = [entry, ...blocks.splice(headerAt, 1), ...blocks];
    return { blocks: ordered, nextReg: func.nextReg, names: func.names, objects: [...func.objects], ranged: func.ranged, nullable: func.nullable };
  }

  /** The call in place of the loop, and the ways on from it. */
  #caller({ symbol, object, entering, defined, slots, ways, exhausted, leftover }: {
    symbol: string; object: number; entering: readonly Reg[]; defined: ReadonlySet<Reg>; slots: ReadonlyMap<Reg, number>; ways: readonly { to: BlockId; needed: readonly Reg[] }[];
    exhausted: BlockId; leftover: readonly Reg[];
  }): void {
    const func = this.#func;
    const { depth } = this.#header;
    const span = this.#span;
    const at = (offset: number) => ({ base: { object }, offset, bytes: 8 as const, span });
    const load = (dst: Reg): MInstr => ({ op: "load", dst, signed: false, again: !defined.has(dst), ...at(slots.get(dst)!) });
    const way = func.nextReg++;
    const written = new Set(entering);
    const call: MBlock = {
      id: this.#header.id,
      instrs: [
        { op: "store", ...at(0), src: { imm: 0 } },
        ...[...slots].map(([reg, offset]): MInstr => ({ op: "store", ...at(offset), src: written.has(reg) ? reg : { imm: 0 } })),
        { op: "mov", width: 64, dst: 1, src: { imm: MAX_ROUNDS }, span },
        { op: "function", dst: 2, symbol, span },
        { op: "stackaddr", dst: 3, object, span },
        { op: "mov", width: 64, dst: 4, src: { imm: 0 }, span },
        { op: "call", target: { kind: "helper", id: helperId("loop")! }, args: 4, span },
        { op: "load", dst: way, signed: false, ...at(0) },
      ],
      terminator: { op: "jump", to: exhausted, span },
      depth: Math.max(0, depth - 1),
      cold: false,
    };
    const made: MBlock[] = [call];
    const arrive = (to: BlockId, needed: readonly Reg[]): BlockId => {
      const id = this.#nextBlock++;
      const target = func.blocks.find((block) => block.id === to)!;
      made.push({ id, instrs: needed.filter((reg) => slots.has(reg)).map(load), terminator: { op: "jump", to, span }, depth: target.depth, cold: target.cold });
      return id;
    };
    let last = call;
    ways.forEach(({ to, needed }, i) => {
      const next: MBlock = { id: this.#nextBlock++, instrs: [], terminator: { op: "jump", to: exhausted, span }, depth: call.depth, cold: false };
      last.terminator = { op: "branch", pred: "eq", width: 64, a: way, b: { imm: i + 1 }, then: arrive(to, needed), else: next.id, span };
      made.push(next);
      last = next;
    });
    last.terminator = { op: "jump", to: arrive(exhausted, leftover), span };
    this.#attached.set(call.id, made.map(({ id }) => id));
    const first = func.blocks.indexOf(this.#header);
    const before = func.blocks.slice(0, first).filter(({ id }) => !this.#region.has(id));
    const after = func.blocks.slice(first).filter(({ id }) => !this.#region.has(id));
    func.blocks = [...before, ...made, ...after];
  }
}

function registers(live: Liveness, block: BlockId): Reg[] {
  const found: Reg[] = [];
  live.liveIn.get(block)!.each((reg) => found.push(reg));
  return found;
}

/** Registers that a test in `blocks` reads: what it tells must hold for all that follows in the round. */
function testedIn(blocks: readonly MBlock[]): Set<Reg> {
  const tested = new Set<Reg>();
  for (const { terminator } of blocks) eachTerminatorUse(terminator, (reg) => tested.add(reg));
  return tested;
}

/** Those of `wanted` that the block reads. None is written in it. */
function exposed(block: MBlock, wanted: ReadonlySet<Reg>): Reg[] {
  const found = new Set<Reg>();
  const use = (reg: Reg) => {
    if (wanted.has(reg)) found.add(reg);
  };
  for (const instr of block.instrs) eachUse(instr, use);
  eachTerminatorUse(block.terminator, use);
  return [...found];
}
