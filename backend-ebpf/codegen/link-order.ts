/**
 * Where the functions of one program lie once they are linked: the program first, each function where it is first named, its
 * own before the caller's next, as the linker and libbpf place them. Owns what depends on that: call sites, and the stack of nested calls.
 */
import type { CodeUnit } from "../object/types.ts";

export interface LinkedPart {
  readonly symbol: string;
  readonly unit: CodeUnit;
  /** Of the unit. */
  readonly sites: readonly { readonly insn: number; readonly op: string }[];
  /** Bytes of stack of the function alone. */
  readonly stack: number;
}

export interface LinkedSites {
  /** Ascending, counted from the program's start. */
  readonly sites: readonly { readonly insn: number; readonly op: string }[];
  /** Bytes of stack of the deepest chain of calls, each function's rounded up as the verifier does. */
  readonly stack: number;
}

/** The verifier counts a function's stack in steps of this many bytes, at least one, where functions call each other. */
const STACK_STEP = 32;

/** `parts`: the program, then its functions in any order. */
export function linkSites(parts: readonly LinkedPart[]): LinkedSites {
  const bySymbol = new Map(parts.map((part) => [part.symbol, part]));
  const main = parts[0]!;
  if (parts.length === 1) return { sites: main.sites, stack: main.stack };
  const placed = new Map<LinkedPart, number>();
  let end = 0;
  const place = (part: LinkedPart): number => {
    placed.set(part, end);
    end += part.unit.insns.length;
    let deepest = 0;
    for (const callee of calleesOf(part, bySymbol)) deepest = Math.max(deepest, placed.has(callee) ? 0 : place(callee));
    return Math.max(STACK_STEP, Math.ceil(part.stack / STACK_STEP) * STACK_STEP) + deepest;
  };
  const stack = place(main);
  const sites = [...placed].flatMap(([part, base]) => part.sites.map(({ insn, op }) => ({ insn: base + insn, op })));
  return { sites: sites.sort((a, b) => a.insn - b.insn), stack };
}

/** In order of the instructions that name them. Every function has one caller. */
function calleesOf({ unit }: LinkedPart, bySymbol: ReadonlyMap<string, LinkedPart>): LinkedPart[] {
  const named = [...unit.relocations].sort((a, b) => a.insn - b.insn);
  return named.flatMap((relocation) => (relocation.kind === "function" || relocation.kind === "subprogram" ? [bySymbol.get(relocation.name)!] : []));
}
