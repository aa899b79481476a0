/** What other folders use of object files. */
export type {
  CodeUnit,
  KfuncRef,
  LinkedObject,
  LinkedProgram,
  MapDef,
  ObjectInput,
  Relocation,
  VariableRange,
} from "./types.ts";
export { type Blob, readBlob, writeBlob } from "./blob.ts";
export { ObjectError } from "./elf.ts";
export { writeObject } from "./writer.ts";
export { linkObject, type LinkOptions, readMeta } from "./linker.ts";
export { FUNC_INFO_SIZE, LINE_INFO_SIZE, loadInfo, type LoadInfo } from "./load-info.ts";
export { readSourceMap, type ReadSourceMap, type SourceMapOptions, withVariables, writeSourceMap } from "./source-map.ts";
export { programTypeOf } from "./sections.ts";
