import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^anycall$/, replacement: here("./frontend/lib/index.ts") },
      { find: /^anycall\/kernel$/, replacement: here("./frontend/lib/kernel.ts") },
      { find: /^anycall\/runtime$/, replacement: here("./kernel/runtime/index.ts") },
    ],
  },
  test: {
    include: ["{frontend,ir,backend-ebpf,verifier-sim,kernel,cli,test,examples}/**/*.test.ts"],
    exclude: ["**/node_modules/**", "dist/**"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: ["default", here("./test/support/skip-reporter.ts")],
  },
});
