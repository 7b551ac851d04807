import { checkEnd, kernelMachine, type Violation } from "@faultline/mm";
import {
  type ByteSink,
  fileSink,
  formatSchedule,
  liveFileSink,
  MemorySink,
  parseSchedule,
  Recorder,
} from "@faultline/trace";
import type { StepEvent } from "@faultline/mm";
import { dirname } from "node:path";
import { stderr } from "node:process";
import { isatty } from "node:tty";
import { CliError } from "../command-line/cli-error.ts";
import type { ExitCode } from "../command-line/exit-code.ts";
import type { Ui } from "../command-line/ui.ts";
import { producer } from "../command-line/version.ts";
import { renderRecord } from "../render/record.ts";
import { namesFrom } from "../render/names.ts";
import type { NameOf } from "../render/value-text.ts";
import { byHand, type Hand } from "../run/by-hand.ts";
import { readInputLine } from "../run/line-reader.ts";
import { threadNames } from "../run/thread-names.ts";
import { replayScheduler } from "../run/replay-scheduler.ts";
import { runOnce } from "../run/run-once.ts";
import { randomScheduler, type Scheduler } from "../run/scheduler.ts";
import { findScenario } from "../scenario/find-scenario.ts";
import { shownPath } from "../scenario/shown-path.ts";
import { guarded } from "../scenario/guarded.ts";
import { runMeta } from "../trace/run-meta.ts";
import { makeFolder } from "../trace/make-folder.ts";

export interface RecordOptions {
  readonly variant?: string;
  readonly profile?: string;
  readonly seed?: number;
  readonly schedule?: string;
  readonly byHand?: boolean;
  /** Whether each block is on the disk before the run goes on; the file grows in place then. */
  readonly sync?: boolean;
  /** Undefined: nothing is written. */
  readonly out?: string;
}

const DEFAULT_SEED = 1;

/** `faultline record`: runs a scenario once, by a seed, a schedule or by hand, and writes the trace. */
export async function record(named: string, options: RecordOptions, ui: Ui): Promise<ExitCode> {
  const known = await findScenario(named);
  const variant = options.variant ?? onlyVariant(known.scenario.variants, known.name);
  if (options.sync === true && options.out === undefined) throw new CliError("E_USAGE", "--sync goes with --out.");
  const chosen = schedulerFor(options);
  return guarded(known, (started) => {
    const { profile } = options;
    const instance = known.scenario.instantiate(variant, profile === undefined ? {} : { profile });
    started(instance);
    const { program } = instance;
    const scheduler = chosen(namesFrom(threadNames(program.threads)));
    const meta = { ...runMeta(known, instance), ...(options.seed === undefined ? {} : { seed: options.seed }) };
    const recorder = new Recorder(sinkFor(options), { producer, meta }, program.initial);
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
        ...(known.file === undefined ? {} : { file: shownPath(known.file) }),
        variant,
        profile: instance.profile.name,
        ...(bySeed(options) ? { seed: options.seed ?? DEFAULT_SEED } : {}),
        ...(options.byHand === true ? { byHand: true } : {}),
        events: events.length,
        ending,
        schedule: formatSchedule(events),
        violations: broken.map(({ event, violation: { rule, severity, message } }) => {
          return { rule: rule.name, severity, event, message };
        }),
        trace: options.out ?? null,
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

function bySeed({ schedule, byHand: hand }: RecordOptions): boolean {
  return schedule === undefined && hand !== true;
}

function sinkFor({ out, sync }: RecordOptions): ByteSink {
  if (out === undefined) return new MemorySink();
  makeFolder(dirname(out));
  return sync === true ? liveFileSink(out, { sync }) : fileSink(out);
}

function schedulerFor(options: RecordOptions): (nameOf: NameOf) => Scheduler {
  const { seed, schedule, byHand: hand } = options;
  const given = [
    ["--seed", seed !== undefined],
    ["--schedule", schedule !== undefined],
    ["--by-hand", hand === true],
  ].filter(([, one]) => one);
  if (given.length > 1)
    throw new CliError("E_USAGE", `${given.map(([name]) => name).join(" and ")} exclude each other.`);
  if (hand === true) return (nameOf) => byHand(nameOf, handAtInput());
  const scheduler =
    schedule === undefined ? randomScheduler(seed ?? DEFAULT_SEED) : replayScheduler(parseSchedule(schedule));
  return () => scheduler;
}

/** Somebody at a terminal, or answers that are piped in, one a line. */
function handAtInput(): Hand {
  if (isatty(0)) return { ask: readInputLine, show: (text) => void stderr.write(text), patient: true };
  const first = readInputLine();
  if (first === undefined) {
    throw new CliError(
      "E_BY_HAND",
      "standard input is no terminal and has no answers. Run it in a terminal, or pipe in a thread's name a line.",
    );
  }
  const waiting = [first];
  return { ask: () => waiting.pop() ?? readInputLine(), show: undefined, patient: false };
}

function onlyVariant(variants: readonly string[], name: string): string {
  const [first] = variants;
  if (first !== undefined && variants.length === 1) return first;
  throw new CliError("E_USAGE", `say which variant of ${name}: --variant ${variants.join(" or --variant ")}.`);
}
