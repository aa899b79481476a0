/**
 * The checking service of the editor: a program and a source file in, diagnostics and facts out. The language server and the
 * language-service plugin share it, and it is cli/compile.ts in two halves: the front end's runs in place, on the nodes of
 * whichever TypeScript it is given; the backend's and the verifier's in place (`check`) or elsewhere (`Prover`).
 */
import type ts from "typescript";
import { type Verify, verify } from "../../verifier-sim/index.ts";
import type { Checked } from "../compile.ts";
import { verifyModule } from "./backend.ts";
import { type FrontCheck, FrontChecker, internalError } from "./front.ts";
import type { CheckOptions, Verified } from "./types.ts";
import { VerdictCache } from "./verdict-cache.ts";

export interface FileCheck extends Verified {
  readonly marked: FrontCheck["marked"];
}

/** Backend and verifier, with their memory: one a thread. */
export class Prover {
  readonly cache = new VerdictCache(verify);
  readonly #results = new Map<string, { readonly checked: Checked; readonly settings: string; readonly verified: Verified }>();

  /** Never throws, but for what `between` throws, which is called before each program is verified. */
  prove(checked: Checked, options: CheckOptions, between: () => void = () => {}): Verified {
    const settings = JSON.stringify(options);
    const known = this.#results.get(checked.fileName);
    if (known?.checked === checked && known.settings === settings) return known.verified;
    let stopped: unknown;
    const cached: Verify = (program, how) => {
      try {
        between();
      } catch (error) {
        stopped = error;
        throw error;
      }
      return this.cache.verify(program, how);
    };
    try {
      const verified = verifyModule(checked, options, cached);
      this.#results.set(checked.fileName, { checked, settings, verified });
      return verified;
    } catch (error) {
      if (stopped !== undefined && error === stopped) throw error;
      return { diagnostics: [...checked.diagnostics, internalError(checked.fileName, error)], functions: [], loops: [] };
    }
  }
}

/** Checks files in place. */
export class CheckingService {
  readonly front: FrontChecker;
  readonly prover = new Prover();

  constructor(tsModule: typeof ts) {
    this.front = new FrontChecker(tsModule);
  }

  /** All of a file, as the command line says it. Never throws. */
  check(program: ts.Program, sourceFile: ts.SourceFile, options: CheckOptions = {}): FileCheck {
    const { checked, marked } = this.front.check(program, sourceFile, options);
    return { ...this.prover.prove(checked, options), marked };
  }
}
