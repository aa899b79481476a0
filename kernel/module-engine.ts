/** Engine `module`: programs with the kfuncs of anycall.ko. Until that module is part of the product this is its probe only. */
import { accessSync, constants } from "node:fs";
import { opName, OPS } from "./abi/syscalls.ts";
import type { Engine, Instance, Probe } from "./engine.ts";
import { AnycallError } from "./errors.ts";

export const MODULE_DEVICE = "/dev/anycall";

export class ModuleEngine implements Engine {
  readonly name = "module";
  readonly #device: string;

  constructor(device: string = MODULE_DEVICE) {
    this.#device = device;
  }

  probe(): Probe {
    const found = this.#find();
    const reason = found === "missing" ? `anycall.ko is not loaded (${this.#device} does not exist)` : `${this.#device} is there, but this version of AnyCall can't use the module`;
    return { ok: false, reason, missingRows: OPS.map(opName), exact: [] };
  }

  load(): Instance {
    throw new AnycallError("AC4002", this.probe().reason);
  }

  #find(): "missing" | "present" {
    try {
      accessSync(this.#device, constants.F_OK);
      return "present";
    } catch {
      return "missing";
    }
  }
}
