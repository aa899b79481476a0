import { describe, expect, it } from "vitest";
import type { Host } from "../kernel/abi/host.ts";
import { opName } from "../kernel/abi/syscalls.ts";
import { evaluateBinary, evaluateCompare, evaluateExtend, NEGATED, SWAPPED } from "./evaluate.ts";
import { interpret, IrTrap, LOCAL_POISON } from "./interpret.ts";
import { parseModule } from "./parse.ts";
import type { BinaryFn, Predicate } from "./types.ts";

const MIN = -(2n ** 63n);
const run = (body: string, options: Parameters<typeof interpret>[2] = {}) => {
  const text = `module "t" region buf buffer size 16 align 8 name "buf" region path const size 3 align 1 name "p" init #2f6100
  func "f" { region e local size 4 align 4 name "e" fault bounds "x" fault bounds "y"\n${body}\n}`;
  return interpret(parseModule(text), "f", options);
};

describe("evaluate", () => {
  it.each<[BinaryFn, 32 | 64, bigint, bigint, bigint]>([
    ["add", 64, 2n ** 63n - 1n, 1n, MIN], ["add", 32, 0xffffffffn, 1n, 0n], ["sub", 32, 0n, 1n, 0xffffffffn], ["mul", 64, MIN, 2n, 0n],
    ["udiv", 64, -1n, 2n, 2n ** 63n - 1n], ["udiv", 64, 5n, 0n, 0n], ["sdiv", 64, MIN, -1n, MIN], ["sdiv", 64, -7n, 2n, -3n], ["sdiv", 64, 7n, 0n, 0n],
    ["sdiv", 32, 0x80000000n, 0xffffffffn, 0x80000000n], ["umod", 64, -1n, 0n, -1n], ["umod", 32, -1n, 0n, 0xffffffffn], ["smod", 64, MIN, -1n, 0n],
    ["smod", 64, -7n, 2n, -1n], ["smod", 64, -7n, 0n, -7n], ["shl", 64, 1n, 63n, MIN], ["shl", 64, 1n, 64n, 1n], ["shl", 32, 1n, 33n, 2n],
    ["lshr", 64, -1n, 63n, 1n], ["lshr", 32, -1n, 4n, 0x0fffffffn], ["ashr", 64, MIN, 63n, -1n], ["ashr", 32, 0x80000000n, 4n, 0xf8000000n],
    ["and", 32, -1n, -1n, 0xffffffffn], ["or", 64, MIN, 1n, MIN + 1n], ["xor", 32, -1n, 1n, 0xfffffffen],
  ])("%s %i", (fn, width, a, b, result) => {
    expect(evaluateBinary(fn, width, a, b)).toBe(result);
  });

  it.each<[Predicate, 32 | 64, bigint, bigint, boolean]>([
    ["ult", 64, -1n, 0n, false], ["slt", 64, -1n, 0n, true], ["slt", 32, 0xffffffffn, 0n, true], ["ult", 32, 2n ** 32n, 1n, true], ["eq", 32, 2n ** 32n, 0n, true],
    ["eq", 64, 2n ** 32n, 0n, false], ["uge", 64, MIN, 2n ** 63n - 1n, true], ["sge", 64, MIN, 0n, false], ["sle", 64, 3n, 3n, true], ["ugt", 64, 3n, 3n, false],
  ])("%s %i", (pred, width, a, b, result) => {
    expect(evaluateCompare(pred, width, a, b)).toBe(result);
    expect(evaluateCompare(NEGATED[pred], width, a, b)).toBe(!result);
    expect(evaluateCompare(SWAPPED[pred], width, b, a)).toBe(result);
  });

  it("extends", () => {
    expect([evaluateExtend(8, true, 0x1ffn), evaluateExtend(8, false, -1n), evaluateExtend(32, true, 0x80000000n)]).toEqual([-1n, 255n, -(2n ** 31n)]);
  });
});

describe("interpret", () => {
  it("runs phis in parallel and counts rounds", () => {
    const body = `b0: v0 = const 0 v1 = const 1 v2 = const 10 br b1
      b1: v3 = phi int [b0: v0, b2: v4] v4 = phi int [b0: v1, b2: v5] v6 = phi int [b0: v0, b2: v7] loop b2, b3 #0
      b2: v5 = add v3, v4 v7 = add v6, v1 v8 = cmp.ult v7, v2 condbr v8, b1, b4
      b3: stop EXHAUSTED
      b4: ret v4`;
    expect(run(body)).toMatchObject({ status: "OK", result: 55n, roundsUsed: 10, detail: 0 });
    expect(run(body, { rounds: 10 }).status).toBe("OK");
    expect(run(body, { rounds: 9 })).toMatchObject({ status: "EXHAUSTED", roundsUsed: 9 });
    expect(run(body, { rounds: 9 }).result).toBeUndefined();
  });

  it("loads and stores little endian, unaligned, and keeps memory", () => {
    const memory = new Map<string, Uint8Array>();
    const body = "b0: v0 = addr buf v1 = const -2 store.32 [v0 + 3], v1 v2 = load.s16 [v0 + 5] v3 = load.u16 [v0 + 5] v4 = add v2, v3 ret v4";
    expect(run(body, { memory }).result).toBe(65534n);
    expect([...memory.get("buf")!.subarray(2, 8)]).toEqual([0, 0xfe, 0xff, 0xff, 0xff, 0]);
    expect(run("b0: v0 = addr e v1 = load.u8 [v0 + 3] ret v1").result).toBe(BigInt(LOCAL_POISON));
    expect(run("b0: v0 = addr buf v1 = field v0, \"S\" [\"x\"] + 5 v2 = load.u8 [v1 - 2] ret v2", { memory }).result).toBe(0xfen);
  });

  it("ends with a fault's index + 1", () => {
    expect(run("b0: stop FAULT fault 1")).toMatchObject({ status: "FAULT", detail: 2 });
    expect(run("b0: stop ABORTED")).toMatchObject({ status: "ABORTED", detail: 0 });
  });

  it("marshals calls as the row says", () => {
    const seen: unknown[] = [];
    const host: Host = {
      call(row, args) {
        seen.push([opName(row), args.map((arg) => (arg instanceof Uint8Array ? [...arg] : arg))]);
        if (opName(row) === "sys.open") return 77n;
        if (args[1] instanceof Uint8Array) args[1].set([1, 2]);
        return 0x1_0000_0002n;
      },
    };
    const body = `b0: v0 = addr path v1 = const 3 v2 = const -1 v3 = addr e v4 = call sys.open(v0, v1, v2, v2, v3) v5 = isnull v4 condbr v5, b1, b2
      b1: ret v5
      b2: v6 = addr buf v7 = const 2 v8 = call file.read(v4, v6, v7, v2) v9 = call file.release(v4) v10 = load.u16 [v6] v11 = add v10, v8 ret v11`;
    expect(run(body, { host }).result).toBe(0x0201n + 2n);
    expect(seen).toEqual([
      ["sys.open", [[0x2f, 0x61, 0], -1n, 0xffffffffn, [0xa5, 0xa5, 0xa5, 0xa5]]], ["file.read", [77n, [0, 0], -1n]], ["file.release", [77n]],
    ]);
  });

  const host: Host = { call: (row) => (row.result.type === "handle" ? 5n : 0n) };
  const open = "v0 = addr path v1 = const 3 v3 = addr e v4 = call sys.open(v0, v1, v1, v1, v3)";
  it.each([
    ["outside buf", "b0: v0 = addr buf v1 = load.u64 [v0 + 9] ret v1"],
    ["outside buf", "b0: v0 = addr buf v1 = const -1 v2 = ptradd v0, v1 store.8 [v2], v1 ret v1"],
    ["outside buf", "b0: v0 = addr buf v1 = const 17 v2 = call sys.read(v1, v0, v1) ret v2"],
    ["unreachable", "b0: unreachable"],
    ["still held", `b0: ${open} ret v1`],
    ["released handle", `b0: ${open} v5 = call file.release(v4) v6 = call file.release(v4) ret v1`],
    ["released handle", `b0: ${open} v5 = call file.release(v4) v6 = isnull v4 ret v1`],
    ["no value", "b0: ret v9"],
    ["no int", "b0: v0 = addr buf ret v0"],
  ])("traps: %s", (message, body) => {
    expect(() => run(body, { host })).toThrow(IrTrap);
    expect(() => run(body, { host })).toThrow(message);
  });

  it("refuses unknown functions and calls without a host", () => {
    expect(() => interpret(parseModule('module "t"'), "f")).toThrow("no function f");
    expect(() => run("b0: v0 = call sys.getpid() ret v0")).toThrow("without a host");
  });
});
