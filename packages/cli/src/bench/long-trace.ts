import { fileSink, Recorder } from "@faultline/trace";
import { producer } from "../command-line/version.ts";
import { longRun } from "./long-run.ts";

/** Records so many events of the long run. */
export function writeLongTrace(path: string, events: number): void {
  const { initial, threads, steps } = longRun();
  const meta = { scenario: "churn", threads };
  const recorder = new Recorder(fileSink(path), { producer, meta }, initial);
  while (recorder.events < events) {
    const { event, transition } = steps.next().value;
    recorder.record(event, transition);
  }
  recorder.finish();
}
