/**
 * Local simplification: algebraic identities, extensions of values that are canonical already, trivial phis, and the
 * canonical forms that later passes look for (constants on the right, `x - c` as `x + -c`, comparisons unswapped).
 * One table of rules; each looks at one instruction and the definitions of its operands, never at ranges or paths.
 */
import { findOp } from "../../kernel/abi/syscalls.ts";
import { evaluateBinary, evaluateCompare, evaluateExtend, NEGATED, SWAPPED, wrap64 } from "../evaluate.ts";
import { buildCfg } from "../cfg.ts";
import { mapOperands, mapTerminatorOperand } from "../operands.ts";
import type { BinaryFn, Func, Instr, Terminator, ValueId } from "../types.ts";
import { replaceValues, setInstrs } from "./rewrite.ts";

type Op<K extends Instr["op"]> = Extract<Instr, { op: K }>;
/** What an instruction becomes: an existing value, a constant, or another operation under the same id. */
type Result = { readonly same: ValueId } | { readonly constant: bigint } | { readonly instr: Instr } | undefined;

interface Context {
  readonly def: (value: ValueId) => Instr | undefined;
  readonly constant: (value: ValueId) => bigint | undefined;
  /** The value of a new constant, emitted in front of the current instruction. */
  readonly make: (value: bigint) => ValueId;
}

export function simplify(func: Func): boolean {
  const definitions = new Map<ValueId, Instr>();
  const replacements = new Map<ValueId, ValueId>();
  const resolve = (value: ValueId): ValueId => {
    let at = value;
    for (let next = replacements.get(at); next !== undefined; next = replacements.get(at)) at = next;
    return at;
  };
  for (const block of func.blocks.values()) for (const instr of block.instrs) if (instr.id !== undefined) definitions.set(instr.id, instr);
  let changed = false;
  for (const id of buildCfg(func).order) {
    const block = func.blocks.get(id)!;
    const output: Instr[] = [];
    const late: Instr[] = [];
    const context: Context = {
      def: (value) => definitions.get(resolve(value)),
      constant: (value) => {
        const instr = definitions.get(resolve(value));
        return instr?.op === "const" ? instr.value : undefined;
      },
      make: (value) => {
        const made: Instr = { op: "const", id: func.nextValue++, value };
        definitions.set(made.id, made);
        output.push(made);
        return made.id;
      },
    };
    for (const original of block.instrs) {
      let instr = mapOperands(original, resolve);
      let dropped = false;
      // A rule's result may match another rule; each application makes the instruction simpler, so that this ends.
      for (let result = apply(instr, context); result; result = dropped ? undefined : apply(instr, context)) {
        changed = true;
        if ("same" in result) {
          replacements.set(instr.id!, resolve(result.same));
          dropped = true;
        } else {
          instr = "instr" in result ? result.instr : becomeConstant(instr, result.constant);
        }
      }
      if (dropped) continue;
      if (instr.id !== undefined) definitions.set(instr.id, instr);
      // A phi that became something else goes behind the phis.
      if (original.op === "phi" && instr.op !== "phi") late.push(instr);
      else {
        if (instr.op !== "phi") output.push(...late.splice(0));
        output.push(instr);
      }
    }
    output.push(...late);
    setInstrs(func, id, output);
    const terminator = simplifyTerminator(mapTerminatorOperand(block.terminator, resolve), context);
    if (terminator !== block.terminator) {
      block.terminator = terminator;
      changed = true;
    }
  }
  replaceValues(func, replacements);
  return changed;
}

function becomeConstant(instr: Instr, value: bigint): Instr {
  return {
    op: "const", id: instr.id!, value: wrap64(value), ...(instr.span ? { span: instr.span } : {}), ...(instr.name !== undefined ? { name: instr.name } : {}),
  };
}

function apply(instr: Instr, context: Context): Result {
  switch (instr.op) {
    case "bin":
      return first(BINARY_RULES, instr, context);
    case "ext":
      return first(EXT_RULES, instr, context);
    case "cmp":
      return first(COMPARE_RULES, instr, context);
    case "phi":
      return trivialPhi(instr);
    case "ptradd":
      return context.constant(instr.offset) === 0n ? { same: instr.base } : undefined;
    case "store":
      return narrowStore(instr, context);
    default:
      return undefined;
  }
}

function first<T>(rules: readonly ((instr: T, context: Context) => Result)[], instr: T, context: Context): Result {
  for (const rule of rules) {
    const result = rule(instr, context);
    if (result) return result;
  }
  return undefined;
}

// ---- Arithmetic ----------------------------------------------------------------------------------------------------

const COMMUTATIVE: ReadonlySet<BinaryFn> = new Set<BinaryFn>(["add", "mul", "and", "or", "xor"]);

/** `x fn c` is x (its low half at width 32). */
const RIGHT_IDENTITY: Partial<Record<BinaryFn, bigint>> = {
  add: 0n, sub: 0n, mul: 1n, udiv: 1n, sdiv: 1n, umod: 0n, smod: 0n, and: -1n, or: 0n, xor: 0n, shl: 0n, lshr: 0n, ashr: 0n,
};
/** `x fn c` is a constant. */
const RIGHT_ABSORBING: readonly { readonly fn: BinaryFn; readonly c: bigint; readonly gives: bigint }[] = [
  { fn: "mul", c: 0n, gives: 0n }, { fn: "and", c: 0n, gives: 0n }, { fn: "or", c: -1n, gives: -1n }, { fn: "udiv", c: 0n, gives: 0n },
  { fn: "sdiv", c: 0n, gives: 0n }, { fn: "umod", c: 1n, gives: 0n }, { fn: "smod", c: 1n, gives: 0n }, { fn: "smod", c: -1n, gives: 0n },
];
/** `x fn x`. */
const EQUAL_OPERANDS: Partial<Record<BinaryFn, "zero" | "same">> = { sub: "zero", xor: "zero", umod: "zero", smod: "zero", and: "same", or: "same" };
/** Shift counts are masked: a count equal to the width is 0. */
const SHIFTS: ReadonlySet<BinaryFn> = new Set<BinaryFn>(["shl", "lshr", "ashr"]);

const BINARY_RULES: readonly ((instr: Op<"bin">, context: Context) => Result)[] = [
  function foldConstants({ fn, width, a, b }, { constant }) {
    const [x, y] = [constant(a), constant(b)];
    return x === undefined || y === undefined ? undefined : { constant: evaluateBinary(fn, width, x, y) };
  },
  function constantToTheRight(instr, { constant }) {
    if (!COMMUTATIVE.has(instr.fn) || constant(instr.a) === undefined) return undefined;
    return { instr: { ...instr, a: instr.b, b: instr.a } };
  },
  function identities({ id, fn, width, a, b, ...rest }, { constant }) {
    const c = constant(b);
    if (c === undefined) return undefined;
    const effective = SHIFTS.has(fn) ? c & BigInt(width - 1) : BigInt.asIntN(width, c);
    if (effective === RIGHT_IDENTITY[fn]) {
      return width === 64 ? { same: a } : { instr: { ...origin(rest), op: "ext", id, from: 32, signed: false, a } };
    }
    const rule = RIGHT_ABSORBING.find((candidate) => candidate.fn === fn && candidate.c === effective);
    return rule && { constant: width === 64 ? rule.gives : BigInt.asUintN(32, rule.gives) };
  },
  function equalOperands({ id, fn, width, a, b, ...rest }) {
    const rule = a === b ? EQUAL_OPERANDS[fn] : undefined;
    if (rule === "zero") return { constant: 0n };
    if (rule !== "same") return undefined;
    return width === 64 ? { same: a } : { instr: { ...origin(rest), op: "ext", id, from: 32, signed: false, a } };
  },
  function subtractionOfConstant(instr, { constant, make }) {
    const c = constant(instr.b);
    return instr.fn !== "sub" || c === undefined ? undefined : { instr: { ...instr, fn: "add", b: make(wrap64(-c)) } };
  },
  function chainsOfConstants(instr, { def, constant, make }) {
    const inner = def(instr.a);
    const outer = constant(instr.b);
    if (inner?.op !== "bin" || inner.fn !== instr.fn || inner.width !== instr.width || outer === undefined || !COMMUTATIVE.has(instr.fn)) return undefined;
    const c = constant(inner.b);
    return c === undefined ? undefined : { instr: { ...instr, a: inner.a, b: make(evaluateBinary(instr.fn, instr.width, c, outer)) } };
  },
  function powersOfTwo(instr, { constant, make }) {
    const c = constant(instr.b);
    if (c === undefined || c <= 1n || (c & (c - 1n)) !== 0n || c >= 1n << BigInt(instr.width - 1)) return undefined;
    const shift = () => make(BigInt(c.toString(2).length - 1));
    if (instr.fn === "mul") return { instr: { ...instr, fn: "shl", b: shift() } };
    if (instr.fn === "udiv") return { instr: { ...instr, fn: "lshr", b: shift() } };
    return instr.fn === "umod" ? { instr: { ...instr, fn: "and", b: make(c - 1n) } } : undefined;
  },
  function negatedComparison(instr, { def, constant }) {
    const inner = def(instr.a);
    if (instr.fn !== "xor" || constant(instr.b) !== 1n || inner?.op !== "cmp") return undefined;
    return { instr: { ...origin(instr), op: "cmp", id: instr.id, pred: NEGATED[inner.pred], width: inner.width, a: inner.a, b: inner.b } };
  },
];

// ---- Extensions ----------------------------------------------------------------------------------------------------

const EXT_RULES: readonly ((instr: Op<"ext">, context: Context) => Result)[] = [
  function foldConstants({ from, signed, a }, { constant }) {
    const x = constant(a);
    return x === undefined ? undefined : { constant: evaluateExtend(from, signed, x) };
  },
  function alreadyCanonical({ from, signed, a }, { def }) {
    const range = canonicalRange(def(a));
    if (!range) return undefined;
    const [low, high] = signed ? [-(1n << BigInt(from - 1)), (1n << BigInt(from - 1)) - 1n] : [0n, (1n << BigInt(from)) - 1n];
    return low <= range[0] && range[1] <= high ? { same: a } : undefined;
  },
  function extOfExt(instr, { def }) {
    const inner = def(instr.a);
    return inner?.op === "ext" && inner.from >= instr.from ? { instr: { ...instr, a: inner.a } } : undefined;
  },
  function extOfMask(instr, { def, constant }) {
    const inner = def(instr.a);
    if (inner?.op !== "bin" || inner.fn !== "and") return undefined;
    const mask = constant(inner.b);
    const low = (1n << BigInt(instr.from)) - 1n;
    return mask !== undefined && (mask & low) === low ? { instr: { ...instr, a: inner.a } } : undefined;
  },
];

/** Range that a value has by the operation that makes it, whatever its operands. */
function canonicalRange(instr: Instr | undefined): readonly [bigint, bigint] | undefined {
  switch (instr?.op) {
    case "const":
      return [instr.value, instr.value];
    case "cmp":
    case "isnull":
      return [0n, 1n];
    case "ext":
      return integerRange(instr.from, instr.signed);
    case "load":
      return instr.bytes === 8 ? undefined : integerRange(instr.bytes * 8, instr.signed);
    case "bin":
      return instr.width === 32 ? [0n, 0xffff_ffffn] : undefined;
    case "call": {
      const type = findOp(instr.row)?.result.type;
      const bits = type === undefined || type === "handle" ? 64 : Number(type.slice(1));
      return bits === 64 ? undefined : integerRange(bits, type!.startsWith("i"));
    }
    default:
      return undefined;
  }
}

function integerRange(bits: number, signed: boolean): readonly [bigint, bigint] {
  return signed ? [-(1n << BigInt(bits - 1)), (1n << BigInt(bits - 1)) - 1n] : [0n, (1n << BigInt(bits)) - 1n];
}

// ---- Comparisons ---------------------------------------------------------------------------------------------------

const COMPARE_RULES: readonly ((instr: Op<"cmp">, context: Context) => Result)[] = [
  function foldConstants({ pred, width, a, b }, { constant }) {
    const [x, y] = [constant(a), constant(b)];
    return x === undefined || y === undefined ? undefined : { constant: evaluateCompare(pred, width, x, y) ? 1n : 0n };
  },
  function equalOperands({ pred, width, a, b }) {
    return a === b ? { constant: evaluateCompare(pred, width, 0n, 0n) ? 1n : 0n } : undefined;
  },
  function constantToTheRight(instr, { constant }) {
    return constant(instr.a) === undefined ? undefined : { instr: { ...instr, pred: SWAPPED[instr.pred], a: instr.b, b: instr.a } };
  },
  /** `b == 0`, `b != 0`, `b == 1`, `b != 1` of a truth value. */
  function comparisonOfTruth(instr, { def, constant }) {
    const inner = def(instr.a);
    const c = constant(instr.b);
    if ((inner?.op !== "cmp" && inner?.op !== "isnull") || (c !== 0n && c !== 1n) || (instr.pred !== "eq" && instr.pred !== "ne")) return undefined;
    if ((instr.pred === "eq") === (c === 1n)) return { same: instr.a };
    if (inner.op === "isnull") return undefined;
    return { instr: { ...origin(instr), op: "cmp", id: instr.id, pred: NEGATED[inner.pred], width: inner.width, a: inner.a, b: inner.b } };
  },
];

// ---- Phis, stores, branches ------------------------------------------------------------------------------------------

/** A phi of one value and itself is that value. */
function trivialPhi(phi: Op<"phi">): Result {
  const values = new Set(phi.incoming.map(({ value }) => value).filter((value) => value !== phi.id));
  const [same] = values;
  return values.size === 1 && same !== undefined ? { same } : undefined;
}

/** A store takes the low bytes: extensions of at least as many make no difference. */
function narrowStore(store: Op<"store">, { def }: Context): Result {
  const value = def(store.value);
  return value?.op === "ext" && value.from >= store.bytes * 8 ? { instr: { ...store, value: value.a } } : undefined;
}

/** `condbr x != 0` tests x; `condbr x == 0` swaps the ways, unless it is a check, whose `then` is the good way. */
function simplifyTerminator(terminator: Terminator, { def, constant }: Context): Terminator {
  if (terminator.op !== "condbr") return terminator;
  const cond = def(terminator.cond);
  if (cond?.op !== "cmp" || cond.width !== 64 || constant(cond.b) !== 0n) return terminator;
  const tested = def(cond.a);
  if (tested?.op !== "cmp" && tested?.op !== "isnull") return terminator;
  if (cond.pred === "ne") return { ...terminator, cond: cond.a };
  if (cond.pred !== "eq" || terminator.check) return terminator;
  return { ...terminator, cond: cond.a, then: terminator.else, else: terminator.then };
}

function origin(instr: { span?: Instr["span"]; name?: string | undefined }): { span?: NonNullable<Instr["span"]>; name?: string } {
  return { ...(instr.span ? { span: instr.span } : {}), ...(instr.name !== undefined ? { name: instr.name } : {}) };
}

