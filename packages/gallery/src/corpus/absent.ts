import { ERRNO, type Kernel, PAGE_SIZE, type Steps } from "@faultline/mm";
import type { CorpusItem } from "./item.ts";
import { AT, story } from "./process.ts";

type Call = (k: Kernel, mm: number) => Steps<number>;

const calls: readonly (readonly [name: string, profile: string, errno: number, call: Call])[] = [
  ["MADV_GUARD_INSTALL", "linux-6.12", ERRNO.EINVAL, (k, mm) => k.madviseGuard(mm, AT, PAGE_SIZE, true)],
  ["process_mrelease", "linux-5.4", ERRNO.ENOSYS, (k, mm) => k.processMrelease(mm)],
  ["UFFDIO_MOVE", "linux-6.6", ERRNO.EINVAL, (k, mm) => k.uffdioMove(mm, AT, AT + PAGE_SIZE)],
];

/** Calls that a kernel does not have: an errno, after which the caller does it another way. */
export const absent: readonly CorpusItem[] = calls.map(([name, profile, errno, call]) =>
  story(`absent/${name}`, {
    title: `${name} in a kernel that does not have it`,
    profile,
    expect: { clean: ["write_once"] },
    threads: {
      *process(k, mm) {
        if ((yield* call(k, mm)) === errno) yield* k.writeOnce("another way", true);
      },
    },
  }),
);
