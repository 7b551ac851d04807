import { scenario } from "@faultline/interleave";
import { type BinderGeneration, binderGenerations, openBinder } from "@faultline/mm";

// The patch itself, under mmap_lock: the next ones of its series turn to the VMA lock.
const merged: BinderGeneration = { ...binderGenerations["6.14"], installLock: "read" };

export default scenario({
  title: "binder: concurrent page installation",
  fix: "d1716b4b78fb",
  note:
    "The variant `upstream` is the text as merged: the page that the loser looks up is never put. That it leaks is a " +
    "conjecture from reading the source, not a reported bug; `fixed` puts the page.",
  profile: "linux-6.14",
  variants: {
    buggy: { gen: { ...merged, installBusy: "publish-own" } satisfies BinderGeneration },
    fixed: { gen: { ...merged, installBusy: "lookup-put" } satisfies BinderGeneration },
    upstream: { gen: merged },
  },
  expect: {
    buggy: { breaks: ["DRV-PAGE"], severity: "S1" },
    fixed: { clean: ["follow_page_pte", "binder_publish_winner", "put_page"] },
    upstream: { breaks: ["NO-LEAK", "PAGE-REF"], severity: "S5" },
  },
  setup: (k) => openBinder(k, "binder", 1),
  threads: (binder, { gen }) => ({
    *sender1(k) {
      yield* k.binderInstall(binder, gen, 0, 1);
    },
    *sender2(k) {
      yield* k.binderInstall(binder, gen, 0, 1);
    },
  }),
});
