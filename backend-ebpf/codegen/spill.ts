/**
 * Spilling: rewrites uses of registers that live on the stack by fills and spills through short-lived temporaries, and
 * gives spilled registers 8-byte slots, shared where they don't live at the same time.
 */
import { computeLiveness, RegSet, stepInstr, stepTerminator } from "./liveness.ts";
import { eachDef, eachTerminatorUse, eachUse, type MBlock, type MFunc, type MInstr, machineSuccessors, mapRegisters, mapTerminatorRegisters, type Reg } from "./mir.ts";

/**
 * Rewrites every instruction that touches a register of `fresh`. `classes` names the slot class of all spilled
 * registers; `temporaries` receives the new ones. With `link`, values whose range matters are numbered before they are
 * stored (see MInstr `link`).
 */
export function insertSpills(func: MFunc, fresh: ReadonlySet<Reg>, classes: ReadonlyMap<Reg, Reg>, temporaries: Set<Reg>, link: boolean): void {
  const temporary = (): Reg => {
    const reg = func.nextReg++;
    temporaries.add(reg);
    return reg;
  };
  const ranged = new Set([...func.ranged].map((reg) => classes.get(reg)).filter((c) => c !== undefined));
  const spillTo = (slot: Reg, src: Reg, span: MInstr["span"]): MInstr[] => {
    const spill: MInstr = { op: "spill", slot, src, span };
    return link && ranged.has(classes.get(slot)!) ? [{ op: "link", dst: temporary(), src, span }, spill] : [spill];
  };
  const tested: TestedFill[] = [];
  for (const block of func.blocks) {
    const out: MInstr[] = [];
    for (const instr of block.instrs) {
      const short = asMemoryCopy(instr, fresh, classes);
      if (short) {
        if (short.op === "spill") out.push(...spillTo(short.slot, short.src, instr.span));
        else out.push(short);
        continue;
      }
      const replaced = new Map<Reg, Reg>();
      const replace = (reg: Reg): Reg => {
        if (!fresh.has(reg)) return reg;
        const known = replaced.get(reg) ?? temporary();
        replaced.set(reg, known);
        return known;
      };
      eachUse(instr, (reg) => {
        if (fresh.has(reg) && !replaced.has(reg)) out.push({ op: "fill", dst: replace(reg), slot: reg, span: instr.span });
      });
      out.push(mapRegisters(instr, replace, replace));
      eachDef(instr, (reg) => {
        if (fresh.has(reg)) out.push(...spillTo(reg, replaced.get(reg)!, instr.span));
      });
    }
    const filled = new Map<Reg, Reg>();
    eachTerminatorUse(block.terminator, (reg) => {
      if (!fresh.has(reg) || filled.has(reg)) return;
      filled.set(reg, temporary());
      out.push({ op: "fill", dst: filled.get(reg)!, slot: reg, span: block.terminator.span });
    });
    block.terminator = mapTerminatorRegisters(block.terminator, (reg) => filled.get(reg) ?? reg);
    block.instrs.splice(0, block.instrs.length, ...out);
    if (link) for (const [slot, src] of filled) if (ranged.has(classes.get(slot)!)) tested.push({ block, slot, src });
  }
  for (const test of tested) storeTested(func, test);
}

/** A spilled register that the block's terminator tests, in the register it was filled into. */
interface TestedFill {
  readonly block: MBlock;
  readonly slot: Reg;
  readonly src: Reg;
}

/**
 * Where a test leads to, the register that was tested is stored again: a number of which nothing was known when it was
 * spilled has no link to its fills on kernels before 6.8, and what the test tells would be lost with the register.
 */
function storeTested(func: MFunc, { block, slot, src }: TestedFill): void {
  const { liveIn } = computeLiveness(func);
  for (const to of new Set(machineSuccessors(block.terminator))) {
    const target = func.blocks.find(({ id }) => id === to)!;
    const alone = func.blocks.filter(({ terminator }) => machineSuccessors(terminator).includes(to)).length === 1;
    if (alone && liveIn.get(to)!.has(slot)) target.instrs.unshift({ op: "spill", slot, src, span: block.terminator.span });
  }
}

/** A copy between a register and the stack is one fill or spill; between registers of one slot it stays, and costs nothing. */
function asMemoryCopy(instr: MInstr, fresh: ReadonlySet<Reg>, classes: ReadonlyMap<Reg, Reg>): MInstr | undefined {
  if (instr.op !== "mov" || instr.width !== 64 || typeof instr.src !== "number") return undefined;
  const [from, to] = [fresh.has(instr.src), fresh.has(instr.dst)];
  if (from && to) return classes.get(instr.src) === classes.get(instr.dst) ? instr : undefined;
  if (from) return { op: "fill", dst: instr.dst, slot: instr.src, span: instr.span };
  return to ? { op: "spill", slot: instr.dst, src: instr.src, span: instr.span } : undefined;
}

/** Slots of the spilled registers: classes that are never live together may share one. */
export function assignSlots(func: MFunc, classes: ReadonlyMap<Reg, Reg>): { of: Map<Reg, number>; count: number } {
  const conflicts = new Map<Reg, Set<Reg>>();
  for (const root of classes.values()) conflicts.set(root, new Set());
  const { liveOut } = computeLiveness(func);
  for (const block of func.blocks) {
    const live = new RegSet(liveOut.get(block.id)!);
    stepTerminator(block, live);
    for (let k = block.instrs.length - 1; k >= 0; k--) {
      eachDef(block.instrs[k]!, (def) => {
        const a = classes.get(def);
        if (a === undefined) return;
        live.each((reg) => {
          const b = classes.get(reg);
          if (b === undefined || b === a) return;
          conflicts.get(a)!.add(b);
          conflicts.get(b)!.add(a);
        });
      });
      stepInstr(block, k, live);
    }
  }
  const slotOf = new Map<Reg, number>();
  let count = 0;
  for (const [root, others] of conflicts) {
    const taken = new Set([...others].map((other) => slotOf.get(other)));
    let slot = 0;
    while (taken.has(slot)) slot++;
    slotOf.set(root, slot);
    count = Math.max(count, slot + 1);
  }
  return { of: new Map([...classes].map(([reg, root]) => [reg, slotOf.get(root)!])), count };
}
