// Records a run that does not end, into the file named, and says after each block how many events are in it. Killed by
// crash-traces.js.
import { Buffer } from "node:buffer";
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
    say(`${recorder?.events ?? 0}\n`);
  },
};
/** Waits for whoever reads, however slow. */
function say(text) {
  for (let left = Buffer.from(text); left.length > 0;) {
    try {
      left = left.subarray(writeSync(1, left));
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

let recorder;
recorder = new Recorder(told, { producer: "crash", meta: {} }, initial, { blockEvents: Number(blockEvents) });
for (const { event, transition } of steps) recorder.record(event, transition);
