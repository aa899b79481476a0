/** Values of marked functions as text: arguments from the command line, results for people and as JSON. */
import type { BoundaryParam, BoundarySignature, BoundaryType } from "../kernel/abi/boundary.ts";
import { errnoRow, MAX_ERRNO } from "../kernel/abi/errno.ts";
import { UsageError } from "./args.ts";

/** Parameters that the command line gives; struct parameters are made empty and shown after the call. */
export function givenParams(signature: BoundarySignature): readonly BoundaryParam[] {
  return signature.params.filter(({ type }) => type.kind !== "struct");
}

/** `NAME(path: string, n: u32)`, for messages. */
export function describeSignature(name: string, signature: BoundarySignature): string {
  return `${name}(${givenParams(signature).map((p) => `${p.name}${p.defaultValue === undefined ? "" : "?"}: ${typeText(p.type)}`).join(", ")})`;
}

function typeText(type: BoundaryType): string {
  switch (type.kind) {
    case "int":
      return `${type.signed ? "i" : "u"}${type.bits}`;
    case "bool":
      return "boolean";
    default:
      return type.kind;
  }
}

/** Arguments for every parameter, from the words of the command line. Throws UsageError. */
export function parseArguments(name: string, signature: BoundarySignature, words: readonly string[]): unknown[] {
  const given = givenParams(signature);
  const required = given.filter((p) => p.defaultValue === undefined).length;
  if (words.length < required || words.length > given.length) {
    const wanted = required === given.length ? `${required}` : `${required} to ${given.length}`;
    throw new UsageError(`${describeSignature(name, signature)} takes ${wanted} argument${wanted === "1" ? "" : "s"}, not ${words.length}.`);
  }
  let next = 0;
  return signature.params.map((param) => (param.type.kind === "struct" ? {} : next < words.length ? parseWord(name, param, words[next++]!) : undefined));
}

function parseWord(name: string, { name: param, type }: BoundaryParam, word: string): unknown {
  const fail = (expected: string): never => {
    throw new UsageError(`${name}: argument ${param} is ${expected}, not '${word}'.`);
  };
  switch (type.kind) {
    case "string":
      return word;
    case "bool":
      return word === "true" || (word === "false" ? false : fail("true or false"));
    case "int": {
      if (!/^[+-]?(\d[\d_]*|0x[\da-f_]+|0o[0-7_]+|0b[01_]+)$/i.test(word)) return fail(`a whole number (${typeText(type)})`);
      const digits = word.replace(/[+_-]/g, "");
      const value = word.startsWith("-") ? -BigInt(digits) : BigInt(digits);
      return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
    }
    default:
      return fail(`of a type that the command line can't give (${typeText(type)})`);
  }
}

/** A result for people. A number that can only be an error of the kernel is named. */
export function formatResult(value: unknown, type: BoundaryType): string {
  if (typeof value === "number" && value < 0 && value >= -MAX_ERRNO && mayBeErrno(type)) {
    const row = errnoRow(value);
    if (row) return `${value} (${row.name}: ${row.text})`;
  }
  return JSON.stringify(value, jsonValue) ?? String(value);
}

function mayBeErrno(type: BoundaryType): boolean {
  return (type.kind === "int" && type.signed) || (type.kind === "union" && type.alternatives.some(mayBeErrno));
}

/** For JSON.stringify: integers beyond 2^53 as decimal strings, typed arrays as arrays. */
export function jsonValue(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value.toString();
  return ArrayBuffer.isView(value) ? [...(value as Uint8Array)] : value;
}

/** A `Result` that is an error: `{ok: false, error: -errno}`. */
export function failedResult(value: unknown): number | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { ok, error } = value as { ok?: unknown; error?: unknown };
  return ok === false && typeof error === "number" ? error : undefined;
}
