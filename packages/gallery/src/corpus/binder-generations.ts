import { type Expectation, scenario } from "@faultline/interleave";
import {
  type BinderGeneration,
  binderGenerations,
  type BinderHandle,
  type Kernel,
  openBinder,
  PAGE_SIZE,
  type Steps,
  VM,
} from "@faultline/mm";
import type { CorpusItem } from "./item.ts";
import { anonymous } from "./process.ts";

/** All generations, and some that no release had, for what they do that none did. */
const every: Readonly<Record<string, BinderGeneration>> = {
  ...binderGenerations,
  "5.0 looking up": { ...binderGenerations["5.0"], reclaimVma: "lookup" },
  "6.12 asking mapped": { ...binderGenerations["6.12"], installVma: "lookup", reclaimImpostor: "mapped" },
};

/** A VMA pointer is kept that munmap has freed: the shrinker zaps through it. */
const KEPT: Expectation = { breaks: ["VMA-LIVE", "VMA-GEN"], severity: "S0" };
/** The same, and the sender inserts through it under a read lock, under which munmap goes on after its downgrade. */
const UNDER_READ_LOCK: Expectation = {
  breaks: ["VMA-LIVE", "VMA-GEN", "PTE-COVERED", "PTE-INSTALL"],
  severity: "S0",
};
/** A page is skipped for ever while the VMA at its address is not the allocator's. */
const SKIPS: Expectation = { breaks: ["RECLAIM-LIVE"], severity: "S5" };
/** The shrinker's mmput is the last, and tears the address space down in reclaim. */
const TEARS_DOWN: Expectation = { breaks: ["RECLAIM-TRY"], severity: "S4" };

function breaking(names: readonly string[], expected: Expectation): Record<string, Expectation> {
  return Object.fromEntries(names.map((name) => [name, expected]));
}

/** Every generation of the C driver while the owner of the buffer does something to it. */
function generations(
  id: string,
  told: {
    readonly title: string;
    readonly owner: (k: Kernel, binder: BinderHandle) => Steps<unknown>;
    /** Steps that generations must have made that break nothing, and what the others do. */
    readonly clean: readonly string[];
    readonly broken: Readonly<Record<string, Expectation>>;
  },
): CorpusItem {
  return {
    id,
    scenario: scenario<{ gen: BinderGeneration }, BinderHandle>({
      title: told.title,
      profile: "linux-6.12",
      variants: Object.fromEntries(Object.entries(every).map(([name, gen]) => [name, { gen }])),
      expect: Object.fromEntries(
        Object.keys(every).map((name) => {
          const breaks = told.broken[name];
          return [name, breaks ?? { clean: told.clean }];
        }),
      ),
      setup: (k) => openBinder(k, "binder", 1),
      threads: (binder, { gen }) => ({
        owner: { mm: binder.mm, run: (k) => told.owner(k, binder) },
        *sender(k) {
          if ((yield* k.binderInstall(binder, gen, 0, 1)) === 0) yield* k.binderFreeBuf(binder, gen, 0, 1);
        },
        *shrinker(k) {
          yield* k.binderShrinkScan([binder], gen, 1);
        },
      }),
    }),
  };
}

/** What reclaim meets when a page is given back that it has taken. */
const givenBackTwice: CorpusItem = {
  id: "binder/given-back-twice",
  scenario: scenario({
    title: "a page is given back again when reclaim has taken it: the next scan meets an item with no page",
    profile: "linux-6.12",
    variants: { "6.4": { gen: binderGenerations["6.4"] }, "6.12": { gen: binderGenerations["6.12"] } },
    expect: {
      "6.4": { clean: ["binder_take_page", "binder_get_installed_page", "list_lru_isolate"] },
      "6.12": { clean: ["binder_take_page", "binder_get_installed_page", "list_lru_isolate"] },
    },
    setup: (k) => openBinder(k, "binder", 1),
    threads: (binder, { gen }) => ({
      *sender(k) {
        if ((yield* k.binderInstall(binder, gen, 0, 1)) !== 0) return;
        yield* k.binderFreeBuf(binder, gen, 0, 1);
        yield* k.binderFreeBuf(binder, gen, 0, 1);
      },
      *shrinker(k) {
        yield* k.binderShrinkScan([binder], gen, 1);
        yield* k.binderShrinkScan([binder], gen, 1);
      },
    }),
  }),
};

/** The page allocator of binder in C, in all its generations. */
export const binderInC: readonly CorpusItem[] = [
  givenBackTwice,
  generations("binder/generations", {
    title: "a page is sent and given back, reclaimed, and its buffer unmapped",
    clean: ["vm_insert_page", "binder_take_page", "list_lru_isolate"],
    broken: { ...breaking(["5.0", "6.4", "6.6"], KEPT), ...breaking(["5.4"], UNDER_READ_LOCK) },
    *owner(k, binder) {
      yield* k.munmap(binder.mm, binder.start, PAGE_SIZE);
    },
  }),
  generations("binder/impostors", {
    title: "the same while anonymous memory takes the buffer's place",
    clean: ["vm_insert_page"],
    broken: {
      ...breaking(["5.0", "6.4", "6.6"], KEPT),
      ...breaking(["5.4"], UNDER_READ_LOCK),
      ...breaking(["6.1", "6.8", "6.12", "6.14", "7.0"], SKIPS),
      ...breaking(["5.0 looking up", "6.12 asking mapped"], SKIPS),
    },
    *owner(k, binder) {
      yield* k.munmap(binder.mm, binder.start, PAGE_SIZE);
      yield* anonymous(k, binder.mm, binder.start, 1, VM.READ);
    },
  }),
  generations("binder/exits", {
    title: "the same while the process exits that the buffer belongs to",
    clean: ["mmget_not_zero"],
    broken: breaking(["5.0", "5.4", "6.0", "6.4", "6.6", "5.0 looking up"], TEARS_DOWN),
    *owner(k, binder) {
      yield* k.exitProcess(binder.mm);
    },
  }),
];
