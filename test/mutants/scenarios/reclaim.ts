import { type Body, scenario, type SetupKernel } from "@faultline/interleave";
import { BINDER_LRU, type BinderGeneration, binderGenerations, openBinder, PAGE_SIZE, VM } from "@faultline/mm";
import type { Design, Handle } from "../../../packages/gallery/src/designs/design.ts";
import { designs, withoutLock } from "../../../packages/gallery/src/designs/designs.ts";
import { moreBinders } from "./more-binders.ts";
import type { MutantScenario } from "./mutant-scenario.ts";
import { type Other, others, pageWatchers, rustWatchers, watchers } from "./reclaim-others.ts";
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

/** The same, and nothing stands there. */
function unmapped(design: Design, k: SetupKernel): Handle {
  const binder = unused(design, k);
  k.run(k.munmap(binder.mm, binder.start, PAGE_SIZE));
  return binder;
}

const states = { unused, replaced, unmapped };

function reclaimOf(
  design: Design,
  state: keyof typeof states,
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
      setup: (k) => states[state](design, k),
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
function goneOf(
  version: string,
  profile: string,
  gen: BinderGeneration,
  [name, other]: readonly [string, Other],
): MutantScenario {
  const title = `C ${version}, page gone: reclaim | ${name}`;
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

const all = [...moreBinders, ...designs, ...withoutLock];
const rust = designs.filter(({ name }) => name.startsWith("Rust"));
const cBinders = all.filter(({ name }) => name.startsWith("C "));
const vmaLocked = cBinders.filter(({ name }) => ["C 6.14", "C 7.0", "C 2026-06"].includes(name));

function eachAgainst(
  some: readonly Design[],
  state: keyof typeof states,
  each: Readonly<Record<string, Other>>,
): MutantScenario[] {
  return some.flatMap((design) => Object.entries(each).map((other) => reclaimOf(design, state, other)));
}

/** A shrinker's pass over one page, in every generation, against what others do. */
export const reclaims: readonly MutantScenario[] = [
  ...eachAgainst(all, "unused", others),
  ...eachAgainst(all, "unused", pageWatchers),
  ...eachAgainst(rust, "unused", rustWatchers),
  ...eachAgainst(cBinders, "replaced", watchers),
  ...eachAgainst(vmaLocked, "unmapped", others),
  ...Object.entries(watchers).flatMap((other) => [
    goneOf("5.4", "linux-5.4", binderGenerations["5.4"], other),
    goneOf("6.12", "linux-6.12", binderGenerations["6.12"], other),
  ]),
];
