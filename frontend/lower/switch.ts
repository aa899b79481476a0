/** `switch`: the tests in order, then the bodies in order, falling through. */
import type ts from "typescript";
import { compareValues } from "./conditions.ts";
import type { Lowering } from "./context.ts";
import { lowerExpression, lowerValue } from "./expressions.ts";
import { lowerStatements } from "./statements.ts";

export function lowerSwitch(ctx: Lowering, node: ts.SwitchStatement, labels: readonly string[]): void {
  const subject = lowerValue(ctx, node.expression);
  const breakTo = ctx.join();
  const depth = ctx.handles.length;
  ctx.scoped(() => {
    const bodies = node.caseBlock.clauses.map(() => ctx.join());
    let fallback = breakTo;
    node.caseBlock.clauses.forEach((clause, i) => {
      if (ctx.ts.isDefaultClause(clause)) {
        fallback = bodies[i]!;
        return;
      }
      const next = ctx.join();
      const equal = compareValues(ctx, subject, lowerExpression(ctx, clause.expression), "==", comparisonOf(node, clause));
      ctx.branch(equal.id, bodies[i]!, next);
      ctx.enter(next);
    });
    ctx.goto(fallback);
    ctx.frame.targets.push({ labels, breakTo, handles: depth });
    node.caseBlock.clauses.forEach((clause, i) => {
      ctx.goto(bodies[i]!);
      ctx.enter(bodies[i]!);
      // A handle opened in one case is not open on the way to the next: each case is a block of its own.
      const before = ctx.handles.length;
      lowerStatements(ctx, clause.statements);
      if (ctx.reachable) ctx.releaseTo(before);
      ctx.handles.length = before;
    });
    ctx.frame.targets.pop();
  });
  ctx.goto(breakTo);
  ctx.enter(breakTo);
}

/** The operands of a case's comparison, in the shape that comparisons report on. */
function comparisonOf(node: ts.SwitchStatement, clause: ts.CaseClause): ts.BinaryExpression {
  return Object.assign(Object.create(clause), { left: node.expression, right: clause.expression }) as ts.BinaryExpression;
}
