/** Texts that once made the compiler fail, by both TypeScripts: an error of the program is told, never one of the compiler. */
import { describe, expect, it } from "vitest";
import { compileText, TYPESCRIPTS } from "./support/compile.ts";

/** Name → text and the first error's code; "" where the text compiles. */
const CASES: Readonly<Record<string, readonly [code: string, text: string]>> = {
  "a loop over a poisoned name in a function without closing brackets": ["AC1006",
    'import{anycall,buffer,zero u32 u64 i8 i32 i64 from"anycall"const data=buffer(;interface S{b:u32 d i64 const f=anycall((fp1:i32 fp2:u64 fp3:i8):u64{const s=zero<S>(;let v0=fp3%i64(fp2;let v1=256v2=(data;let k3=0while(k3<2&&v2{{for){}}}}return u64,v0'],
};

describe.each(TYPESCRIPTS)("TypeScript $name", ({ ts }) => {
  it.each(Object.entries(CASES))("%s", (_, [code, text]) => {
    const { diagnostics } = compileText(ts, text);
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    expect(errors.map((d) => d.code)).not.toContain("AC1002");
    expect(errors[0]?.code ?? "").toBe(code);
  });
});
