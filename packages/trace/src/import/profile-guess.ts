import { binderGenerations, type BinderGeneration, profile, ProfileError, type Profile } from "@faultline/mm";
import { ImportError } from "./import-error.ts";
import { isSchedulers, type TraceLine } from "./line/trace-event.ts";

/** The kernel that a trace is held against, and why this one. */
export interface ChosenKernel {
  readonly profile: Profile;
  readonly generation: BinderGeneration;
  /** `asked for`, or the line that gave it away. */
  readonly because: string;
}

/** The binder driver that comes with each profile, newest first. */
const DRIVERS: readonly (readonly [since: number, generation: keyof typeof binderGenerations])[] = [
  [614, "6.14"],
  [612, "6.12"],
  [602, "6.6"],
  [601, "6.1"],
  [504, "5.4"],
  [0, "5.0"],
];

/**
 * The kernel that the caller names, or the one that the head of the trace shows: 6.18 where events of mmap_lock number
 * the memory cgroup, which 6.12 names by its path; 6.12 where a user page fault takes no mmap_lock, which needs per-VMA
 * locks; otherwise 6.1.
 * @throws ImportError E_IMPORT_PROFILE
 */
export function chooseKernel(name: string | undefined, first: TraceLine | undefined): ChosenKernel {
  if (name !== undefined) return { ...resolve(name), because: "asked for" };
  const numbered = firstWhere(first, ({ event }) => event.kind === "lock_start" && event.memcgId);
  if (numbered !== undefined) {
    return { ...resolve("linux-6.18"), because: `line ${numbered.number}: mmap_lock with a memcg_id` };
  }
  let faults = 0;
  for (let line = first; line !== undefined; line = line.next) {
    if (line.event.kind !== "fault") continue;
    faults++;
    const next = afterScheduling(line);
    if (next !== undefined && next.event.kind !== "lock_start") {
      return { ...resolve("linux-6.12"), because: `line ${line.number}: a page fault without mmap_lock` };
    }
  }
  const because = faults > 0 ? `all ${faults} page faults at its head take mmap_lock` : "it shows no page fault";
  return { ...resolve(faults > 0 ? "linux-6.1" : "linux-6.12"), because };
}

function resolve(name: string): { profile: Profile; generation: BinderGeneration } {
  let found: Profile;
  try {
    found = profile(name);
  } catch (error) {
    if (error instanceof ProfileError) throw new ImportError("E_IMPORT_PROFILE", error.message, error);
    throw error;
  }
  return { profile: found, generation: driverOf(found) };
}

/** The binder driver that came with a kernel. */
export function driverOf({ name }: Profile): BinderGeneration {
  const [, major = "0", minor = "0"] = /(\d+)\.(\d+)/.exec(name) ?? [];
  const version = Number(major) * 100 + Number(minor);
  return binderGenerations[DRIVERS.find(([since]) => version >= since)![1]];
}

function firstWhere(from: TraceLine | undefined, wanted: (line: TraceLine) => boolean): TraceLine | undefined {
  let line = from;
  while (line !== undefined && !wanted(line)) line = line.next;
  return line;
}

function afterScheduling(fault: TraceLine): TraceLine | undefined {
  let line = fault.nextOfTask;
  while (line !== undefined && isSchedulers(line.event)) line = line.nextOfTask;
  return line;
}
