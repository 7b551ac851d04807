import { checkEnd, kernelMachine } from "@faultline/mm";
import { replay, type ReplayResult, TraceError } from "@faultline/trace";
import { describeError } from "../command-line/cli-error.ts";
import type { ExitCode } from "../command-line/exit-code.ts";
import type { Ui } from "../command-line/ui.ts";
import { renderReplay, type ReplayView } from "../render/replay.ts";
import { metaOf } from "../trace/trace-meta.ts";
import type { OtherKernel } from "../window/under-other.ts";
import { withTrace } from "../trace/with-trace.ts";

const EXIT: Readonly<Record<ReplayResult["verdict"], ExitCode>> = {
  verified: 0,
  diverged: 1,
  corrupt: 2,
  truncated: 3,
};

const CORRUPT: ReadonlySet<string> = new Set(
  ["FORMAT", "CHECKSUM", "LIMIT", "TRUNCATED"].map((why) => `E_TRACE_${why}`),
);

/** `faultline replay`: under the kernel that was recorded, or another. */
export async function replayCommand(path: string, other: OtherKernel, ui: Ui): Promise<ExitCode> {
  const { profile, knob, generation } = other;
  if ((profile ?? knob ?? generation) === undefined) return replayTrace(path, ui);
  return (await import("./replay-under.ts")).replayUnderOther(path, other, ui);
}

/** Does a recorded run again and compares every result and state. */
function replayTrace(path: string, ui: Ui): ExitCode {
  const view = orCorrupt(path, ui, () => run(path));
  const { meta, result, violations } = view;
  ui.tell(renderReplay(view, ui.width, ui.style));
  ui.json({
    trace: path,
    scenario: meta.scenario ?? null,
    variant: meta.variant ?? null,
    profile: meta.profile ?? null,
    events: result.events,
    verdict: result.verdict,
    stateHash: result.stateHash,
    violations,
    ...(result.divergence === undefined ? {} : { divergence: result.divergence }),
    ...(result.error === undefined ? {} : { error: describeError(result.error) }),
  });
  if (result.verdict === "corrupt" && result.error !== undefined) throw result.error;
  return EXIT[result.verdict];
}

/** A file that cannot even be opened gets its verdict too. */
function orCorrupt<T>(path: string, ui: Ui, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof TraceError && CORRUPT.has(error.code)) {
      ui.json({ trace: path, events: 0, verdict: "corrupt", stateHash: null, error: describeError(error) });
    }
    throw error;
  }
}

function run(path: string): ReplayView {
  return withTrace(path, (trace) => {
    const meta = metaOf(trace);
    const result = replay(trace, kernelMachine);
    const whole = result.verdict === "verified" && meta.complete;
    const atEnd = whole ? checkEnd(kernelMachine, result.state) : [];
    const violations = [
      ...result.violations.map(({ event, violation }) => ({ event, violation })),
      ...atEnd.map((violation) => ({ event: null, violation })),
    ].map(({ event, violation: { rule, severity, task, op, object, message } }) => {
      return { rule: rule.name, severity, event, thread: meta.nameOf(task), step: op, object, message };
    });
    return { path, meta, result, total: trace.events, violations };
  });
}
