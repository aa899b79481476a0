/**
 * Loops in every shape, compiled for a guest's kernel without asking the simulator, which may not model the form that loops have
 * there: the guest's own verifier judges.
 */
import { generate } from "../../backend-ebpf/codegen/index.ts";
import { writeObject } from "../../backend-ebpf/object/index.ts";
import { optimize } from "../../ir/passes/pipeline.ts";
import { profileOf } from "../../kernel/abi/profiles.ts";
import { compileText, TYPESCRIPTS } from "../frontend/support/compile.ts";
import type { KernelName } from "./kernels.ts";

const LOOPS = `
import { anycall, buffer, O, sys, type i64, type u32 } from "anycall";
const buf = buffer(256);
export const sum = anycall((n: u32): i64 => {
  let s: i64 = 0;
  for (let i: u32 = 0; i < n; i++) { if (i === 77) continue; s += i; if (s > 100000) return -s; }
  return s;
});
export const nest = anycall((n: u32, m: u32): i64 => {
  let s: i64 = 0;
  outer: for (let i: u32 = 0; i < n; i++) {
    for (let j: u32 = 0; j < m; j++) {
      if (j > i) continue outer;
      for (let k: u32 = 0; k < j; k++) { s += k; if (s > 5000) break outer; }
    }
  }
  return s;
});
export const reopen = anycall((path: string, n: u32): i64 => {
  let s: i64 = 0;
  for (let i: u32 = 0; i < n; i++) {
    using f = sys.open(path, O.RDONLY);
    if (!f.ok) return f.errno;
    let k: i64 = 0;
    for (;;) { const r = f.read(buf); if (r <= 0) break; k += r; if (k > 10000) return k; }
    s += k;
  }
  return s;
});
export const held = anycall((path: string): i64 => {
  using f = sys.open(path, O.RDONLY);
  if (!f.ok) return f.errno;
  let k: i64 = 0;
  for (;;) {
    const r = f.read(buf);
    if (r < 0) return r;
    if (r === 0) break;
    for (let i: u32 = 0; i < r; i++) if (buf[i] === 58) k++;
  }
  return k;
});
export const forever = anycall((): i64 => { let s: i64 = 0; for (;;) { s++; if (s < 0) break; } return s; });
`;

/** As in load-suite.ts: arguments, output, exit code of anycall-load. The guest's /etc/passwd has 22 bytes, 6 colons. */
export const LOOP_CASES: readonly (readonly [string, string, number])[] = [
  ["sum 0", "0", 0],
  ["sum 30", "435", 0],
  ["sum 100", "4873", 0],
  ["sum 4294967295", "-100051", 0],
  ["nest 30 30", "5001", 0],
  ["nest 5 9", "15", 0],
  ["reopen /etc/passwd 30", "660", 0],
  ["reopen /missing 3", "-2", 0],
  ["held /etc/passwd", "6", 0],
  ["forever", "", 3],
];

/** The object of these loops for the guest. Throws where the compiler has no form for one. */
export function loopObject(kernel: KernelName): Uint8Array {
  const { module, errors } = compileText(TYPESCRIPTS[0]!.ts, LOOPS);
  if (!module) throw new Error(errors.join("\n"));
  const profile = profileOf(kernel, kernel.split(".").map(Number) as [number, number]);
  const { object, diagnostics } = generate(optimize(module, { level: 1 }), { profile, license: "GPL", compiler: "test", sources: new Map([[module.source, LOOPS]]) });
  if (diagnostics.length > 0) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  return writeObject(object);
}
