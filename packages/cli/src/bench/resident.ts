import { readFileSync } from "node:fs";
import process from "node:process";

/** Bytes of this process that are in memory now. */
export function resident(): number {
  return process.memoryUsage.rss();
}

/** The most bytes of this process that were in memory at once. */
export function peakResident(): number {
  try {
    // What resourceUsage() says begins with the memory of the process that started this one.
    const [, kilobytes] = /^VmHWM:\s*(\d+) kB/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
    if (kilobytes !== undefined) return Number(kilobytes) * 1024;
  } catch {
    // Not Linux.
  }
  return process.resourceUsage().maxRSS * 1024;
}
