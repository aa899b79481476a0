/** Random worlds for programs to live in: files, input, injected errors, short transfers; data, so that they can be stored. */
import type { OpName } from "../../kernel/abi/syscalls.ts";
import type { Random } from "../support/random.ts";
import { ScriptedHost, type ScriptedHostOptions } from "../support/scripted-host.ts";

const FAILING: readonly OpName[] = ["sys.read", "sys.write", "sys.openat", "file.read", "sys.lseek", "sys.getrandom", "sys.open", "sys.close"];
const ERRNOS = ["EIO", "EINTR", "EAGAIN", "ENOENT", "EACCES", "EBADF"] as const;
const LINES = "one two\nthree\n\nfour five six\nlast";

export function randomWorld(random: Random): ScriptedHostOptions {
  const maybe = (share: number) => random.below(share) === 0;
  return {
    files: { "/tmp/a": LINES.slice(random.below(LINES.length)), "/tmp/d/b": "0123456789" },
    stdin: LINES,
    seed: random.below(1000),
    ids: { pid: 1 + random.below(40000), uid: random.below(70000) },
    errors: Array.from({ length: random.below(4) }, () => ({ op: random.pick(FAILING), nth: 1 + random.below(4), errno: random.pick(ERRNOS) })).filter(
      ({ op, nth }, i, all) => all.findIndex((other) => other.op === op && other.nth === nth) === i,
    ),
    ...(maybe(2) && { shortReads: 1 + random.below(9) }),
    ...(maybe(2) && { shortWrites: 1 + random.below(9) }),
  };
}

export function scriptedWorld(options: ScriptedHostOptions): ScriptedHost {
  return new ScriptedHost(options);
}
