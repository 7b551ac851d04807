import { scenario, type SetupKernel } from "@faultline/interleave";
import { type Kernel, type Knobs, PAGE_SIZE, type Steps, type Value, VM } from "@faultline/mm";
import type { MutantScenario } from "./mutant-scenario.ts";
import { remembers } from "./together.ts";

/** Where the memory is that has a monitor, and the number of its context. */
export const AT = 0x10_0000;
export const CTX = 1;
export const RW: number = VM.READ | VM.WRITE;
const PROFILE = "linux-6.12";

/** A process, what its monitor does, and what else goes on; each remembers what it was told. */
export interface MonitorStory {
  readonly name: string;
  readonly kernel?: Partial<Knobs>;
  readonly setup: (k: SetupKernel, mm: number) => unknown;
  readonly process: (k: Kernel, mm: number) => Steps<Value>;
  /** Who reads the events, or fills and unprotects pages; absent where nobody does. */
  readonly monitor?: (k: Kernel, mm: number) => Steps<Value>;
  /** Whether the monitor may wait for ever. */
  readonly daemon?: boolean;
  readonly other?: (k: Kernel, mm: number) => Steps<Value>;
}

/** The scenario of a story. */
export function told({ name, kernel = {}, setup, process, monitor, daemon, other }: MonitorStory): MutantScenario {
  const title = `monitor: ${name}`;
  return {
    name: title,
    profiles: [PROFILE],
    scenario: scenario({
      title,
      profile: PROFILE,
      kernel,
      variants: { only: {} },
      setup(k) {
        const mm = k.mm();
        setup(k, mm);
        return mm;
      },
      threads: (mm) => ({
        process: remembers("process", mm, (k) => process(k, mm)),
        ...(monitor === undefined ? {} : { monitor: remembers("monitor", null, (k) => monitor(k, mm), daemon) }),
        ...(other === undefined ? {} : { other: remembers("other", mm, (k) => other(k, mm)) }),
      }),
    }),
  };
}
/** Private memory of two pages, the first of them written, with a monitor that hears of everything. */
export function monitored(k: SetupKernel, mm: number, flags = 0): void {
  k.run(k.mmap(mm, { start: AT, length: 2 * PAGE_SIZE, flags: RW | flags, ops: "", owner: "" }));
  k.run(k.pageFault(mm, AT, true));
  k.run(k.userfaultfdApi(CTX, ["fork", "remap", "unmap"]));
  k.run(k.userfaultfdRegister(mm, AT, 2 * PAGE_SIZE, CTX, "missing"));
}
