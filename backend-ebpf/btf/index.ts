/** What other folders use of BTF. */
export type { Btf, BtfKind, BtfMember, BtfType } from "./types.ts";
export { BtfError } from "./format.ts";
export { parseBtf, type ParsedBtf } from "./parse.ts";
export { BtfBuilder } from "./builder.ts";
export { compatible } from "./compat.ts";
export { alignOf, declTags, findMember, findType, type FoundMember, prototypeOf, resolve, resolveId, sizeOf, typeTags, typeText } from "./query.ts";
export { hasSuffix, isIdentifier, PARAM_SUFFIXES, type ParamSuffix, paramSuffix } from "./names.ts";
export { reduceBtf, type Wanted } from "./reduce.ts";
export { addKfunc, addKsyms, kfuncPrototypes } from "./kfuncs.ts";
