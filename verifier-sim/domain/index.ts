/** The numeric domain: abstract scalars and what every instruction makes of them. Everything outside domain/ imports from here. */
export * from "./alu.ts";
export * from "./bounds.ts";
export * from "./branch.ts";
export * from "./format.ts";
export * from "./ops.ts";
export * from "./resize.ts";
export * from "./scalar.ts";
export * from "./subsumption.ts";
export * from "./tnum.ts";
export * as u64 from "./u64.ts";
export { setArithmetic } from "./arithmetic.ts";
