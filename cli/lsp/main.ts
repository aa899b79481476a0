/** `anycallc lsp`: the language server on stdio. Ends when the client says so or goes away. */
import { createConnection, ProposedFeatures } from "vscode-languageserver/node";
import { packageJson } from "../package-json.ts";
import { Server } from "./server.ts";

export async function lsp(): Promise<number> {
  // Standard output is the protocol's: what a library prints there would break it.
  for (const method of ["log", "info", "warn", "debug"] as const) console[method] = (...args: unknown[]) => console.error(...args);
  const connection = createConnection(ProposedFeatures.all, process.stdin, process.stdout);
  new Server(connection, packageJson().version);
  const ended = new Promise<void>((resolve) => {
    connection.onExit(() => resolve());
    process.stdin.on("close", () => resolve());
  });
  connection.listen();
  await ended;
  return 0;
}
