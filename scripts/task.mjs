/** Runs a built program of the repository: `node scripts/task.mjs test/parity/main.js args…`. */
import { join } from "node:path";
import { prepare, root, run } from "./prepare.mjs";

const [program, ...args] = process.argv.slice(2);
prepare();
run(process.execPath, [join(root, "dist", program), ...args]);
