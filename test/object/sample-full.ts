/** An object with everything the writer can express: several programs, subprograms, a map, kfuncs. */
import type { CodeUnit, ObjectInput } from "../../backend-ebpf/object/types.ts";
import { asm, goodProgram, objectOf, spanOf, unit } from "./sample.ts";

/** A subprogram that returns a constant, or what `callee` returns. */
export function subprogram(symbol: string, value: number, callee?: string): CodeUnit {
  const lines = [{ insn: 0, span: spanOf("return unset") }];
  return callee === undefined
    ? unit(symbol, [asm.mov(0, value), asm.exit()], [], { lines })
    : unit(symbol, [asm.mov(0, value), asm.call(0), asm.exit()], [{ insn: 1, kind: "subprogram", name: callee }], {
        lines,
        variables: [{ name: "x", from: 1, to: 2, location: { kind: "stack", offset: -8 } }],
      });
}

/** Looks a key up in map `counts`, and calls subprograms `outer` (which calls `inner`) and `leaf`; returns 0. */
export function callingProgram(): CodeUnit {
  const insns = [
    asm.call(0),
    asm.storeImm64(10, -8, 0),
    ...asm.address(1),
    asm.movReg(2, 10),
    asm.add(2, -8),
    asm.call(1),
    asm.jeq(0, 0, 1),
    asm.mov(0, 0),
    asm.call(0),
    asm.mov(0, 0),
    asm.exit(),
  ];
  return unit(
    "Main_run",
    insns,
    [
      { insn: 0, kind: "subprogram", name: "outer" },
      { insn: 2, kind: "map", map: "counts" },
      { insn: 9, kind: "subprogram", name: "leaf" },
    ],
    {
      lines: [
        { insn: 0, span: spanOf("const t") },
        { insn: 9, span: spanOf("return t") },
      ],
    },
  );
}

/** Takes the RCU read lock of the kernel and releases it. */
export function rcuProgram(): CodeUnit {
  const insns = [asm.call(0), asm.call(0), asm.mov(0, 0), asm.exit()];
  return unit("Main_rcu", insns, [
    { insn: 0, kind: "kfunc", name: "bpf_rcu_read_lock" },
    { insn: 1, kind: "kfunc", name: "bpf_rcu_read_unlock" },
  ]);
}

export function fullObject(extra: readonly CodeUnit[] = []): ObjectInput {
  const input = objectOf([callingProgram(), goodProgram(), ...extra], {
    subprograms: [subprogram("leaf", 1), subprogram("inner", 2), subprogram("outer", 3, "inner")],
    maps: [{ name: "counts", type: 1, keySize: 8, valueSize: 8, maxEntries: 16, flags: 0 }],
  });
  return { ...input, meta: { ...input.meta, license: "GPL" } };
}
