import { mkdirSync } from "node:fs";
import { CliError } from "../command-line/cli-error.ts";

/** @throws CliError E_OUTPUT */
export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    const why = REASONS[code] ?? (error instanceof Error ? error.message : String(error));
    throw new CliError("E_OUTPUT", `cannot make the folder ${folder}: ${why}.`, error);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "you may not write there",
  EPERM: "you may not write there",
  EROFS: "the file system is read-only",
  EEXIST: "there is a file of that name",
  ENOTDIR: "a part of the path is a file",
  ENOSPC: "the disk is full",
  ENOENT: "its parent cannot hold it",
};
