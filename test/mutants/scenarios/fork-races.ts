import { scenario } from "@faultline/interleave";
import { PAGE_SIZE, VM } from "@faultline/mm";
import type { MutantScenario } from "./mutant-scenario.ts";
import { remembers } from "./together.ts";

const AT = 0x10_0000;
const AWAY = 0x20_0000;

/**
 * A fault under the VMA lock that makes an anon_vma, as only the race of 657b5146955e lets it: mremap has taken the one
 * that there was. Whoever finds mmap_lock taken after such a fault knows that fork came later, or found the page.
 */
const lateAnonVma: MutantScenario = {
  name: "fork after mremap | fault that makes an anon_vma",
  profiles: ["linux-6.4.3"],
  scenario: scenario({
    title: "fork asks what to copy while a fault makes the VMA's anon_vma",
    profile: "linux-6.4.3",
    kernel: { anonVmaCheck: "before-lock" },
    variants: { only: {} },
    setup(k) {
      const mm = k.mm();
      k.run(k.mmap(mm, { start: AT, length: PAGE_SIZE, flags: VM.READ | VM.WRITE, ops: "", owner: "" }));
      k.run(k.pageFault(mm, AT, true));
      return mm;
    },
    threads: (mm) => ({
      forks: remembers("forks", mm, function* (k) {
        yield* k.mremap(mm, { start: AT, oldLength: PAGE_SIZE, newLength: PAGE_SIZE, to: AWAY, dontUnmap: true });
        return yield* k.fork(mm, null, null);
      }),
      faults: remembers("faults", mm, function* (k) {
        const result = yield* k.pageFault(mm, AT, true);
        const free = yield* k.mmapReadTrylock(mm);
        if (free) yield* k.mmapReadUnlock(mm);
        return [result, free];
      }),
    }),
  }),
};

/** Forks that faults come into. */
export const forkRaces: readonly MutantScenario[] = [lateAnonVma];
