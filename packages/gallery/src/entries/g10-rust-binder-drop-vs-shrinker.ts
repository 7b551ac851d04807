import { scenario } from "@faultline/interleave";
import { openBinder, rangeObject, type RustBinderGeneration, rustBinderGenerations } from "@faultline/mm";

const current: RustBinderGeneration = rustBinderGenerations["6.18.19"];

export default scenario({
  title: "rust_binder: the destructor waits for the shrinker",
  note:
    "`buggy` is a mutant: no release left the lock out. The variant `two-steps` is the released code with mutex_unlock " +
    "as kernel/locking/mutex.c has it when somebody waits: a conjecture from reading both, not a reported bug.",
  profile: "linux-6.18.19",
  variants: {
    buggy: { gen: { ...current, dropTakesMmLock: false } satisfies RustBinderGeneration },
    fixed: { gen: current },
    "two-steps": { gen: { ...current, unlock: "two-steps" } satisfies RustBinderGeneration },
  },
  expect: {
    buggy: { breaks: ["HEAP-LIVE"], severity: "S0" },
    fixed: { clean: ["stable_trylock_mm", "mm_lock", "mm_unlock", "kfree"] },
    "two-steps": { breaks: ["UNLOCK-LIFETIME"], severity: "S0" },
  },
  setup(k, { gen }) {
    const binder = openBinder(k, "rust_binder", 1);
    k.run(k.kmalloc(rangeObject(binder.alloc)));
    k.run(k.rustUseRange(binder, gen, 0, 1));
    k.run(k.rustStopUsingRange(binder, 0, 1));
    // The file's last mapping is gone before its destructor runs.
    k.run(k.munmap(binder.mm, binder.start, 4096));
    return binder;
  },
  threads: (binder, { gen }) => ({
    *destructor(k) {
      yield* k.rustDropRange(binder, gen);
    },
    *shrinker(k) {
      yield* k.rustShrinkScan(binder, gen);
    },
  }),
});
