import { describe, expect, it } from "vitest";
import { assertModule, checkModule } from "./check.ts";
import { parseModule } from "./parse.ts";

const REGIONS = `
  region path const size 5 align 1 name "path" init #2f746d7000
  region buf buffer size 64 align 8 name "buf"`;
const OPEN = `
    v0 = addr path
    v1 = const 5
    v2 = const 0
    v3 = addr e
    v4 = call sys.open(v0, v1, v2, v2, v3)
    v5 = isnull v4`;

const check = (body: string, before = "") =>
  checkModule(parseModule(`module "t.ts" ${REGIONS}\nfunc "f" { region e local size 4 align 4 name "e" ${before}\n${body}\n}`));

describe("checker accepts", () => {
  it.each([
    ["a handle released after its null test", `b0: ${OPEN} condbr v5, b1, b2  b1: ret v2  b2: v6 = call file.release(v4) ret v6`],
    ["a test through == 0", `b0: ${OPEN} v7 = cmp.eq v5, v2 condbr v7, b2, b1  b1: ret v2  b2: v6 = call file.release(v4) ret v6`],
    ["a test through ^ 1", `b0: ${OPEN} v8 = const 1 v7 = xor v5, v8 condbr v7, b2, b1  b1: ret v2  b2: v6 = call file.release(v4) ret v6`],
    ["a test repeated after a join", `b0: ${OPEN} condbr v5, b1, b2  b1: br b3  b2: br b3
      b3: v7 = isnull v4 condbr v7, b4, b5  b4: ret v2  b5: v6 = call file.release(v4) ret v6`],
    ["a handle acquired and released in each round", `b0: v9 = const 0 br b1  b1: loop b2, b5 #0  b5: stop EXHAUSTED
      b2: ${OPEN} condbr v5, b3, b4  b3: ret v2  b4: v6 = call file.release(v4) condbr v6, b1, b6  b6: ret v6`],
    ["a handle phi", `b0: v9 = const 1 condbr v9, b1, b2  b1: ${OPEN} br b3  b2: v10 = addr path v11 = addr e v12 = call sys.open(v10, v9, v9, v9, v11) br b3
      b3: v13 = phi handle [b1: v4, b2: v12] v14 = isnull v13 condbr v14, b4, b5  b4: ret v9  b5: v6 = call file.release(v13) ret v9`],
    ["an exhausted way that releases", `b0: ${OPEN} condbr v5, b9, b1  b9: ret v2  b1: loop b2, b3 #0  b2: condbr v1, b1, b4  b3: v6 = call file.release(v4) stop EXHAUSTED
      b4: v7 = call file.release(v4) ret v7`],
    ["an access out of bounds behind a constant condition that excludes it",
      "b0: v0 = addr buf v1 = const 64 v2 = const 64 v3 = cmp.ult v1, v2 condbr v3, b1, b2 b1: v4 = ptradd v0, v1 v5 = load.u8 [v4] ret v5 b2: ret v1"],
    ["a null optional struct", "b0: v0 = addr buf v1 = call sys.nanosleep(v0, null) ret v1"],
  ])("%s", (_, body) => {
    expect(check(body)).toEqual([]);
  });
});

describe("checker refuses", () => {
  it.each([
    ["structure", "unreachable", "b0: v0 = const 1 ret v0 b1: ret v0"],
    ["structure", "target b7", "b0: br b7"],
    ["structure", "entry has predecessors", "b0: br b0"],
    ["structure", "fault 2", "b0: stop FAULT fault 2"],
    ["structure", "scalar result", "b0: ret"],
    ["structure", "loop #0 appears twice", "b0: v0 = const 0 br b1 b1: loop b2, b9 #0 b2: condbr v0, b1, b3 b3: loop b4, b9 #0 b4: condbr v0, b3, b9 b9: stop EXHAUSTED"],
    ["ssa", "defined twice", "b0: v0 = const 1 v0 = const 2 ret v0"],
    ["ssa", "not defined", "b0: ret v3"],
    ["ssa", "does not dominate", "b0: v1 = add v0, v0 v0 = const 1 ret v0"],
    ["ssa", "does not dominate", "b0: v0 = const 1 condbr v0, b1, b2 b1: v1 = const 2 br b3 b2: br b3 b3: ret v1"],
    ["ssa", "does not dominate", "b0: v0 = const 1 condbr v0, b1, b2 b1: v1 = const 2 br b3 b2: br b3 b3: v2 = phi int [b1: v0, b2: v1] ret v2"],
    ["type", "is ptr, must be int", "b0: v0 = addr buf v1 = add v0, v0 ret v1"],
    ["type", "is int, must be ptr", "b0: v0 = const 1 v1 = load.u8 [v0] ret v1"],
    ["type", "is ptr, must be int", "b0: v0 = addr buf store.64 [v0], v0 v1 = const 1 ret v1"],
    ["type", "is ptr, must be int", "b0: v0 = addr buf br b1 b1: v1 = phi int [b0: v0] ret v1"],
    ["type", "is handle, must be int", `b0: ${OPEN} ret v4`],
    ["phi", "before other instructions", "b0: br b1 b1: v0 = const 1 v1 = phi int [b0: v0] ret v1"],
    ["phi", "no entry for b0", "b0: br b1 b1: v1 = phi int [] ret v1"],
    ["phi", "is no predecessor", "b0: v0 = const 1 br b1 b1: v1 = phi int [b0: v0, b1: v0] ret v1"],
    ["phi", "two entries", "b0: v0 = const 1 br b1 b1: v1 = phi int [b0: v0, b0: v0] ret v1"],
    ["flow", "must end in `loop`", "b0: v0 = const 1 br b1 b1: condbr v0, b1, b2 b2: ret v0"],
    ["flow", "heads no cycle", "b0: v0 = const 1 br b1 b1: loop b2, b2 #0 b2: ret v0"],
    ["flow", "irreducible", "b0: v0 = const 1 condbr v0, b1, b2 b1: br b2 b2: condbr v0, b1, b3 b3: ret v0"],
    ["flow", "stays in the loop", "b0: v0 = const 1 br b1 b1: loop b2, b3 #0 b2: ret v0 b3: br b1"],
    ["region", "does not exist", "b0: v0 = addr nowhere v1 = const 0 ret v1"],
    ["access", "outside region buf", "b0: v0 = addr buf v1 = load.u64 [v0 + 57] ret v1"],
    ["access", "outside region buf", "b0: v0 = addr buf v1 = const -1 v2 = ptradd v0, v1 v3 = load.u8 [v2] ret v3"],
    ["access", "constant region", "b0: v0 = addr path v1 = const 0 store.8 [v0], v1 ret v1"],
    ["access", "constant region", "b0: v0 = addr path v1 = const 5 v2 = call sys.read(v1, v0, v1) ret v2"],
    ["access", "outside region buf", "b0: v0 = addr buf v1 = const 65 v2 = call sys.read(v1, v0, v1) ret v2"],
    ["access", "byte range of -1", "b0: v0 = addr buf v1 = const -1 v2 = call sys.read(v1, v0, v1) ret v2"],
    ["access", "outside region e", "b0: v0 = addr e v1 = const 1 v2 = call sys.clock_gettime(v1, v0) ret v2"],
    ["call", "unknown operation", "b0: v0 = call sys.nothing() ret v0"],
    ["call", "takes 3 operands", "b0: v0 = const 1 v1 = call sys.read(v0) ret v1"],
    ["call", "is int, must be ptr", "b0: v0 = const 1 v1 = call sys.read(v0, v0, v0) ret v1"],
    ["call", "must not be null", "b0: v0 = const 1 v1 = call sys.read(v0, null, v0) ret v1"],
    ["call", "not named", `b0: v0 = addr path v1 = const 5 v3 = addr e call sys.open(v0, v1, v1, v1, v3) ret v1`],
    ["handle", "still be held at ret", `b0: ${OPEN} ret v5`],
    ["handle", "still be held at ret", `b0: ${OPEN} condbr v5, b1, b2 b1: ret v2 b2: ret v1`],
    ["handle", "still be held at stop", `b0: ${OPEN} condbr v5, b9, b1 b9: ret v2 b1: loop b2, b3 #0 b2: condbr v1, b1, b4 b3: stop EXHAUSTED
      b4: v7 = call file.release(v4) ret v7`],
    ["handle", "may be null", `b0: ${OPEN} v6 = call file.release(v4) ret v6`],
    ["handle", "may be released", `b0: ${OPEN} condbr v5, b1, b2 b1: ret v2 b2: v6 = call file.release(v4) v7 = call file.release(v4) ret v7`],
    ["handle", "may be released", `b0: ${OPEN} condbr v5, b1, b2 b1: ret v2 b2: v6 = call file.release(v4) v7 = isnull v4 ret v7`],
    ["handle", "acquired again", `b0: v9 = const 0 br b1 b1: loop b2, b5 #0 b5: stop EXHAUSTED b2: ${OPEN} condbr v5, b3, b4 b3: ret v2 b4: condbr v1, b1, b6
      b6: v6 = call file.release(v4) ret v6`],
    ["handle", "passed on", `b0: ${OPEN} br b1 b1: v8 = phi handle [b0: v4] v9 = isnull v4 condbr v9, b2, b3 b2: ret v2 b3: v10 = call file.release(v8) ret v2`],
    ["handle", "another phi", `b0: ${OPEN} br b1 b1: v8 = phi handle [b0: v4] v9 = phi handle [b0: v4] ret v2`],
  ])("%s: %s", (rule, message, body) => {
    expect(check(body).some((error) => error.rule === rule && error.message.includes(message)), JSON.stringify(check(body))).toBe(true);
  });

  it("regions in the wrong place", () => {
    const rules = check("b0: v0 = const 1 ret v0", 'region x buffer size 1 align 1 name "x" region y arg size 8 align 8 name "y" region buf local size 1 align 1 name "b"');
    expect(rules.map(({ message }) => message)).toEqual([
      "buffer region x belongs to the module, not to a function", "arg region y has no frame offset", "region buf exists in the module too",
    ]);
  });

  it("and assertModule throws with all of it", () => {
    expect(() => assertModule(parseModule('module "t" func "f" { b0: ret v1 }'), "dce")).toThrow(/after dce:\nf b0 v1: .*\[ssa\]/);
  });
});
