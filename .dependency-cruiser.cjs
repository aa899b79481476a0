/**
 * The allowed imports of the project, as ARCHITECTURE.md draws them: the complete list, enforced by `npm run check`.
 * Type imports count too. Tests (`*.test.ts`, `*.bench.ts`) and folders named `testing` may import anything.
 */

/** Folder → folders that it may import besides itself. The most specific folder that holds a file is the one that counts. */
const ALLOWED = {
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
  cli: ["frontend", "ir", "backend-ebpf", "verifier-sim", "kernel"],
};

/** What runs in a browser too: everything left of kernel/, and the tables. */
const BROWSER = ["frontend", "ir", "backend-ebpf", "verifier-sim", "kernel/abi"];
/** What applications load, and what it must not drag in, however indirectly. */
const RUNTIME = ["frontend/lib", "kernel/runtime"];
const COMPILER = "^(frontend/(?!lib/)|ir/|backend-ebpf/codegen/|cli/|node_modules/(typescript|ts-morph|@ts-morph|typescript-5\\.9)/)";

const OURS = "^(frontend|ir|backend-ebpf|verifier-sim|kernel|cli|test|bench|examples|scripts)/";
const TESTS = "(\\.(test|bench)\\.ts$|/testing/)";
const under = (folders) => `^(${folders.join("|")})/`;
/** Folders of the list inside `folder`, which have rows of their own. */
const inner = (folder) => Object.keys(ALLOWED).filter((other) => other.startsWith(`${folder}/`));

const layers = Object.entries(ALLOWED).map(([folder, allowed]) => ({
  name: `imports-of-${folder.replace("/", "-")}`,
  comment: `${folder} may import ${allowed.length > 0 ? allowed.join(", ") : "nothing of ours"}.`,
  severity: "error",
  from: { path: under([folder]), pathNot: [TESTS, ...(inner(folder).length > 0 ? [under(inner(folder))] : [])] },
  to: { path: OURS, pathNot: under([folder, ...allowed]) },
}));

module.exports = {
  forbidden: [
    ...layers,
    {
      name: "runs-in-a-browser",
      comment: "Nothing left of kernel/ imports Node's own modules.",
      severity: "error",
      from: { path: under(BROWSER), pathNot: TESTS },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "no-packages",
      comment: "Nothing left of kernel/ depends on a package; the front end is given its `ts` and imports types only.",
      severity: "error",
      from: { path: under(BROWSER), pathNot: TESTS },
      to: { path: "(^|/)node_modules/", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "runtime-without-compiler",
      comment: "What applications import pulls in no compiler, directly or indirectly.",
      severity: "error",
      from: { path: under(RUNTIME), pathNot: TESTS },
      to: { path: COMPILER, reachable: true },
    },
    {
      name: "no-cycles",
      comment: "Data flows one way, also among the files of a folder. Types may refer to each other; lowering is as recursive as the language.",
      severity: "error",
      from: { path: OURS, pathNot: [TESTS, "^frontend/lower/"] },
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "resolves",
      comment: "An import that leads nowhere escapes the other rules.",
      severity: "error",
      from: { path: OURS },
      to: { couldNotResolve: true },
    },
    {
      name: "no-product-from-tests",
      comment: "Product code imports no test file.",
      severity: "error",
      from: { path: under(Object.keys(ALLOWED)), pathNot: TESTS },
      to: { path: TESTS },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)(dist|fixtures)/|^examples/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "types", "node", "default"] },
  },
};
