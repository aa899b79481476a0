/** `npm start`: makes the clone ready, then compiles, verifies and runs the programs of examples/. */
import { join } from "node:path";
import { prepare, root, run } from "./prepare.mjs";

prepare();
run(process.execPath, [join(root, "dist/cli/tour/main.js"), ...process.argv.slice(2)]);
