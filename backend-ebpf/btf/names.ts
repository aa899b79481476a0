/**
 * Names in BTF: which the kernel accepts, and the suffixes by which a kfunc's parameter names say what the verifier
 * must know of them (Documentation/bpf/kfuncs.rst, "Annotating kfunc parameters").
 */

/** Suffixes of parameter names: how the verifier treats the argument. `__szk` and `__sz` belong to the pointer before. */
export const PARAM_SUFFIXES = {
  __sz: "size of the memory behind the parameter before, in bytes",
  __szk: "the same, a constant",
  __k: "a constant known to the verifier",
  __ign: "not checked",
  __uninit: "memory that the kfunc fills",
  __opt: "memory that may be null",
  __nullable: "pointer that may be null",
  __alloc: "object allocated by the program",
  __refcounted_kptr: "counted pointer in a map value",
  __str: "constant string",
  __const_str: "constant string, older spelling",
  __map: "pointer to a map",
  __irq_flag: "saved interrupt flags on the stack",
  __iter: "iterator on the stack",
  __prog: "the program itself",
  __impl: "implicit argument",
} as const;
export type ParamSuffix = keyof typeof PARAM_SUFFIXES;

/** Whether a parameter's name ends with `suffix` and has something before it. */
export function hasSuffix(name: string, suffix: ParamSuffix): boolean {
  return name.length > suffix.length && name.endsWith(suffix);
}

/** The suffix of a parameter's name, the longest that fits, or undefined. */
export function paramSuffix(name: string): ParamSuffix | undefined {
  let longest: ParamSuffix | undefined;
  for (const suffix of Object.keys(PARAM_SUFFIXES) as ParamSuffix[]) {
    if (hasSuffix(name, suffix) && suffix.length > (longest?.length ?? 0)) longest = suffix;
  }
  return longest;
}

/** The kernel refuses longer names (KSYM_NAME_LEN of the older kernels, NUL included). */
export const MAX_NAME = 127;

/** Whether the kernel accepts `name` for a function, variable, struct or member: a C identifier. */
export function isIdentifier(name: string): boolean {
  return name.length <= MAX_NAME && /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
}

/** An identifier made of `text`, different from all in `taken`, to which it is added. */
export function uniqueIdentifier(text: string, taken: Set<string>): string {
  const stem = text
    .replace(/[^A-Za-z0-9_]/g, "_")
    .replace(/^(?=[0-9]|$)/, "_")
    .slice(0, MAX_NAME - 8);
  let name = stem;
  for (let n = 2; taken.has(name); n++) name = `${stem}_${n}`;
  taken.add(name);
  return name;
}
