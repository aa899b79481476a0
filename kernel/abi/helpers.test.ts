/** The helper table against itself and against the running kernel, which is asked about every id. */
import { release } from "node:os";
import { describe, expect, test } from "vitest";
import { encode } from "../../backend-ebpf/isa/insn.ts";
import { kernelLoader } from "../../test/support/bpf-load.ts";
import { HELPER_NAMES, HELPER_PROTOS, helperCount, helperId, helperName, helperProto, helperSince } from "./helpers.ts";

const kernel = kernelLoader();
const version = release().split(".").slice(0, 2).map(Number) as [number, number];
const reason = "reason" in kernel ? kernel.reason : undefined;
const differs = version[0] === 6 && version[1] === 18 ? undefined : `the table describes 6.18, this is ${version.join(".")}`;

/** The kernel's answer to a program that does nothing but call the helper. It is never run. */
function probe(id: number): string {
  if (!("load" in kernel)) return "";
  const call = { opcode: 0x85, dst: 0, src: 0, off: 0, imm: id };
  const zero = { opcode: 0xb7, dst: 0, src: 0, off: 0, imm: 0 };
  const exit = { opcode: 0x95, dst: 0, src: 0, off: 0, imm: 0 };
  return kernel.load(encode([call, zero, exit]), 1).log;
}

describe("table", () => {
  test("names are unique, ids are contiguous, versions never fall", () => {
    expect(HELPER_NAMES).toHaveLength(212);
    expect(new Set(HELPER_NAMES).size).toBe(212);
    expect(helperId("sys_close")).toBe(168);
    expect(helperName(120)).toBe("bpf_get_ns_current_pid_tgid");
    for (let id = 2; id < HELPER_NAMES.length; id++) {
      const [a, b] = [helperSince(id - 1)!, helperSince(id)!];
      expect(b[0] * 100 + b[1]).toBeGreaterThanOrEqual(a[0] * 100 + a[1]);
    }
    expect(helperSince(0)).toBeUndefined();
    expect(helperSince(212)).toBeUndefined();
  });
  test("every size argument follows memory, and at most five arguments", () => {
    for (const [id, proto] of Object.entries(HELPER_PROTOS)) {
      expect(proto.args.length, id).toBeLessThanOrEqual(5);
      proto.args.forEach((arg, i) => {
        const unsized = arg.kind === "mem" && arg.size === undefined;
        const next = proto.args[i + 1]?.kind;
        expect(next === "size" || next === "size-or-zero", `${helperName(Number(id))} argument ${i + 1}`).toBe(unsized);
      });
    }
  });
  test("a helper is refused to kernels older than it", () => {
    expect(helperProto(210, [6, 1])).toBeUndefined();
    expect(helperProto(210, [6, 2])).toBeDefined();
    expect(helperProto(181, [6, 1])?.callback).toBe("sync");
  });
});

describe.skipIf(reason !== undefined || differs !== undefined)(`the running kernel${reason ? ` (${reason})` : differs ? ` (${differs})` : ""}`, () => {
  test("agrees on which helpers a SYSCALL program may call, and on every name", () => {
    for (let id = 0; id < helperCount(version) + 3; id++) {
      const log = probe(id);
      if (id >= helperCount(version)) expect(log, `#${id}`).toContain(`invalid func unknown#${id}`);
      else if (HELPER_PROTOS[id] === undefined) expect(log).toContain(`program of this type cannot use helper ${helperName(id)}#${id}`);
      else expect(log, helperName(id)).not.toContain("cannot use helper");
    }
  });
  test("asks of the first argument what the table says", () => {
    // R1 holds the context, R2 to R5 nothing: the first line of the refusal tells the kind of the first argument.
    for (const [key, proto] of Object.entries(HELPER_PROTOS)) {
      const id = Number(key);
      const log = probe(id);
      const [first, second] = proto.args;
      if (proto.refused !== undefined) expect(log, helperName(id)).toContain(proto.refused);
      else if (first === undefined || (second === undefined && (first.kind === "anything" || first.kind === "ctx")))
        expect(log, helperName(id)).toMatch(/^processed \d+ insns/m);
      else if (first.kind === "anything" || first.kind === "scalar" || first.kind === "ctx")
        expect(log, helperName(id)).toMatch(/R2 !read_ok|R1 type=ctx expected=scalar/);
      else expect(log, helperName(id)).toMatch(EXPECTED[first.kind]);
    }
  });
});

const MEMORY = /R1 type=ctx expected=fp, pkt, pkt_meta, map_key, map_value, mem/;
const EXPECTED: Readonly<Record<string, RegExp>> = {
  "const-map-ptr": /R1 type=ctx expected=map_ptr/,
  mem: MEMORY,
  "spin-lock": /R1 type=ctx expected=map_value, ptr_/,
  "kptr-xchg-dest": /R1 type=ctx expected=map_value, ptr_/,
  timer: /R1 type=ctx expected=map_value$/m,
  "sock-common": /R1 type=ctx expected=sock_common, sock, tcp_sock, xdp_sock$/m,
  "btf-id-sock-common": /R1 type=ctx expected=sock_common, sock, tcp_sock, xdp_sock, ptr_/,
  "btf-id": /R1 type=ctx expected=ptr_/,
  "percpu-btf-id": /R1 type=ctx expected=percpu_ptr_/,
  "ringbuf-mem": /R1 type=ctx expected=ringbuf_mem/,
  dynptr: /R1 type=ctx expected=fp, dynptr_ptr/,
};
