import { describe, expect, it } from "vitest";
import { FunctionBuilder } from "./builder.ts";
import { DEFAULT_SIGNATURE, printFunc } from "./text.ts";

const make = (name = "f") => new FunctionBuilder({ name, signature: DEFAULT_SIGNATURE });
const body = (b: FunctionBuilder) => printFunc(b.finish()).split("\n").slice(1, -2).map((line) => line.trim());

/** A diamond: `then` and `else` run in their blocks; both go on to the block that is current afterwards. */
function diamond(b: FunctionBuilder, cond: number, then: () => void, otherwise: () => void): void {
  const [yes, no, join] = [b.newBlock(), b.newBlock(), b.newBlock()];
  b.condbr(cond, yes, no);
  b.seal(yes);
  b.seal(no);
  b.setBlock(yes);
  then();
  b.br(join);
  b.setBlock(no);
  otherwise();
  b.br(join);
  b.seal(join);
  b.setBlock(join);
}

describe("FunctionBuilder", () => {
  it("reads a variable within a block without phis and names its value", () => {
    const b = make();
    const x = b.declare("x");
    b.write(x, b.bin("add", b.const(1n), b.const(2n)));
    b.ret(b.read(x));
    expect(body(b)).toEqual(["b0:", "v0 = const 1", "v1 = const 2", 'v2 = add v0, v1 "x"', "ret v2"]);
  });

  it("pools constants and addresses in a block, but not across blocks", () => {
    const b = make();
    b.addRegion({ id: "m", kind: "local", size: 8, align: 8, name: "m" });
    expect(b.const(5)).toBe(b.const(5n));
    expect(b.const(2n ** 64n - 1n)).toBe(b.const(-1n));
    expect(b.addr("m")).toBe(b.addr("m"));
    const before = b.const(5);
    const next = b.newBlock();
    b.br(next);
    b.setBlock(next);
    expect(b.const(5)).not.toBe(before);
    expect(b.constantOf(before)).toBe(5n);
  });

  it("makes a phi where two definitions meet, none where one does", () => {
    const b = make();
    const [x, y] = [b.declare("x"), b.declare("y")];
    b.write(x, b.const(1n));
    b.write(y, b.const(7n));
    const c = b.call("sys.getpid", []);
    diamond(b, c, () => b.write(x, b.const(2n)), () => {});
    b.ret(b.bin("add", b.read(x), b.read(y)));
    const text = body(b);
    expect(text.filter((line) => line.includes("phi"))).toEqual(['v4 = phi int [b1: v3, b2: v0] "x"']);
    expect(text.slice(-2)).toEqual(["v6 = add v4, v1", "ret v6"]);
  });

  it("makes loop phis for what the loop changes and removes the others", () => {
    const b = make();
    const [i, n] = [b.declare("i"), b.declare("n")];
    b.write(i, b.const(0n));
    b.write(n, b.call("sys.getpid", []));
    const [head, loop, out, done] = [b.newBlock(), b.newBlock(), b.newBlock(), b.newBlock()];
    b.br(head);
    b.setBlock(head);
    b.loop(loop, out);
    b.seal(out);
    b.setBlock(out);
    b.stop("EXHAUSTED");
    b.seal(loop);
    b.setBlock(loop);
    b.write(i, b.bin("add", b.read(i), b.const(1n)));
    b.condbr(b.cmp("slt", b.read(i), b.read(n)), head, done);
    b.seal(head);
    b.seal(done);
    b.setBlock(done);
    b.ret(b.read(i));
    const text = body(b);
    expect(text.filter((line) => line.includes("phi"))).toEqual(['v2 = phi int [b0: v0, b2: v4] "i"']);
    expect(text).toContain("v6 = cmp.slt v4, v1");
    expect(text).toContain("loop b2, b3 #0");
    expect(text.at(-1)).toBe("ret v4");
  });

  it("resolves chains of trivial phis through nested unsealed loops", () => {
    const b = make();
    const x = b.declare("x");
    b.write(x, b.call("sys.getpid", []));
    const depth = 5;
    const heads = Array.from({ length: depth }, () => b.newBlock());
    for (const head of heads) {
      const [next, out] = [b.newBlock(), b.newBlock()];
      b.br(head);
      b.setBlock(head);
      b.loop(next, out);
      b.seal(next);
      b.seal(out);
      b.setBlock(out);
      b.stop("EXHAUSTED");
      b.setBlock(next);
    }
    const early = b.read(x);
    expect(b.resolve(early)).not.toBe(0);
    for (const head of heads.reverse()) {
      const leave = b.newBlock();
      b.condbr(b.read(x), head, leave);
      b.seal(head);
      b.seal(leave);
      b.setBlock(leave);
    }
    b.ret(early);
    expect(b.resolve(early)).toBe(0);
    expect(body(b).some((line) => line.includes("phi"))).toBe(false);
  });

  it("handles long chains of joins without overflowing the stack", () => {
    const b = make();
    const x = b.declare("x");
    b.write(x, b.call("sys.getpid", []));
    for (let i = 0; i < 20_000; i++) diamond(b, b.const(1n), () => {}, () => {});
    b.ret(b.read(x));
    expect(body(b).at(-1)).toBe("ret v0");
  });

  it("makes handle phis, refuses pointers in variables and handles read before written", () => {
    const b = make();
    b.addRegion({ id: "m", kind: "local", size: 8, align: 8, name: "m" });
    const open = () => b.call("sys.open", [b.addr("m"), b.const(8n), b.const(0n), b.const(0n), b.addr("m")]);
    const f = b.declare("f", "handle");
    expect(() => b.read(f)).toThrow(/handle f/);
    expect(() => b.write(f, b.addr("m"))).toThrow(/ptr/);
    diamond(b, b.const(1n), () => b.write(f, open()), () => b.write(f, open()));
    b.isnull(b.read(f));
    b.ret();
    expect(body(b).some((line) => /phi handle \[b1: v\d+, b2: v\d+\] "f"/.test(line))).toBe(true);
  });

  it("drops dead code, its phi operands, and phis that become trivial by that", () => {
    const b = make();
    const x = b.declare("x");
    b.write(x, b.const(1n));
    const join = b.newBlock();
    b.br(join);
    b.startDead();
    b.write(x, b.const(2n));
    b.br(join);
    b.setBlock(join);
    b.seal(join);
    b.ret(b.read(x));
    expect(body(b)).toEqual(["b0:", "v0 = const 1", "br b1", "b1:", "ret v0"]);
  });

  it("reads variables in dead code, in sealed dead cycles too", () => {
    const b = make();
    const f = b.declare("f", "handle");
    b.ret();
    b.startDead();
    expect(b.typeOf(b.isnull(b.read(f)))).toBe("int");
    const [one, two] = [b.newBlock(), b.newBlock()];
    b.setBlock(one);
    b.br(two);
    b.setBlock(two);
    b.br(one);
    b.seal(one);
    b.seal(two);
    expect(b.typeOf(b.readVariable(f, one))).toBe("handle");
    expect(body(b)).toEqual(["b0:", "ret"]);
  });

  it("gives 0 for an int that no path wrote", () => {
    const b = make();
    const x = b.declare("x");
    const next = b.newBlock();
    b.br(next);
    b.seal(next);
    b.setBlock(next);
    b.ret(b.read(x));
    expect(body(b)).toEqual(["b0:", "v0 = const 0", "br b1", "b1:", "ret v0"]);
  });

  it("one predecessor entry for a condbr with equal targets", () => {
    const b = make();
    const x = b.declare("x");
    b.write(x, b.const(3n));
    const next = b.newBlock();
    b.condbr(b.const(1n), next, next);
    expect(b.predecessorsOf(next)).toEqual([0]);
  });

  it("fills checks and attaches spans", () => {
    const b = make();
    const span = { file: "a.ts", start: 3, length: 4 };
    const fault = b.addFault({ kind: "bounds", message: "too far", span });
    b.withSpan(span, () => b.check(b.const(1n), { kind: "bounds", keep: false }, () => b.stop("FAULT", fault)));
    b.ret();
    expect(printFunc(b.finish(), "a.ts").split("\n").map((line) => line.trim())).toEqual([
      'func "f" {', 'fault bounds "too far" @3+4', "b0:", "v0 = const 1 @3+4", "condbr v0, b1, b2 check bounds @3+4", "b1:", "ret", "b2:",
      "stop FAULT fault 0 @3+4", "}", "",
    ]);
  });

  it.each([
    ["emitting behind a terminator", (b: FunctionBuilder) => { b.ret(); b.const(1n); }],
    ["a second terminator", (b: FunctionBuilder) => { b.ret(); b.ret(); }],
    ["a branch to a sealed block", (b: FunctionBuilder) => { const x = b.newBlock(); b.seal(x); b.br(x); }],
    ["a branch to the entry", (b: FunctionBuilder) => b.br(b.entry)],
    ["an unknown operation", (b: FunctionBuilder) => b.call("sys.nothing", [])],
    ["a missing terminator", (b: FunctionBuilder) => b.finish()],
    ["a variable of another builder", (b: FunctionBuilder) => b.write(make().declare("x"), b.const(1n))],
    ["a check left open", (b: FunctionBuilder) => b.check(b.const(1n), { kind: "bounds", keep: false }, () => {})],
  ])("refuses %s", (_, misuse) => {
    expect(() => misuse(make())).toThrow();
  });
});
