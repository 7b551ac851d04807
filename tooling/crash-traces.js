// Kills recorders at random moments: `npm run traces:crash -- --times 200 --seed 1`. Each file must open, must have every event
// whose block the recorder had written, and must replay to its last whole block.
import { spawn } from "node:child_process";
import console from "node:console";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { randomNumbers } from "../packages/cli/dist/run/scheduler.js";
import { kernelMachine } from "../packages/mm/dist/index.js";
import { openTrace, replay } from "../packages/trace/dist/index.js";

const recorder = fileURLToPath(new URL("crash-recorder.js", import.meta.url));
const { values } = parseArgs({
  options: { times: { type: "string", default: "200" }, seed: { type: "string", default: "1" } },
});
const below = randomNumbers(Number(values.seed));

/** Starts a recorder, and kills it after so many milliseconds, counted from its first block or from its start. */
async function kill(path, { blockEvents, sync, milliseconds, fromFirst }) {
  const child = spawn(process.execPath, [recorder, path, String(blockEvents), sync ? "sync" : ""], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  const begun = new Promise((resolve) => {
    child.stdout.setEncoding("utf8").on("data", (text) => {
      said += text;
      resolve();
    });
  });
  const closed = new Promise((resolve) => child.on("close", (code, signal) => resolve(signal ?? `exit code ${code}`)));
  if (fromFirst) await Promise.race([begun, closed]);
  await setTimeout(milliseconds);
  child.kill("SIGKILL");
  const ending = await closed;
  if (ending !== "SIGKILL") throw new Error(`the recorder ended by itself: ${ending}`);
  return Number(
    said
      .slice(0, said.lastIndexOf("\n") + 1)
      .trimEnd()
      .split("\n")
      .at(-1),
  );
}

/** Events in the file, after checking it. */
function whole(path, written, blockEvents) {
  if (written === 0 && !existsSync(path)) return 0;
  let trace;
  try {
    trace = openTrace(path);
  } catch (error) {
    if (written === 0 && error.code === "E_TRACE_TRUNCATED") return 0;
    throw error;
  }
  const { verdict, events } = replay(trace, kernelMachine);
  trace.close();
  if (verdict !== "truncated") throw new Error(`it is ${verdict}`);
  if (events !== trace.events) throw new Error(`${events} of ${trace.events} events replay`);
  if (events < written) throw new Error(`${written} events were written and ${events} are there`);
  if (events > written + blockEvents) throw new Error(`${events} events are there, and ${written} were written`);
  return events;
}

const folder = mkdtempSync(join(tmpdir(), "faultline-crash-"));
let failures = 0;
let most = 0;
let empty = 0;
try {
  for (let i = 0; i < Number(values.times); i++) {
    const path = join(folder, `${i}.fltrace`);
    const blockEvents = [1, 16, 256, 8192][below(4)];
    const how = { blockEvents, sync: below(4) === 0, milliseconds: below(600), fromFirst: below(8) > 0 };
    try {
      const events = whole(path, await kill(path, how), blockEvents);
      most = Math.max(most, events);
      if (events === 0) empty++;
    } catch (error) {
      failures++;
      console.log(`${i}: ${error.message} (${JSON.stringify(how)})`);
    }
    rmSync(path, { force: true });
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(
  `${values.times} recorders killed; ${failures} files are not what was written; ` +
    `up to ${most} events in one, none in ${empty} that had written none`,
);
if (failures > 0) process.exitCode = 1;
