/** The boundary to Node: arguments, results, errors, laziness. The engine is a JavaScript function on the frame. */
import { describe, expect, test } from "vitest";
import { writeObject } from "../../backend-ebpf/object/index.ts";
import * as asm from "../../backend-ebpf/isa/asm.ts";
import { type BoundaryParam, type BoundaryType, INT, structType } from "../abi/boundary.ts";
import { ABI_VERSION, FRAME, type StatusName } from "../abi/frame.ts";
import type { BufferMeta, ObjectMeta, ProgramMeta } from "../abi/meta.ts";
import type { Engine, EngineName, Instance } from "../engine.ts";
import { AnycallError } from "../errors.ts";
import { type Engines, type LoadOptions, loadWith } from "./load.ts";
import { compiledModule } from "./module.ts";

const FRAME_SIZE = 512;
const SLOTS = 8;
const FRAMES = 64;
const BUFFERS = FRAMES + SLOTS * FRAME_SIZE;
const BSS = BUFFERS + 256;
/** Where results that are no scalars, and struct parameters, lie in these tests' frames. */
const AREA = 256;

type Body = (frame: DataView, frames: { readonly offset: number; readonly bss: Uint8Array }) => StatusName;

/** A body that does something and ends with a status. */
const doing = (act: (frame: DataView) => unknown, status: StatusName = "OK"): Body => (frame) => {
  act(frame);
  return status;
};

/** An engine that runs `body` for every program. */
function engineOf(name: EngineName, body: Body, probe: Partial<ReturnType<Engine["probe"]>> = {}): Engine & { loads: number; programs: (readonly string[] | undefined)[] } {
  return {
    name,
    loads: 0,
    programs: [],
    probe: () => ({ ok: true, reason: `fake ${name}`, missingRows: [], exact: [], ...probe }),
    load(_, options): Instance {
      this.loads++;
      this.programs.push(options?.programs);
      const bss = new Uint8Array(BSS);
      return {
        engine: name,
        bss,
        data: new Uint8Array(16),
        call: (_symbol, offset) => body(new DataView(bss.buffer, FRAMES + offset, FRAME_SIZE), { offset, bss }),
        close: () => {},
      };
    },
  };
}

const program = (parts: Partial<ProgramMeta> = {}): ProgramMeta => ({
  name: "f", symbol: "f", signature: { params: [], result: { kind: "void" }, resultOffset: FRAME.result }, sites: [], faults: [], moduleOnly: [], exact: [], instructions: 2, ...parts,
});

function objectBytes(programs: readonly ProgramMeta[], parts: Partial<ObjectMeta> = {}): Uint8Array {
  const meta: ObjectMeta = {
    abi: ABI_VERSION, compiler: "test", source: "logs.ts", kernel: "6.1", license: "GPL", memory: { framesOffset: FRAMES, frameSize: FRAME_SIZE, frameSlots: SLOTS, size: BSS }, buffers: [], programs, ...parts,
  };
  const units = programs.map(({ symbol }) => ({ symbol, insns: [asm.mov64(asm.R0, 0), asm.exit()], relocations: [], lines: [], variables: [] }));
  return writeObject({ programs: units, bssSize: BSS, data: new Uint8Array(16), variables: [], meta, sources: new Map() });
}

const refused = { ok: false, reason: "not here" };
function enginesOf(user: Engine, stock: Engine = engineOf("stock", () => "OK", refused)): Engines {
  return { module: engineOf("module", () => "OK", refused), stock, user };
}
const loadMeta = (meta: ProgramMeta, body: Body, options: LoadOptions = {}, parts: Partial<ObjectMeta> = {}) => loadWith(enginesOf(engineOf("user", body)), objectBytes([meta], parts), { engine: "user", ...options });

/** One parameter of a type, in the places that a compiler would give it. */
function param(type: BoundaryType, parts: Partial<BoundaryParam> = {}): BoundaryParam {
  const place = type.kind === "string" ? { offset: FRAME.args, data: AREA } : { offset: ["int", "bool"].includes(type.kind) ? FRAME.args : AREA };
  return { name: "p", type, mode: "in", ...place, ...parts };
}
const takes = (type: BoundaryType, parts: Partial<BoundaryParam> = {}) => program({ signature: { params: [param(type, parts)], result: { kind: "void" }, resultOffset: FRAME.result } });
const gives = (result: BoundaryType) => program({ signature: { params: [], result, resultOffset: ["int", "bool"].includes(result.kind) ? FRAME.result : AREA } });

/** What `value` becomes in the frame: 8 bytes of its slot. */
function slotOf(type: BoundaryType, value: unknown): bigint {
  let slot = 0n;
  const body: Body = (frame) => {
    slot = frame.getBigInt64(FRAME.args, true);
    return "OK";
  };
  loadMeta(takes(type), body).call("f", [value]);
  return slot;
}
const problem = (run: () => unknown): { code?: string; kind: string } => {
  try {
    run();
  } catch (error) {
    return { code: (error as { code?: string }).code!, kind: (error as Error).constructor.name };
  }
  return { kind: "none" };
};

describe("integer arguments", () => {
  test.each([
    [INT.u8, 0, 255], [INT.i8, -128, 127], [INT.u16, 0, 65535], [INT.i16, -32768, 32767], [INT.u32, 0, 2 ** 32 - 1], [INT.i32, -(2 ** 31), 2 ** 31 - 1],
    [INT.u64, 0, Number.MAX_SAFE_INTEGER], [INT.i64, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  ] as const)("%o: both ends, extended, and nothing beyond", (type, low, high) => {
    for (const value of [low, high, 1, 0, -0]) {
      expect(slotOf(type, value)).toBe(BigInt(value));
      expect(slotOf(type, BigInt(value))).toBe(BigInt(value));
    }
    for (const value of [low - 1, high + 1, 0.5, Number.NaN, Infinity, 2 ** 70, -(2n ** 63n) - 1n, 2n ** 64n]) {
      expect(problem(() => slotOf(type, value)), String(value)).toEqual({ code: "AC4016", kind: "RangeError" });
    }
    for (const value of [undefined, null, "1", true, {}]) expect(problem(() => slotOf(type, value)), String(value)).toEqual({ code: "AC4021", kind: "TypeError" });
  });
  test("64 bits as bigint", () => {
    expect(slotOf(INT.u64, 2n ** 64n - 1n)).toBe(-1n);
    expect(slotOf(INT.i64, -(2n ** 63n))).toBe(-(2n ** 63n));
    expect(problem(() => slotOf(INT.u64, -1n)).code).toBe("AC4016");
    expect(problem(() => slotOf(INT.i64, 2n ** 63n)).code).toBe("AC4016");
    expect(() => slotOf(INT.u64, 2 ** 60)).toThrow(/pass a bigint/);
  });
  test("booleans are booleans", () => {
    expect([slotOf({ kind: "bool" }, true), slotOf({ kind: "bool" }, false)]).toEqual([1n, 0n]);
    expect(problem(() => slotOf({ kind: "bool" }, 1))).toEqual({ code: "AC4021", kind: "TypeError" });
  });
  test("defaults", () => {
    const seen: bigint[] = [];
    const loaded = loadMeta(takes(INT.i32, { defaultValue: -7 }), doing((frame) => seen.push(frame.getBigInt64(FRAME.args, true))));
    loaded.call("f", []);
    loaded.call("f", [undefined]);
    loaded.call("f", [3, "more than it takes"]);
    expect(seen).toEqual([-7n, -7n, 3n]);
  });
});

describe("string arguments", () => {
  const type: BoundaryType = { kind: "string", max: 8 };
  const bytesOf = (value: unknown) => {
    let bytes: number[] = [];
    const body: Body = (frame) => {
      const [at, length] = [frame.getUint32(FRAME.args, true), frame.getUint32(FRAME.args + 4, true)];
      bytes = Array.from({ length: length + 1 }, (_, i) => frame.getUint8(at + i));
      return "OK";
    };
    const loaded = loadMeta(takes(type), body);
    loaded.call("f", ["xxxxxxxx"]);
    loaded.call("f", [value]);
    return bytes;
  };
  test("UTF-8 with a terminator", () => {
    expect(bytesOf("")).toEqual([0]);
    expect(bytesOf("ab")).toEqual([97, 98, 0]);
    expect(bytesOf("é€")).toEqual([0xc3, 0xa9, 0xe2, 0x82, 0xac, 0]);
    expect(bytesOf("😀abcd")).toEqual([0xf0, 0x9f, 0x98, 0x80, 97, 98, 99, 100, 0]);
  });
  test.each([
    ["over-long", "123456789", "AC4017", "RangeError"], ["over-long in bytes", "éééé€", "AC4017", "RangeError"], ["cut through a character", "1234567é", "AC4017", "RangeError"],
    ["NUL", "a\0b", "AC4017", "TypeError"], ["half a pair", "a\ud800b", "AC4017", "TypeError"], ["the other half", "\udc00", "AC4017", "TypeError"], ["a pair turned round", "\udc00\ud800", "AC4017", "TypeError"],
    ["no string", 5, "AC4021", "TypeError"], ["nothing", undefined, "AC4021", "TypeError"],
  ])("%s", (_, value, code, kind) => expect(problem(() => bytesOf(value))).toEqual({ code, kind }));
  test("nothing runs when an argument is bad", () => {
    let ran = 0;
    const meta = program({ signature: { params: [param(type), param(INT.u8, { offset: FRAME.args + 8 })], result: { kind: "void" }, resultOffset: FRAME.result } });
    const loaded = loadMeta(meta, doing(() => ran++));
    expect(problem(() => loaded.call("f", ["ok", 256])).code).toBe("AC4016");
    expect(ran).toBe(0);
  });
});

describe("structs", () => {
  const inner = structType("Inner", [{ name: "a", type: INT.u8 }, { name: "b", type: INT.i64 }]);
  const type = structType("Outer", [
    { name: "flag", type: { kind: "bool" } }, { name: "name", type: { kind: "str", max: 5 } }, { name: "inner", type: inner }, { name: "list", type: { kind: "array", element: INT.u16, length: 3 } },
  ]);
  const value = () => ({ flag: true, name: "abé", inner: { a: 200, b: -5 }, list: [1, 2, 65535] });

  test("are copied in, and back when the program may change them", () => {
    let bytes = new Uint8Array();
    const body: Body = (frame) => {
      bytes = new Uint8Array(frame.buffer, frame.byteOffset + AREA, type.size).slice();
      frame.setUint8(AREA, 0);
      frame.setUint8(AREA + 1, 0x7a);
      frame.setUint8(AREA + 2, 0);
      frame.setBigInt64(AREA + type.fields[2]!.offset + 8, 99n, true);
      frame.setUint16(AREA + type.fields[3]!.offset + 2, 7, true);
      return "OK";
    };
    const passed = value();
    const { inner: sameInner, list } = passed;
    loadMeta(takes(type, { mode: "inout" }), body).call("f", [passed]);
    expect([...bytes.subarray(0, 8)]).toEqual([1, 97, 98, 0xc3, 0xa9, 0, 0, 0]);
    expect(new DataView(bytes.buffer).getBigInt64(16, true)).toBe(-5n);
    expect(passed).toEqual({ flag: false, name: "z", inner: { a: 200, b: 99 }, list: [1, 7, 65535] });
    expect(passed.inner).toBe(sameInner);
    expect(passed.list).toBe(list);
    const kept = value();
    loadMeta(takes(type), body).call("f", [kept]);
    expect(kept).toEqual(value());
    const faulted = value();
    expect(problem(() => loadMeta(takes(type, { mode: "inout" }), (...args) => { body(...args); return "FAULT"; }).call("f", [faulted])).code).toBe("AC4008");
    expect(faulted).toEqual(value());
  });
  test("a bigint passed comes back as one", () => {
    const passed = { a: 1, b: 2n ** 62n };
    loadMeta(takes(inner, { mode: "inout" }), () => "OK").call("f", [passed]);
    expect(passed.b).toBe(2n ** 62n);
  });
  test.each([
    ["no object", 5, "AC4021"], ["null", null, "AC4021"], ["a field missing", { ...value(), flag: undefined }, "AC4021"], ["a field out of range", { ...value(), inner: { a: 256, b: 0 } }, "AC4016"],
    ["a list too short", { ...value(), list: [1, 2] }, "AC4016"], ["a string too long", { ...value(), name: "abcdef" }, "AC4017"],
  ])("%s", (_, passed, code) => expect(problem(() => loadMeta(takes(type), () => "OK").call("f", [passed])).code).toBe(code));
  test("messages name the field", () => {
    expect(() => loadMeta(takes(type), () => "OK").call("f", [{ ...value(), inner: { a: 256, b: 0 } }])).toThrow("f: p.inner.a: 256 is not in 0 … 255 (u8)");
  });
});

describe("results", () => {
  const returning = (type: BoundaryType, write: (frame: DataView) => unknown, big = false) => loadMeta(gives(type), doing(write)).call("f", [], { big });
  const slot = (value: bigint) => (frame: DataView) => frame.setBigInt64(FRAME.result, value, true);

  test("integers", () => {
    expect([INT.u8, INT.i8, INT.u16, INT.i16, INT.u32, INT.i32].map((type) => returning(type, slot(-1n)))).toEqual([255, -1, 65535, -1, 4294967295, -1]);
    expect([returning(INT.i64, slot(-5n)), returning(INT.u64, slot(5n)), returning(INT.i64, slot(BigInt(Number.MIN_SAFE_INTEGER))), returning(INT.u64, slot(BigInt(Number.MAX_SAFE_INTEGER)))]).toEqual([-5, 5, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]);
  });
  test("beyond 2^53: an error, or a bigint on request", () => {
    for (const value of [2n ** 53n, -(2n ** 53n), 2n ** 63n - 1n]) {
      expect(problem(() => returning(INT.i64, slot(value)))).toEqual({ code: "AC4018", kind: "RangeError" });
      expect(returning(INT.i64, slot(value), true)).toBe(value);
    }
    expect(returning(INT.u64, slot(-1n), true)).toBe(2n ** 64n - 1n);
    expect(problem(() => returning(INT.u64, slot(-1n))).code).toBe("AC4018");
  });
  test("nothing, null, booleans", () => {
    expect([returning({ kind: "void" }, () => {}), returning({ kind: "null" }, () => {}), returning({ kind: "bool" }, slot(0n)), returning({ kind: "bool" }, slot(1n))]).toEqual([undefined, null, false, true]);
  });
  test("tuples, structs, arrays, strings inside", () => {
    const tuple: BoundaryType = { kind: "tuple", elements: [INT.u8, INT.i64, { kind: "bool" }] };
    expect(returning(tuple, (frame) => [frame.setUint8(AREA, 3), frame.setBigInt64(AREA + 8, -4n, true), frame.setUint8(AREA + 16, 1)])).toEqual([3, -4, true]);
    const struct = structType("S", [{ name: "name", type: { kind: "str", max: 4 } }, { name: "pair", type: { kind: "array", element: INT.u32, length: 2 } }]);
    expect(returning(struct, (frame) => [frame.setUint32(AREA, 0x636261, true), frame.setUint32(AREA + 8, 9, true)])).toEqual({ name: "abc", pair: [0, 9] });
  });
  test("a Result", () => {
    const type: BoundaryType = { kind: "union", alternatives: [INT.u32, INT.i32], result: true };
    const tagged = (tag: number, value: number) => returning(type, (frame) => [frame.setUint32(AREA, tag, true), frame.setInt32(AREA + 8, value, true)]);
    expect(tagged(0, 7)).toEqual({ ok: true, value: 7 });
    expect(tagged(1, -22)).toMatchObject({ ok: false, error: -22 });
  });

  test("unions", () => {
    const union: BoundaryType = { kind: "union", alternatives: [{ kind: "tuple", elements: [INT.u32, INT.u32] }, INT.i32, { kind: "null" }] };
    const tagged = (tag: number, value: number) => returning(union, (frame) => [frame.setUint32(AREA, tag, true), frame.setInt32(AREA + 8, value, true), frame.setUint32(AREA + 12, 6, true)]);
    expect([tagged(0, 5), tagged(1, -2), tagged(2, 0)]).toEqual([[5, 6], -2, null]);
    expect(problem(() => tagged(3, 0)).code).toBe("AC4005");
  });
  test("a failed Result knows where it came from only when there is no doubt, and looks as its type says", () => {
    const failure = structType("", [{ name: "ok", type: { kind: "bool" } }, { name: "error", type: INT.i32 }]);
    const call = (ops: readonly string[], strings: number) => {
      const params = Array.from({ length: strings }, (_, i) => param({ kind: "string", max: 8 }, { name: `s${i}`, offset: FRAME.args + 8 * i, data: AREA + 32 + 16 * i }));
      const meta = program({ signature: { params, result: failure, resultOffset: AREA }, sites: ops.map((op, insn) => ({ insn, op })) });
      const args = ["a.log", "b.log"].slice(0, strings);
      return loadMeta(meta, doing((frame) => frame.setInt32(AREA + 4, -2, true))).call("f", args) as { syscall?: string; path?: string };
    };
    const one = call(["sys.openat", "sys.getpid", "sys.openat"], 1);
    expect(one).toEqual({ ok: false, error: -2 });
    expect(Object.keys(one)).toEqual(["ok", "error"]);
    expect([one.syscall, one.path]).toEqual(["openat", "a.log"]);
    const two = call(["sys.openat", "sys.read"], 1);
    expect([two.syscall, two.path]).toEqual([undefined, undefined]);
    const names = call(["sys.openat"], 2);
    expect([names.syscall, names.path]).toEqual(["openat", undefined]);
    expect(call(["sys.read"], 1)).not.toHaveProperty("path");
  });
});

describe("status", () => {
  const fault = { kind: "bounds" as const, message: "index 70 is outside page", line: 12, column: 5 };
  const meta = program({ name: "Logs.read", faults: [fault] });
  const ending = (status: StatusName, detail = 0) => loadMeta(meta, doing((frame) => frame.setUint32(FRAME.detail, detail, true), status));
  test("becomes an error with a code; a FAULT names the line", () => {
    expect(() => ending("FAULT", 1).call("Logs.read", [])).toThrow(expect.objectContaining({ name: "AnycallError", code: "AC4008", fault, message: "Logs.read: index 70 is outside page (logs.ts:12:5)" }));
    expect(() => ending("FAULT", 0).call("Logs.read", [])).toThrow(expect.objectContaining({ code: "AC4008" }));
    expect(() => ending("EXHAUSTED").call("Logs.read", [])).toThrow(expect.objectContaining({ code: "AC4007" }));
    expect(() => ending("ABORTED").call("Logs.read", [])).toThrow(expect.objectContaining({ code: "AC4009" }));
  });
  test("invoke gives it as a value, with the count of calls of this call", () => {
    const loaded = loadMeta(gives(INT.u32), (frame) => {
      frame.setBigUint64(FRAME.calls, frame.getBigUint64(FRAME.calls, true) + 3n, true);
      frame.setUint32(FRAME.result, 9, true);
      return "OK";
    });
    for (let i = 0; i < 2; i++) expect(loaded.invoke("f", [])).toEqual({ status: "OK", result: 9, calls: 3 });
    expect(ending("EXHAUSTED").invoke("Logs.read", [])).toMatchObject({ status: "EXHAUSTED", error: expect.any(AnycallError), calls: 0 });
  });
  test("a function that the object doesn't have", () => {
    expect(() => ending("OK").call("Logs.write", [])).toThrow(expect.objectContaining({ code: "AC4019" }));
  });
});

describe("frames", () => {
  test("nested calls take the next one each; none is left for a ninth; all come back", () => {
    const offsets: number[] = [];
    let depth = 8;
    const loaded: { call(name: string, args: unknown[]): unknown } = loadMeta(takes(INT.u8), (_, { offset }) => {
      offsets.push(offset);
      if (offsets.length < depth) loaded.call("f", [1]);
      return "OK";
    });
    loaded.call("f", [1]);
    expect(offsets).toEqual(Array.from({ length: 8 }, (_, i) => i * FRAME_SIZE));
    offsets.length = 0;
    depth = 9;
    expect(() => loaded.call("f", [1])).toThrow(expect.objectContaining({ code: "AC4006" }));
    expect(() => loaded.call("f", [999])).toThrow(RangeError);
    offsets.length = 0;
    depth = 1;
    loaded.call("f", [1]);
    expect(offsets).toEqual([0]);
  });
});

describe("memory of the module", () => {
  const buffers: readonly BufferMeta[] = [
    { name: "page", section: ".bss", offset: BUFFERS, size: 64 }, { name: "count", section: ".data", offset: 8, size: 8, type: INT.i64 }, { name: "wild", section: ".bss", offset: BSS, size: 8 },
  ];
  const body: Body = (_, { bss }) => {
    bss[BUFFERS] = bss[BUFFERS]! + 1;
    return "OK";
  };
  const open = () => loadMeta(program(), body, {}, { buffers });

  test("a buffer is live both ways", () => {
    const loaded = open();
    const page = loaded.buffer("page");
    expect(page).toBeInstanceOf(Uint8Array);
    expect(page.length).toBe(64);
    page[0] = 40;
    loaded.call("f", []);
    expect(page[0]).toBe(41);
  });
  test("its methods", () => {
    const page = open().buffer("page");
    expect([page.put("hello"), page.put("!", 5), page.put("too far", 64), page.put(Uint8Array.of(1, 2, 3), 62)]).toEqual([5, 1, 0, 2]);
    expect([page.startsWith("hell"), page.startsWith("help"), page.subarray(0, 6).endsWith("lo!"), page.subarray(0, 5).equals("hello"), page.subarray(0, 6).text()]).toEqual([true, false, true, true, "hello!"]);
    expect(page.subarray(1, 3)).toBeInstanceOf(page.constructor);
    expect(() => page.as()).toThrow(expect.objectContaining({ code: "AC4021" }));
  });
  test("globals are checked as arguments are", () => {
    const count = open().global("count");
    expect(count.value).toBe(0);
    count.value = -3;
    expect(count.value).toBe(-3);
    expect(problem(() => (count.value = 0.5)).code).toBe("AC4016");
  });
  test("what is not there, or outside", () => {
    for (const name of ["other", "wild"]) expect(() => open().buffer(name)).toThrow(expect.objectContaining({ code: "AC4019" }));
    expect(() => open().global("page")).toThrow(expect.objectContaining({ code: "AC4019" }));
  });

  test("a compiled module loads nothing until something is needed, then once", () => {
    const engine = engineOf("user", doing((frame) => frame.setBigInt64(FRAME.result, 2n ** 60n, true)));
    const bytes = objectBytes([{ ...gives(INT.i64), name: "Logs.size" }], { buffers });
    const module = compiledModule(() => loadWith(enginesOf(engine), bytes, { engine: "user" }), ["Logs.size", "Logs.gone"]);
    const [size, gone] = module.fn;
    expect(engine.loads).toBe(0);
    expect(size!.name).toBe("size");
    expect(problem(() => size!()).code).toBe("AC4018");
    const big = (size as unknown as Record<symbol, () => bigint>)[Symbol.for("anycall.big")]!;
    expect(big()).toBe(2n ** 60n);
    expect(module.buffer("page", 64).length).toBe(64);
    expect(() => module.buffer("page", 65)).toThrow(expect.objectContaining({ code: "AC4019" }));
    expect(module.global("count").value).toBe(0);
    expect(() => gone!()).toThrow(expect.objectContaining({ code: "AC4019" }));
    expect(engine.loads).toBe(1);
  });
});

describe("loading", () => {
  const bytes = objectBytes([program(), program({ name: "g", symbol: "g", moduleOnly: ["sys.read"], sites: [{ insn: 0, op: "sys.read" }] })]);
  const user = () => engineOf("user", () => "OK");
  test("objects of another convention, or of no AnyCall", () => {
    expect(() => loadWith(enginesOf(user()), objectBytes([program()], { abi: 2 }))).toThrow(expect.objectContaining({ code: "AC4005", message: expect.stringContaining("convention 2") }));
    expect(() => loadWith(enginesOf(user()), new Uint8Array(100))).toThrow(expect.objectContaining({ code: "AC4020" }));
    expect(() => loadWith(enginesOf(user()), "/nowhere/x.bpf.o")).toThrow(expect.objectContaining({ code: "AC4020", path: "/nowhere/x.bpf.o" }));
    const memory = { framesOffset: FRAMES, frameSize: FRAME_SIZE, frameSlots: 1000, size: BSS };
    expect(() => loadWith(enginesOf(user()), objectBytes([program()], { memory }))).toThrow(expect.objectContaining({ code: "AC4005" }));
  });
  test("auto takes the best that can, for the functions that are wanted", () => {
    const stock = engineOf("stock", () => "OK");
    expect(loadWith(enginesOf(user(), stock), bytes).engine).toBe("user");
    const loaded = loadWith(enginesOf(user(), stock), bytes, { functions: ["f"] });
    expect(loaded.engine).toBe("stock");
    expect(stock.programs).toEqual([["f"]]);
    expect(loaded.reason).toContain("one transition");
  });
  test("auto goes on to the next when loading fails, and says why", () => {
    const stock = { ...engineOf("stock", () => "OK"), load: () => { throw new AnycallError("AC4012", "the kernel refuses f: R1 !read_ok"); } };
    const loaded = loadWith(enginesOf(user(), stock), bytes, { functions: ["f"] });
    expect([loaded.engine, loaded.reason]).toEqual(["user", "engine user, since the kernel refuses f: R1 !read_ok (AC4012)"]);
    expect(() => loadWith(enginesOf(user(), stock), bytes, { functions: ["f"], engine: "stock" })).toThrow(expect.objectContaining({ code: "AC4012" }));
    const bug = { ...engineOf("stock", () => "OK"), load: () => { throw new Error("a bug"); } };
    expect(() => loadWith(enginesOf(user(), bug), bytes, { functions: ["f"] })).toThrow("a bug");
  });
  test("ANYCALL_ENGINE overrides auto, and options override it", () => {
    const before = process.env["ANYCALL_ENGINE"];
    try {
      process.env["ANYCALL_ENGINE"] = "user";
      const engines = enginesOf(user(), engineOf("stock", () => "OK"));
      expect(loadWith(engines, bytes, { functions: ["f"] }).engine).toBe("user");
      expect(loadWith(engines, bytes, { functions: ["f"], engine: "stock" }).engine).toBe("stock");
      process.env["ANYCALL_ENGINE"] = "jit";
      expect(() => loadWith(engines, bytes)).toThrow(expect.objectContaining({ code: "AC4002", message: expect.stringContaining("jit") }));
    } finally {
      if (before === undefined) delete process.env["ANYCALL_ENGINE"];
      else process.env["ANYCALL_ENGINE"] = before;
    }
  });
  test("a host of one's own means engine user", () => {
    const engines = enginesOf(user(), engineOf("stock", () => "OK"));
    expect(loadWith(engines, bytes, { functions: ["f"], host: { call: () => 0n } }).engine).toBe("user");
    const noSystem = enginesOf(engineOf("user", () => "OK", { missingRows: ["sys.read"] }));
    expect(() => loadWith(noSystem, bytes)).toThrow(expect.objectContaining({ code: "AC4002" }));
    expect(loadWith(noSystem, bytes, { host: { call: () => 0n } }).engine).toBe("user");
  });
});
