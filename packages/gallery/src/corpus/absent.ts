import { type Kernel, PAGE_SIZE, type Steps } from "@faultline/mm";
import type { CorpusItem } from "./item.ts";
import { AT, story } from "./process.ts";

const calls: readonly (readonly [name: string, profile: string, call: (k: Kernel, mm: number) => Steps<unknown>])[] = [
  ["MADV_GUARD_INSTALL", "linux-6.12", (k, mm) => k.madviseGuard(mm, AT, PAGE_SIZE, true)],
  ["process_mrelease", "linux-5.4", (k, mm) => k.processMrelease(mm)],
  ["UFFDIO_MOVE", "linux-6.6", (k, mm) => k.uffdioMove(mm, AT, AT + PAGE_SIZE)],
];

/** Calls that a kernel does not have: no verdict, but an error that says so. */
export const absent: readonly CorpusItem[] = calls.map(([name, profile, call]) => ({
  ...story(`absent/${name}`, {
    title: `${name} in a kernel that does not have it`,
    profile,
    expect: { clean: [] },
    threads: { process: call },
  }),
  refused: "not in this kernel",
}));
