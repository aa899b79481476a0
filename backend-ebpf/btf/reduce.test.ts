/** Parts of a BTF: what is kept, what is cut, and that one input gives one output. */
import { expect, test } from "vitest";
import { BtfBuilder } from "./builder.ts";
import { parseBtf } from "./parse.ts";
import { findMember, findType, prototypeOf, resolve, sizeOf, typeText } from "./query.ts";
import { reduceBtf } from "./reduce.ts";

function whole(): BtfBuilder {
  const btf = new BtfBuilder();
  const int = btf.int("s32");
  const pid = btf.add({ kind: "typedef", name: "pid_t", type: int });
  const other = btf.add({ kind: "struct", name: "other", size: 4, members: [{ name: "x", type: int, offset: 0, bits: 0 }] });
  const inner = btf.add({ kind: "struct", name: "inner", size: 4, members: [{ name: "a", type: pid, offset: 0, bits: 0 }] });
  const far = btf.pointer(btf.constant(other));
  const near = btf.pointer(inner);
  const tagged = btf.pointer(btf.add({ kind: "type_tag", name: "rcu", type: other }));
  const members = [
    { name: "first", type: inner, offset: 0, bits: 0 },
    { name: "flag", type: int, offset: 32, bits: 1 },
    { name: "far", type: far, offset: 64, bits: 0 },
    { name: "near", type: near, offset: 128, bits: 0 },
    { name: "tagged", type: tagged, offset: 192, bits: 0 },
    { name: "name", type: btf.array(int, 4), offset: 256, bits: 0 },
  ];
  const task = btf.add({ kind: "struct", name: "task", size: 48, members });
  const proto = btf.add({ kind: "func_proto", ret: btf.pointer(task), params: [{ name: "mem__sz", type: pid }, { name: "of", type: btf.pointer(pid) }] });
  btf.add({ kind: "func", name: "find", type: proto, linkage: "static" });
  btf.add({ kind: "func", name: "unwanted", type: proto, linkage: "static" });
  btf.add({ kind: "struct", name: "unwanted", size: 4, members: [{ name: "x", type: int, offset: 0, bits: 0 }] });
  return btf;
}

test("chosen structs and functions stand on their own", () => {
  const bytes = reduceBtf(whole().build(), { functions: ["find", "missing"], structs: ["task"], variables: [] });
  const btf = parseBtf(bytes);
  expect(reduceBtf(whole().build(), { functions: ["find", "missing"], structs: ["task"], variables: [] })).toEqual(bytes);
  const task = findType(btf, "task", "struct")!;
  expect(findMember(btf, task, "flag")).toMatchObject({ offset: 32, bits: 1 });
  expect(sizeOf(btf, findMember(btf, task, "name")!.type)).toBe(16);
  // What is embedded is whole, also where a pointer leads to it; what is only pointed to keeps name and size.
  const target = (member: string) => {
    const pointer = btf.type(findMember(btf, task, member)!.type);
    return pointer.kind === "ptr" ? resolve(btf, pointer.type) : undefined;
  };
  expect(target("near")).toMatchObject({ name: "inner", members: [{ name: "a" }] });
  expect(target("far")).toMatchObject({ name: "other", size: 4, members: [] });
  expect(typeText(btf, findMember(btf, task, "tagged")!.type)).toContain("__rcu");
  const proto = prototypeOf(btf, findType(btf, "find", "func")!)!;
  expect(proto.params.map(({ name }) => name)).toEqual(["mem__sz", "of"]);
  expect(typeText(btf, proto.ret)).toBe("struct task *");
  expect(typeText(btf, proto.params[1]!.type)).toBe("int *");
  expect(btf.named("unwanted")).toEqual([]);
});
