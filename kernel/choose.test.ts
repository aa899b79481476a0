/** The choice of an engine, as a table. */
import { describe, expect, test } from "vitest";
import { chooseEngine, type EngineChoice, type Needs } from "./choose.ts";
import type { EngineName, Probe } from "./engine.ts";
import { ModuleEngine } from "./module-engine.ts";

const EXACT = ["pid-namespace", "initial-user-namespace", "initial-time-namespace"];
const probe = (ok: boolean, reason = "", missingRows: readonly string[] = [], exact: readonly string[] = []): Probe => ({ ok, reason, missingRows, exact });
type Machine = Readonly<Record<EngineName, Probe>>;
const noModule = probe(false, "anycall.ko is not loaded");
const user = probe(true, "WebAssembly");
const root: Machine = { module: noModule, stock: probe(true, "bpf", [], EXACT), user };
const container: Machine = { ...root, stock: probe(true, "bpf", [], ["pid-namespace"]) };
const laptop: Machine = { ...root, stock: probe(false, "bpf(2) is refused") };
const withModule: Machine = { ...root, module: probe(true, "loaded") };
const olderModule: Machine = { ...root, module: probe(true, "loaded", ["sys.mkdirat"]) };
const noKoffi: Machine = { module: noModule, stock: probe(false, "no koffi"), user: probe(true, "no koffi", ["sys.getpid", "sys.read"]) };

const none: Needs = { ops: [], moduleOnly: [], exact: [] };
const pid: Needs = { ops: ["sys.getpid"], moduleOnly: [], exact: ["pid-namespace"] };
const uid: Needs = { ops: ["sys.getuid"], moduleOnly: [], exact: ["initial-user-namespace"] };
const files: Needs = { ops: ["sys.read"], moduleOnly: ["sys.read"], exact: [] };
const mkdir: Needs = { ops: ["sys.mkdirat"], moduleOnly: ["sys.mkdirat"], exact: [] };

type Row = readonly [what: string, machine: Machine, needs: Needs, wanted: EngineChoice, outcome: string, others?: readonly EngineName[]];
const TABLE: readonly Row[] = [
  ["no calls, bpf allowed", root, none, "auto", "stock", ["user"]],
  ["exact helpers", root, pid, "auto", "stock", ["user"]],
  ["files, no module", root, files, "auto", "user", []],
  ["files, module", withModule, files, "auto", "module", ["user"]],
  ["everything, module", withModule, pid, "auto", "module", ["stock", "user"]],
  ["a module without that operation", olderModule, mkdir, "auto", "user", []],
  ["a container: pid is exact", container, pid, "auto", "stock", ["user"]],
  ["a container: uid is not", container, uid, "auto", "user", []],
  ["no privilege", laptop, pid, "auto", "user", []],
  ["no koffi, no calls", noKoffi, none, "auto", "user", []],
  ["no koffi, calls", noKoffi, pid, "auto", "AC4002"],
  ["asked for user", root, pid, "user", "user", []],
  ["asked for stock", root, pid, "stock", "stock", []],
  ["asked for stock, files", root, files, "stock", "AC4003"],
  ["asked for stock, not exact", container, uid, "stock", "AC4004"],
  ["asked for stock, no privilege", laptop, pid, "stock", "AC4002"],
  ["asked for module, not loaded", root, pid, "module", "AC4002"],
  ["asked for module without that operation", olderModule, mkdir, "module", "AC4002"],
  ["asked for user, no koffi", noKoffi, pid, "user", "AC4002"],
];

describe("choice", () => {
  test.for(TABLE)("%s", ([, machine, needs, wanted, outcome, others]) => {
    const choice = chooseEngine(machine, needs, wanted);
    expect(choice.ok ? choice.engine : choice.code).toBe(outcome);
    expect(choice.reason).not.toBe("");
    if (choice.ok) expect(choice.others).toEqual(others);
  });

  test("the reason names what stood in the way of better engines", () => {
    const { reason } = chooseEngine(root, files, "auto");
    expect(reason).toContain("anycall.ko is not loaded");
    expect(reason).toContain("engine stock can't do sys.read");
    expect(chooseEngine(container, uid, "auto").reason).toContain("not established: initial-user-namespace");
    expect(chooseEngine(withModule, pid, "auto").reason).not.toContain("stock");
  });
});

test("engine module looks for its device", () => {
  expect(new ModuleEngine("/dev/anycall-is-not-here").probe()).toMatchObject({ ok: false, reason: "anycall.ko is not loaded (/dev/anycall-is-not-here does not exist)" });
  expect(new ModuleEngine("/dev/null").probe()).toMatchObject({ ok: false, reason: expect.stringContaining("can't use the module") });
  expect(() => new ModuleEngine("/dev/null").load({ programs: [], maps: [], license: "GPL" })).toThrow(expect.objectContaining({ code: "AC4002" }));
});
