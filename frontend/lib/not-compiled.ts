/** The error of everything that only exists in compiled form. */

/** An Error with code AC4001, as every marked function throws that runs as plain JavaScript. */
export function notCompiled(what?: string): Error & { readonly code: "AC4001" } {
  return Object.assign(new Error(`not compiled: run anycallc${what === undefined ? "" : ` (${what})`}`), { code: "AC4001" as const });
}

/** A function of the same name that throws AC4001. */
// biome-ignore lint/suspicious/noExplicitAny: a constraint that every function meets
export function throwing<F extends (...args: any[]) => unknown>(fn: F): F {
  const stub = (): never => {
    throw notCompiled(fn.name || undefined);
  };
  Object.defineProperty(stub, "name", { value: fn.name, configurable: true });
  return stub as unknown as F;
}

/** An object any use of which throws AC4001: importing a module that makes one at its top level stays possible. */
export function inert<T extends object>(what: string): T {
  const refuse = (): never => {
    throw notCompiled(what);
  };
  return new Proxy({}, { get: refuse, set: refuse, has: refuse, ownKeys: refuse, apply: refuse }) as T;
}
