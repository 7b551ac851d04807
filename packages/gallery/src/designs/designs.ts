import {
  type BinderGeneration,
  type BinderGenerationName,
  binderGenerations,
  type LazyBinderGeneration,
  lazyBinderGenerations,
  openBinder,
  openLazyBinder,
  type RustBinderGeneration,
  rustBinderGenerations,
} from "@faultline/mm";
import type { Design } from "./design.ts";

function c(version: BinderGenerationName, profile: string, about: string): Design {
  const gen: BinderGeneration = binderGenerations[version];
  return {
    name: `C ${version}`,
    about,
    profile,
    open: (k, pages) => ({ ...openBinder(k, "binder", pages), inode: -1, file: -1 }),
    send: (k, binder, index) => k.binderInstall(binder, gen, index, 1),
    free: (k, binder, index) => k.binderFreeBuf(binder, gen, index, 1),
    shrink: (k, binder) => k.binderShrinkScan([binder], gen, 1),
  };
}

function rust(version: keyof typeof rustBinderGenerations, profile: string, about: string): Design {
  const gen: RustBinderGeneration = rustBinderGenerations[version];
  return {
    name: `Rust ${version}`,
    about,
    profile,
    open: (k, pages) => ({ ...openBinder(k, "rust_binder", pages), inode: -1, file: -1 }),
    send: (k, binder, index) => k.rustUseRange(binder, gen, index, 1),
    free: (k, binder, index) => k.rustStopUsingRange(binder, index, 1),
    shrink: (k, binder) => k.rustShrinkScan(binder, gen),
  };
}

function lazy(name: string, gen: LazyBinderGeneration, about: string): Design {
  const base: Design = {
    name,
    about,
    profile: "linux-7.0",
    open: (k, pages) => openLazyBinder(k, gen, pages),
    send: (k, binder, index) => k.lazyUseRange(binder, index, 1),
    free: (k, binder, index) => k.lazyStopUsingRange(binder, index, 1),
    shrink: (k, binder) => k.lazyShrinkScan(binder),
    work: (k, binder) => k.lazyReclaimOne(binder, gen),
  };
  if (gen.install === "fault") return base;
  return { ...base, receive: (k, binder, index) => k.lazyInstallOnReturn(binder, gen, index) };
}

const FAULT: LazyBinderGeneration = lazyBinderGenerations.fault;

/** The designs that are compared: those that were released, and the lazy one in both variants. */
export const designs: readonly Design[] = [
  c(
    "6.1",
    "linux-6.1",
    "mmap_write_lock and a kept VMA pointer to install, mmap_read_trylock and vma_lookup to reclaim",
  ),
  c("7.0", "linux-7.0", "the VMA lock first both ways, alloc->mapped tells whether the VMA is its own"),
  c("2026-06", "linux-7.0", "the same; reclaim never falls back to mmap_lock, and does not mind a foreign VMA"),
  rust("6.18.0", "linux-6.18.0", "mmap_read_lock and vma_lookup of the region's start, no ownership check"),
  rust("6.18.19", "linux-6.18.19", "the same, and vm_ops and vm_private_data are compared"),
  rust("7.0", "linux-7.0", "the same, the VMA lock first to install"),
  lazy("lazy, on fault", FAULT, "one inode per file, mapped by the fault handler, unmapped by unmap_mapping_pages"),
  lazy("lazy, on return", lazyBinderGenerations.return, "the same, mapped before the receiver returns to user mode"),
];

/** The lazy design with its driver lock left out, in the fault handler or in reclaim. */
export const withoutLock: readonly Design[] = [
  lazy("lazy, handler without the lock", { ...FAULT, handlerLock: false }, "the fault handler does not take the mutex"),
  lazy("lazy, reclaim without the lock", { ...FAULT, reclaimLock: false }, "reclaim drops the mutex before it unmaps"),
  lazy(
    "lazy, reclaim without the lock, unmap first",
    { ...FAULT, reclaimLock: false, reclaimOrder: "unmap-first" },
    "the same, and the slot is emptied last",
  ),
];
