import { describe, expect, it } from "vitest";
import { INT } from "../kernel/abi/boundary.ts";
import { IrParseError, parseFunc, parseModule } from "./parse.ts";
import { printFunc, printModule } from "./text.ts";

/** Every construct of the grammar, in the printer's own layout. */
const ALL = `module "logs.ts"
region page buffer size 65536 align 8 name "page" @0+30
region "odd name" const size 2 align 1 name "text\\n" init #6869
region table global size 8 align 4 name "table" init # type \`{"kind":"int","bits":8,"signed":false}\`
region counts map size 8 align 8 name "counts" map \`{"type":1,"entries":4,"key":{"kind":"int","bits":32,"signed":false},"value":{"kind":"int","bits":64,"signed":false}}\`

func "Logs.countLines" @120+400 {
  signature \`{"params":[{"name":"p\\u0060","type":{"kind":"bool"},"mode":"in","offset":32}],"result":{"kind":"void"},"resultOffset":8}\`
  region args arg size 8 align 8 name "args" at 32
  fault bounds "index 3 is beyond \\"page\\"" code 7 @200+4
  fault result-range "n"
b0:
  v0 = const -9223372036854775808 "lines" @140+1
  v1 = add v0, v0
  v2 = ashr32 v1, v0
  v3 = ext.s8 v2
  v4 = ext.u32 v3
  v5 = cmp.slt v1, v2
  v6 = cmp32.uge v1, v2 @7+8 in "other.ts"
  v7 = addr "odd name"
  v8 = ptradd v7, v1
  v9 = field v8, "Stat" ["mtime", "sec"] + 48
  v10 = load.u8 [v9]
  v11 = load.s64 [v9 - 8]
  store.32 [v8 + 4], v11 @1+1
  v12 = call sys.nanosleep(v7, null)
  call sys.getpid()
  v13 = call sys.open(v7, v1, v1, v1, v7)
  v14 = isnull v13
  v18 = lookup counts, v7
  v19 = map.update counts (v7, v8) 1
  v20 = map.delete counts (v7) 0
  v21 = atomic.add.32 [v8 + 4], v1
  v22 = atomic.cmpxchg.64 [v18], v1, v2
  br b1
b1:
  v15 = phi int [b0: v0, b2: v16] "i"
  v17 = phi handle [b0: v13, b2: v17]
  loop b2, b3 #0 trips 16 @3+3
b2:
  v16 = const 1
  condbr v16, b1, b4 check result-range keep access "page[n]" requires "n <= 4" @5+5
b3:
  stop EXHAUSTED
b4:
  condbr v16, b5, b6 check bounds
b5:
  condbr v16, b6, b7
b6:
  ret
b7:
  condbr v16, b8, b9
b8:
  stop FAULT fault 1
b9:
  condbr v16, b10, b11
b10:
  unreachable
b11:
  ret v16
}
`;

describe("text form", () => {
  it("prints what it parses, for every construct", () => {
    expect(printModule(parseModule(ALL))).toBe(ALL);
  });

  it("parses into the types of types.ts", () => {
    const module = parseModule(ALL);
    expect(module.source).toBe("logs.ts");
    expect(module.regions.get("table")).toEqual({ id: "table", kind: "global", size: 8, align: 4, name: "table", init: new Uint8Array(0), type: INT.u8 });
    const func = module.funcs[0]!;
    expect({ entry: func.entry, nextValue: func.nextValue, nextBlock: func.nextBlock }).toEqual({ entry: 0, nextValue: 23, nextBlock: 12 });
    expect(func.signature.params[0]!.name).toBe("p`");
    expect(func.blocks.get(0)!.instrs[6]).toEqual({ op: "cmp", id: 6, pred: "uge", width: 32, a: 1, b: 2, span: { file: "other.ts", start: 7, length: 8 } });
    expect(func.blocks.get(1)!.terminator).toEqual({
      op: "loop", body: 2, exhausted: 3, loop: { id: 0, maxTrips: 16 }, span: { file: "logs.ts", start: 3, length: 3 },
    });
  });

  it("skips comments and prints notes and no spans on request", () => {
    const func = parseFunc('func "f" { // a function\nb0: v0 = const 1 @1+2 // one\nret v0 }');
    const text = printFunc(func, "", { spans: false, note: (item) => (item.op === "const" ? "is 1" : undefined) });
    expect(text).toBe('func "f" {\nb0:\n  v0 = const 1  // is 1\n  ret v0\n}\n');
  });

  it.each([
    ['func "f" { }', /needs a block/],
    ['func "f" {\nb0:\n  v0 = bogus v1\n  ret\n}', /^3:14: unknown operation bogus/],
    ['func "f" { b0: v0 = add v1 v2 ret }', /expected ','/],
    ['func "f" { b0: v0 = store.8 [v1], v2 ret }', /defines no value/],
    ['func "f" { b0: add v1, v2 ret }', /needs a value/],
    ['func "f" { b0: v0 = load.u7 [v1] ret }', /8, 16, 32 or 64/],
    ['func "f" { b0: ret b0: ret }', /b0 defined twice/],
    ['func "f" { b0: v0 = const ~ ret }', /unexpected character/],
    ['func "f" { b0: stop OK }', /expected one of/],
    ['func "f" { b0: ret } x', /expected the end/],
  ])("refuses %s", (text, message) => {
    expect(() => parseFunc(text)).toThrow(IrParseError);
    expect(() => parseFunc(text)).toThrow(message);
  });
});
