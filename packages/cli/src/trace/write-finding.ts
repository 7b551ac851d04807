import type { Finding } from "@faultline/interleave";
import { NO_STUCK } from "@faultline/mm";
import { fileSink, formatSchedule, recordRun } from "@faultline/trace";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { CliError } from "../command-line/cli-error.ts";
import { producer } from "../command-line/version.ts";
import type { Explored } from "../explore/explore-variant.ts";
import { runMeta } from "./run-meta.ts";

/**
 * Writes a finding's run as a trace, which appears under its name only when it is whole.
 * @param name the file's name without its ending
 * @returns the path, in the folder as the user named it
 * @throws CliError E_OUTPUT, TraceError E_TRACE_WRITE
 */
export function writeFinding({ known, instance }: Explored, finding: Finding, folder: string, name: string): string {
  makeFolder(folder);
  const path = join(folder, `${name}.fltrace`);
  const { rule, severity, op, message } = finding.violation;
  const meta = {
    ...runMeta(known, instance),
    schedule: formatSchedule(finding.events),
    rule: rule.name,
    step: op,
    severity,
    message,
    // Where threads wait for ever nothing is over, and the rules about the end do not apply.
    complete: op === "end" && rule.name !== NO_STUCK.name,
  };
  recordRun(instance.program.machine, instance.program.initial, finding.events, {
    producer,
    meta,
    sink: fileSink(path),
  });
  return path;
}

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
