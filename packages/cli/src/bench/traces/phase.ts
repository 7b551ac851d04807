import { kernelMachine } from "@faultline/mm";
import { bisect, bisectRule, replay, stateAt, type Trace } from "@faultline/trace";
import { statSync } from "node:fs";
import { randomNumbers } from "../../run/scheduler.ts";
import { withTrace } from "../../trace/with-trace.ts";
import { peakResident, resident } from "../resident.ts";
import { MISTAKE, mistakeOf, SCENARIO } from "./long-run.ts";
import { importFile } from "../../trace/import-file.ts";
import { startTimer, timed } from "./timed.ts";
import { writeLongTrace } from "./long-trace.ts";

/** One measurement, made in a process of its own. */
export interface Phase {
  readonly phase: "import" | "import --out" | "record" | "decode" | "replay" | "seek" | "bisect";
  readonly path: string;
  /** A kernel's trace, from which the one at `path` comes. */
  readonly capture?: string;
  /** How many events to record. */
  readonly events: number;
  readonly seeks: number;
}

/** What a phase found. */
export interface PhaseResult extends Found {
  readonly phase: Phase["phase"];
  /** Events of the trace, and its bytes; of an import that keeps none, 0. */
  readonly events: number;
  readonly bytes: number;
  /** Bytes that the process had in memory before it began, and the most that it had. */
  readonly before: number;
  readonly peak: number;
}

interface Found {
  /** Of the phase alone, in a process that has done nothing yet: by the clock, and of all processors. */
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Whether the answer is what it has to be. */
  readonly right: boolean;
  /** Of single seeks, in milliseconds. */
  readonly median?: number;
  readonly worst?: number;
  /** States that the bisection looked at. */
  readonly probes?: number;
  /** Lines of the kernel's trace. */
  readonly lines?: number;
}

/** Runs a phase in this process. */
export async function runPhase(asked: Phase): Promise<PhaseResult> {
  const { phase, path } = asked;
  const before = resident();
  const found = await run(asked);
  return { phase, bytes: phase === "import" ? 0 : statSync(path).size, before, peak: peakResident(), ...found };
}

async function run({ phase, path, capture, events, seeks }: Phase): Promise<Found & { readonly events: number }> {
  switch (phase) {
    case "record":
      return record(path, events);
    case "import":
      return takeIn(capture!);
    case "import --out":
      return takeIn(capture!, path);
    default:
      return withTrace(path, (trace) => ({ events: trace.events, ...PHASES[phase](trace, seeks) }));
  }
}

async function takeIn(capture: string, out?: string): Promise<Found & { readonly events: number }> {
  const took = startTimer();
  const found = await importFile(capture, out === undefined ? {} : { out }, () => undefined);
  return { ...took(), events: found.events, lines: found.lines, right: found.divergenceCount === 0 };
}

function record(path: string, events: number): Found & { readonly events: number } {
  return { events, ...writeLongTrace(path, events), right: true };
}

const PHASES: Readonly<Record<Exclude<Phase["phase"], "record" | "import" | "import --out">, (trace: Trace, seeks: number) => Found>> = {
  decode(trace) {
    let events = 0;
    const took = timed(() => {
      for (const { status } of trace.recorded()) if (status === "done") events++;
    });
    return { ...took, right: events === trace.events };
  },
  replay(trace) {
    let verdict = "";
    const took = timed(() => ({ verdict } = replay(trace, kernelMachine)));
    return { ...took, right: verdict === "verified" };
  },
  seek(trace, seeks) {
    const below = randomNumbers(1);
    const times: number[] = [];
    const took = timed(() => {
      for (let i = 0; i < seeks; i++) {
        times.push(1000 * timed(() => stateAt(trace, kernelMachine, below(trace.events))).seconds);
      }
    });
    times.sort((a, b) => a - b);
    return { ...took, right: true, median: times[times.length >> 1]!, worst: times.at(-1)! };
  },
  bisect(trace) {
    const at = mistakeOf(trace.events);
    let found: { readonly firstBad: number | null; readonly probes: number } = { firstBad: null, probes: 0 };
    const took = timed(() => {
      // A trace from elsewhere may break no rule at all.
      found =
        trace.info.meta["scenario"] === SCENARIO
          ? bisectRule(trace, kernelMachine, MISTAKE)
          : bisect(trace, kernelMachine, (_, events) => events > at);
    });
    return { ...took, right: found.firstBad === at, probes: found.probes };
  },
};
