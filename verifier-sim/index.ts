/** The verifier simulator: what the kernel's verifier would say of a linked program, and why. */
export { verify } from "./explore/explore.ts";
export { explain } from "./explain/explain.ts";
export type { Failure, Verdict, Verify, VerifyOptions } from "./types.ts";
