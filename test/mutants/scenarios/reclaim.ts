import { type Body, scenario, type SetupKernel } from "@faultline/interleave";
import { BINDER_LRU, type BinderGeneration, binderGenerations, openBinder, PAGE_SIZE, VM } from "@faultline/mm";
import type { Design, Handle } from "../../../packages/gallery/src/designs/design.ts";
import { designs, withoutLock } from "../../../packages/gallery/src/designs/designs.ts";
import { moreBinders } from "./more-binders.ts";
import type { MutantScenario } from "./mutant-scenario.ts";
import { type Other, others } from "./reclaim-others.ts";
import { remembers } from "./together.ts";

/** A buffer whose page is unused, on the lru and still mapped. */
function unused(design: Design, k: SetupKernel): Handle {
  const binder = design.open(k, 1);
  k.run(design.send(k, binder, 0));
  if (design.receive !== undefined) k.run(design.receive(k, binder, 0));
  if (design.work !== undefined && design.receive === undefined) k.run(k.pageFault(binder.mm, binder.start, false));
  k.run(design.free(k, binder, 0));
  return binder;
}

/** The same, and another driver's memory stands where the buffer was. */
function replaced(design: Design, k: SetupKernel): Handle {
  const binder = unused(design, k);
  k.run(k.munmap(binder.mm, binder.start, PAGE_SIZE));
  const area = { start: binder.start, length: PAGE_SIZE, flags: VM.READ, ops: "other", owner: "other0" };
  k.run(k.mmap(binder.mm, area));
  return binder;
}

function reclaimOf(
  design: Design,
  state: "unused" | "replaced",
  make: (design: Design, k: SetupKernel) => Handle,
  [name, other]: readonly [string, Other],
): MutantScenario {
  const title = `${design.name}, page ${state}: reclaim | ${name}`;
  return {
    name: title,
    profiles: [design.profile],
    scenario: scenario({
      title,
      profile: design.profile,
      variants: { only: {} },
      setup: (k) => make(design, k),
      threads: (binder): Record<string, Body> => ({
        reclaim: remembers("reclaim", null, function* (k) {
          const freed = yield* design.shrink(k, binder);
          const worked = design.work === undefined ? null : yield* design.work(k, binder);
          return [freed, worked];
        }),
        other: remembers("other", other.own === true ? binder.mm : null, (k) => other.run(k, binder, design)),
      }),
    }),
  };
}

/** The callback for a page that somebody else has taken meanwhile. */
function goneOf(version: string, profile: string, gen: BinderGeneration, name: string): MutantScenario {
  const title = `C ${version}, page gone: reclaim | ${name}`;
  const other = others[name]!;
  return {
    name: title,
    profiles: [profile],
    scenario: scenario({
      title,
      profile,
      variants: { only: {} },
      setup: (k) => ({ ...openBinder(k, "binder", 1), inode: -1, file: -1 }),
      threads: (binder) => ({
        reclaim: remembers("reclaim", null, function* (k) {
          yield* k.spinLock(BINDER_LRU);
          const status = yield* k.binderAllocFreePage(binder, gen, 0);
          yield* k.spinUnlock(BINDER_LRU);
          return status;
        }),
        other: remembers("other", other.own === true ? binder.mm : null, (k) => other.run(k, binder, designs[0]!)),
      }),
    }),
  };
}

const LOOKS: readonly string[] = ["page, then locks", "locks, then page"];
const all = [...moreBinders, ...designs, ...withoutLock];

/** A shrinker's pass over one page, in every generation, against what others do. */
export const reclaims: readonly MutantScenario[] = [
  ...all.flatMap((design) => Object.entries(others).map((other) => reclaimOf(design, "unused", unused, other))),
  ...all.flatMap((design) => LOOKS.map((name) => reclaimOf(design, "replaced", replaced, [name, others[name]!]))),
  ...LOOKS.flatMap((name) => [
    goneOf("5.4", "linux-5.4", binderGenerations["5.4"], name),
    goneOf("6.12", "linux-6.12", binderGenerations["6.12"], name),
  ]),
];
