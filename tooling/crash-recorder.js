// Records a run that does not end, into the file named, and says after each block how many events are in it. Killed by
// crash-traces.js.
import { writeSync } from "node:fs";
import process from "node:process";
import { longRun } from "../packages/cli/dist/bench/traces/long-run.js";
import { liveFileSink, Recorder } from "../packages/trace/dist/index.js";

const [path, blockEvents, sync] = process.argv.slice(2);
const sink = liveFileSink(path, { sync: sync === "sync" });
const { initial, steps } = longRun(Number.MAX_SAFE_INTEGER);
const told = {
  ...sink,
  write(bytes) {
    sink.write(bytes);
    writeSync(1, `${recorder?.events ?? 0}\n`);
  },
};
let recorder;
recorder = new Recorder(told, { producer: "crash", meta: {} }, initial, { blockEvents: Number(blockEvents) });
for (const { event, transition } of steps) recorder.record(event, transition);
