import { checkEnd, kernelMachine, type Violation } from "@faultline/mm";
import { fileSink, formatSchedule, parseSchedule, Recorder } from "@faultline/trace";
import type { StepEvent } from "@faultline/mm";
import { dirname } from "node:path";
import { CliError } from "../command-line/cli-error.ts";
import type { ExitCode } from "../command-line/exit-code.ts";
import type { Ui } from "../command-line/ui.ts";
import { producer } from "../command-line/version.ts";
import { renderRecord } from "../render/record.ts";
import { replayScheduler } from "../run/replay-scheduler.ts";
import { runOnce } from "../run/run-once.ts";
import { randomScheduler, type Scheduler } from "../run/scheduler.ts";
import { findScenario } from "../scenario/find-scenario.ts";
import { guarded } from "../scenario/guarded.ts";
import { runMeta } from "../trace/run-meta.ts";
import { makeFolder } from "../trace/make-folder.ts";

export interface RecordOptions {
  readonly variant?: string;
  readonly profile?: string;
  readonly seed?: number;
  readonly schedule?: string;
  readonly out: string;
}

const DEFAULT_SEED = 1;

/** `faultline record`: runs a scenario once, by a seed or a schedule, and writes the trace. */
export async function record(named: string, options: RecordOptions, ui: Ui): Promise<ExitCode> {
  const known = await findScenario(named);
  const variant = options.variant ?? onlyVariant(known.scenario.variants, known.name);
  const scheduler = schedulerFor(options);
  return guarded(known, (started) => {
    const { profile } = options;
    const instance = known.scenario.instantiate(variant, profile === undefined ? {} : { profile });
    started(instance);
    const { program } = instance;
    makeFolder(dirname(options.out));
    const meta = { ...runMeta(known, instance), ...(options.seed === undefined ? {} : { seed: options.seed }) };
    const recorder = new Recorder(fileSink(options.out), { producer, meta }, program.initial);
    const events: StepEvent[] = [];
    const broken: { event: number | null; violation: Violation }[] = [];
    try {
      const ending = runOnce(program, scheduler, (event, transition) => {
        for (const violation of transition.violations) broken.push({ event: events.length, violation });
        recorder.record(event, transition);
        events.push(event);
      });
      const final = recorder.finish();
      const stopped = ending === "finished" ? checkEnd(kernelMachine, final) : [];
      broken.push(...stopped.map((violation) => ({ event: null, violation })));
      const result = {
        scenario: known.name,
        variant,
        profile: instance.profile.name,
        ...(options.schedule === undefined ? { seed: options.seed ?? DEFAULT_SEED } : {}),
        events: events.length,
        ending,
        schedule: formatSchedule(events),
        violations: broken.map(({ event, violation: { rule, severity, message } }) => {
          return { rule: rule.name, severity, event, message };
        }),
        trace: options.out,
      };
      ui.tell(renderRecord(result, ui.width, ui.style));
      ui.json(result);
      return 0;
    } catch (error) {
      recorder.abort();
      throw error;
    }
  });
}

function schedulerFor({ seed, schedule }: RecordOptions): Scheduler {
  if (schedule === undefined) return randomScheduler(seed ?? DEFAULT_SEED);
  if (seed !== undefined) throw new CliError("E_USAGE", "--seed and --schedule exclude each other.");
  return replayScheduler(parseSchedule(schedule));
}

function onlyVariant(variants: readonly string[], name: string): string {
  const [first] = variants;
  if (first !== undefined && variants.length === 1) return first;
  throw new CliError("E_USAGE", `say which variant of ${name}: --variant ${variants.join(" or --variant ")}.`);
}
