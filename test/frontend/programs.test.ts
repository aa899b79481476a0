/** The design's programs, compiled by both TypeScripts and run in the IR's interpreter on the scripted host. */
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkModule } from "../../ir/check.ts";
import { ScriptedHost } from "../support/scripted-host.ts";
import { compileFile, ROOT, TYPESCRIPTS } from "./support/compile.ts";
import { decode, run } from "./support/run.ts";

const TEXT = "one two\n three\tfour  five\n\nlast";
const words = (text: string) => text.split(/[ \t-\r]+/).filter((word) => word !== "").length;

describe.each(TYPESCRIPTS)("TypeScript $name", ({ ts }) => {
  const compiled = compileFile(ts, join(ROOT, "test/programs/design.ts"));
  const module = compiled.module!;

  it("accepts them and makes well-formed IR", () => {
    expect(compiled.errors).toEqual([]);
    expect(checkModule(module)).toEqual([]);
    expect(compiled.marked.map(({ name, kind }) => [name, kind])).toEqual([["Logs.countLines", "method"], ["burst", "call"], ["wc", "call"], ["Du.total", "method"], ["Files.copy", "method"], ["readAll", "call"], ["info", "call"], ["info2", "call"]]);
    expect(compiled.bindings.map(({ name, size }) => [name, size])).toEqual([["page", 65536], ["dents", 32768]]);
  });

  it("burst calls getpid n times", () => {
    const host = new ScriptedHost({ ids: { pid: 77 } });
    expect(run(module, "burst", [10], { host }).result).toBe(770n);
    expect(host.count("sys.getpid")).toBe(10);
  });

  it.each([[undefined], [1], [7]])("countLines and wc with short reads of %s", (shortReads) => {
    const options = { files: { "/t": TEXT }, ...(shortReads ? { shortReads } : {}) };
    const host = new ScriptedHost(options);
    expect(run(module, "Logs.countLines", ["/t"], { host }).result).toBe(3n);
    expect(run(module, "wc", ["/t"], { host }).result).toEqual([3n, BigInt(words(TEXT)), BigInt(TEXT.length)]);
    expect(host.leaks()).toEqual({ descriptors: [], handles: [] });
  });

  it("gives errors as negative numbers and releases on every way", () => {
    expect(run(module, "Logs.countLines", ["/none"], { host: new ScriptedHost() }).result).toBe(-2n);
    expect(run(module, "wc", ["/none"], { host: new ScriptedHost() }).result).toBe(-2n);
    const host = new ScriptedHost({ files: { "/t": TEXT }, errors: [{ op: "file.read", nth: 2, errno: "EIO" }], shortReads: 4 });
    expect(run(module, "wc", ["/t"], { host }).result).toBe(-5n);
    expect(host.leaks().handles).toEqual([]);
  });

  it("ends with EXHAUSTED when the rounds run out, handles released", () => {
    const host = new ScriptedHost({ files: { "/t": TEXT } });
    expect(run(module, "Logs.countLines", ["/t"], { host, rounds: 5 }).status).toBe("EXHAUSTED");
    expect(host.leaks().handles).toEqual([]);
  });

  it("du adds up a tree", () => {
    const host = new ScriptedHost({ files: { "/r/a": "12345", "/r/d/b": "123", "/r/d/e/c": "1", "/r/.hidden": "12", "/r/..x": "1234" } });
    expect(run(module, "Du.total", ["/r"], { host }).result).toBe(15n);
    expect(host.leaks().descriptors).toEqual([]);
    expect(run(module, "Du.total", ["/none"], { host: new ScriptedHost() }).result).toBe(-2n);
  });

  it.each([[undefined], [3]])("copies with short writes of %s", (shortWrites) => {
    const host = new ScriptedHost({ files: { "/a": TEXT }, ...(shortWrites ? { shortWrites, shortReads: 5 } : {}) });
    expect(run(module, "Files.copy", ["/a", "/b"], { host }).result).toBe(BigInt(TEXT.length));
    expect(new TextDecoder().decode(host.fileBytes("/b"))).toBe(TEXT);
    expect(host.leaks().handles).toEqual([]);
  });

  it("retries on EINTR", () => {
    const host = new ScriptedHost({ stdin: TEXT, shortReads: 6, errors: [{ op: "sys.read", nth: 1, errno: "EINTR" }, { op: "sys.read", nth: 3, errno: "EINTR" }] });
    expect(run(module, "readAll", [0], { host }).result).toBe(BigInt(TEXT.length));
  });

  it("fills an out-parameter, also by a whole literal", () => {
    const host = new ScriptedHost({ files: { "/t": { bytes: TEXT, uid: 12 } } });
    const { params } = compiled.marked.find(({ name }) => name === "info")!.signature;
    const out = new Uint8Array(24).fill(0xff);
    const done = run(module, "info", ["/t", out], { host });
    expect(done.result).toBe(0n);
    expect(decode(params[1]!.type, done.memory.get("arg.out")!, 0)).toEqual({ size: BigInt(TEXT.length), owner: 12n, lines: 0n });
    expect(run(module, "info2", ["/t"], { host }).result).toEqual({ size: BigInt(TEXT.length), owner: 12n, lines: 0n });
    expect(run(module, "info2", ["/none"], { host }).result).toBe(null);
  });
});
