/**
 * Who may import whom: the complete list (ARCHITECTURE.md). Each folder names all it may import of ours; everything else
 * is an error. Tests may import anything.
 */
const FOLDERS = {
  "kernel/abi": [],
  ir: ["kernel/abi"],
  "backend-ebpf/isa": ["kernel/abi"],
  "backend-ebpf/btf": ["kernel/abi"],
  "backend-ebpf/object": ["backend-ebpf/isa", "backend-ebpf/btf", "kernel/abi"],
  "backend-ebpf/codegen": ["ir", "backend-ebpf/isa", "backend-ebpf/btf", "backend-ebpf/object", "kernel/abi"],
  "frontend/lib": ["kernel/abi"],
  frontend: ["ir", "kernel/abi"],
  "verifier-sim": ["backend-ebpf/isa", "backend-ebpf/btf", "backend-ebpf/object", "kernel/abi"],
  kernel: ["backend-ebpf/isa", "backend-ebpf/btf", "backend-ebpf/object", "kernel/abi", "verifier-sim"],
};
/** Left of kernel/ everything runs in a browser too. */
const PURE = ["frontend", "ir", "backend-ebpf", "verifier-sim", "kernel/abi"];
const OURS = "^(frontend|ir|backend-ebpf|verifier-sim|kernel|cli|test|bench|examples)/";
const TESTS = "\\.test\\.ts$|/testing/|\\.bench\\.ts$";

/** More specific folders first: `kernel` must not claim kernel/abi's files. */
const except = (folder) =>
  Object.keys(FOLDERS)
    .filter((other) => other !== folder && other.startsWith(`${folder}/`))
    .map((other) => `^${other}/`);

module.exports = {
  forbidden: [
    ...Object.entries(FOLDERS).map(([folder, allowed]) => ({
      name: `${folder.replace("/", "-")}-imports`,
      comment: `${folder} may import only: ${allowed.join(", ") || "nothing of ours"}`,
      severity: "error",
      from: { path: `^${folder}/`, pathNot: [...except(folder), TESTS] },
      to: { path: OURS, pathNot: [folder, ...allowed].map((f) => `^${f}/`) },
    })),
    {
      name: "pure",
      comment: "The compiler and the verifier touch no files and import no node:* module.",
      severity: "error",
      from: { path: PURE.map((f) => `^${f}/`), pathNot: [TESTS, "^frontend/lib/generate\\.ts$"] },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "no-compiler-in-applications",
      comment: "What applications import pulls in no compiler.",
      severity: "error",
      from: { path: "^(frontend/lib|kernel/runtime)/", pathNot: TESTS },
      to: { reachable: true, path: "^(frontend/(?!lib/)|ir/|backend-ebpf/codegen/|cli/|node_modules/(typescript|ts-morph)/)" },
    },
    { name: "no-cycles", comment: "Data flows one way.", severity: "error", from: { pathNot: TESTS }, to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } } },
    { name: "no-unresolved", severity: "error", from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    exclude: { path: "fixtures|^dist|^examples" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default", "types"], extensions: [".ts", ".js", ".mjs", ".d.ts"] },
  },
};
