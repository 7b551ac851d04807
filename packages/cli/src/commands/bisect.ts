import { kernelMachine, type Snapshot, violationsOf } from "@faultline/mm";
import {
  bisect,
  bisectRule,
  bisectSkipping,
  type BisectResult,
  type Flip,
  type Judgement,
  scan,
  scanRule,
  stateAt,
  type Trace,
} from "@faultline/trace";
import { CliError, describeError } from "../command-line/cli-error.ts";
import type { ExitCode } from "../command-line/exit-code.ts";
import type { Ui } from "../command-line/ui.ts";
import { renderBisect, renderJudged } from "../render/bisect.ts";
import { ruleNamed } from "../trace/rule-named.ts";
import { metaOf, type TraceMeta, traceTitle } from "../trace/trace-meta.ts";
import { withTrace } from "../trace/with-trace.ts";

export interface BisectOptions {
  readonly rule?: string;
  readonly step?: string;
  readonly scan?: boolean;
  /** A user's .ts file. */
  readonly predicate?: string;
  /** A shell command. */
  readonly exec?: string;
  readonly profiles?: boolean;
}

/** `faultline bisect`: where a run turns bad, by O(log n) looks at states; or the first kernel under which it does. */
export async function bisectCommand(path: string, options: BisectOptions, ui: Ui): Promise<ExitCode> {
  const by = [
    ["--rule", options.rule],
    ["--predicate", options.predicate],
    ["--exec", options.exec],
  ].filter(([, value]) => value !== undefined);
  if (by.length > 1) throw new CliError("E_USAGE", `${by.map(([name]) => name).join(" and ")} exclude each other.`);
  if (options.step !== undefined && (options.predicate ?? options.exec) !== undefined) {
    throw new CliError("E_USAGE", "--step goes with --rule.");
  }
  if (options.profiles === true) return (await import("./bisect-profiles.ts")).bisectProfiles(path, options, ui);
  if (options.predicate !== undefined) {
    const { loadPredicate } = await import("../bisect/load-predicate.ts");
    return bisectByJudge(path, options.predicate, judgeOf(await loadPredicate(options.predicate)), options, ui);
  }
  if (options.exec !== undefined) {
    const { externalJudge } = await import("../bisect/external-judge.ts");
    return bisectByJudge(path, options.exec, externalJudge(options.exec), options, ui);
  }
  return bisectTrace(path, options, ui);
}

function judgeOf(isBad: (state: Snapshot, events: number) => boolean): Judge {
  return (state, events) => (isBad(state, events) ? "bad" : "good");
}

type Judge = (state: Snapshot, events: number) => Judgement;

/** By a predicate or a command, which may skip states. */
function bisectByJudge(path: string, what: string, judge: Judge, options: BisectOptions, ui: Ui): ExitCode {
  return withTrace(path, (trace) => {
    const meta = metaOf(trace);
    const found = bisectSkipping(trace, kernelMachine, judge);
    const scanned =
      options.scan === true ? scan(trace, kernelMachine, (state, events) => judge(state, events) === "bad") : undefined;
    const { outcome, firstBad, lastBad, probes, skipped } = found;
    const event = firstBad === null || outcome === "undecided" ? undefined : trace.event(firstBad).event;
    const nowhere = outcome === "never" || outcome === "skipped-end";
    const why = outcome === "never" ? "the last state is good" : "the last state cannot be judged";
    const never = nowhere ? new CliError("E_BISECT_NEVER", `${what} finds nothing bad in ${path}: ${why}.`) : undefined;
    ui.json({
      trace: path,
      rule: null,
      by: what,
      firstBad,
      lastBad,
      outcome,
      probes,
      skipped,
      events: trace.events,
      ...(event === undefined ? {} : { event: { ...event, thread: meta.nameOf(event.task) } }),
      ...(scanned === undefined ? {} : { scan: scanned }),
      ...(never === undefined ? {} : { error: describeError(never) }),
    });
    if (never !== undefined) throw never;
    const view = { title: traceTitle(meta, path), what, found, event, scanned, total: trace.events, meta };
    ui.tell(renderJudged(view, ui.width, ui.style));
    if (outcome === "undecided") return 3;
    const first = scanned?.find(({ bad }) => bad)?.event;
    return scanned === undefined || first === (outcome === "from-the-start" ? -1 : firstBad) ? 0 : 1;
  });
}

/** The first event after which a rule is broken. */
function bisectTrace(path: string, options: BisectOptions, ui: Ui): ExitCode {
  return withTrace(path, (trace) => {
    const meta = metaOf(trace);
    const wanted = options.rule ?? meta.rule;
    if (wanted === undefined) throw new CliError("E_USAGE", "say which rule: --rule VMA-LIVE. The trace names none.");
    const rule = ruleNamed(wanted);
    // A recorded finding is a rule that one task breaks at a step, on an object: without a rule of the user's own, that
    // is what is sought.
    const step = options.step ?? (options.rule === undefined ? meta.step : undefined);
    const atStep =
      step === undefined || step === "end"
        ? undefined
        : brokenAt(rule, step, options.rule === undefined && options.step === undefined ? meta : undefined);
    const found = atStep ? bisect(trace, kernelMachine, atStep) : bisectRule(trace, kernelMachine, rule);
    const scanning = options.scan === true;
    const scanned = scanning
      ? atStep
        ? scan(trace, kernelMachine, atStep)
        : scanRule(trace, kernelMachine, rule)
      : undefined;
    const event = found.firstBad === null ? undefined : trace.event(found.firstBad).event;
    const what = atStep === undefined ? rule : `${rule} at ${step ?? ""}`;
    const never = found.outcome === "never" ? notBroken(trace, what, path) : undefined;
    ui.json({
      trace: path,
      rule,
      step: atStep === undefined ? null : (step ?? null),
      firstBad: found.firstBad,
      outcome: found.outcome,
      probes: found.probes,
      events: trace.events,
      ...(event === undefined ? {} : { event: { ...event, thread: meta.nameOf(event.task) } }),
      ...(scanned === undefined ? {} : { scan: scanned }),
      ...(never === undefined ? {} : { error: describeError(never) }),
    });
    if (never !== undefined) throw never;
    const view = { title: traceTitle(meta, path), rule: what, found, event, scanned, total: trace.events, meta };
    ui.tell(renderBisect(view, ui.width, ui.style));
    return scanned === undefined || agrees(found, scanned) ? 0 : 1;
  });
}

/** Whether the rule has been broken by this step so far: by any task on any object, or as the finding says. */
function brokenAt(rule: string, step: string, finding: TraceMeta | undefined): (state: Snapshot) => boolean {
  const begin = [rule, step, finding?.object ?? ""].join(" ");
  return (state) =>
    brokenKeys(state, finding?.task).some((key) =>
      finding?.object === undefined ? key.startsWith(begin) : key === begin,
    );
}

/** Identities of the violations so far, of all tasks or one: rule, step, object. */
function brokenKeys(state: Snapshot, task?: number): readonly string[] {
  const kinds = state
    .entries()
    .filter(([ref]) => ref.kind.template === violationsOf.template && (task === undefined || ref.ids[0] === task));
  return kinds.flatMap(([, value]) => value as readonly string[]);
}

function agrees({ outcome, firstBad }: BisectResult, scanned: readonly Flip[]): boolean {
  const first = scanned.find(({ bad }) => bad)?.event;
  return first === (outcome === "from-the-start" ? -1 : firstBad);
}

/** A bisection needs an end that is bad: what to say when it is not. */
function notBroken(trace: Trace, what: string, path: string): CliError {
  const keys = brokenKeys(stateAt(trace, kernelMachine, trace.events));
  const broken = new Set(keys.map((key) => key.split(" ").slice(0, 2).join(" at ")));
  const others = broken.size === 0 ? "It breaks no rule." : `It breaks ${[...broken].join(", ")}.`;
  const cut = trace.truncation === undefined ? "" : " The trace was cut: what came after is not known.";
  return new CliError("E_BISECT_NEVER", `no event of ${path} breaks ${what}. ${others}${cut}`);
}
