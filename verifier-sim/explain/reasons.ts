/** What each rule's refusal means in the author's terms: one table from rule to code, sentence, reason and advice. */
import type { DiagnosticCode } from "../../kernel/abi/diagnostics.ts";
import type { Failure } from "../types.ts";

type FailureClass = Failure["class"];

export interface Reason {
  readonly code: DiagnosticCode;
  /** Whose fault it is in a program that another compiler made; in ours, what `ours` says. */
  readonly class: FailureClass;
  /** Our compiler adds the checks that this is about: a refusal is its fault, not the author's. */
  readonly ours: FailureClass;
  /** `subject`: the variable or register at fault, if known. */
  message(subject: string | undefined): string;
  readonly why: string;
  readonly fix: string;
}

const BOUNDS: Reason = {
  code: "AC3101",
  class: "your code",
  ours: "compiler",
  message: (s) => `${s ? `an access at ${s}` : "an access"} may fall outside its memory`,
  why: "The kernel proves every access from the ranges of its operands; here the range reaches outside.",
  fix: "Test the index against both ends of the memory right before it is used.",
};
const NULL: Reason = {
  code: "AC3102",
  class: "your code",
  ours: "compiler",
  message: (s) => `${s ?? "a pointer"} may be null here`,
  why: "A look-up can fail, and its result must be tested before it is used.",
  fix: "Compare it with null, and leave on that way.",
};
const UNINITIALIZED: Reason = {
  code: "AC3103",
  class: "your code",
  ours: "compiler",
  message: (s) => `${s ?? "a register"} is read before anything was written to it`,
  why: "On some way to this line it has no value.",
  fix: "Give it a value on every way.",
};
const LEAK: Reason = {
  code: "AC3104",
  class: "your code",
  ours: "your code",
  message: () => "a handle is not released on some way out",
  why: "The kernel lets no program end that holds a reference.",
  fix: "Open it by `using`.",
};
const ENDLESS: Reason = {
  code: "AC3105",
  class: "your code",
  ours: "your code",
  message: () => "a loop may never end",
  why: "A round leaves everything that the verifier knows as it was.",
  fix: "Count the rounds, or compile for a kernel with may_goto (6.9 and later).",
};
const COMPLEX: Reason = {
  code: "AC3106",
  class: "your code",
  ours: "your code",
  message: () => "the program is too complex to be proved",
  why: "The kernel gives up after 1,000,000 instructions followed or 8,192 branches put off.",
  fix: "Shorten loops that have no unknown bound, or split the function.",
};
const STACK: Reason = {
  code: "AC3107",
  class: "your code",
  ours: "compiler",
  message: () => "the stack is used wrongly",
  why: "A program has 512 bytes of stack, and pointers on it are kept whole.",
  fix: "Use less local data, or a module-level buffer.",
};
const NOT_ALLOWED: Reason = {
  code: "AC3108",
  class: "kernel",
  ours: "kernel",
  message: () => "a call is not allowed to this program",
  why: "Each program type has its own list of helpers, maps and kernel functions.",
  fix: "Use an operation that engine stock or the module offers.",
};
const TYPE: Reason = {
  code: "AC3109",
  class: "your code",
  ours: "compiler",
  message: (s) => `${s ?? "a value"} is of the wrong kind here`,
  why: "Pointers and numbers are kept apart, and each instruction and call takes only some of them.",
  fix: "Look at the kernel's line below: it names what was found and what is expected.",
};
const OTHER: Reason = {
  code: "AC3110",
  class: "your code",
  ours: "compiler",
  message: () => "the kernel's verifier refuses the program",
  why: "See the kernel's own line below.",
  fix: "Look at the instruction and the line it comes from.",
};

const TRUST: Reason = {
  code: "AC3109",
  class: "your code",
  ours: "compiler",
  message: (s) => `${s ?? "a kernel object"} may be gone by now: it can be looked at, not handed on`,
  why: "The kernel keeps an object alive while a program holds a reference, or while an RCU region is open for what RCU protects.",
  fix: "Use it inside the RCU region in which it was read, or acquire it there and release it afterwards.",
};
const RCU: Reason = {
  code: "AC3110",
  class: "your code",
  ours: "compiler",
  message: () => "an RCU region begins, ends or is used wrongly",
  why: "Regions end on every way out; inside nothing may sleep; iterators that RCU protects live in one region.",
  fix: "Open the region before the iterator, close it after the iterator's end, and call nothing that sleeps in between.",
};
const ITERATOR: Reason = {
  code: "AC3110",
  class: "your code",
  ours: "compiler",
  message: () => "an iterator is used wrongly",
  why: "An iterator lives on the stack: made once, asked, and destroyed on every way out; nothing else may touch its bytes.",
  fix: "Make it before it is asked, and destroy it after the last element.",
};
const OBJECT: Reason = {
  code: "AC3109",
  class: "your code",
  ours: "compiler",
  message: (s) => `${s ?? "a kernel object"} is not accessed as its type says`,
  why: "Objects of the kernel are read member by member, as the kernel's BTF describes them, at places known in advance, and never written.",
  fix: "Read whole members at their offsets; read anything else with bpf_probe_read_kernel.",
};

/** Rules by how their names begin; the first that fits counts. */
const REASONS: readonly (readonly [prefix: RegExp, reason: Reason])[] = [
  [/^(kfunc-trusted|kfunc-rcu|kfunc-unsafe)/, TRUST],
  [/^(rcu|iterator-rcu|kfunc-needs-rcu|kfunc-sleeps-rcu|helper-sleeps-rcu)/, RCU],
  [/^iterator/, ITERATOR],
  [/^(struct|object|map-object|helper-writes-object)/, OBJECT],
  [/^(bounds|size|zero-size|math|kfunc-pair)/, BOUNDS],
  [/^(kfunc-null|pointer-null)/, NULL],
  [/^uninitialized-register/, UNINITIALIZED],
  [/^reference/, LEAK],
  [/^infinite-loop/, ENDLESS],
  [/^too-/, COMPLEX],
  [/^(stack|fill|spill|return-stack)/, STACK],
  [/^(helper|map-sleepable|map-helper|kfunc-gpl|ld-abs)/, NOT_ALLOWED],
  [/^(memory|argument|pointer|kfunc|context|atomic|map-)/, TYPE],
];

/** `error`: the kernel's line, which tells a pointer that may be null from one of the wrong kind. */
export function reasonOf(rule: string, error: string): Reason {
  if (/_or_null/.test(error)) return NULL;
  return REASONS.find(([prefix]) => prefix.test(rule))?.[1] ?? OTHER;
}
