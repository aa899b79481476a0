/** N calls of getpid in one transition, beside N calls through the FFI. */
import { loadBaseline } from "../cli/tour/baseline.ts";
import { pairedTimes } from "../cli/measure.ts";
import { HostKernel } from "../kernel/bpf/host-kernel.ts";
import { load } from "../kernel/runtime/index.ts";
import { compileExample } from "./objects.ts";
import type { Benchmark } from "./types.ts";

const COUNTS = [1, 4, 16, 64, 256, 1024, 4096];

export const burst: Benchmark = {
  name: "burst",
  what: "N × getpid: engine stock in one transition, engine user, and koffi one by one",
  unavailable() {
    const { access } = HostKernel.here();
    if (!access.ok) return access.reason;
    return loadBaseline() ? null : "koffi is not installed";
  },
  run(settings) {
    const { object } = compileExample("burst.ts");
    const baseline = loadBaseline()!;
    const stock = load(object, { engine: "stock", functions: ["burst"] });
    const user = load(object, { engine: "user", functions: ["burst"] });
    const rows = COUNTS.map((n) => ({
      label: `${n}`,
      times: pairedTimes({ koffi: () => void baseline.burst(n), stock: () => void stock.call("burst", [n]), user: () => void user.call("burst", [n]) }, settings),
    }));
    return { title: "burst: N × getpid", rows, notes: ["Nothing merges or hoists the calls: npm start shows the count that was executed."] };
  },
};
