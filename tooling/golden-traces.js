// The traces of traces/: `npm run traces:golden` replays them with the built packages and says which do not do what they
// did, `npm run traces:golden -- --write` records them again, which is wanted when the model or the importer has changed,
// and `npm run traces:nodes` replays them on the other versions of Node that are supported.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Buffer } from "node:buffer";
import console from "node:console";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { apply, kernelMachine, Table } from "../packages/mm/dist/index.js";
import { writeLongTrace } from "../packages/cli/dist/bench/traces/long-trace.js";
import { KEYFRAME_EVENTS } from "../packages/cli/dist/commands/import.js";
import { MemorySink, openTrace, Recorder, replay } from "../packages/trace/dist/index.js";
import { captures, importCapture, importsAgain } from "./golden-captures.js";

const root = fileURLToPath(new URL("../", import.meta.url));
const folder = join(root, "traces");
const manifest = join(folder, "golden.json");
/** Enough for several blocks, keyframes, and beginnings of the tables. */
const LONG_EVENTS = 20_000;

const command = join(root, "packages/cli/bin/faultline.js");

/** Every trace below traces/, by its path from there. */
function goldenFiles() {
  return readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith(".fltrace"))
    .map((name) => name.replaceAll("\\", "/"))
    .sort();
}

/** What the model makes of a trace. */
function replayed(name) {
  return withTrace(name, (trace) => {
    const { verdict, events, stateHash, divergence } = replay(trace, kernelMachine);
    return { verdict, events, stateHash, reason: divergence?.reason };
  });
}

/** Whether recording its events again gives the same file. */
function recordsAgain(name) {
  return withTrace(name, (trace) => {
    const initial = trace.stateAtKeyframe(0);
    const sink = new MemorySink();
    const options = name.startsWith("captures/") ? { keyframeEvents: KEYFRAME_EVENTS } : {};
    const recorder = new Recorder(sink, trace.info, initial, options);
    const table = new Table(initial);
    for (const { event, line, time, note } of trace.recorded()) {
      const transition = apply(kernelMachine, table, event);
      table.apply(transition.writes);
      recorder.record(event, transition, { line, time, note });
    }
    recorder.finish();
    return Buffer.compare(sink.bytes(), readFileSync(join(folder, name))) === 0;
  });
}

function withTrace(name, use) {
  const trace = openTrace(join(folder, name));
  try {
    return use(trace);
  } finally {
    trace.close();
  }
}

/** The first finding of each entry of the gallery. */
function writeGallery() {
  const temporary = mkdtempSync(join(tmpdir(), "faultline-golden-"));
  const target = join(folder, "gallery");
  try {
    const { entries } = JSON.parse(galleryJson(temporary));
    rmSync(target, { recursive: true, force: true });
    mkdirSync(target);
    for (const entry of entries) {
      const [finding] = Object.values(entry).flatMap((variant) => variant.violations ?? []);
      if (finding === undefined) throw new Error(`${entry.id} has no finding, so there is no trace of it.`);
      copyFileSync(finding.trace, join(target, basename(finding.trace)));
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function galleryJson(out) {
  const args = [command, "gallery", "--out", out, "--json"];
  const { stdout, status } = spawnSync(process.execPath, args, { encoding: "utf8", maxBuffer: 2 ** 28 });
  // 1 says that a variant does not do what it declares: its traces are what there is all the same.
  if (status !== 0 && status !== 1) throw new Error(`faultline gallery ended with ${status}: ${stdout}`);
  return stdout;
}

/** What the importer makes of each capture. */
function writeCaptures() {
  const target = join(folder, "captures");
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target);
  for (const [name, capture] of Object.entries(captures)) importCapture(capture, join(target, `${name}.fltrace`));
}

function write() {
  writeGallery();
  writeCaptures();
  rmSync(join(folder, "long"), { recursive: true, force: true });
  mkdirSync(join(folder, "long"));
  writeLongTrace(join(folder, "long", "churn.fltrace"), LONG_EVENTS);
  const known = goldenFiles().map((name) => {
    const { events, stateHash } = replayed(name);
    return [name, { events, stateHash }];
  });
  writeFileSync(manifest, `${JSON.stringify(Object.fromEntries(known), null, 2)}\n`);
}

/** What is wrong with a trace, if anything is. */
function fault(name, known) {
  try {
    const { verdict, events, stateHash, reason } = replayed(name);
    if (verdict !== "verified") return reason ?? verdict;
    if (events !== known?.events || stateHash !== known.stateHash) return "not what golden.json says";
    if (!recordsAgain(name)) return "recorded again, it is another file";
    const [where, file] = name.split("/");
    if (where !== "captures" || importsAgain(basename(file, ".fltrace"), join(folder, name))) return undefined;
    return "imported again, it is another file";
  } catch (error) {
    return error.message;
  }
}

/** Looks at all, or at those of a folder. Whether each does what it did. */
function check(below = "") {
  const known = JSON.parse(readFileSync(manifest, "utf8"));
  const all = [...new Set([...goldenFiles(), ...Object.keys(known)])].sort();
  const names = all.filter((name) => name.startsWith(below));
  const wrong = names.map((name) => [name, fault(name, known[name])]).filter(([, why]) => why !== undefined);
  for (const [name, why] of wrong) console.log(`${name}: ${why}`);
  console.log(
    `Node ${process.versions.node}: ${names.length - wrong.length} of ${names.length} traces replay to their hashes, ` +
      "and record again to the same bytes; those of captures are what their import gives",
  );
  return wrong.length === 0 && names.length > 0;
}

/** The same with other versions of Node, as npm has them. */
function checkOn(versions) {
  return versions
    .map((version) => {
      const args = ["--yes", "--package", `node@${version}`, "node", fileURLToPath(import.meta.url)];
      return spawnSync("npx", args, { stdio: "inherit", cwd: root }).status === 0;
    })
    .every(Boolean);
}

const [mode, ...versions] = process.argv.slice(2);
if (mode === "--write") write();
const sound = mode === "--on" ? checkOn(versions) : check(mode?.startsWith("--") ? "" : mode);
if (!sound) process.exitCode = 1;
