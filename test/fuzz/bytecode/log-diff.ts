/**
 * Two verifiers' logs of one program, step by step: what differs first. Owns what of the kernel's log is compared: each
 * instruction, each state, each path taken up or cut off; not its search for precision, nor addresses and numbers that it makes up.
 */

/** Lines of the kernel that say how, not what: precision, liveness, statistics. */
const HOW = /^(mark_precise|Live regs|\s*(\d+ +)?\d+: [.0-9]{10} |\(\d|SCC |Unreleased reference|verifier bug: REG INVARIANTS|frame \d+: propagating|verification time|stack depth|processed |max_|func#|cur state|old state|subprog#|\s*$)/;

/** The steps of a log: instructions, states, ways. */
export function steps(log: readonly string[]): string[] {
  const out: string[] = [];
  for (const line of log) {
    if (HOW.test(line)) continue;
    const instruction = /^(\d+: )(\([0-9a-f]{2}\) .*?)( *;(?: frame\d+:)?(?: (?:R\d+|fp-\d+|refs)=.*)?)?$/.exec(line);
    if (instruction) {
      out.push(instruction[1]! + masked(instruction[2]!));
      if (instruction[3]) out.push(unnamed(instruction[3]).trim().slice(1).trim());
      continue;
    }
    out.push(unnamed(line).replace(/^\d+: (?=frame\d|R\d|fp-\d|refs=)/, "").trim());
  }
  return out;
}

/** A state without the names of maps and slots that hold just anything, and with ids in the order in which they are first seen in it: what counts is which are equal. */
function unnamed(state: string): string {
  const ids = new Map<string, number>();
  const renamed = (id: string) => ids.get(id) ?? ids.set(id, ids.size + 1).size;
  return state
    .replaceAll(/map=[^,]*,/g, "")
    .replaceAll(/ fp-\d+=[?m]{8}(?= |$)/g, "")
    .replaceAll(/(\b(?:id|ref_obj_id|ref_id|dynptr_id)=)(\d+)/g, (_, name: string, id: string) => `${name}${renamed(id)}`)
    .replace(/ refs=([\d,]+)$/, (_, list: string) => ` refs=${list.split(",").map(renamed).join(",")}`);
}

/** Addresses of maps and numbers of kfuncs are the machine's. */
function masked(text: string): string {
  // Moves with an offset that no kernel knows are printed by it as those that it does.
  if (/^\((bc|bf)\)/.test(text)) return text.replace(/\(s(8|16|32)\)/, "");
  return text.startsWith("(18)") ? text.replace(/= 0x[0-9a-f]+$/, "= N") : text.replace(/ *(#|0x)\S*$/, "");
}

/** The first step that differs, with what came before; undefined if none does. */
export function firstDifference(kernel: readonly string[], ours: readonly string[]): { readonly at: number; readonly kernel: string; readonly ours: string } | undefined {
  const a = steps(kernel);
  const b = steps(ours);
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    if (a[i] !== b[i]) return { at: i, kernel: a[i] ?? "(end)", ours: b[i] ?? "(end)" };
  }
  return undefined;
}
