/** Engine `module` as Node has it, in the guest: Node, the built runtime and koffi go into the initramfs. */
import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { compileObject, ROOT } from "./build.ts";
import { type Entry, file, folder } from "./cpio.ts";
import { part, type Suite, tapVerdicts } from "./suite.ts";
import { run } from "./tools.ts";
import { rowPrograms } from "./rows/programs.ts";

/** Where the repository is in the guest. */
const HOME = "anycall";
const PARTS = [
  "package.json",
  "dist/kernel",
  "dist/backend-ebpf",
  "dist/verifier-sim",
  "dist/frontend/lib",
  "node_modules/koffi",
  "node_modules/@koromix/koffi-linux-x64/linux_x64",
  "node_modules/@koromix/koffi-linux-x64/package.json",
  "node_modules/@koromix/koffi-linux-x64/index.js",
];

/** A file or a folder with what is in it, at the same place below HOME. */
function tree(path: string): Entry[] {
  const target = `${HOME}/${relative(ROOT, path)}`;
  if (!statSync(path).isDirectory()) return !/\.(c?js|json|node)$/.test(path) ? [] : [file(target, readFileSync(path))];
  return [
    folder(target),
    ...readdirSync(path)
      .filter((name) => name !== "doc")
      .flatMap((name) => tree(join(path, name))),
  ];
}

/** The folders above a path, outermost first. */
function folders(paths: readonly string[]): Entry[] {
  const found = new Set<string>();
  for (const path of paths) for (let at = dirname(path); at !== "."; at = dirname(at)) found.add(at);
  return [...found].sort((a, b) => a.length - b.length).map((path) => folder(path));
}

/** Node and the shared libraries that it names. */
function node(): Entry[] {
  const libraries = [...run("ldd", [process.execPath]).matchAll(/(\/\S+\.so\S*)/g)].map((found) => found[1]!);
  return [file("bin/node", readFileSync(process.execPath), 0o755), ...libraries.map((path) => file(path.slice(1), readFileSync(realpathSync(path)), 0o755))];
}

const EXAMPLES = ["wc", "du"] as const;

export const engineSuite: Suite = {
  name: "engine",
  memory: 2048,
  entries: (kernel) => {
    const parts = PARTS.flatMap((path) => tree(join(ROOT, path)));
    const programs = [
      ...node(),
      ...parts,
      file("engine.mjs", readFileSync(join(ROOT, "test/vm/guest/engine.mjs"))),
      file("rows.bpf.o", compileObject("rows", rowPrograms(), kernel)),
    ];
    // Loops without a bound want what Linux 6.1 doesn't have.
    const examples =
      kernel === "6.1"
        ? []
        : EXAMPLES.map((name) => file(`${name}.bpf.o`, compileObject(name, readFileSync(join(ROOT, `examples/${name}.ts`), "utf8"), kernel)));
    const files = [...programs, ...examples];
    const known = new Set(files.map(({ path }) => path));
    return [...folders(files.map(({ path }) => path)).filter(({ path }) => !known.has(path) && path !== "bin"), ...files];
  },
  commands: `mkdir -p /root; export HOME=/root
echo "@@ begin engine"; node /engine.mjs /${HOME}; echo "# exit $?"; echo "@@ end"`,
  judge: (lines) => {
    const output = part(lines, "engine");
    return [
      ...tapVerdicts(output),
      {
        name: "the tests of engine module ran to their end",
        ok: output.includes("# exit 0") && output.includes("T done"),
        notes: output.includes("T done") ? [] : output.slice(-12),
      },
    ];
  },
};
