import { existsSync, readFileSync } from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import { kfuncParams, OPS } from "../../kernel/abi/syscalls.ts";
import { STRUCTS } from "../../kernel/abi/structs.ts";
import { compatible } from "./compat.ts";
import { encodeBtfExt, parseBtfExt } from "./ext.ts";
import {
  alignOf,
  BtfBuilder,
  BtfError,
  type BtfType,
  declTags,
  findMember,
  findType,
  hasSuffix,
  isIdentifier,
  kfuncPrototypes,
  paramSuffix,
  parseBtf,
  prototypeOf,
  resolve,
  sizeOf,
  typeTags,
  typeText,
} from "./index.ts";
import { uniqueIdentifier } from "./names.ts";

const VMLINUX = "/sys/kernel/btf/vmlinux";

/** One type of every kind and form, each referring to earlier ones only. */
function everyKind(): BtfType[] {
  return [
    { kind: "int", name: "int", size: 4, bits: 32, offset: 0, signed: true, char: false, bool: false },
    { kind: "int", name: "char", size: 1, bits: 8, offset: 0, signed: true, char: true, bool: false },
    { kind: "int", name: "_Bool", size: 1, bits: 8, offset: 0, signed: false, char: false, bool: true },
    { kind: "ptr", type: 0 },
    { kind: "array", type: 1, index: 1, length: 70000 },
    {
      kind: "struct",
      name: "plain",
      size: 12,
      members: [
        { name: "a", type: 1, offset: 0, bits: 0 },
        { name: "b", type: 1, offset: 32, bits: 0 },
      ],
    },
    {
      kind: "struct",
      name: "bits",
      size: 4,
      members: [
        { name: "low", type: 1, offset: 0, bits: 3 },
        { name: "high", type: 1, offset: 3, bits: 29 },
      ],
    },
    { kind: "union", name: "", size: 4, members: [{ name: "x", type: 1, offset: 0, bits: 0 }] },
    {
      kind: "enum",
      name: "signs",
      size: 4,
      signed: true,
      values: [
        { name: "MINUS", value: -1 },
        { name: "PLUS", value: 1 },
      ],
    },
    { kind: "enum", name: "masks", size: 4, signed: false, values: [{ name: "ALL", value: 0xffffffff }] },
    { kind: "enum64", name: "wide", size: 8, signed: false, values: [{ name: "TOP", value: 0xfedcba9876543210n }] },
    { kind: "enum64", name: "wide_signed", size: 8, signed: true, values: [{ name: "LOW", value: -5_000_000_000n }] },
    { kind: "fwd", name: "later", union: false },
    { kind: "fwd", name: "later_union", union: true },
    { kind: "typedef", name: "number", type: 1 },
    { kind: "volatile", type: 15 },
    { kind: "const", type: 16 },
    { kind: "restrict", type: 4 },
    {
      kind: "func_proto",
      ret: 1,
      params: [
        { name: "ctx", type: 4 },
        { name: "", type: 0 },
      ],
    },
    { kind: "func", name: "run", type: 19, linkage: "global" },
    { kind: "func", name: "hidden", type: 19, linkage: "static" },
    { kind: "func", name: "outside", type: 19, linkage: "extern" },
    { kind: "var", name: "counter", type: 1, linkage: "global" },
    { kind: "datasec", name: ".bss", size: 8, vars: [{ type: 23, offset: 4, size: 4 }] },
    { kind: "float", name: "double", size: 8 },
    { kind: "decl_tag", name: "note", type: 6, component: -1 },
    { kind: "decl_tag", name: "field", type: 6, component: 1, attribute: true },
    { kind: "type_tag", name: "rcu", type: 6 },
    { kind: "ptr", type: 28 },
  ];
}

function built(types: readonly BtfType[]) {
  const builder = new BtfBuilder();
  for (const [i, type] of types.entries()) expect(builder.add(type)).toBe(i + 1);
  return builder.build();
}

describe("encoding", () => {
  test("every kind survives encoding and decoding", () => {
    const types = everyKind();
    const btf = built(types);
    expect(btf.count).toBe(types.length + 1);
    for (const [i, type] of types.entries()) expect(btf.type(i + 1)).toEqual(type);
    expect(btf.type(0)).toEqual({ kind: "void" });
  });

  test("equal types and strings are stored once, and bytes depend on the input only", () => {
    const builder = new BtfBuilder();
    const first = builder.pointer(builder.constant(builder.typedefInt("u32")));
    const size = builder.encode().length;
    expect(builder.pointer(builder.constant(builder.typedefInt("u32")))).toBe(first);
    expect(builder.encode().length).toBe(size);
    expect(built(everyKind()).bytes).toEqual(built(everyKind()).bytes);
    expect(builder.string("u32")).toBe(builder.string("u32"));
    expect(() => builder.string("a\0b")).toThrow(BtfError);
  });

  test("a list that the format can't count is refused", () => {
    const builder = new BtfBuilder();
    const members = Array.from({ length: 0x10000 }, () => ({ name: "", type: 0, offset: 0, bits: 0 }));
    builder.add({ kind: "struct", name: "big", size: 0, members });
    expect(() => builder.encode()).toThrow(BtfError);
  });

  test("a split BTF continues ids and strings of its base", () => {
    const base = built(everyKind());
    const split = new BtfBuilder();
    split.add({ kind: "typedef", name: "number", type: 1 });
    const bytes = split.encode();
    // The builder counts strings from 0; a split blob's start behind the base's.
    const view = new DataView(bytes.buffer);
    view.setUint32(24, view.getUint32(24, true) + base.layout.stringsSize, true);
    const btf = parseBtf(bytes, base);
    expect(btf.firstId).toBe(base.count);
    expect(btf.type(base.count)).toEqual({ kind: "typedef", name: "number", type: 1 });
    expect(btf.type(1)).toBe(base.type(1));
    expect(btf.named("number")).toEqual([15, base.count]);
    expect(resolve(btf, base.count)).toBe(base.type(1));
  });
});

describe("malformed input", () => {
  const whole = built(everyKind()).bytes;

  test("no cut-off blob is accepted", () => {
    for (let length = 0; length < whole.length; length++) expect(() => parseBtf(whole.slice(0, length))).toThrow(BtfError);
  });

  test("any single byte changed gives a result or BtfError", () => {
    let refused = 0;
    for (let at = 0; at < whole.length; at++) {
      for (const flip of [1, 0x80, 0xff]) {
        const bytes = whole.slice();
        bytes[at]! ^= flip;
        try {
          const btf = parseBtf(bytes);
          for (let id = 0; id < btf.count; id++) {
            btf.type(id);
            sizeOf(btf, id);
            alignOf(btf, id);
            typeText(btf, id);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(BtfError);
          refused++;
        }
      }
    }
    expect(refused).toBeGreaterThan(100);
  });

  test("cycles end", () => {
    const btf = built([
      { kind: "typedef", name: "a", type: 2 },
      { kind: "typedef", name: "b", type: 1 },
      { kind: "array", type: 3, index: 1, length: 2 },
      { kind: "struct", name: "s", size: 4, members: [{ name: "", type: 4, offset: 0, bits: 0 }] },
    ]);
    expect(() => resolve(btf, 1)).toThrow(BtfError);
    expect(() => sizeOf(btf, 3)).toThrow(BtfError);
    expect(() => findMember(btf, 4, "x")).toThrow(BtfError);
    expect(() => typeTags(btf, 1)).toThrow(BtfError);
    expect(typeText(btf, 3)).toContain("…");
  });
});

describe("questions", () => {
  const btf = built(everyKind());

  test("by name and kind", () => {
    expect(findType(btf, "plain", "struct")).toBe(6);
    expect(findType(btf, "plain", "union")).toBeUndefined();
    expect(findType(btf, "nothing", "struct")).toBeUndefined();
    expect(findType(btf, "", "union")).toBeUndefined();
  });

  test("sizes and alignment", () => {
    expect(sizeOf(btf, 17)).toBe(4);
    expect(sizeOf(btf, 5)).toBe(280000);
    expect(sizeOf(btf, 4)).toBe(8);
    expect(sizeOf(btf, 20)).toBeUndefined();
    expect(alignOf(btf, 6)).toBe(4);
    expect(alignOf(btf, 11)).toBe(8);
    expect(alignOf(btf, 0)).toBeUndefined();
  });

  test("text, tags and prototypes", () => {
    expect(typeText(btf, 29)).toBe("struct plain __rcu *");
    expect(typeText(btf, 17)).toBe("const volatile number");
    expect(typeText(btf, 19)).toBe("int (void *, ...)");
    expect(typeTags(btf, 28)).toEqual(["rcu"]);
    expect(declTags(btf, 6)).toEqual(["note"]);
    expect(prototypeOf(btf, 20)?.params).toHaveLength(2);
    expect(prototypeOf(btf, 1)).toBeUndefined();
  });

  test("members inside anonymous members", () => {
    const nested = built([
      { kind: "int", name: "int", size: 4, bits: 32, offset: 0, signed: true, char: false, bool: false },
      {
        kind: "struct",
        name: "",
        size: 8,
        members: [
          { name: "x", type: 1, offset: 0, bits: 0 },
          { name: "y", type: 1, offset: 32, bits: 0 },
        ],
      },
      {
        kind: "struct",
        name: "outer",
        size: 16,
        members: [
          { name: "a", type: 1, offset: 0, bits: 0 },
          { name: "", type: 2, offset: 64, bits: 0 },
        ],
      },
    ]);
    expect(findMember(nested, 3, "y")).toEqual({ name: "y", type: 1, offset: 96, bits: 0, index: 1, owner: 2 });
    expect(findMember(nested, 3, "z")).toBeUndefined();
  });

  test("names", () => {
    expect(paramSuffix("buf__sz")).toBe("__sz");
    expect(paramSuffix("buf__szk")).toBe("__szk");
    expect(paramSuffix("name__const_str")).toBe("__const_str");
    expect(paramSuffix("__sz")).toBeUndefined();
    expect(hasSuffix("size__k", "__k")).toBe(true);
    expect(isIdentifier("a_1")).toBe(true);
    for (const bad of ["", "1a", "a.b", "é", "a".repeat(128)]) expect(isIdentifier(bad)).toBe(false);
    const taken = new Set<string>();
    expect(["Logs.page", "Logs_page", "9lives", ""].map((name) => uniqueIdentifier(name, taken))).toEqual(["Logs_page", "Logs_page_2", "_9lives", "_"]);
  });
});

describe("compatibility of declarations", () => {
  const btf = kfuncPrototypes();
  const proto = (name: string) => (btf.type(findType(btf, name, "func")!) as { type: number }).type;
  const fits = (a: string, b: string) => compatible(btf, proto(a), btf, proto(b));

  test("looks at shape, not at contents", () => {
    expect(fits("anycall_read", "anycall_read")).toBe(true);
    // (int, pointer to struct) on both sides: which struct does not matter.
    expect(fits("anycall_clock_gettime", "anycall_fstat")).toBe(true);
    expect(fits("anycall_read", "anycall_write")).toBe(true);
  });

  test("tells numbers, pointers and counts of parameters apart", () => {
    expect(fits("anycall_read", "anycall_pread64")).toBe(false);
    expect(fits("anycall_close", "anycall_file_put")).toBe(false);
    expect(fits("bpf_iter_num_next", "bpf_iter_num_destroy")).toBe(false);
  });

  test("does not follow cycles for ever", () => {
    const cyclic = built([{ kind: "ptr", type: 1 }]);
    expect(() => compatible(cyclic, 1, cyclic, 1)).toThrow(BtfError);
  });
});

describe(".BTF.ext", () => {
  const ext = {
    funcs: [
      {
        section: 1,
        records: [
          { offset: 0, type: 3 },
          { offset: 16, type: 4 },
        ],
      },
    ],
    lines: [
      { section: 1, records: [{ offset: 0, file: 5, text: 9, line: 70000, column: 1023 }] },
      { section: 2, records: [] },
    ],
  };

  test("survives encoding and decoding", () => expect(parseBtfExt(encodeBtfExt(ext))).toEqual({ ...ext, coreCount: 0 }));

  test("no cut-off section is accepted", () => {
    const bytes = encodeBtfExt(ext);
    for (let length = 0; length < bytes.length; length++) expect(() => parseBtfExt(bytes.slice(0, length))).toThrow(BtfError);
  });
});

describe("prototypes of kfuncs", () => {
  const btf = kfuncPrototypes();

  test("every row of the table has one with its parameters", () => {
    for (const row of OPS) {
      const id = findType(btf, row.kfunc, "func")!;
      expect(btf.type(id)).toMatchObject({ linkage: "extern" });
      expect(prototypeOf(btf, id)!.params.map((param) => param.name)).toEqual(kfuncParams(row).map((param) => param.name));
    }
  });

  test("are what C would say", () => {
    const text = (name: string) => typeText(btf, (btf.type(findType(btf, name, "func")!) as { type: number }).type);
    expect(text("anycall_open")).toBe("struct anycall_file * (const void *, u32, s32, u32, s32 *)");
    expect(text("anycall_nanosleep")).toBe("s32 (const struct anycall_timespec *, struct anycall_timespec *)");
    expect(text("bpf_iter_num_new")).toBe("int (struct bpf_iter_num *, int, int)");
    expect(text("bpf_rcu_read_lock")).toBe("void (void)");
  });

  test("structs have the layout of the table", () => {
    const stat = findType(btf, "anycall_stat", "struct")!;
    expect(sizeOf(btf, stat)).toBe(STRUCTS.Stat.size);
    for (const field of STRUCTS.Stat.fields) expect(findMember(btf, stat, field.name)?.offset).toBe(field.offset * 8);
    expect(typeText(btf, findMember(btf, stat, "mtime")!.type)).toBe("struct anycall_timespec");
  });
});

describe("the running kernel's BTF", () => {
  beforeEach((context) => context.skip(!existsSync(VMLINUX), `there is no ${VMLINUX}`));
  const bytes = existsSync(VMLINUX) ? new Uint8Array(readFileSync(VMLINUX)) : new Uint8Array();

  test("opens and answers fast", () => {
    const start = performance.now();
    const btf = parseBtf(bytes);
    const id = findType(btf, "task_struct", "struct")!;
    const elapsed = performance.now() - start;
    expect(findMember(btf, id, "pid")).toBeDefined();
    expect(btf.count).toBeGreaterThan(10_000);
    // About 15 ms on an idle machine; the bound only catches decoding everything.
    expect(elapsed).toBeLessThan(1000);
  });

  test("encodes again to the same types", () => {
    const btf = parseBtf(bytes);
    const builder = new BtfBuilder();
    const step = 7;
    const sample: BtfType[] = [];
    for (let id = 1; id < btf.count; id += step) sample.push(btf.type(id));
    const ids = sample.map((type) => builder.add(type));
    const again = builder.build();
    sample.forEach((type, i) => {
      // Comparing text first is fast; toEqual then says what differs.
      if (JSON.stringify(again.type(ids[i]!), bigintText) !== JSON.stringify(type, bigintText)) expect(again.type(ids[i]!)).toEqual(type);
    });
    expect(ids.length).toBeGreaterThan(1000);
  });

  test("says of bpf_iter_num_new what our own table says", (context) => {
    const btf = parseBtf(bytes);
    const id = findType(btf, "bpf_iter_num_new", "func");
    context.skip(id === undefined, "this kernel is older than 6.4");
    expect(prototypeOf(btf, id!)!.params.map((param) => typeText(btf, param.type))).toEqual(["struct bpf_iter_num *", "int", "int"]);
  });
});

function bigintText(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
