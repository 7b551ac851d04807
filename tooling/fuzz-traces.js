// Throws damaged and made-up files at the reader of traces: `npm run fuzz:traces -- --inputs 1000000 --seed 1`. A child process
// does it in little memory; this one watches that it goes on. Ends with 1 when a file crashed, hung, or fooled the reader; files
// that did are kept.
import { spawn } from "node:child_process";
import console from "node:console";
import { readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { clearTimeout, setTimeout } from "node:timers";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createViteServer } from "vitest/node";

/** Megabytes that JavaScript objects may take. */
const HEAP = 512;
/**
 * Files that one process reads. Names of components are kept for good, up to a million of them: more than fit beside each other
 * here, where every file has made up some. Whoever reads one trace never gets there.
 */
const BATCH = 50_000;
/** A hundred files take about a tenth of a second; on a machine that does other things first, a while. */
const SILENCE_SECONDS = 600;

const root = fileURLToPath(new URL("../", import.meta.url));
const { values } = parseArgs({
  options: {
    inputs: { type: "string", default: "1000000" },
    seed: { type: "string", default: "1" },
    child: { type: "boolean", default: false },
  },
});

async function loadCampaign() {
  const server = await createViteServer({
    root,
    configFile: false,
    logLevel: "error",
    ssr: { resolve: { conditions: ["faultline-source", "module", "node", "import", "default"] } },
    server: { middlewareMode: true, hmr: false, watch: null, ws: false },
    optimizeDeps: { noDiscovery: true },
  });
  return { server, ...(await server.ssrLoadModule("/packages/trace/test/fuzz/campaign.ts")) };
}

/** The most memory that this process had, in megabytes. */
function peak() {
  const [, kilobytes] = /^VmHWM:\s*(\d+) kB/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  return Math.round((kilobytes === undefined ? process.resourceUsage().maxRSS : Number(kilobytes)) / 1024);
}

async function child() {
  const { server, campaign } = await loadCampaign();
  const before = peak();
  const start = performance.now();
  // Written at once: the other process waits for it.
  const watch = (done) => writeFileSync(1, `${done}\n`);
  const report = campaign(Number(values.inputs), Number(values.seed), watch);
  const seconds = (performance.now() - start) / 1000;
  for (const { input, how, error, bytes } of report.failures) {
    const path = join(tmpdir(), `faultline-fuzz-${values.seed}-${input}.fltrace`);
    writeFileSync(path, bytes);
    console.log(`input ${input} (${how}): ${error instanceof Error ? error.stack : error}\n  kept as ${path}`);
  }
  const kinds = [...report.answers].sort(([, a], [, b]) => b - a).map(([kind, count]) => `${kind} ${count}`);
  console.log(
    `${report.inputs} inputs from seed ${values.seed}, ${Math.round(seconds)} s, ${report.fates} different fates`,
  );
  console.log(kinds.join(", "));
  console.log(`${report.failures.length} crashes or wrong answers`);
  console.log(
    `slowest ${report.slowest.toFixed(0)} ms (input ${report.slowestInput}); memory ${peak()} MB at most, ${before} MB before`,
  );
  await server.close();
  if (report.failures.length > 0) process.exitCode = 1;
}

/** One process with so many inputs: whether all went well. */
function watchChild(inputs, seed) {
  const args = [`--max-old-space-size=${HEAP}`, fileURLToPath(import.meta.url), "--child"];
  args.push("--inputs", String(inputs), "--seed", String(seed));
  const running = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  let hung = false;
  let timer;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      hung = true;
      running.kill("SIGKILL");
    }, 1000 * SILENCE_SECONDS);
  };
  let last = "0";
  wait();
  running.stdout.setEncoding("utf8").on("data", (text) => {
    wait();
    const lines = text.trimEnd().split("\n");
    last = lines.findLast((line) => /^\d+$/.test(line)) ?? last;
    const said = lines.filter((line) => !/^\d+$/.test(line));
    if (said.length > 0) console.log(said.join("\n"));
    if (process.stderr.isTTY) process.stderr.write(`\r${last}`);
  });
  return new Promise((resolve) => {
    running.on("close", (code, signal) => {
      clearTimeout(timer);
      if (hung) console.log(`HANG after ${last} inputs of seed ${seed}`);
      else if (code !== 0 && code !== 1) console.log(`CRASH (${signal ?? code}) after ${last} inputs of seed ${seed}`);
      resolve(code === 0);
    });
  });
}

/** All of them, batch by batch, each of a seed of its own; stops at the first batch that does not go well. */
async function watchAll() {
  const all = Number(values.inputs);
  for (let done = 0, batch = 0; done < all; done += BATCH, batch++) {
    if (!(await watchChild(Math.min(BATCH, all - done), Number(values.seed) + batch))) {
      process.exitCode = 1;
      return;
    }
  }
  console.log(`${all} inputs: 0 crashes, 0 hangs`);
}

if (values.child) await child();
else await watchAll();
