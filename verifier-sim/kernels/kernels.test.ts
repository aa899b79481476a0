/** The types that come with the profiles: what rules ask of them is there. */
import { describe, expect, it } from "vitest";
import { findMember, prototypeOf, resolve, sizeOf } from "../../backend-ebpf/btf/index.ts";
import { PROFILES } from "../../kernel/abi/profiles.ts";
import { KERNEL_KFUNCS } from "../rules/kfunc-flags.ts";
import { accessStruct } from "../rules/kernel-types.ts";
import { reducedBtf, reducedSymbols } from "./index.ts";

describe.each(PROFILES.map(({ name }) => name))("types of %s", (name) => {
  const btf = reducedBtf(name)!;
  const struct = (called: string) => btf.named(called, "struct")[0]!;

  it("describe a task's members", () => {
    for (const member of ["pid", "tgid", "comm", "real_parent", "utime", "mm", "signal", "se"]) {
      expect(findMember(btf, struct("task_struct"), member), member).toBeDefined();
    }
    const parent = findMember(btf, struct("task_struct"), "real_parent")!.offset / 8;
    expect(accessStruct(btf, struct("task_struct"), parent, 8)).toMatchObject({ kind: "pointer", typeId: struct("task_struct"), field: "real_parent" });
    expect(accessStruct(btf, struct("task_struct"), parent, 4)).toMatchObject({ kind: "refused", rule: "struct-pointer" });
    expect(accessStruct(btf, struct("task_struct"), sizeOf(btf, struct("task_struct"))!, 1)).toMatchObject({ kind: "refused", rule: "struct-beyond" });
  });

  it("describe every struct that kernel functions take", () => {
    const functions = KERNEL_KFUNCS.filter((kfunc) => btf.named(kfunc, "func").length > 0);
    expect(functions.length).toBeGreaterThan(name === "6.1" ? 3 : 80);
    for (const kfunc of functions) {
      for (const { type } of prototypeOf(btf, btf.named(kfunc, "func")[0]!)!.params) {
        const pointer = resolve(btf, type);
        const target = pointer.kind === "ptr" ? resolve(btf, pointer.type) : undefined;
        if (target?.kind !== "struct" && target?.kind !== "union") continue;
        expect(target.size === 0 || target.members.length > 0, `${kfunc}: ${target.name}`).toBe(true);
      }
    }
  });

  it("say which variables have an address, where that is known", () => {
    expect(reducedSymbols(name)?.has("runqueues") ?? "unknown").toBe(name === "6.18" ? "unknown" : true);
  });
});

it("what is not described is not guessed", () => {
  const btf = reducedBtf("6.18")!;
  let stubs = 0;
  for (let id = 1; id < btf.count; id++) {
    const type = btf.type(id);
    if (type.kind !== "struct" || type.size === 0 || type.members.length > 0) continue;
    stubs++;
    expect(() => accessStruct(btf, id, 0, 1)).toThrow("reduced BTF");
  }
  expect(stubs).toBeGreaterThan(50);
});
