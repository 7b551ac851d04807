import { CheckpointError } from "@faultline/interleave";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CliError } from "../command-line/cli-error.ts";
import type { Explored } from "../explore/explore-variant.ts";
import { asFileName } from "../trace/finding-names.ts";
import { makeFolder } from "../trace/make-folder.ts";
import { decodeCheckpoint, encodeCheckpoint, type Subject } from "./checkpoint-format.ts";

/**
 * Writes where an exploration was ended by a budget. It appears under its name only when it is whole.
 * @returns the path, in the folder as the user named it; null when the exploration is over or cannot be gone on with
 * @throws CliError E_OUTPUT
 */
export function writeCheckpoint({ known, instance, exploration }: Explored, folder: string): string | null {
  const checkpoint = exploration.engine === "states" ? exploration.work.checkpoint : undefined;
  if (checkpoint === undefined) return null;
  makeFolder(folder);
  const name = [known.name, instance.variant].map(asFileName).join("-");
  const path = join(folder, `${name}.checkpoint`);
  const partial = `${path}.partial`;
  try {
    writeFileSync(partial, encodeCheckpoint(subjectOf(known.name, instance), checkpoint));
    renameSync(partial, path);
  } catch (error) {
    rmSync(partial, { force: true });
    throw new CliError("E_OUTPUT", `cannot write the checkpoint ${path}: ${reasonOf(error)}.`, error);
  }
  return path;
}

/**
 * Reads a checkpoint that is to be gone on with.
 * @throws CheckpointError E_RESUME, CliError E_RESUME_FILE
 */
export function readCheckpoint(path: string): ReturnType<typeof decodeCheckpoint> {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new CliError("E_RESUME_FILE", `cannot read the checkpoint ${path}: ${reasonOf(error)}.`, error);
  }
  try {
    return decodeCheckpoint(bytes);
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    throw new CheckpointError(`${path} cannot be gone on with: ${error.message}.`);
  }
}

/** What a checkpoint of this instance is for. */
export function subjectOf(scenario: string, { variant, profile }: Explored["instance"]): Subject {
  return { scenario, variant, profile: profile.name };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
