/** The running kernel takes what the linker makes: types, records, maps; and its log quotes the source. */
import { existsSync, readFileSync } from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import { BtfBuilder, kfuncPrototypes, parseBtf } from "../../backend-ebpf/btf/index.ts";
import type { ParsedBtf } from "../../backend-ebpf/btf/parse.ts";
import { linkObject, writeObject } from "../../backend-ebpf/object/index.ts";
import { badProgram, goodProgram, objectOf } from "./sample.ts";
import { fullObject, rcuProgram } from "./sample-full.ts";
import { openKernel } from "./kernel.ts";

const VMLINUX = "/sys/kernel/btf/vmlinux";
const kernel = openKernel();
const why = typeof kernel === "string" ? kernel : "";

describe("bpf(2)", () => {
  beforeEach((context) => context.skip(why !== "", why));
  const ask = typeof kernel === "string" ? undefined! : kernel;
  const kernelBtf = existsSync(VMLINUX) ? parseBtf(new Uint8Array(readFileSync(VMLINUX))) : undefined;

  test("takes the types of our objects", () => {
    const object = linkObject(writeObject(fullObject([rcuProgram()])));
    expect(ask.loadBtf(object.btfBytes!)).toMatchObject({ ok: true });
  });

  test("refuses externs where the linker does not see to them, so that the test can fail", () => {
    const raw = kfuncPrototypes() as ParsedBtf;
    const refused = ask.loadBtf(raw.bytes);
    expect(refused.ok).toBe(false);
    expect(refused.log).toContain("Invalid func linkage");
  });

  test("takes the prototypes of all our kfuncs as definitions", () => {
    const all = kfuncPrototypes();
    const builder = new BtfBuilder();
    for (let id = 1; id < all.count; id++) {
      const type = all.type(id);
      if (type.kind !== "datasec") builder.add(type.kind === "func" ? { ...type, linkage: "global" } : type);
    }
    expect(ask.loadBtf(builder.encode())).toMatchObject({ ok: true });
  });

  test("takes programs with functions, lines and typed maps", () => {
    const object = linkObject(writeObject(fullObject()));
    for (const [index, program] of object.programs.entries()) {
      const loaded = ask.loadProgram(object, index);
      expect(loaded, `${program.name}\n${loaded.log}`).toMatchObject({ ok: true });
    }
    const { log } = ask.loadProgram(object, 1, 2);
    expect(log).toContain("; const t = sys.clock_gettime(1);");
    expect(log).toContain("; return t;");
  });

  test("quotes the line it refuses", () => {
    const object = linkObject(writeObject(objectOf([goodProgram(), badProgram()])));
    const refused = ask.loadProgram(object, 1);
    expect(refused).toMatchObject({ ok: false, errno: 13 });
    const lines = refused.log.split("\n");
    const error = lines.indexOf("R3 !read_ok");
    expect(lines.slice(error - 2, error)[0]).toMatch(/^; return unset \+ 1;/);
  });

  test("takes calls of its own kfuncs", (context) => {
    context.skip(!kernelBtf, "the kernel has no BTF");
    const object = linkObject(writeObject(fullObject([rcuProgram()])), { kernelBtf: kernelBtf! });
    const loaded = ask.loadProgram(object, 2);
    expect(loaded, loaded.log).toMatchObject({ ok: true });
  });
});
