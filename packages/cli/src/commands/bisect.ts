import { kernelMachine, violationsOf } from "@faultline/mm";
import { bisectRule, type BisectResult, type Flip, scanRule, stateAt, type Trace } from "@faultline/trace";
import { CliError, describeError } from "../command-line/cli-error.ts";
import type { ExitCode } from "../command-line/exit-code.ts";
import type { Ui } from "../command-line/ui.ts";
import { renderBisect } from "../render/bisect.ts";
import { ruleNamed } from "../trace/rule-named.ts";
import { metaOf, traceTitle } from "../trace/trace-meta.ts";
import { withTrace } from "../trace/with-trace.ts";

export interface BisectOptions {
  readonly rule?: string;
  readonly scan?: boolean;
}

/** `faultline bisect`: the first event after which a rule is broken, by O(log n) looks at states. */
export function bisectTrace(path: string, options: BisectOptions, ui: Ui): ExitCode {
  return withTrace(path, (trace) => {
    const meta = metaOf(trace);
    const wanted = options.rule ?? meta.rule;
    if (wanted === undefined) throw new CliError("E_USAGE", "say which rule: --rule VMA-LIVE. The trace names none.");
    const rule = ruleNamed(wanted);
    const found = bisectRule(trace, kernelMachine, rule);
    const scanned = options.scan === true ? scanRule(trace, kernelMachine, rule) : undefined;
    const event = found.firstBad === null ? undefined : trace.event(found.firstBad).event;
    const never = found.outcome === "never" ? notBroken(trace, rule, path) : undefined;
    ui.json({
      trace: path,
      rule,
      firstBad: found.firstBad,
      outcome: found.outcome,
      probes: found.probes,
      events: trace.events,
      ...(event === undefined ? {} : { event: { ...event, thread: meta.nameOf(event.task) } }),
      ...(scanned === undefined ? {} : { scan: scanned }),
      ...(never === undefined ? {} : { error: describeError(never) }),
    });
    if (never !== undefined) throw never;
    const view = { title: traceTitle(meta, path), rule, found, event, scanned, total: trace.events, meta };
    ui.say(renderBisect(view, ui.width, ui.style).join("\n"));
    return scanned === undefined || agrees(found, scanned) ? 0 : 1;
  });
}

function agrees({ outcome, firstBad }: BisectResult, scanned: readonly Flip[]): boolean {
  const first = scanned.find(({ bad }) => bad)?.event;
  return first === (outcome === "from-the-start" ? -1 : firstBad);
}

/** A bisection needs an end that is bad: what to say when it is not. */
function notBroken(trace: Trace, rule: string, path: string): CliError {
  const final = stateAt(trace, kernelMachine, trace.events);
  const keys = final.entries().flatMap(([ref]) => (ref.kind.template === violationsOf.template ? final.get(ref) : []));
  const broken = new Set((keys as readonly string[]).map((key) => key.split(" ")[0] ?? ""));
  const others = broken.size === 0 ? "It breaks no rule." : `It breaks ${[...broken].join(", ")}.`;
  const cut = trace.truncation === undefined ? "" : " The trace was cut: what came after is not known.";
  return new CliError("E_BISECT_NEVER", `no event of ${path} breaks ${rule}. ${others}${cut}`);
}
