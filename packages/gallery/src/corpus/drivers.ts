import { scenario } from "@faultline/interleave";
import {
  type BinderGeneration,
  type BinderHandle,
  binderGenerations,
  BINDER_BUFFER,
  binderOpen,
  type Kernel,
  lazyBinderGenerations,
  openBinder,
  openLazyBinder,
  PAGE_SIZE,
  rustBinderGenerations,
  type Steps,
  VM,
} from "@faultline/mm";
import type { CorpusItem } from "./item.ts";
import { anonymous, AT, INODE, RW, story } from "./process.ts";

/** A generation that puts its references on address spaces at once. */
const before: BinderGeneration = { ...binderGenerations["6.6"], reclaimVma: "lookup" };

/** All generations, and one that looks its VMA up under the write lock. */
const every: Readonly<Record<string, BinderGeneration>> = {
  ...binderGenerations,
  "5.0 looking up": { ...binderGenerations["5.0"], reclaimVma: "lookup" },
};

/** What breaks where a VMA pointer is kept that munmap has freed: the shrinker zaps through it. */
const KEPT: readonly string[] = ["VMA-LIVE", "VMA-GEN"];
/** The same, and the sender inserts through it under a read lock, which munmap goes on under after its downgrade. */
const UNDER_READ_LOCK: readonly string[] = [...KEPT, "PTE-COVERED", "PTE-INSTALL"];
/** A page is skipped for ever when the VMA at its address is not the allocator's. */
const SKIPS: readonly string[] = ["RECLAIM-LIVE"];

/** Every generation of the C driver while the owner of the buffer does something to it. */
function generations(
  id: string,
  told: {
    readonly title: string;
    readonly owner: (k: Kernel, binder: BinderHandle) => Steps<unknown>;
    /** Steps that generations must have made that break nothing, and what the others break. */
    readonly clean: readonly string[];
    readonly broken: Readonly<Record<string, readonly string[]>>;
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
          const severity = breaks === SKIPS ? "S5" : "S0";
          return [name, breaks === undefined ? { clean: told.clean } : { breaks, severity }];
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

/** Page allocators of binder in all generations, and the other drivers' hooks. */
export const drivers: readonly CorpusItem[] = [
  generations("drivers/binder-generations", {
    title: "a page is sent and given back, reclaimed, and its buffer unmapped",
    clean: ["vm_insert_page", "binder_take_page", "list_lru_isolate"],
    broken: { "5.0": KEPT, "5.4": UNDER_READ_LOCK, "6.4": KEPT, "6.6": KEPT },
    *owner(k, binder) {
      yield* k.munmap(binder.mm, binder.start, PAGE_SIZE);
    },
  }),
  generations("drivers/binder-impostors", {
    title: "the same while anonymous memory takes the buffer's place",
    clean: ["vm_insert_page"],
    broken: {
      ...{ "5.0": KEPT, "5.4": UNDER_READ_LOCK, "6.4": KEPT, "6.6": KEPT },
      ...{ "5.0 looking up": SKIPS, "6.1": SKIPS, "6.8": SKIPS, "6.12": SKIPS, "6.14": SKIPS, "7.0": SKIPS },
    },
    *owner(k, binder) {
      yield* k.munmap(binder.mm, binder.start, PAGE_SIZE);
      yield* anonymous(k, binder.mm, binder.start, 1, VM.READ);
    },
  }),
  {
    id: "drivers/shrinker-tears-down",
    scenario: scenario({
      title: "the shrinker's mmput is the last one, and reclaim waits for locks that its task may hold",
      profile: "linux-6.6",
      variants: { only: {} },
      expect: { only: { breaks: ["RECLAIM-TRY"], severity: "S4" } },
      setup(k) {
        const binder = openBinder(k, "binder", 1);
        k.run(k.binderInstall(binder, before, 0, 1));
        k.run(k.binderFreeBuf(binder, before, 0, 1));
        return binder;
      },
      threads: (binder) => ({
        owner: { mm: binder.mm, run: (k) => k.exitProcess(binder.mm) },
        *shrinker(k) {
          yield* k.binderShrinkScan([binder], before, 1);
        },
      }),
    }),
  },
  ...(["binder", "rust_binder", "counted_binder"] as const).map((ops) =>
    story(`drivers/${ops}-mapped`, {
      title: `${ops}: the buffer is mapped, split and unmapped while somebody asks for its flags`,
      profile: "linux-6.12",
      expect: ops === "binder" ? { breaks: ["DRV-STATE"], severity: "S6" } : { clean: ["vm_flags_mod", "vma_area"] },
      setup: (k, mm) => k.run(binderOpen(mm, ops, 2)),
      threads: {
        *process(k, mm, alloc) {
          const owner = `binder${alloc}`;
          yield* k.mmap(mm, { start: BINDER_BUFFER, length: 2 * PAGE_SIZE, flags: VM.READ, ops, owner });
          yield* k.munmap(mm, BINDER_BUFFER, PAGE_SIZE);
          yield* k.munmap(mm, BINDER_BUFFER + PAGE_SIZE, PAGE_SIZE);
        },
      },
    }),
  ),
  {
    id: "drivers/rust-binder",
    scenario: scenario({
      title: "the second page of a range cannot be had any more, and the first is given back and reclaimed",
      profile: "linux-6.18.19",
      variants: { only: {} },
      expect: { only: { clean: ["list_lru_add", "__free_page", "vm_insert_page"] } },
      setup: (k) => openBinder(k, "rust_binder", 2),
      threads: (binder) => ({
        owner: { mm: binder.mm, run: (k) => k.munmap(binder.mm, binder.start, 2 * PAGE_SIZE) },
        *sender(k) {
          yield* k.rustUseRange(binder, rustBinderGenerations["6.18.19"], 0, 2);
        },
        *shrinker(k) {
          yield* k.rustShrinkScan(binder, rustBinderGenerations["6.18.19"]);
        },
      }),
    }),
  },
  {
    id: "drivers/lazy-binder",
    scenario: scenario({
      title: "the lazy design: a page is sent, read, given back, and freed by the worker",
      profile: "linux-7.0",
      variants: { only: {} },
      expect: { only: { clean: ["lazy_await_reclaim", "lazy_take_reclaim", "vm_insert_page"] } },
      setup: (k) => openLazyBinder(k, lazyBinderGenerations.fault, 1),
      threads: (binder) => ({
        owner: {
          mm: binder.mm,
          *run(k) {
            const again = {
              start: AT,
              length: PAGE_SIZE,
              flags: VM.READ,
              ops: binder.ops,
              owner: `binder${binder.alloc}`,
            };
            yield* k.pageFault(binder.mm, binder.start, false);
            yield* k.mmap(binder.mm, { ...again, file: binder.file });
            yield* k.mmap(binder.mm, { ...again, flags: RW, file: binder.file });
          },
        },
        *sender(k) {
          yield* k.lazyUseRange(binder, 0, 1);
          yield* k.lazyStopUsingRange(binder, 0, 1);
        },
        *shrinker(k) {
          yield* k.lazyShrinkScan(binder);
        },
        worker: {
          daemon: true,
          *run(k) {
            yield* k.lazyWorker(binder, lazyBinderGenerations.fault);
          },
        },
      }),
    }),
  },
  ...(["linux-6.18.19", "linux-7.0"] as const).map((profile) =>
    story(`drivers/pfn-device-${profile}`, {
      title: "a device goes away while its frame is mapped: rmap must not miss the new VMA",
      profile,
      profiles: profile === "linux-7.0" ? [] : ["linux-6.1", "linux-6.15.0"],
      expect:
        profile === "linux-7.0"
          ? { clean: ["pfn_device_frame", "insert_pfn", "dma_free_coherent"] }
          : { breaks: ["PAGE-REF", "ZAP-COMPLETE"], severity: "S0" },
      setup(k) {
        k.run(k.pfnDeviceProbe(0, k.run(k.dmaAllocCoherent())));
        return k.run(k.doDentryOpen(INODE, "pfn_device", "pfn_device0"));
      },
      threads: {
        *process(k, mm, file) {
          const flags = VM.READ | VM.SHARED;
          yield* k.mmap(mm, { start: AT, length: PAGE_SIZE, flags, ops: "pfn_device", owner: "pfn_device0", file });
          yield* k.exitProcess(mm);
        },
      },
      others: {
        *unplug(k) {
          yield* k.pfnDeviceRemove(0, INODE);
        },
      },
    }),
  ),
  story("drivers/ashmem-mask", {
    title: "an area's protection mask loses one right after the other while it is mapped with none",
    profile: "linux-4.19",
    expect: {
      clean: ["ashmem_store_prot", "driver_refuses", "try_clear_maywrite", "try_clear_mayread", "try_clear_mayexec"],
    },
    setup: (k) => k.run(k.ashmemSetSize(0, PAGE_SIZE, true)),
    threads: {
      *process(k, mm) {
        yield* k.mmap(mm, { start: AT, length: PAGE_SIZE, flags: 0, ops: "ashmem", owner: "ashmem0" });
      },
      *mask(k) {
        yield* k.ashmemSetProtMask(0, VM.READ);
        yield* k.ashmemSetProtMask(0, 0);
      },
    },
  }),
];
