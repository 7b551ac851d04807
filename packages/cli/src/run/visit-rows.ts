import { kernelMachine } from "@faultline/mm";
import { type Trace, travel } from "@faultline/trace";
import { type Row, rowOf } from "./row.ts";

/** The rows of a trace's events from `from` up to but not including `to`. */
export function* rowsOf(trace: Trace, from: number, to: number): Generator<Row> {
  for (const { number, recorded, transition, before, after } of travel(trace, kernelMachine, from, to)) {
    yield rowOf(number, recorded.event, transition, before, after, recorded.line);
  }
}
