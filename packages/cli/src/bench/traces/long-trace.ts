import { fileSink, Recorder } from "@faultline/trace";
import { producer } from "../../command-line/version.ts";
import { longRun, SCENARIO, type Step } from "./long-run.ts";
import { timed, type Took } from "./timed.ts";

/** Events that are made before they are recorded together. */
const CHUNK = 1024;

/**
 * Records so many events of the long run.
 * @returns how long recording took, without the run itself
 */
export function writeLongTrace(path: string, events: number): Took {
  const { initial, threads, steps } = longRun(events);
  const recorder = new Recorder(fileSink(path), { producer, meta: { scenario: SCENARIO, threads } }, initial);
  const total = { seconds: 0, cpuSeconds: 0 };
  const add = (action: () => void): void => {
    const { seconds, cpuSeconds } = timed(action);
    total.seconds += seconds;
    total.cpuSeconds += cpuSeconds;
  };
  let chunk: Step[] = [];
  const record = (): void => {
    for (const { event, transition } of chunk) recorder.record(event, transition);
    chunk = [];
  };
  for (const step of steps) if (chunk.push(step) === CHUNK) add(record);
  add(record);
  add(() => recorder.finish());
  return total;
}
