// The traces of traces/captures: what importing a kernel's capture gives. traces/captures.json says which capture each is of.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Buffer } from "node:buffer";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

const root = fileURLToPath(new URL("../", import.meta.url));
const command = join(root, "packages/cli/bin/faultline.js");

/** What each is made of: a file of test/captures; its truth file; how many lines, where not all of it. */
export const captures = JSON.parse(readFileSync(join(root, "traces/captures.json"), "utf8"));

/** Imports a capture with the built command, and writes the trace. */
export function importCapture({ capture, truth, lines }, out) {
  const file = join(root, "test/captures", capture);
  const args = [command, "import", lines === undefined ? file : "-", "--out", out, "--quiet"];
  if (truth !== undefined) args.push("--truth", join(root, "test/captures", truth));
  const input = lines === undefined ? undefined : head(file, lines);
  const { stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8", input });
  // 3 says that events are lost, or that the trace ends early: that is what such a capture is like.
  if (status !== 0 && status !== 3) throw new Error(`the import of ${capture} ended with ${status}: ${stderr}`);
}

/** Whether importing a capture gives this very file. */
export function importsAgain(name, file) {
  const folder = mkdtempSync(join(tmpdir(), "faultline-golden-"));
  try {
    const out = join(folder, "again.fltrace");
    importCapture(captures[name], out);
    return Buffer.compare(readFileSync(out), readFileSync(file)) === 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function head(file, lines) {
  const text = gunzipSync(readFileSync(file)).toString("utf8");
  return `${text.split("\n", lines).join("\n")}\n`;
}
