import { mmAccess } from "../events/mm-steps.ts";
import { ERRNO } from "../objects/errno.ts";
import type { Context } from "./context.ts";
import { madviseDontneed } from "./madvise.ts";
import { madvisePages, type PageAdvice } from "./madvise-pages.ts";
import { mmput } from "./mmput.ts";
import { type Procedure, procedure } from "./procedure.ts";

/** What one process may advise about the pages of another. mm/madvise.c, process_madvise_remote_valid() */
const REMOTE: readonly string[] = ["COLD", "PAGEOUT", "WILLNEED", "COLLAPSE"];

/**
 * process_madvise(2) of one range: how many bytes it was about, or an errno: -ESRCH where the process has no address
 * space any more. It is the reference on that which keeps it, not the process. mm/madvise.c
 */
export const processMadvise: Procedure<Context, [number, number, number, PageAdvice | "DONTNEED"], number> = procedure(
  "process_madvise",
  function* (k, mm: number, start: number, length: number, advice: PageAdvice | "DONTNEED") {
    if (k.knobs.processMadvise === "none") return ERRNO.ENOSYS;
    const whose = yield* mmAccess(mm);
    if (whose === null) return ERRNO.ESRCH;
    const any = whose === "own" && k.knobs.processMadvise === "own-any";
    let result: number = ERRNO.EINVAL;
    if (any || REMOTE.includes(advice)) {
      result =
        advice === "DONTNEED"
          ? yield* madviseDontneed(k, mm, start, length)
          : yield* madvisePages(k, mm, start, length, advice);
    }
    yield* mmput(k, mm);
    return result === 0 ? length : result;
  },
);
