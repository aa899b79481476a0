/** The simulator against the kernels of the VM, program by program: verdict, last line of the log, instructions processed. */
import { profileOf } from "../../../kernel/abi/profiles.ts";
import { verify } from "../../../verifier-sim/index.ts";
import { buildProgram } from "../build.ts";
import { file } from "../cpio.ts";
import type { KernelName } from "../kernels.ts";
import { part, type Suite, type Verdict } from "../suite.ts";
import { encodeRecord, recordsFor, type VerifyRecord } from "./records.ts";

/** Shares, in percent, of the verdicts that agree; of the refusals with the same line; of the acceptances with the same count. */
const FLOORS: Readonly<Record<KernelName, readonly [number, number, number]>> = { "6.1": [99, 98, 98], "6.12": [97, 98, 95] };
const NOTES = 400;
/** Random programs of each kind, times the effort. */
const RANDOM = 1500;

const asked = new Map<KernelName, readonly VerifyRecord[]>();

export const verifySuite: Suite = {
  name: "verify",
  timeout: 900,
  memory: 2048,
  entries: (kernel, { seed, effort }) => {
    const records = recordsFor(kernel, seed, RANDOM * effort);
    asked.set(kernel, records);
    const lines = records.map((record) => `${encodeRecord(record, kernel)}\n`).join("");
    return [file("bin/anycall-verify", buildProgram("verify"), 0o755), file("programs.txt", new TextEncoder().encode(lines))];
  },
  commands: 'echo "@@ begin verify"; anycall-verify /programs.txt; echo "@@ end"',
  judge: (lines, kernel) => judge(asked.get(kernel)!, part(lines, "verify"), kernel),
};

interface Answer {
  readonly accepted: boolean;
  readonly processed: number;
  readonly error: string;
}

function answersOf(lines: readonly string[]): Map<number, Answer> {
  const answers = new Map<number, Answer>();
  for (const line of lines) {
    const found = /^V (\d+) (ok|\d+) (\d+) ?(.*)$/.exec(line);
    if (found) answers.set(Number(found[1]), { accepted: found[2] === "ok", processed: Number(found[3]), error: found[4]! });
  }
  return answers;
}

export function judge(records: readonly VerifyRecord[], lines: readonly string[], kernel: KernelName): Verdict[] {
  const answers = answersOf(lines);
  const wrong: string[] = [];
  const notes: string[] = [];
  let [agreed, accepted, sameCount, refused, sameLine, unknown] = [0, 0, 0, 0, 0, 0];
  const profile = profileOf(kernel, kernel.split(".").map(Number) as [number, number]);
  records.forEach((record, i) => {
    const answer = answers.get(i);
    if (!answer) return;
    const ours = verify(record.program, { profile });
    const name = `${record.group}: ${record.name}`;
    const theirs = answer.accepted ? `accepted, ${answer.processed}` : answer.error;
    if (ours.verdict === "UNKNOWN") {
      unknown++;
      notes.push(`UNKNOWN ${name} | ${ours.reason} | kernel ${theirs}`);
    } else if ((ours.verdict === "ACCEPT") !== answer.accepted) {
      if (ours.verdict === "ACCEPT") wrong.push(`FALSE ACCEPT ${name} | ${theirs}`);
      notes.push(`${ours.verdict === "ACCEPT" ? "FALSE ACCEPT" : "false refusal"} ${name} | kernel ${theirs} | here ${ours.verdict === "REJECT" ? ours.error : "accepted"}`);
    } else {
      agreed++;
      if (ours.verdict === "ACCEPT") {
        accepted++;
        if (ours.processed === answer.processed) sameCount++;
        else notes.push(`processed ${name} | kernel ${answer.processed} | here ${ours.processed}`);
      } else if (ours.verdict === "REJECT") {
        refused++;
        if (mask(ours.error) === mask(answer.error)) sameLine++;
        else notes.push(`line ${name} | kernel ${answer.error} | here ${ours.error}`);
      }
    }
  });
  const share = (n: number, of: number) => (of === 0 ? 100 : (100 * n) / of);
  const [agreeFloor, lineFloor, countFloor] = FLOORS[kernel];
  const count = answers.size;
  const figure = (what: string, n: number, of: number, floor: number): Verdict => ({ name: `${what}: ${n} of ${of}`, ok: of > 0 && share(n, of) >= floor, notes: notes.slice(0, NOTES) });
  return [
    { name: `programs the kernel answered: ${count} of ${records.length}, ${unknown} of them UNKNOWN here`, ok: count > records.length / 2, notes: lines.slice(-5) },
    { name: `false acceptances: ${wrong.length}`, ok: wrong.length === 0, notes: wrong },
    figure("the same verdict", agreed, count, agreeFloor),
    figure("the same line of refusal", sameLine, refused, lineFloor),
    figure("the same count", sameCount, accepted, countFloor),
  ];
}

function mask(line: string): string {
  return line.replace(/0x[0-9a-f]{9,}/g, "ADDRESS").replace(/map=\w+/g, "map=").trim();
}
