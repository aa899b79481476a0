/**
 * Generic access to what instructions and terminators use, define and target. Every pass, the checker and the printers
 * go through these functions, so a new instruction is added here once. Owns no state and changes nothing in place.
 */
import { findOp } from "../kernel/abi/syscalls.ts";
import type { BlockId, Instr, Terminator, ValueId, ValueType } from "./types.ts";

/** Values that `instr` reads, in operand order; a phi's incoming values included, null call operands left out. */
export function operandsOf(instr: Instr): readonly ValueId[] {
  switch (instr.op) {
    case "const":
    case "addr":
      return [];
    case "bin":
    case "cmp":
      return [instr.a, instr.b];
    case "ext":
      return [instr.a];
    case "phi":
      return instr.incoming.map((entry) => entry.value);
    case "ptradd":
      return [instr.base, instr.offset];
    case "field":
      return [instr.base];
    case "load":
      return [instr.ptr];
    case "store":
      return [instr.ptr, instr.value];
    case "call":
      return instr.args.filter((arg) => arg !== null);
    case "isnull":
      return [instr.handle];
    case "lookup":
      return [instr.key];
    case "mapcall":
      return instr.args;
    case "atomic":
      return [instr.ptr, instr.value, ...(instr.expected === undefined ? [] : [instr.expected])];
  }
}

/** `instr` with each operand replaced by `map(operand)`; the same object when nothing changes. */
export function mapOperands(instr: Instr, map: (value: ValueId) => ValueId): Instr {
  switch (instr.op) {
    case "const":
    case "addr":
      return instr;
    case "bin":
    case "cmp": {
      const a = map(instr.a);
      const b = map(instr.b);
      return a === instr.a && b === instr.b ? instr : { ...instr, a, b };
    }
    case "ext": {
      const a = map(instr.a);
      return a === instr.a ? instr : { ...instr, a };
    }
    case "phi": {
      const incoming = instr.incoming.map((entry) => {
        const value = map(entry.value);
        return value === entry.value ? entry : { from: entry.from, value };
      });
      return incoming.every((entry, i) => entry === instr.incoming[i]) ? instr : { ...instr, incoming };
    }
    case "ptradd": {
      const base = map(instr.base);
      const offset = map(instr.offset);
      return base === instr.base && offset === instr.offset ? instr : { ...instr, base, offset };
    }
    case "field": {
      const base = map(instr.base);
      return base === instr.base ? instr : { ...instr, base };
    }
    case "load": {
      const ptr = map(instr.ptr);
      return ptr === instr.ptr ? instr : { ...instr, ptr };
    }
    case "store": {
      const ptr = map(instr.ptr);
      const value = map(instr.value);
      return ptr === instr.ptr && value === instr.value ? instr : { ...instr, ptr, value };
    }
    case "call": {
      const args = instr.args.map((arg) => (arg === null ? null : map(arg)));
      return args.every((arg, i) => arg === instr.args[i]) ? instr : { ...instr, args };
    }
    case "isnull": {
      const handle = map(instr.handle);
      return handle === instr.handle ? instr : { ...instr, handle };
    }
    case "lookup": {
      const key = map(instr.key);
      return key === instr.key ? instr : { ...instr, key };
    }
    case "mapcall": {
      const args = instr.args.map(map);
      return args.every((arg, i) => arg === instr.args[i]) ? instr : { ...instr, args };
    }
    case "atomic": {
      const [ptr, value] = [map(instr.ptr), map(instr.value)];
      const expected = instr.expected === undefined ? undefined : map(instr.expected);
      return ptr === instr.ptr && value === instr.value && expected === instr.expected ? instr : { ...instr, ptr, value, ...(expected === undefined ? {} : { expected }) };
    }
  }
}

/** The value that a terminator reads, or undefined. */
export function terminatorOperand(terminator: Terminator): ValueId | undefined {
  switch (terminator.op) {
    case "condbr":
      return terminator.cond;
    case "ret":
      return terminator.value;
    default:
      return undefined;
  }
}

/** `terminator` with its operand replaced by `map(operand)`; the same object when nothing changes. */
export function mapTerminatorOperand(terminator: Terminator, map: (value: ValueId) => ValueId): Terminator {
  if (terminator.op === "condbr") {
    const cond = map(terminator.cond);
    return cond === terminator.cond ? terminator : { ...terminator, cond };
  }
  if (terminator.op === "ret" && terminator.value !== undefined) {
    const value = map(terminator.value);
    return value === terminator.value ? terminator : { ...terminator, value };
  }
  return terminator;
}

/** Blocks that control may go to, each once, in the terminator's order. */
export function successorsOf(terminator: Terminator): readonly BlockId[] {
  switch (terminator.op) {
    case "br":
      return [terminator.to];
    case "condbr":
      return terminator.then === terminator.else ? [terminator.then] : [terminator.then, terminator.else];
    case "loop":
      return terminator.body === terminator.exhausted ? [terminator.body] : [terminator.body, terminator.exhausted];
    case "ret":
    case "stop":
    case "unreachable":
      return [];
  }
}

/** `terminator` with each target replaced by `map(target)`; the same object when nothing changes. */
export function mapTargets(terminator: Terminator, map: (block: BlockId) => BlockId): Terminator {
  switch (terminator.op) {
    case "br": {
      const to = map(terminator.to);
      return to === terminator.to ? terminator : { ...terminator, to };
    }
    case "condbr": {
      const then = map(terminator.then);
      const other = map(terminator.else);
      return then === terminator.then && other === terminator.else ? terminator : { ...terminator, then, else: other };
    }
    case "loop": {
      const body = map(terminator.body);
      const exhausted = map(terminator.exhausted);
      return body === terminator.body && exhausted === terminator.exhausted ? terminator : { ...terminator, body, exhausted };
    }
    case "ret":
    case "stop":
    case "unreachable":
      return terminator;
  }
}

/** Type of the value that `instr` defines, or undefined when it defines none. */
export function resultType(instr: Instr): ValueType | undefined {
  switch (instr.op) {
    case "const":
    case "bin":
    case "ext":
    case "cmp":
    case "load":
    case "isnull":
    case "mapcall":
    case "atomic":
      return "int";
    case "phi":
      return instr.type;
    case "addr":
    case "ptradd":
    case "field":
    case "lookup":
      return "ptr";
    case "store":
      return undefined;
    case "call":
      return instr.id === undefined ? undefined : findOp(instr.row)?.result.kind === "handle" ? "handle" : "int";
  }
}

/** True for instructions whose only effect is their value: they may be dropped, merged or moved where operands allow. */
export function isPure(instr: Instr): boolean {
  return !hasEffect(instr) && instr.op !== "load";
}

/** True for instructions that must stay although nobody uses their value. */
export function hasEffect(instr: Instr): boolean {
  return EFFECTS.has(instr.op);
}

const EFFECTS: ReadonlySet<Instr["op"]> = new Set<Instr["op"]>(["store", "call", "lookup", "mapcall", "atomic"]);
