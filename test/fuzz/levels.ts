/** All levels of the fuzzer. */
import { irLevel } from "./ir-level.ts";
import type { Level } from "./level.ts";
import { robustLevel } from "./robust-level.ts";
import { sourceLevel } from "./source-level.ts";
import { verifierLevel } from "./verifier-level.ts";

export const LEVELS: readonly Level[] = [irLevel, sourceLevel, robustLevel, verifierLevel];
