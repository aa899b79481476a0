/** What the writer makes, the linker gives back; and no damaged object does worse than ObjectError. */
import { SourceMapConsumer } from "source-map";
import { describe, expect, test } from "vitest";
import { addKfunc, BtfBuilder, findType, sizeOf } from "../../backend-ebpf/btf/index.ts";
import type { Insn } from "../../backend-ebpf/isa/insn.ts";
import { readElf } from "../../backend-ebpf/object/elf-reader.ts";
import {
  linkObject,
  loadInfo,
  ObjectError,
  type ObjectInput,
  programTypeOf,
  readMeta,
  readSourceMap,
  withVariables,
  writeObject,
  writeSourceMap,
} from "../../backend-ebpf/object/index.ts";
import { LineIndex } from "../../backend-ebpf/object/lines.ts";
import { decodeVlq, encodeVlq } from "../../backend-ebpf/object/vlq.ts";
import { asm, badProgram, goodProgram, objectOf, SOURCE, SOURCE_FILE, spanOf, unit } from "./sample.ts";
import { fullObject, rcuProgram } from "./sample-full.ts";

const kfuncProgram = () => unit("Main_open", [asm.call(0), asm.mov(0, 0), asm.exit()], [{ insn: 0, kind: "kfunc", name: "anycall_getppid" }]);

describe("a written object", () => {
  test("links to the same code with symbolic operands", () => {
    const object = linkObject(writeObject(objectOf([goodProgram(), badProgram()])));
    expect(object.programs.map((program) => program.name)).toEqual(["Clock_now", "Clock_wrong"]);
    const [program] = object.programs;
    const expected: Insn[] = [...goodProgram().insns];
    expected[2] = { ...expected[2]!, src: 2, imm: 0 };
    expected[3] = { ...expected[3]!, imm: 64 };
    expect(program!.insns).toEqual(expected);
    expect(program).toMatchObject({ progType: 31, loadFlags: 16, license: "Apache-2.0", kfuncs: [], meta: { symbol: "Clock_now" } });
    expect(object.maps).toMatchObject([
      { name: ".bss", section: ".bss", type: 2, keySize: 4, valueSize: 4672, maxEntries: 1 },
      { name: ".data", section: ".data", valueSize: 16, initial: new TextEncoder().encode("hello, kernel\0\0\0") },
    ]);
    expect(program!.maps).toBe(object.maps);
    expect(sizeOf(program!.btf!, object.maps[0]!.btfValue!)).toBe(4672);
  });

  test("quotes the source", () => {
    const [program, wrong] = linkObject(writeObject(objectOf([goodProgram(), badProgram()]))).programs;
    expect(program!.lineInfo).toEqual([
      { insn: 0, file: SOURCE_FILE, line: 4, column: 3, text: "  static now(): i64 {" },
      { insn: 5, file: SOURCE_FILE, line: 5, column: 15, text: "    const t = sys.clock_gettime(1);" },
      { insn: 6, file: SOURCE_FILE, line: 6, column: 5, text: "    return t;" },
    ]);
    expect(wrong!.lineInfo.map(({ insn, line }) => [insn, line])).toEqual([
      [0, 9],
      [1, 11],
    ]);
    expect(wrong!.funcInfo).toMatchObject([{ insn: 0, name: "Clock_wrong" }]);
  });

  test("has the same bytes for the same input", () => {
    expect(writeObject(fullObject())).toEqual(writeObject(fullObject()));
    expect(writeSourceMap(fullObject(), "a.bpf.o")).toBe(writeSourceMap(fullObject(), "a.bpf.o"));
  });

  test("keeps its metadata", () => {
    const input = objectOf([goodProgram()]);
    expect(linkObject(writeObject(input)).meta).toEqual(input.meta);
    expect(readMeta(writeObject(input))).toEqual(input.meta);
  });

  test("has the sections that loaders ask for", () => {
    const elf = readElf(writeObject(fullObject([kfuncProgram()])));
    const names = elf.sections.map((section) => section.name);
    expect(new Set(names)).toEqual(
      new Set(["", "syscall", ".text", ".bss", ".data", "license", ".maps", ".BTF", ".BTF.ext", ".anycall", ".relsyscall", ".rel.text", ".symtab", ".strtab"]),
    );
    expect(elf.sections.find((section) => section.name === ".anycall")!.flags).toBe(0);
    const programs = elf.symbols.filter((symbol) => symbol.type === 2 && symbol.bind === 1).map((symbol) => [symbol.name, symbol.value, symbol.size]);
    expect(programs).toEqual([
      ["Main_run", 0, 96],
      ["Clock_now", 96, 88],
      ["Main_open", 184, 24],
    ]);
    expect(elf.symbols.find((symbol) => symbol.name === "anycall_getppid")).toMatchObject({ section: 0, bind: 1, type: 0 });
    expect(elf.symbols.filter((symbol) => symbol.type === 1).map((symbol) => symbol.name)).toEqual(["counts", "env", "frames", "Clock_page", "greeting"]);
  });

  test("leaves out empty data sections", () => {
    const program = unit("Nothing", [asm.mov(0, 0), asm.exit()]);
    const object = linkObject(writeObject(objectOf([program], { bssSize: 0, data: new Uint8Array(0), variables: [] })));
    expect(object.maps).toEqual([]);
    expect(object.programs[0]!.lineInfo).toEqual([{ insn: 0, file: SOURCE_FILE, line: 1, column: 1, text: SOURCE.split("\n")[0] }]);
  });
});

describe("subprograms", () => {
  test("follow the main program in order of first call, depth first", () => {
    const program = linkObject(writeObject(fullObject())).programs[0]!;
    expect(program.funcInfo.map(({ insn, name }) => [insn, name])).toEqual([
      [0, "Main_run"],
      [12, "outer"],
      [15, "inner"],
      [17, "leaf"],
    ]);
    const target = (at: number) => at + program.insns[at]!.imm + 1;
    expect([target(0), target(9), target(13)]).toEqual([12, 17, 15]);
    expect(program.insns[2]).toEqual({ opcode: 0x18, dst: 1, src: 1, off: 0, imm: 0 });
    expect(program.maps[0]).toMatchObject({ name: "counts", type: 1, keySize: 8, valueSize: 8, maxEntries: 16 });
  });

  test("that a program does not reach are not appended to it", () => {
    const [, second] = linkObject(writeObject(fullObject())).programs;
    expect(second!.insns.length).toBe(goodProgram().insns.length);
  });
});

describe("kfuncs", () => {
  test("resolve in the kernel's BTF, else in our table, else not", () => {
    const bytes = writeObject(fullObject([kfuncProgram(), rcuProgram()]));
    const kernel = new BtfBuilder();
    const lock = addKfunc(kernel, "bpf_rcu_read_lock")!;
    const programs = linkObject(bytes, { kernelBtf: kernel.build() }).programs;
    expect(programs[2]!.kfuncs).toEqual([{ name: "anycall_getppid", from: "anycall", btfId: 0 }]);
    expect(programs[3]!.kfuncs).toEqual([
      { name: "bpf_rcu_read_lock", from: "vmlinux", btfId: lock },
      { name: "bpf_rcu_read_unlock", from: "missing", btfId: 0 },
    ]);
    expect(programs[3]!.insns.slice(0, 2)).toEqual([0, 1].map((imm) => ({ opcode: 0x85, dst: 0, src: 2, off: 0, imm })));
  });

  test("declared otherwise than the kernel has them are refused", () => {
    const kernel = new BtfBuilder();
    const proto = kernel.add({ kind: "func_proto", ret: 0, params: [{ name: "flags", type: kernel.int("u32") }] });
    kernel.add({ kind: "func", name: "bpf_rcu_read_lock", type: proto, linkage: "static" });
    expect(() => linkObject(writeObject(fullObject([rcuProgram()])), { kernelBtf: kernel.build() })).toThrow(
      /declared as 'void \(void\)', but the kernel has 'void \(unsigned int\)'/,
    );
  });

  test("are no externs in the BTF for the kernel", () => {
    const { btf } = linkObject(writeObject(fullObject([kfuncProgram()]))).programs[0]!;
    expect(btf!.type(findType(btf!, "anycall_getppid", "func")!)).toMatchObject({ linkage: "global" });
    const ksyms = btf!.type(findType(btf!, ".ksyms", "datasec")!);
    if (ksyms.kind !== "datasec") throw new Error("no DATASEC");
    expect(ksyms).toMatchObject({ size: 4, vars: [{ offset: 0, size: 4 }] });
    expect(btf!.type(ksyms.vars[0]!.type)).toMatchObject({ kind: "var", name: "dummy_ksym" });
  });
});

describe("line records", () => {
  const insns = [...asm.address(1), asm.mov(0, 0), asm.mov(0, 1), asm.exit()];
  const program = (lines: readonly [number, string][]) =>
    unit("P", insns, [{ insn: 0, kind: "data", section: ".bss", addend: 0 }], { lines: lines.map(([insn, text]) => ({ insn, span: spanOf(text) })) });
  const records = (lines: readonly [number, string][]) =>
    linkObject(writeObject(objectOf([program(lines)]))).programs[0]!.lineInfo.map(({ insn, line }) => [insn, line]);

  test("start at the first instruction", () => expect(records([[3, "return t"]])).toEqual([[0, 6]]));
  test("are not on the second half of a ldimm64", () =>
    expect(
      records([
        [0, "const t"],
        [1, "return t"],
      ]),
    ).toEqual([
      [0, 5],
      [2, 6],
    ]));
  test("of one instruction are reduced to the last", () =>
    expect(
      records([
        [0, "const t"],
        [0, "return t"],
        [3, "let unset"],
      ]),
    ).toEqual([
      [0, 6],
      [3, 10],
    ]));
  test("ascend whatever order they come in", () =>
    expect(
      records([
        [4, "return t"],
        [0, "const t"],
        [2, "let unset"],
      ]),
    ).toEqual([
      [0, 5],
      [2, 10],
      [4, 6],
    ]));
  test("beyond the end are dropped", () =>
    expect(
      records([
        [0, "const t"],
        [5, "return t"],
        [-1, "return t"],
      ]),
    ).toEqual([[0, 5]]));

  test("lines end as TypeScript ends them, columns and text are bounded", () => {
    const index = new LineIndex(`a\r\nb\rc\u2028d\ne${"x".repeat(3000)}\0`);
    expect([0, 3, 5, 7, 9].map((at) => index.position(at))).toMatchObject([
      { line: 1, text: "a" },
      { line: 2, text: "b" },
      { line: 3, text: "c" },
      { line: 4, text: "d" },
      { line: 5, column: 1 },
    ]);
    expect(index.position(2500).text.length).toBeLessThanOrEqual(512);
    expect(index.position(1e9)).toMatchObject({ line: 5 });
    const wide = `${" ".repeat(2000)}return 1;`;
    const input = objectOf([unit("P", [asm.mov(0, 0), asm.exit()], [], { lines: [{ insn: 0, span: { file: "w.ts", start: 2000, length: 1 } }] })], {
      sources: new Map([["w.ts", wide]]),
    });
    expect(linkObject(writeObject(input)).programs[0]!.lineInfo[0]).toMatchObject({ file: "w.ts", line: 1, column: 1023 });
  });
});

describe("input that can't be written", () => {
  const ok = [asm.mov(0, 0), asm.exit()];
  const cases: [string, ObjectInput][] = [
    ["no program", objectOf([])],
    ["a bad name", objectOf([unit("a.b", ok)])],
    ["equal names", objectOf([unit("a", ok), unit("a", ok)])],
    ["an empty function", objectOf([unit("a", [])])],
    ["a variable outside", objectOf([unit("a", ok)], { variables: [{ name: "v", section: ".data", offset: 10, size: 10 }] })],
    [
      "overlapping variables",
      objectOf([unit("a", ok)], { variables: [0, 4].map((offset) => ({ name: `v${offset}`, section: ".data" as const, offset, size: 8 })) }),
    ],
    ["a relocation at no address", objectOf([unit("a", ok, [{ insn: 0, kind: "data", section: ".bss", addend: 0 }])])],
    ["a relocation outside", objectOf([unit("a", ok, [{ insn: 7, kind: "kfunc", name: "anycall_getppid" }])])],
    ["an unknown kfunc", objectOf([unit("a", [asm.call(0), ...ok], [{ insn: 0, kind: "kfunc", name: "no_such" }])])],
    ["an unknown subprogram", objectOf([unit("a", [asm.call(0), ...ok], [{ insn: 0, kind: "subprogram", name: "no_such" }])])],
    ["an unknown map", objectOf([unit("a", [...asm.address(1), ...ok], [{ insn: 0, kind: "map", map: "no_such" }])])],
    [
      "a section that is empty",
      objectOf([unit("a", [...asm.address(1), ...ok], [{ insn: 0, kind: "data", section: ".data", addend: 0 }])], { data: new Uint8Array(0), variables: [] }),
    ],
  ];
  test.each(cases)("%s", (_, input) => expect(() => writeObject(input)).toThrow(ObjectError));
});

describe("records for bpf(2)", () => {
  test("name strings and types of the BTF that goes with them", () => {
    const object = linkObject(writeObject(fullObject()));
    const { funcInfo, lineInfo } = loadInfo(object, 0);
    const words = (bytes: Uint8Array) => new Uint32Array(bytes.slice().buffer);
    const program = object.programs[0]!;
    expect([...words(funcInfo)]).toEqual(program.funcInfo.flatMap(({ insn, type }) => [insn, type]));
    const strings = new TextDecoder().decode(object.btfBytes);
    const lines = words(lineInfo);
    expect(lines.length).toBe(program.lineInfo.length * 4);
    const typesSize = new DataView(object.btfBytes!.buffer).getUint32(12, true);
    expect(strings.startsWith(SOURCE_FILE, 24 + typesSize + lines[1]!)).toBe(true);
    expect(lines[3]).toBe((5 << 10) | 5);
  });

  test("are left out where a function has none", () => {
    const object = linkObject(writeObject(fullObject()));
    const [program] = object.programs;
    expect(loadInfo({ ...object, programs: [{ ...program!, funcInfo: program!.funcInfo.slice(1) }] }, 0).funcInfo).toHaveLength(0);
    const without = loadInfo({ ...object, programs: [{ ...program!, lineInfo: program!.lineInfo.slice(1) }] }, 0);
    expect([without.funcInfo.length, without.lineInfo.length]).toEqual([32, 0]);
    expect(() => loadInfo(object, 9)).toThrow(RangeError);
  });
});

describe("source map", () => {
  const text = writeSourceMap(fullObject(), "clock.bpf.o", { sourceName: (file) => `../${file}`, content: true });

  test("is one that others read", () =>
    SourceMapConsumer.with(text, null, (consumer) => {
      // Line 2 is the second function, Clock_now; its instruction 5 is at byte 40.
      expect(consumer.originalPositionFor({ line: 2, column: 40 })).toMatchObject({ source: `../${SOURCE_FILE}`, line: 5, column: 14 });
      expect(consumer.originalPositionFor({ line: 2, column: 47 })).toMatchObject({ line: 5 });
      expect(consumer.originalPositionFor({ line: 2, column: 48 })).toMatchObject({ line: 6, column: 4 });
      expect(consumer.sourceContentFor(`../${SOURCE_FILE}`)).toBe(SOURCE);
    }));

  test("reads back", () => {
    const { mappings, variables, map } = readSourceMap(text);
    expect(map.file).toBe("clock.bpf.o");
    expect([...mappings.keys()]).toEqual(["Main_run", "Clock_now", "leaf", "inner", "outer"]);
    expect(mappings.get("Clock_now")).toEqual(
      [
        [0, 4, 2],
        [40, 5, 14],
        [48, 6, 4],
      ].map(([offset, line, column]) => ({ offset, source: `../${SOURCE_FILE}`, line, column })),
    );
    expect(variables.get("Clock_now")).toEqual(goodProgram().variables);
  });

  test("gives linked programs their variables, those of subprograms where these are", () => {
    const object = withVariables(linkObject(writeObject(fullObject())), readSourceMap(text));
    expect(object.programs[1]!.variables).toEqual(goodProgram().variables);
    expect(object.programs[0]!.variables).toEqual([{ name: "x", from: 13, to: 14, location: { kind: "stack", offset: -8 } }]);
  });

  test("refuses what is none", () => {
    const map = JSON.parse(text) as Record<string, unknown>;
    const bad = [
      "",
      "{",
      "null",
      "{}",
      ...[
        { mappings: "A" },
        { mappings: "!" },
        { mappings: "ggggggggggA" },
        { mappings: "AZAA" },
        { mappings: "AAAg" },
        { sources: 1 },
        { version: 2 },
        { x_anycall: { version: 1, functions: [{ symbol: "a", variables: [{}] }] } },
      ].map((change) => JSON.stringify({ ...map, ...change })),
    ];
    for (const wrong of bad) expect(() => readSourceMap(wrong), wrong.slice(-80)).toThrow(ObjectError);
  });

  test("numbers of any size and sign survive", () => {
    const numbers = [0, 1, -1, 15, 16, -16, 31, 32, 1023, -1024, 2 ** 30, -(2 ** 30)];
    expect(decodeVlq(encodeVlq(numbers))).toEqual(numbers);
    expect(encodeVlq([0, -1, 16])).toBe("ADgB");
  });
});

describe("section names", () => {
  test.each([
    ["syscall", 31, 16],
    ["syscall/x", 0, 0],
    ["xdp", 6, 0],
    ["xdp/eth0", 6, 0],
    ["xdp_x", 0, 0],
    ["fentry.s/f", 26, 16],
    ["", 0, 0],
  ])("%s", (name, progType, loadFlags) => {
    expect(programTypeOf(name)).toEqual({ progType, loadFlags });
  });
});

describe("damaged objects", () => {
  const whole = writeObject(fullObject([kfuncProgram(), rcuProgram()]));

  /** Links, and goes on as a loader would; true if that was refused with ObjectError. Anything else thrown fails the test. */
  function refused(bytes: Uint8Array): boolean {
    try {
      const object = linkObject(bytes);
      for (const i of object.programs.keys()) loadInfo(object, i);
      return false;
    } catch (error) {
      if (!(error instanceof ObjectError)) throw error;
      expect(error.message).not.toBe("");
      return true;
    }
  }

  test("cut off anywhere", () => {
    for (let length = 0; length < whole.length; length++) expect(refused(whole.slice(0, length))).toBe(true);
    expect(refused(whole)).toBe(false);
  });

  test("one byte changed, at every place", () => {
    let count = 0;
    for (let at = 0; at < whole.length; at++) {
      const bytes = whole.slice();
      bytes[at]! ^= 1 << (at % 8);
      if (refused(bytes)) count++;
    }
    expect(count).toBeGreaterThan(500);
  });

  test("many bytes changed at random", () => {
    const random = mulberry32(0x0b7f);
    let count = 0;
    for (let round = 0; round < 3000; round++) {
      const bytes = whole.slice();
      for (let changes = 1 + (random() % 8); changes > 0; changes--) {
        const at = random() % bytes.length;
        // Large values are what lengths and offsets stumble over.
        bytes[at] = [0, 0xff, 0x7f, random() & 0xff][random() % 4]!;
      }
      if (refused(bytes)) count++;
    }
    expect(count).toBeGreaterThan(1000);
  });

  test("that are something else entirely", () => {
    for (const bytes of [new Uint8Array(0), new Uint8Array(64), new TextEncoder().encode("#!/bin/sh\n".repeat(20)), whole.slice(1)])
      expect(refused(bytes)).toBe(true);
  });
});

/** A small seeded generator of 32-bit numbers. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}
