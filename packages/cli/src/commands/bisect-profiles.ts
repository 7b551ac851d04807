import { profileNames } from "@faultline/mm";
import { CliError } from "../command-line/cli-error.ts";
import type { ExitCode } from "../command-line/exit-code.ts";
import type { Ui } from "../command-line/ui.ts";
import { renderProfiles } from "../render/profiles.ts";
import { ruleNamed } from "../trace/rule-named.ts";
import { metaOf, traceTitle } from "../trace/trace-meta.ts";
import { openWindowTrace } from "../window/open-window-trace.ts";
import { underOther } from "../window/under-other.ts";
import type { BisectOptions } from "./bisect.ts";

/** What one kernel does with a recorded run. */
export interface ProfileRow {
  readonly profile: string;
  readonly verdict: "same" | "breaks" | "diverged";
  /** The event that breaks the rule, or where it does something else; null: neither. */
  readonly event: number | null;
  /** The rule, or the step that the kernel takes instead, or why it cannot. */
  readonly what: string;
}

/**
 * `faultline bisect --profiles`: a recorded run under every kernel, oldest first. Kernels do not get worse one by one, so
 * all are asked. The first that breaks a rule (or the rule that is named); where none does, the first after the
 * recorded one that does something else.
 */
export async function bisectProfiles(path: string, options: BisectOptions, ui: Ui): Promise<ExitCode> {
  if ((options.predicate ?? options.exec) !== undefined || options.scan === true || options.step !== undefined) {
    throw new CliError("E_USAGE", "--profiles goes with --rule alone.");
  }
  const source = await openWindowTrace(path, ui.progress);
  const { trace } = source;
  try {
    const meta = metaOf(trace);
    const rule = options.rule === undefined ? undefined : ruleNamed(options.rule);
    const rows = profileNames.map((profile): ProfileRow => {
      ui.progress(profile);
      const { violations, divergence } = underOther(source, { profile });
      const broken = violations.find(({ violation }) => rule === undefined || violation.rule.name === rule);
      if (broken !== undefined) {
        return { profile, verdict: "breaks", event: broken.event, what: broken.violation.rule.name };
      }
      if (divergence === undefined) return { profile, verdict: "same", event: null, what: "" };
      const { event, instead, reason } = divergence;
      return { profile, verdict: "diverged", event, what: instead === null ? reason : instead.op };
    });
    ui.progress(undefined);
    const own = rows.findIndex(({ profile }) => profile === source.profile.name);
    const first =
      rows.find(({ verdict }) => verdict === "breaks") ??
      (rule === undefined ? rows.slice(own).find(({ verdict }) => verdict === "diverged") : undefined);
    const recorded = source.profile.name;
    ui.tell(renderProfiles({ title: traceTitle(meta, path), recorded, rows, first }, ui.width, ui.style));
    ui.json({ trace: path, recorded, rule: rule ?? null, firstBad: first?.profile ?? null, profiles: rows });
    if (first === undefined) throw new CliError("E_BISECT_NEVER", `no kernel does anything wrong with ${path}.`);
    return 0;
  } finally {
    trace.close();
  }
}
