/** How a rule stops the exploration: a refusal in the kernel's words, or a feature that is not modelled. */
import { MESSAGES, type Rule } from "./messages.ts";

export interface RefusalFacts {
  /** What the kernel says on the line before, if it says more. */
  readonly detail?: string;
  /** What would have been accepted, as a phrase behind "must be". */
  readonly required?: string;
}

/** The kernel would refuse the program. */
export class Refusal extends Error {
  readonly rule: Rule;
  /** Register at fault, if one is. */
  readonly register: number | undefined;
  /** Slot of the instruction; filled in by the exploration when the rule does not know it. */
  insn: number;
  readonly more: RefusalFacts;

  constructor(rule: Rule, message: string, insn = -1, register?: number, more: RefusalFacts = {}) {
    super(message);
    this.more = more;
    this.rule = rule;
    this.insn = insn;
    this.register = register;
  }
}

/** The answer is UNKNOWN: `message` names the feature. */
export class Unmodelled extends Error {}

/** Throws the refusal of `rule`. */
export function refuse<R extends Rule>(rule: R, ...values: Parameters<(typeof MESSAGES)[R]>): never {
  const text = (MESSAGES[rule] as (...v: readonly unknown[]) => string)(...values);
  const register = typeof values[0] === "number" && /^R\d/.test(text) ? values[0] : undefined;
  throw new Refusal(rule, text, -1, register);
}

/** Throws: the program uses `feature`, which is not modelled. */
export function unmodelled(feature: string): never {
  throw new Unmodelled(feature);
}
