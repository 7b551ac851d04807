import type { Scenario } from "@faultline/interleave";
import g01 from "./entries/g01-binder-shrink-stale-local-vma.ts";
import g02 from "./entries/g02-binder-shrink-downgraded-munmap.ts";
import g03 from "./entries/g03-binder-install-downgraded-munmap.ts";
import g04 from "./entries/g04-binder-stashed-vma-error-path.ts";
import g05 from "./entries/g05-rust-binder-impostor-vma.ts";
import g06 from "./entries/g06-binder-impostor-skip-forever.ts";
import g07 from "./entries/g07-binder-mmput-vs-exit-stall.ts";
import g08 from "./entries/g08-binder-concurrent-install-ebusy.ts";
import g10 from "./entries/g10-rust-binder-drop-vs-shrinker.ts";
import g11 from "./entries/g11-binder-null-mm-before-mmap.ts";
import g12 from "./entries/g12-binder-free-live-buffer.ts";
import g13 from "./entries/g13-binder-free-transaction-vs-free-buffer.ts";
import g14 from "./entries/g14-binder-vma-close-frees-files.ts";
import g15 from "./entries/g15-ashmem-set-size-vs-mmap.ts";
import g16 from "./entries/g16-ashmem-mutex-vs-mmap-lock.ts";
import g17 from "./entries/g17-maywrite-left-set.ts";
import g18 from "./entries/g18-vm-flags-vs-migration-pte.ts";
import g19 from "./entries/g19-vmalock-new-vma-modified-after-publish.ts";
import g20 from "./entries/g20-vmalock-order-inversion-new-vma.ts";
import g21 from "./entries/g21-vmalock-fork-parent.ts";
import g22 from "./entries/g22-vmalock-anon-vma-checked-too-early.ts";
import g23 from "./entries/g23-vmalock-mempolicy-replace.ts";
import g24 from "./entries/g24-vmalock-recycled-vma-mm-uaf.ts";
import g31 from "./entries/g31-stackrot.ts";
import g32 from "./entries/g32-map-fixed-gap-visible.ts";
import g36 from "./entries/g36-swap-aba-uffd-move.ts";
import g38 from "./entries/g38-coredump-vs-mmget.ts";
import g39 from "./entries/g39-io-uring-madvise-coredump.ts";
import g40 from "./entries/g40-coredump-files-note.ts";
import g43 from "./entries/g43-oom-reaper-tlb-gather.ts";
import g45 from "./entries/g45-vmacache-seq-overflow.ts";
import g46 from "./entries/g46-get-mempolicy-after-unlock.ts";
import g48 from "./entries/g48-uffd-fork-ctx-uaf.ts";
import g49 from "./entries/g49-uffd-mm-users-pin.ts";
import g51 from "./entries/g51-pfnmap-munmap-vs-unmap-mapping-range.ts";
import g52 from "./entries/g52-mremap-tlb.ts";
import g63 from "./entries/g63-mremap-move-without-rmap-lock.ts";
import g65 from "./entries/g65-mremap-normal-pmd-vs-retract.ts";
import g66 from "./entries/g66-khugepaged-anon-vma-recheck.ts";
import g67 from "./entries/g67-populate-under-rmap-lock-only.ts";
import { corpusWith } from "./corpus/corpus.ts";
import type { CorpusItem } from "./corpus/item.ts";
import g69 from "./entries/g69-follow-pfnmap-toctou.ts";
import g70 from "./entries/g70-device-private-fault-no-ref.ts";
import g71 from "./entries/g71-vfio-zap-vs-fault.ts";
import g72 from "./entries/g72-shmem-hole-punch-fault.ts";
import g73 from "./entries/g73-sgx-secs-reclaim-vs-eaug.ts";
import g77 from "./entries/g77-asterinas-heap-vs-mm-lock.ts";

export type { CorpusItem } from "./corpus/item.ts";
export { measureCoverage } from "./coverage/measure.ts";
export type { CorpusRun } from "./coverage/measure.ts";
export type { Coverage, KnobCoverage, ProcedureCoverage, RuleCoverage, StepCoverage } from "./coverage/tables.ts";
export { readUniverse } from "./coverage/universe.ts";
export type { KnobValue, Universe } from "./coverage/universe.ts";
export { designsPage } from "./designs/page.ts";

/** A historical race, buggy and repaired. */
export interface GalleryEntry {
  /** `G02`. */
  readonly id: string;
  readonly slug: string;
  readonly scenario: Scenario;
}

/** The race that `faultline check` explores when nothing is named. */
export const FLAGSHIP = "G02";

/** Every bundled race, in order of its number. */
export const gallery: readonly GalleryEntry[] = [
  { id: "G01", slug: "binder-shrink-stale-local-vma", scenario: g01 },
  { id: "G02", slug: "binder-shrink-downgraded-munmap", scenario: g02 },
  { id: "G03", slug: "binder-install-downgraded-munmap", scenario: g03 },
  { id: "G04", slug: "binder-stashed-vma-error-path", scenario: g04 },
  { id: "G05", slug: "rust-binder-impostor-vma", scenario: g05 },
  { id: "G06", slug: "binder-impostor-skip-forever", scenario: g06 },
  { id: "G07", slug: "binder-mmput-vs-exit-stall", scenario: g07 },
  { id: "G08", slug: "binder-concurrent-install-ebusy", scenario: g08 },
  { id: "G10", slug: "rust-binder-drop-vs-shrinker", scenario: g10 },
  { id: "G11", slug: "binder-null-mm-before-mmap", scenario: g11 },
  { id: "G12", slug: "binder-free-live-buffer", scenario: g12 },
  { id: "G13", slug: "binder-free-transaction-vs-free-buffer", scenario: g13 },
  { id: "G14", slug: "binder-vma-close-frees-files", scenario: g14 },
  { id: "G15", slug: "ashmem-set-size-vs-mmap", scenario: g15 },
  { id: "G16", slug: "ashmem-mutex-vs-mmap-lock", scenario: g16 },
  { id: "G17", slug: "maywrite-left-set", scenario: g17 },
  { id: "G18", slug: "vm-flags-vs-migration-pte", scenario: g18 },
  { id: "G19", slug: "vmalock-new-vma-modified-after-publish", scenario: g19 },
  { id: "G20", slug: "vmalock-order-inversion-new-vma", scenario: g20 },
  { id: "G21", slug: "vmalock-fork-parent", scenario: g21 },
  { id: "G22", slug: "vmalock-anon-vma-checked-too-early", scenario: g22 },
  { id: "G23", slug: "vmalock-mempolicy-replace", scenario: g23 },
  { id: "G24", slug: "vmalock-recycled-vma-mm-uaf", scenario: g24 },
  { id: "G31", slug: "stackrot", scenario: g31 },
  { id: "G32", slug: "map-fixed-gap-visible", scenario: g32 },
  { id: "G36", slug: "swap-aba-uffd-move", scenario: g36 },
  { id: "G38", slug: "coredump-vs-mmget", scenario: g38 },
  { id: "G39", slug: "io-uring-madvise-coredump", scenario: g39 },
  { id: "G40", slug: "coredump-files-note", scenario: g40 },
  { id: "G43", slug: "oom-reaper-tlb-gather", scenario: g43 },
  { id: "G45", slug: "vmacache-seq-overflow", scenario: g45 },
  { id: "G46", slug: "get-mempolicy-after-unlock", scenario: g46 },
  { id: "G48", slug: "uffd-fork-ctx-uaf", scenario: g48 },
  { id: "G49", slug: "uffd-mm-users-pin", scenario: g49 },
  { id: "G51", slug: "pfnmap-munmap-vs-unmap-mapping-range", scenario: g51 },
  { id: "G52", slug: "mremap-tlb", scenario: g52 },
  { id: "G63", slug: "mremap-move-without-rmap-lock", scenario: g63 },
  { id: "G65", slug: "mremap-normal-pmd-vs-retract", scenario: g65 },
  { id: "G66", slug: "khugepaged-anon-vma-recheck", scenario: g66 },
  { id: "G67", slug: "populate-under-rmap-lock-only", scenario: g67 },
  { id: "G69", slug: "follow-pfnmap-toctou", scenario: g69 },
  { id: "G70", slug: "device-private-fault-no-ref", scenario: g70 },
  { id: "G71", slug: "vfio-zap-vs-fault", scenario: g71 },
  { id: "G72", slug: "shmem-hole-punch-fault", scenario: g72 },
  { id: "G73", slug: "sgx-secs-reclaim-vs-eaug", scenario: g73 },
  { id: "G77", slug: "asterinas-heap-vs-mm-lock", scenario: g77 },
];

/** Everything bundled that is explored to see how much of the model is reached: the gallery is the first of it. */
export const corpus: readonly CorpusItem[] = corpusWith(gallery);
