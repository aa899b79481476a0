/** A blob carries what the linked object says, and nothing else gets through its reader. */
import { describe, expect, test } from "vitest";
import { addKfunc, BtfBuilder } from "../../backend-ebpf/btf/index.ts";
import { linkObject, loadInfo, ObjectError, readBlob, writeBlob, writeObject } from "../../backend-ebpf/object/index.ts";
import { fullObject, rcuProgram } from "./sample-full.ts";

function kernelBtf() {
  const builder = new BtfBuilder();
  const ids = ["bpf_rcu_read_lock", "bpf_rcu_read_unlock"].map((name) => addKfunc(builder, name)!);
  return { btf: builder.build(), ids };
}

describe("a blob", () => {
  const { btf, ids } = kernelBtf();
  const object = linkObject(writeObject(fullObject([rcuProgram()])), { kernelBtf: btf });
  const bytes = writeBlob(object);

  test("holds types, maps and programs", () => {
    const blob = readBlob(bytes);
    expect(blob.btfBytes).toEqual(object.btfBytes);
    expect(blob.maps.map(({ name, type, keySize, valueSize, maxEntries, flags }) => ({ name, type, keySize, valueSize, maxEntries, flags }))).toEqual(
      object.maps.map(({ name, type, keySize, valueSize, maxEntries, flags }) => ({ name, type, keySize, valueSize, maxEntries, flags })),
    );
    expect(blob.maps.map((map) => map.initial)).toEqual(object.maps.map((map) => map.initial));
    expect(blob.maps.map((map) => map.btfValue)).toEqual(object.maps.map((map) => map.btfValue ?? 0));
    for (const [index, program] of object.programs.entries()) {
      const { name, license, progType, loadFlags } = program;
      expect(blob.programs[index]).toMatchObject({ name, license, progType, loadFlags, ...loadInfo(object, index) });
    }
    expect(blob.programs[0]!.insns).toEqual(object.programs[0]!.insns);
  });

  test("has the kernel's ids in calls of kfuncs", () => {
    expect(
      readBlob(bytes)
        .programs[2]!.insns.slice(0, 2)
        .map((insn) => insn.imm),
    ).toEqual(ids);
    expect(() => writeBlob(linkObject(writeObject(fullObject([rcuProgram()]))))).toThrow(ObjectError);
  });

  test("is the same for the same input", () => expect(writeBlob(object)).toEqual(bytes));

  test("that is damaged is refused or read, never more", () => {
    for (let length = 0; length < bytes.length; length += 3) expect(() => readBlob(bytes.slice(0, length))).toThrow(ObjectError);
    for (let at = 0; at < bytes.length; at++) {
      const damaged = bytes.slice();
      damaged[at]! ^= 0xff;
      try {
        readBlob(damaged);
      } catch (error) {
        expect(error).toBeInstanceOf(ObjectError);
      }
    }
  });
});
