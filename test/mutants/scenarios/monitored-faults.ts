import type { SetupKernel } from "@faultline/interleave";
import { type Kernel, PAGE_SIZE, presentPte, type Steps, type Value, VM } from "@faultline/mm";
import { AT, CTX, monitored, RW, told } from "./monitor-story.ts";
import type { MutantScenario } from "./mutant-scenario.ts";

/** A page that a monitor has protected. */
function protectedPage(k: SetupKernel, mm: number, flags: number): void {
  k.run(k.mmap(mm, { start: AT, length: PAGE_SIZE, flags: RW | flags, ops: "", owner: "" }));
  k.run(k.pageFault(mm, AT, true));
  k.run(k.userfaultfdRegister(mm, AT, PAGE_SIZE, CTX, "wp"));
  k.run(k.uffdioWriteprotect(mm, AT, PAGE_SIZE, true));
}
function* writesProtected(k: Kernel, mm: number): Steps<Value> {
  const result = yield* k.pageFault(mm, AT, true);
  return [result, yield* k.readOnce("allowed")];
}

/** Looks whether the page was written already, and allows it. */
function* allows(k: Kernel, mm: number): Steps<Value> {
  const before = presentPte(yield* k.ptepGet(mm, AT));
  yield* k.writeOnce("allowed", true);
  yield* k.uffdioWriteprotect(mm, AT, PAGE_SIZE, false);
  return before?.write ?? null;
}

const faults = (k: Kernel, mm: number): Steps<Value> => k.pageFault(mm, AT + PAGE_SIZE, true);

/** Faults that wait for a monitor. */
export const monitoredFaults: readonly MutantScenario[] = [
  told({ name: "fault that nobody resolves", setup: monitored, process: faults }),
  told({
    name: "fault | unregister",
    setup: monitored,
    process: faults,
    monitor: (k, mm) => k.userfaultfdUnregister(mm, AT, 2 * PAGE_SIZE),
  }),
  told({
    name: "write to a protected page",
    setup(k, mm) {
      protectedPage(k, mm, 0);
    },
    process: writesProtected,
    monitor: allows,
  }),
  told({
    name: "write to a protected page of shared memory",
    setup(k, mm) {
      protectedPage(k, mm, VM.SHARED);
    },
    process: writesProtected,
    monitor: allows,
  }),
];
