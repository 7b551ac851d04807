import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { CliError } from "../command-line/cli-error.ts";

/** What a live capture asks of the machine. */
export interface Machine {
  readonly platform: string;
  /** Effective user; undefined where there are none. */
  readonly user: number | undefined;
  /** The lines of /proc/mounts; empty where there is none. */
  readonly mounts: string;
  /** Whether a path exists. */
  readonly exists: (path: string) => boolean;
}

/** This machine. */
export function thisMachine(): Machine {
  const mounts = existsSync("/proc/mounts") ? readFileSync("/proc/mounts", "utf8") : "";
  return { platform: process.platform, user: process.geteuid?.(), mounts, exists: existsSync };
}

/**
 * The directory where tracefs is mounted; `wanted` names it where it is not in /proc/mounts.
 * @throws CliError E_CAPTURE_UNAVAILABLE with what is missing and what to do about it
 */
export function tracefsOf(machine: Machine, wanted: string | undefined): string {
  const { platform, user } = machine;
  if (platform !== "linux") {
    throw missing(`this is ${platform}, and only Linux has ftrace`, "capture on a Linux machine, import the text here");
  }
  if (user !== 0) throw missing("it needs root, for tracefs", "run it with sudo");
  const mounted = /^\S+ (\S+) tracefs /m.exec(machine.mounts)?.[1]?.replaceAll("\\040", " ");
  const root = wanted ?? mounted;
  if (root === undefined) {
    throw missing("tracefs is not mounted", "mount -t tracefs nodev /sys/kernel/tracing");
  }
  if (!machine.exists(join(root, "instances"))) {
    throw missing(`${root} is no tracefs with instances`, "name the right one with --tracefs");
  }
  if (!machine.exists(join(root, "events", "mmap_lock"))) {
    throw missing(
      "the kernel has no mmap_lock events",
      "use one of 5.11 or later with CONFIG_MMAP_LOCK_STATS or CONFIG_TRACING",
    );
  }
  return root;
}

function missing(what: string, remedy: string): CliError {
  return new CliError("E_CAPTURE_UNAVAILABLE", `nothing can be captured here: ${what}. Try: ${remedy}.`);
}
