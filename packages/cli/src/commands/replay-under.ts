import type { ExitCode } from "../command-line/exit-code.ts";
import type { Ui } from "../command-line/ui.ts";
import { renderUnder } from "../render/under.ts";
import { metaOf } from "../trace/trace-meta.ts";
import { openWindowTrace } from "../window/open-window-trace.ts";
import { type OtherKernel, underOther } from "../window/under-other.ts";

/** `faultline replay --profile`: a recorded run under another kernel. */
export async function replayUnderOther(path: string, other: OtherKernel, ui: Ui): Promise<ExitCode> {
  const source = await openWindowTrace(path, ui.progress);
  const { trace } = source;
  try {
    const meta = metaOf(trace);
    const { kernel, ...result } = underOther(source, other);
    ui.tell(renderUnder({ path, meta, kernel: kernel.name, result, total: trace.events }, ui.width, ui.style));
    ui.json({
      trace: path,
      scenario: meta.scenario ?? null,
      variant: meta.variant ?? null,
      recorded: source.profile.name,
      profile: kernel.name,
      events: result.events,
      verdict: result.verdict === "same" ? "verified" : "diverged",
      violations: result.violations.map(({ event, violation: { rule, severity, task, op, object, message } }) => {
        return { rule: rule.name, severity, event, thread: meta.nameOf(task), step: op, object, message };
      }),
      ...(result.divergence === undefined ? {} : { divergence: result.divergence }),
    });
    return result.verdict === "same" ? 0 : 1;
  } finally {
    trace.close();
  }
}
