// Writes the tables of docs/bench.md: runs `faultline bench scaling`, `parallel`, `traces` and `calls`, some minutes each. Run it
// by `npm run docs:bench -- [options of faultline bench]`, which builds first, on a machine that does nothing else. With
// `--only traces,calls` it writes those alone.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { format } from "prettier";

const command = fileURLToPath(new URL("../packages/cli/bin/faultline.js", import.meta.url));
const capture = fileURLToPath(new URL("../test/captures/big-mono.trace.gz", import.meta.url));
const page = fileURLToPath(new URL("../docs/bench.md", import.meta.url));

const run = (...args) =>
  JSON.parse(
    execFileSync(process.execPath, [command, "bench", ...args, "--json"], {
      encoding: "utf8",
      maxBuffer: 2 ** 26,
      stdio: ["ignore", "pipe", "inherit"],
    }),
  );

const grouped = (number) => String(number).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
const seconds = (number) => (number === null ? "" : number.toFixed(2));
const megabytes = (bytes) => (bytes === null ? "" : grouped(Math.round(bytes / 1e6)));

const table = (head, rows) =>
  [head, head.map((_, i) => (i === 0 ? "---" : "---:")), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

const ours = (row) => [
  row.finished ? grouped(row.states) : row.stopped,
  row.finished ? grouped(row.transitions) : "",
  seconds(row.seconds),
  seconds(row.userSeconds),
  megabytes(row.bytes),
  row.bytesPerState ?? "",
];

const theirs = ({ peer }) => {
  if (peer === undefined) return ["", "", "", "", ""];
  if (!peer.finished) return [`not finished: ${peer.reason}`, "", "", "", ""];
  const { states, transitions, userSeconds, bytes } = peer;
  return [grouped(states), grouped(transitions), seconds(peer.seconds), seconds(userSeconds), megabytes(bytes)];
};

function scaling(rows, vmaLock) {
  const columns = ["states", "transitions", "s", "user s", "MB"];
  const peer = rows.find((row) => row.peer !== undefined)?.peer.name ?? "SPIN";
  const head = ["N", "P", ...columns, "B/state", ...columns.map((name) => `${peer} ${name}`)];
  const part = rows.filter((row) => row.vmaLock === vmaLock);
  return table(
    head,
    part.map((row) => [row.n, row.p, ...ours(row), ...theirs(row)]),
  );
}

function growth(entries) {
  const factor = (number) => (number === null ? "too few to fit" : `×${number.toFixed(2)}`);
  return table(
    ["", "faulters", "seconds of search for one more", "states for one more"],
    entries.map(({ name, vmaLock, points, seconds, states }) => [
      `${name}${vmaLock ? ", VMA lock" : ""}`,
      `${points[0].n} to ${points.at(-1).n}`,
      factor(seconds),
      factor(states),
    ]),
  );
}

function parallel({ jobs, rounds, speedup, same }) {
  const rows = rounds.flatMap((round) =>
    round.runs.map(({ workers, cores, ...one }, index) => [
      workers,
      cores === null ? "not pinned" : cores.join(", "),
      seconds(one.seconds),
      seconds(one.userSeconds),
      index === 0 ? "" : `×${round.speedup.toFixed(2)}`,
    ]),
  );
  const verdict = same ? "every result is the same" : "RESULTS DIFFER";
  return `${table(["threads", "cores", "s", "user s", ""], rows)}\n\n${grouped(jobs)} pieces of work, ×${speedup.toFixed(2)}, the median; ${verdict}.`;
}

function machine() {
  const [{ model }] = cpus();
  return `${model.trim()}, ${cpus().length} cores; Node ${process.versions.node}.`;
}

function traces({ rows }) {
  const millions = (number) => (number === null ? "" : (number / 1e6).toFixed(2));
  const note = ({ median, worst, probes }) => {
    if (worst !== undefined) return `median ${median.toFixed(1)} ms, worst ${worst.toFixed(1)} ms`;
    return probes === undefined ? "" : `${probes} states`;
  };
  return table(
    ["", "s", "user and system s", "million events/s", "MB", ""],
    rows.map((row) => [
      row.name,
      seconds(row.seconds),
      seconds(row.cpuSeconds),
      millions(row.eventsPerSecond),
      megabytes(row.peak),
      note(row),
    ]),
  );
}

const parts = {
  scaling(options) {
    const bench = run("scaling", ...options);
    return {
      machine: machine(),
      "mmap lock": scaling(bench.rows, false),
      "VMA lock": scaling(bench.rows, true),
      growth: growth(bench.growth),
      rate: `${(bench.rate.transitionsPerSecond / 1e6).toFixed(2)} million transitions per second.`,
    };
  },
  parallel: () => ({ parallel: parallel(run("parallel")) }),
  traces() {
    const made = run("traces", "--repeat", "3");
    const real = run("traces", "--capture", capture, "--repeat", "3");
    return {
      "long trace": `${grouped(made.events)} events, ${made.bytesPerEvent} bytes each.\n\n${traces(made)}`,
      capture:
        `${grouped(real.lines)} lines, ${grouped(real.events)} events of the model; ${real.bytesPerLine} bytes a line.\n\n` +
        traces(real),
    };
  },
  calls() {
    const { operations, pages, profile, events, operationsPerSecond } = run("calls");
    const rate = `${grouped(operationsPerSecond)} system calls and touches a second`;
    return {
      calls: `${rate}, of ${events} steps each, on ${profile}: ${grouped(operations)} in a window of ${pages} pages.`,
    };
  },
};

const { values, positionals } = parseArgs({
  args: process.argv.slice(2),
  options: { only: { type: "string" } },
  strict: false,
  allowPositionals: true,
});
const only = values.only?.split(",") ?? Object.keys(parts);
const options = values.only === undefined ? process.argv.slice(2) : positionals;
const blocks = Object.assign({}, ...only.map((name) => parts[name](options)));

let text = readFileSync(page, "utf8");
for (const [name, made] of Object.entries(blocks)) {
  const [head, tail] = [`<!-- ${name} -->\n`, "\n<!-- end -->"];
  const start = text.indexOf(head);
  if (start < 0) throw new Error(`docs/bench.md has no block for: ${name}`);
  const from = start + head.length;
  text = `${text.slice(0, from)}\n${made}\n${text.slice(text.indexOf(tail, from))}`;
}
writeFileSync(page, await format(text, { parser: "markdown", printWidth: 120 }));
