import { ERRNO } from "@faultline/mm";
import { expect, test } from "vitest";
import { type ImportedSyscall, importFtraceLines } from "../../src/index.ts";
import { capture, type CaptureName } from "./helpers/captures.ts";

// What a system call of a capture returned, changed: into success, another errno, another address. It is reported at its
// line, or it is something that the trace cannot tell from the truth, and counted under that reason. FAULTLINE_FULL=1
// changes every result in each way; else a sample, another part of the trace for each way.
const full = process.env["FAULTLINE_FULL"] === "1";

const captures: readonly [name: CaptureName, sample: number][] = [
  ["binder-6.1", 37],
  ["binder-6.12", 41],
  ["seq-mono", 11],
  ["race-counter", 71],
  ["madv-counter", 97],
  ["fork-counter", 41],
  ["reclaim-mono", 3],
  ["race-tracecmd", 59],
  ["race-strace", 41],
];

const OTHERS: readonly number[] = [0, ERRNO.EINVAL, ERRNO.ENOMEM, ERRNO.EFAULT, ERRNO.EINTR, 0x1000_0003_f000];

/** What a changed result may be taken for. That a call maps memory may be all that was known of it. */
const MEMORY = ["it looks at memory that the trace has not shown", "pids of another namespace"];
const TAKEN_FOR: ReadonlyMap<number, readonly string[]> = new Map([
  [ERRNO.EINTR, ["a signal ended it"]],
  [ERRNO.ENOMEM, ["memory or a limit may have run out", "what its file allows is not known", ...MEMORY]],
  [ERRNO.EINVAL, ["what its file allows is not known", ...MEMORY]],
  [ERRNO.EFAULT, ["what its file allows is not known", ...MEMORY]],
  [0, MEMORY],
  [0x1000_0003_f000, MEMORY],
]);

const SPELT: ReadonlyMap<number, string> = new Map(
  Object.entries(ERRNO).map(([name, value]) => [value, `-1 ${name} (what it means)`]),
);

/** The line on which a call returns, with another result. */
function withResult(line: string, result: number): string {
  const hex = `0x${BigInt.asUintN(64, BigInt(result)).toString(16)}`;
  if (/0x[\da-f]+$/.test(line) && line.includes("sys_")) return line.replace(/0x[\da-f]+$/, hex);
  const spelt = SPELT.get(result) ?? (result === 0 ? "0" : hex);
  return line.replace(/ = (?:0x[\da-f]+|-?\d+)(?: [A-Z]+ \(.*\))?$/, ` = ${spelt}`);
}

for (const [name, sample] of captures) {
  test(`results of system calls in ${name}, changed, are reported at their lines`, { timeout: 3_600_000 }, () => {
    const lines = capture(name);
    const calls: ImportedSyscall[] = [];
    const { profile } = importFtraceLines(lines, {
      onSyscall: (call) => {
        calls.push(call);
      },
    });
    const judged = calls.filter(({ unjudged }) => unjudged === undefined);
    const changes = judged.flatMap((call) =>
      OTHERS.filter((other) => other !== call.result).map((other) => ({ call, other })),
    );
    let [tried, reported] = [0, 0];
    for (const [n, { call, other }] of changes.entries()) {
      if (!full && n % sample !== 0) continue;
      const at = call.line - 1;
      const changed = withResult(lines[at]!, other);
      expect(changed).not.toBe(lines[at]);
      let taken: string | undefined;
      const { divergences } = importFtraceLines(lines.with(at, changed), {
        profile,
        onSyscall: ({ line, unjudged }) => {
          if (line === call.line) taken = unjudged;
        },
        stopWhen: () => true,
      });
      tried++;
      if (taken === undefined) {
        expect(divergences[0], `${call.name} at line ${call.line} returns ${other}`).toMatchObject({ line: call.line });
        reported++;
      } else {
        expect(divergences, `${call.name} at line ${call.line} returns ${other}`).toEqual([]);
        expect(TAKEN_FOR.get(other)).toContain(taken);
      }
    }
    console.log(name, `${tried} tried, ${reported} reported`);
    expect(reported).toBeGreaterThan(tried / 2);
  });
}

test("a divergence says both sides", () => {
  const lines = capture("seq-mono");
  const at = lines.findIndex((line) => line.endsWith("sys_mprotect -> 0x0"));
  const changed = lines.with(at, withResult(lines[at]!, ERRNO.EACCES));
  const [first] = importFtraceLines(changed).divergences;
  expect(first).toEqual({
    line: at + 1,
    kind: "ops",
    reason: "mprotect of mmwork-5307 returns -EACCES; the model's returns 0",
  });
});
