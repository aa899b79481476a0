import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../kernel/abi/diagnostics.ts";
import { type Finding, formatFindings, fromOurs, sortFindings } from "./report.ts";

const text = "let a = 1;\n  foo(bar);\nend\n";
const diagnostic: Diagnostic = { code: "AC1001", severity: "error", message: "no", why: "because", fix: "do", span: { file: "/p/a.ts", start: 13, length: 3 } };
const finding = fromOurs(diagnostic, () => text);

describe("diagnostics in tsc's forms", () => {
  it("places are 1-based lines and columns with the source line", () => {
    expect(finding.place).toEqual({ file: "/p/a.ts", line: 2, column: 3, endLine: 2, endColumn: 6, text: "  foo(bar);" });
  });

  it("text is one tsc line, then why and fix", () => {
    expect(formatFindings([finding], "text", "/p")).toBe("a.ts(2,3): error AC1001: no\n  why: because\n  fix: do\n");
  });

  it("pretty underlines the span and counts errors as tsc does", () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are escape sequences.
    const plain = (format: Finding[]) => formatFindings(format, "pretty", "/p").replace(/\u001b\[\d+m/g, "");
    expect(plain([finding])).toBe("a.ts:2:3 - error AC1001: no\n\n2   foo(bar);\n    ~~~\n  why: because\n  fix: do\n  more: anycallc --explain AC1001\n\nFound 1 error in a.ts:2\n\n");
    expect(plain([finding, { ...finding, message: "other" }])).toContain("Found 2 errors in the same file, starting at: a.ts:2\n");
  });

  it("json is one object with places inline", () => {
    const { diagnostics } = JSON.parse(formatFindings([finding], "json", "/p"));
    expect(diagnostics).toEqual([{ code: "AC1001", severity: "error", message: "no", why: "because", fix: "do", file: "a.ts", line: 2, column: 3, endLine: 2, endColumn: 6 }]);
  });

  it("sorts by place, drops duplicates, hides hints from plain text", () => {
    const at = (line: number, message: string): Finding => ({ ...finding, message, place: { ...finding.place!, line } });
    expect(sortFindings([at(3, "c"), at(1, "a"), at(3, "c"), at(2, "b")]).map((f) => f.message)).toEqual(["a", "b", "c"]);
    expect(formatFindings([{ ...finding, severity: "hint" }], "text", "/p")).toBe("");
  });
});
