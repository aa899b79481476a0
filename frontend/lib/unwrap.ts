/** `unwrap`: a Result's value, or the error that Node's own functions would throw. */
import { E } from "./sys.generated.ts";
import type { Result } from "./types.ts";

const names = new Map<number, string>();
for (const [name, number] of Object.entries(E)) if (!names.has(number)) names.set(number, `E${name}`);

/**
 * The value of `result`. Throws an Error with `code` ('ENOENT'), `errno` (negative, as in Node) and, where the runtime
 * attached them to the result, `syscall` and `path`.
 */
export function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  const { error, syscall, path } = result as typeof result & { readonly syscall?: string; readonly path?: string };
  const code = names.get(-error) ?? `E${-error}`;
  const what = [code, syscall, path === undefined ? undefined : `'${path}'`].filter((part) => part !== undefined).join(" ");
  throw Object.assign(new Error(what), { code, errno: error as number, ...(syscall === undefined ? {} : { syscall }), ...(path === undefined ? {} : { path }) });
}
