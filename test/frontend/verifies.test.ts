/** What compiles verifies: shapes of byte ranges whose bounds hold by construction, but that the kernel's verifier can't know by itself. */
import { describe, expect, it } from "vitest";
import type { ObjectInput } from "../../backend-ebpf/object/index.ts";
import { PROFILES } from "../../kernel/abi/profiles.ts";
import { compile } from "../fuzz/executors.ts";
import { simulated } from "../fuzz/verifier.ts";
import { compileText, TYPESCRIPTS } from "./support/compile.ts";

const HEAD = `import { anycall, buffer, global, i32, O, range, sys, type Bytes, type Fd, i64, i8, i16, u64, type u8, type u16, type u32 } from "anycall";
const data = buffer(64);
const other = buffer(4096);
interface Head { a: u16; b: u64 }
const head = global<Head>({ a: 1, b: 2 });
`;

const BODIES: Readonly<Record<string, string>> = {
  "an empty view from a negative index": 'using file = sys.open("/x", O.RDONLY); if (!file.ok) return 0; return file.read(data.subarray(i32.wrap(data[0] - 94), 0));',
  "a view between two indices of either sign": "return sys.read(fd, data.subarray(i, j));",
  "a view of a view of a view": "return sys.write(fd, data.subarray(i, j).subarray(n).subarray(j, n));",
  "a view moved on in a loop": "let v: Bytes = data; let sum: i64 = 0; while (v.length > 0) { sum += v[0]; sum += sys.write(fd, v); v = v.subarray(1); } return sum;",
  "a view chosen by a condition": "let v = data.subarray(i); if (n > 3) v = data.subarray(0, j); return sys.read(fd, v);",
  "a struct seen through a view": "const v = data.subarray(n); const head = v.as<Head>(j); if (head === null) return 0; head.b += 1; return head.a;",
  "a struct seen through a view at a constant": "const v = data.subarray(i, j); const head = v.as<Head>(8); if (head === null) return 0; return head.a;",
  "bytes of a view": "const v = data.subarray(i, j); return n < v.length ? v[n] : 0;",
  "at of a view": "const v = data.subarray(i, j); return v.at(i) ?? -1;",
  "copies between views": "other.subarray(n).set(data.subarray(i)); other.subarray(i, j).put(data.subarray(n), j); other.copyWithin(i, j, n); data.subarray(n).fill(3, i, j); return 0;",
  "searches in views": 'const v = data.subarray(i, j); return v.indexOf(n, j) + v.lastIndexOf(3, i) + (v.startsWith("abc") ? 1 : 0) + (v.endsWith("xyz") ? 1 : 0) + (v.equals(other.subarray(n)) ? 1 : 0);',
  "records behind each other": `let at: u32 = 0; let sum: i64 = 0;
    const n1 = sys.getdents64(fd, other); if (n1 <= 0) return n1;
    while (at < n1) { const head = other.as<Head>(at); if (head === null) break; sum += head.a; if (head.a < 10) break; at += head.a; } return sum;`,
  "names in records": `let at: u32 = 0; const view = other.subarray(0, n); const end = view.indexOf(0, 19); if (end < 0) return -1;
    return sys.openat(fd, view.subarray(19, end).text(), 0, 0);`,
  "a count that comes back": "const got = sys.read(fd, other); if (got < 0) return got; return sys.write(fd, other.subarray(0, got));",
  "what is left after a partial write": "const got = sys.read(fd, other); if (got < 0) return got; let done: u32 = 0; while (done < got) { const w = sys.write(fd, other.subarray(done, got)); if (w <= 0) return w; done += w; } return done;",
  "an inner loop over a view that another round of the outer one made on another way": "let sum: i64 = 0; for (let k: u32 = 0; k < n; k++) for (const byte of data.subarray(-6, fd)) { if (byte === 3) return sum; sum += data[sum & 7]; } return sum;",
  "an index from outside that an inner loop compares":
    "const from: u32 = small & 254; if (from === 0) return 0; let k: u32 = 0; while (k < n) { k++; for (const m of range(k & 7)) sys.getrandom(data.subarray(48).subarray(i32.wrap(from), m & 3), 0); } return 0;",
  "an empty view at the end of the last buffer": "return sys.write(fd, other.subarray(4096, 0)) + sys.read(fd, other.subarray(5000));",
  "a view to a negated index": "return sys.read(fd, other.subarray(0, i32.wrap(-i64.wrap(data[0]))));",
  "a global struct copied to a view": "const to = data.as<Head>(j); if (to === null) return 0; to.a = head.value.a; head.value = { a: to.a, b: n }; return head.value.b;",
  "a wrapped index just around zero": "return sys.read(fd, other.subarray(0, i32.wrap(u64.wrap(small) - 3)));",
  "a byte wrapped around zero": "const at = i8.wrap(i - 3); return data.subarray(at < 0 ? at + 64 : at).length + sys.read(fd, other.subarray(0, at));",
  "products of what may be negative": "return sys.read(fd, other.subarray(0, i32.wrap(i16.wrap(i) * 3 + 50_000)));",
  "wrapped indices": "return sys.read(fd, other.subarray(i32.wrap(n * 3 - 7), i32.wrap(i + j)));",
};

describe.each(Object.entries(BODIES))("%s", (_, body) => {
  it.each(PROFILES.slice(1))("by the rules of kernel $name", (profile) => {
    const compiled = compileText(TYPESCRIPTS[0]!.ts, `${HEAD}export const f = anycall((fd: Fd, n: u32, i: i32, j: i32, small: u16): i64 => { ${body} });`);
    expect(compiled.errors).toEqual([]);
    const object = compile(compiled.module!, profile);
    expect("unsuited" in object ? object.unsuited : "").toBe("");
    expect(simulated(object as ObjectInput, profile.version)).toEqual({});
  });
});
