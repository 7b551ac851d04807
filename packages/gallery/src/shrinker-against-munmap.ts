import type { Body, SetupKernel } from "@faultline/interleave";
import type { BinderGeneration, BinderHandle } from "@faultline/mm";
import { openBinder } from "./binder-setup.ts";

/** One page, mapped and unused: the owner unmaps the buffer while the shrinker reclaims the page. */
export const shrinkerAgainstMunmap = {
  setup(k: SetupKernel, { gen }: { gen: BinderGeneration }): BinderHandle {
    const binder = openBinder(k, "binder", 1);
    k.run(k.binderInstall(binder, gen, 0, 1));
    k.run(k.binderFreeBuf(binder, gen, 0, 1));
    return binder;
  },
  threads: (binder: BinderHandle, { gen }: { gen: BinderGeneration }): Record<string, Body> => ({
    munmap: {
      mm: binder.mm,
      *run(k) {
        yield* k.munmap(binder.mm, binder.start, 4096);
      },
    },
    *shrinker(k) {
      yield* k.binderShrinkScan([binder], gen, 1);
    },
  }),
};
