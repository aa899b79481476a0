/** IR programs of the shapes that compiled TypeScript has, as text: each loads in a stock kernel. */
import { INT, type BoundarySignature } from "../../kernel/abi/boundary.ts";
import { FRAME } from "../../kernel/abi/frame.ts";

const signature = (names: readonly string[]): string => {
  const params = names.map((name, i) => ({ name, type: INT.u32, mode: "in" as const, offset: FRAME.args + i * 8 }));
  const value: BoundarySignature = { params, result: INT.i64, resultOffset: FRAME.result };
  return `signature \`${JSON.stringify(value)}\`\n region args arg size ${Math.max(8, names.length * 8)} align 8 name "args" at ${FRAME.args}`;
};

export interface Sample {
  readonly name: string;
  readonly text: string;
  /** Arguments of each run. */
  readonly runs: readonly (readonly number[])[];
  /** Module regions to fill: id → byte at index. */
  readonly fill?: Readonly<Record<string, (i: number) => number>>;
}

/** sum of n getpids. */
const burst = `module "burst.ts"
func "burst" { ${signature(["n"])}
 b0: v0 = addr args v1 = load.u64 [v0 + 0] "n" v2 = const 0 v3 = const 1 br b1
 b1: v4 = phi int [b0: v2, b3: v10] "sum" v5 = phi int [b0: v2, b3: v12] "i" loop b2, b4 #0
 b2: v6 = cmp.ult v5, v1 condbr v6, b3, b5
 b3: v9 = call sys.getpid() v10 = add v4, v9 "sum" v11 = add v5, v3 v12 = ext.u32 v11 "i" br b1
 b4: stop EXHAUSTED
 b5: ret v4 }`;

/** Newlines among the first n bytes of a 64 KiB buffer; a check keeps n inside. */
const bytes = `module "bytes.ts"
region page buffer size 65536 align 8 name "page"
func "bytes" { ${signature(["n"])} fault bounds "n is beyond page"
 b0: v0 = addr args v1 = load.u64 [v0 + 0] "n" v2 = const 0 v3 = const 1 v20 = const 65536 v21 = cmp.ule v1, v20 condbr v21, b7, b8 check bounds
 b8: stop FAULT fault 0
 b7: br b1
 b1: v4 = phi int [b7: v2, b6: v10] "lines" v5 = phi int [b7: v2, b6: v12] "i" loop b2, b4 #0
 b2: v6 = cmp.ult v5, v1 condbr v6, b3, b5
 b3: v13 = addr page v14 = ptradd v13, v5 v15 = load.u8 [v14 + 0] v16 = const 10 v17 = cmp.eq v15, v16 condbr v17, b9, b6
 b9: v18 = add v4, v3 br b6
 b6: v10 = phi int [b3: v4, b9: v18] v11 = add v5, v3 v12 = ext.u32 v11 br b1
 b4: stop EXHAUSTED
 b5: ret v4 }`;

/** Words as wc counts them: a flag carried round the loop. */
const words = `module "words.ts"
region page buffer size 65536 align 8 name "page"
func "words" { ${signature(["n"])} fault bounds "n is beyond page"
 b0: v0 = addr args v1 = load.u64 [v0 + 0] "n" v2 = const 0 v3 = const 1 v20 = const 65536 v21 = cmp.ule v1, v20 condbr v21, b7, b8 check bounds
 b8: stop FAULT fault 0
 b7: br b1
 b1: v4 = phi int [b7: v2, b6: v10] "words" v5 = phi int [b7: v2, b6: v12] "i" v30 = phi int [b7: v2, b6: v31] "inWord" loop b2, b4 #0
 b2: v6 = cmp.ult v5, v1 condbr v6, b3, b5
 b3: v13 = addr page v14 = ptradd v13, v5 v15 = load.u8 [v14 + 0] "c" v16 = const 32 v17 = cmp.eq v15, v16 condbr v17, b10, b11
 b11: v40 = const 9 v41 = cmp.uge v15, v40 condbr v41, b12, b10
 b12: v42 = const 13 v43 = cmp.ule v15, v42 br b10
 b10: v44 = phi int [b3: v3, b11: v2, b12: v43] "space" condbr v44, b13, b14
 b14: br b6
 b13: v45 = cmp.ne v30, v2 condbr v45, b9, b15
 b15: br b6
 b9: v18 = add v4, v3 br b6
 b6: v10 = phi int [b14: v4, b15: v4, b9: v18] v31 = cmp.eq v44, v2 v11 = add v5, v3 v12 = ext.u32 v11 br b1
 b4: stop EXHAUSTED
 b5: v50 = add v4, v30 ret v50 }`;

/** Matrix-like walk: for i < n, for j < m, table[i & 63] += buf[j & 1023] with stores. */
const nested = `module "nested.ts"
region table buffer size 512 align 8 name "table"
region buf buffer size 1024 align 8 name "buf"
func "nested" { ${signature(["n", "m"])}
 b0: v0 = addr args v1 = load.u64 [v0 + 0] "n" v2 = load.u64 [v0 + 8] "m" v3 = const 0 v4 = const 1 br b1
 b1: v5 = phi int [b0: v3, b9: v6] "i" v7 = phi int [b0: v3, b9: v8] "total" loop b2, b3 #0
 b2: v9 = cmp.ult v5, v1 condbr v9, b4, b10
 b4: br b5
 b5: v10 = phi int [b4: v3, b7: v11] "j" v12 = phi int [b4: v7, b7: v13] "total" loop b6, b3 #1
 b6: v14 = cmp.ult v10, v2 condbr v14, b7, b9
 b7: v15 = const 1023 v16 = and v10, v15 v17 = addr buf v18 = ptradd v17, v16 v19 = load.u8 [v18 + 0]
  v20 = const 63 v21 = and v5, v20 v22 = const 3 v23 = shl v21, v22 v24 = addr table v25 = ptradd v24, v23 v26 = load.u64 [v25 + 0]
  v27 = add v26, v19 store.64 [v25 + 0], v27
  v13 = add v12, v19 v28 = add v10, v4 v11 = ext.u32 v28 br b5
 b9: v8 = phi int [b6: v12] v29 = add v5, v4 v6 = ext.u32 v29 br b1
 b3: stop EXHAUSTED
 b10: ret v7 }`;

/** A constant small loop, which stays plain; its counter is signed and indexes a frame-local array. */
const small = `module "small.ts"
func "small" { ${signature(["n"])} region a local size 80 align 8 name "a"
 b0: v0 = addr args v1 = load.u64 [v0 + 0] "n" v2 = const 0 v3 = const 1 v30 = const 10 br b1
 b1: v5 = phi int [b0: v2, b3: v12] "i" loop b2, b4 #0 trips 10
 b2: v6 = cmp.slt v5, v30 condbr v6, b3, b5
 b3: v7 = const 3 v8 = shl v5, v7 v9 = addr a v10 = ptradd v9, v8 v11 = mul v5, v1 store.64 [v10 + 0], v11 v12 = add v5, v3 br b1
 b4: stop EXHAUSTED
 b5: v20 = addr a v21 = load.s64 [v20 + 16] v22 = load.s64 [v20 + 72] v23 = add v21, v22 ret v23 }`;

/** Twenty values that live across calls and a loop. */
const spills = (() => {
  const many = Array.from({ length: 20 }, (_, i) => i);
  const load = many.map((i) => `v${100 + i} = load.u64 [v0 + 0] v${200 + i} = const ${i * 7 + 1}
 v${300 + i} = mul v${100 + i}, v${200 + i} "x${i}"`).join("\n ");
  const sum = many.map((i) => `v${500 + i} = xor v${i === 0 ? 400 : 499 + i}, v${300 + i}`).join("\n ");
  const sum2 = many.map((i) => `v${600 + i} = add v${i === 0 ? 519 : 599 + i}, v${300 + i}`).join("\n ");
  return `module "spills.ts"
region page buffer size 4096 align 8 name "page"
func "spills" { ${signature(["n"])}
 b0: v0 = addr args v1 = load.u64 [v0 + 0] "n" v2 = const 0 v3 = const 1 ${load} br b1
 b1: v4 = phi int [b0: v2, b6: v10] "sum" v5 = phi int [b0: v2, b6: v12] "i" loop b2, b4 #0
 b2: v6 = cmp.ult v5, v1 condbr v6, b3, b5
 b3: v9 = call sys.getuid() v400 = add v4, v9 ${sum} ${sum2}
  v20 = const 4096 v21 = cmp.ult v5, v20 condbr v21, b6, b5
 b6: v22 = addr page v23 = call sys.getgid() v24 = ptradd v22, v5 v25 = load.u8 [v24 + 0] v10 = add v619, v25 v11 = add v5, v3 v12 = ext.u32 v11 br b1
 b4: stop EXHAUSTED
 b5: ret v4 }`;
})();

/** Large locals in the frame, reached by constant and by variable offsets. */
const locals = `module "locals.ts"
func "locals" { ${signature(["n"])} region big local size 40000 align 8 name "big" region small local size 16 align 8 name "small"
 b0: v0 = addr args v1 = load.u64 [v0 + 0] "n" v2 = const 4999 v3 = cmp.ule v1, v2 condbr v3, b1, b2
 b2: v30 = const -1 ret v30
 b1: v4 = const 3 v5 = shl v1, v4 v6 = addr big v7 = ptradd v6, v5 store.64 [v7 + 0], v1 v8 = const 39992 v9 = ptradd v6, v8 store.64 [v9 + 0], v5
  v10 = addr small store.32 [v10 + 4], v5 v11 = load.s64 [v7 + 0] v12 = load.u64 [v9 + 0] v13 = load.s32 [v10 + 4] v14 = add v11, v12
  v15 = add v14, v13 ret v15 }`;

/** Every arithmetic function in both widths on n and m. */
const arithmetic = (() => {
  const fns = ["add", "sub", "mul", "udiv", "sdiv", "umod", "smod", "and", "or", "xor", "shl", "lshr", "ashr"];
  const lines: string[] = [];
  let id = 10;
  let sum = 3;
  const fold = (value: number) => {
    lines.push(`v${id} = mul v${sum}, v4 v${id + 1} = xor v${id}, v${value}`);
    sum = id + 1;
    id += 2;
  };
  for (const width of ["", "32"]) {
    for (const fn of fns) {
      for (const [a, b] of [[1, 2], [2, 1], [1, 5], [5, 2], [1, 6]]) {
        lines.push(`v${id} = ${fn}${width} v${a}, v${b}`);
        fold(id++);
      }
    }
    for (const pred of ["eq", "ne", "ult", "ule", "ugt", "uge", "slt", "sle", "sgt", "sge"]) {
      lines.push(`v${id} = cmp${width}.${pred} v1, v2`);
      fold(id++);
    }
  }
  for (const ext of ["u8", "u16", "u32", "s8", "s16", "s32"]) {
    lines.push(`v${id} = ext.${ext} v1`);
    fold(id++);
  }
  return `module "arithmetic.ts"
func "arithmetic" { ${signature(["n", "m"])}
 b0: v0 = addr args v1 = load.u64 [v0 + 0] "n" v2 = load.u64 [v0 + 8] "m" v3 = const 17 v4 = const 1000003 v5 = const -7 v6 = const 4294967296
 ${lines.join("\n ")}
 ret v${sum} }`;
})();

const page = (i: number) => [10, 32, 65, 66, 9, 67, 200, 33][(i * 7 + (i >> 3)) % 8]!;

/** The sample's module regions to fill, as bytes. */
export function fillOf(sample: Sample, sizeOf: (region: string) => number): Map<string, Uint8Array> {
  return new Map(Object.entries(sample.fill ?? {}).map(([id, at]) => [id, Uint8Array.from({ length: sizeOf(id) }, (_, i) => at(i))]));
}

export const SAMPLES: readonly Sample[] = [
  { name: "burst", text: burst, runs: [[0], [1], [5], [4096]] },
  { name: "bytes", text: bytes, runs: [[0], [1], [4000], [65536], [65537]], fill: { page } },
  { name: "words", text: words, runs: [[0], [1], [4001], [65536]], fill: { page } },
  { name: "nested", text: nested, runs: [[0, 5], [3, 0], [17, 40], [70, 1500]], fill: { buf: page } },
  { name: "small", text: small, runs: [[0], [3], [1000]] },
  { name: "spills", text: spills, runs: [[0], [1], [9], [5000]], fill: { page } },
  { name: "locals", text: locals, runs: [[0], [7], [4999], [5000]] },
  { name: "arithmetic", text: arithmetic, runs: [[0, 0], [7, 3], [3, 7], [0xffffffff, 2], [0x80000000, 0xffffffff], [1, 64], [5, 31]] },
];
