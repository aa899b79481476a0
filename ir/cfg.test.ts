import { describe, expect, it } from "vitest";
import { buildCfg, buildDominators, findLoops } from "./cfg.ts";
import { parseFunc } from "./parse.ts";

/** A function from edges: `0>1 2` means block 0 branches to 1 or 2. */
function graph(edges: string) {
  const blocks = edges.split(";").map((part) => {
    const [from, to = ""] = part.trim().split(">");
    const targets = to.trim().split(" ").filter(Boolean);
    const end = targets.length === 2 ? `condbr v0, b${targets[0]}, b${targets[1]}` : targets.length === 1 ? `br b${targets[0]}` : "ret";
    return `b${from}: ${from === "0" ? "v0 = const 1 " : ""}${end}`;
  });
  return parseFunc(`func "f" {\n${blocks.join("\n")}\n}`);
}

describe("cfg", () => {
  it("orders reachable blocks so that predecessors come first, the first target right behind", () => {
    const cfg = buildCfg(graph("0>1 2; 1>3; 2>3; 3>; 9>3"));
    expect(cfg.order).toEqual([0, 1, 2, 3]);
    expect(cfg.predecessors.get(3)).toEqual([1, 2]);
    expect(cfg.index.has(9)).toBe(false);
  });

  it("counts a double edge once", () => {
    const cfg = buildCfg(graph("0>1 1; 1>"));
    expect(cfg.predecessors.get(1)).toEqual([0]);
  });

  it("finds dominators, checked against their definition", () => {
    const func = graph("0>1 2; 1>3 4; 2>4; 3>5; 4>5 6; 5>7; 6>7; 7>1 8; 8>");
    const cfg = buildCfg(func);
    const tree = buildDominators(cfg);
    for (const a of cfg.order) {
      // `a` dominates what the entry can't reach once `a` is taken away.
      const reached = new Set<number>(a === 0 ? [] : [0]);
      for (const id of reached) for (const to of cfg.successors.get(id)!) if (to !== a) reached.add(to);
      for (const b of cfg.order) expect(tree.dominates(a, b), `${a} dominates ${b}`).toBe(a === b || !reached.has(b));
    }
    expect(tree.idom(7)).toBe(0);
    expect(tree.idom(0)).toBeUndefined();
    expect([...tree.preorder].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    for (const id of cfg.order) for (const child of tree.children(id)) expect(tree.preorder.indexOf(id)).toBeLessThan(tree.preorder.indexOf(child));
  });

  it("finds nested natural loops", () => {
    const cfg = buildCfg(graph("0>1; 1>2 6; 2>3; 3>4 5; 4>3; 5>1 2; 6>"));
    const forest = findLoops(cfg, buildDominators(cfg));
    expect(forest.loops.map(({ header, depth, blocks }) => [header, depth, [...blocks].sort()])).toEqual([
      [1, 1, [1, 2, 3, 4, 5]], [2, 2, [2, 3, 4, 5]], [3, 3, [3, 4]],
    ]);
    expect(forest.loopOf(4)?.header).toBe(3);
    expect(forest.loopOf(5)?.parent?.header).toBe(1);
    expect(forest.loopOf(6)).toBeUndefined();
    expect(forest.irreducible).toEqual([]);
  });

  it("reports irreducible flow", () => {
    const cfg = buildCfg(graph("0>1 2; 1>2; 2>1 3; 3>"));
    expect(findLoops(cfg, buildDominators(cfg)).irreducible).toHaveLength(1);
  });

  it("walks very deep graphs without overflowing the stack", () => {
    const n = 50_000;
    const cfg = buildCfg(graph(Array.from({ length: n }, (_, i) => `${i}>${i + 1}`).join(";") + `;${n}>`));
    expect(buildDominators(cfg).dominates(0, n)).toBe(true);
  });
});
