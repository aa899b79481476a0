/** `--init`: a tsconfig.json with the options that AnyCall programs want. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomic } from "../files.ts";
import { ProjectError } from "../project-error.ts";

const TEMPLATE = `{
  "compilerOptions": {
    "target": "es2022",
    "lib": ["es2022", "esnext.disposable"], // the second declares Disposable, which \`using\` needs
    "module": "nodenext",
    "moduleResolution": "nodenext",
    "strict": true,
    "skipLibCheck": true,
    "sourceMap": true,
    "outDir": "dist"
  },
  "anycall": {
    // License of the compiled objects, your decision. The kernel gives some functions to GPL-compatible objects only:
    // "GPL", "Dual BSD/GPL" and "Dual MIT/GPL" are such.
    "license": "Dual MIT/GPL",
    // "check": accesses that can't be proved get a check. "prove": they are errors.
    "bounds": "check"
  }
}
`;

/** Writes tsconfig.json into `directory`; an existing one is left alone. Returns the exit code. */
export function initProject(directory: string): number {
  const path = join(directory, "tsconfig.json");
  if (existsSync(path)) throw new ProjectError("TS5054", `A 'tsconfig.json' file is already defined at: '${path}'.`);
  writeFileAtomic(path, TEMPLATE);
  process.stdout.write(`Created ${path}\nNext: write a function marked @anycall, then run: anycallc -p .\n`);
  return 0;
}
