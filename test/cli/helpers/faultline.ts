import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

/** The repository's root. */
export const root: string = fileURLToPath(new URL("../../..", import.meta.url));

export const bin: string = join(root, "packages/cli/bin/faultline.js");

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command in a process of its own. */
export function faultline(args: readonly string[], cwd: string): Promise<Finished> {
  return new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: "1", FAULTLINE_DEBUG: "" };
    execFile(process.execPath, [bin, ...args], { cwd, env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

/** The one object that a command prints with --json. */
export async function json<T>(args: readonly string[], cwd: string): Promise<T> {
  const { stdout } = await faultline([...args, "--json"], cwd);
  return JSON.parse(stdout) as T;
}

const folders: string[] = [];

/** An empty folder outside the clone, gone after the test file. */
export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "faultline-test-"));
  folders.push(folder);
  return folder;
}

afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
