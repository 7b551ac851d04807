import type { Finding } from "@faultline/interleave";
import { NO_STUCK } from "@faultline/mm";
import { fileSink, formatSchedule, recordRun } from "@faultline/trace";
import { join } from "node:path";
import { producer } from "../command-line/version.ts";
import type { Explored } from "../explore/explore-variant.ts";
import { makeFolder } from "./make-folder.ts";
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
  const { rule, severity, op, object, task, message } = finding.violation;
  const meta = {
    ...runMeta(known, instance),
    schedule: formatSchedule(finding.events),
    rule: rule.name,
    step: op,
    object,
    task,
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
