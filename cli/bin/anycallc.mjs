#!/usr/bin/env node
/** The `anycallc` command: loads the built compiler, or says how to build it. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const main = new URL("../../dist/cli/main.js", import.meta.url);
if (!existsSync(fileURLToPath(main))) {
  console.error("error: anycallc is not built yet. Run `npm run build` (or `npm start`, or `npm test`) in its folder first.");
  process.exit(1);
}
// Who reads the output may stop reading (`anycallc … | head`): that ends the work and is no failure.
process.stdout.on("error", (error) => {
  if (error.code === "EPIPE") process.exit();
  throw error;
});
const { main: run } = await import(main.href);
process.exitCode = await run(process.argv.slice(2));
