import { ashmemSteps } from "../drivers/ashmem-state.ts";
import { binderSteps } from "../drivers/binder-state.ts";
import { countedBinderSteps } from "../drivers/counted-binder-state.ts";
import { lazySteps } from "../drivers/lazy-state.ts";
import { rustRangeSteps } from "../drivers/rust-range-state.ts";
import { pfnDeviceSteps } from "../drivers/pfn-device-state.ts";
import { driverSteps } from "../events/driver-steps.ts";
import { faultSteps } from "../events/fault-steps.ts";
import { cowSteps } from "../events/cow-steps.ts";
import { forkSteps } from "../events/fork-steps.ts";
import { anonVmaSteps } from "../events/anon-vma-steps.ts";
import { fileSteps } from "../events/file-steps.ts";
import { openFileSteps } from "../events/open-file-steps.ts";
import { unmappedAreaSteps } from "../events/unmapped-area-steps.ts";
import { iMmapSteps } from "../events/i-mmap-steps.ts";
import { mempolicySteps } from "../events/mempolicy-steps.ts";
import { lockSteps } from "../events/lock-steps.ts";
import { lruSteps } from "../events/lru-steps.ts";
import { createMachine, type Machine } from "../events/machine.ts";
import { mmFlagSteps } from "../events/mm-flag-steps.ts";
import { mmSteps } from "../events/mm-steps.ts";
import { mmapLockSteps } from "../events/mmap-lock-steps.ts";
import { pageSteps } from "../events/page-steps.ts";
import { pteSteps } from "../events/pte-steps.ts";
import { rcuSteps } from "../events/rcu-steps.ts";
import { heapSteps } from "../events/heap-steps.ts";
import { reapSteps } from "../events/reap-steps.ts";
import { rwsemSteps } from "../events/rwsem-steps.ts";
import { tableFreeSteps } from "../events/table-free-steps.ts";
import { tableWalkSteps } from "../events/table-walk-steps.ts";
import { migrateSteps } from "../events/migrate-steps.ts";
import { zeroPageSteps } from "../events/zero-page-steps.ts";
import { faultWaitSteps } from "../events/fault-wait-steps.ts";
import { failureSteps } from "../events/failure-steps.ts";
import { coredumpSteps } from "../events/coredump-steps.ts";
import { lazyfreeSteps } from "../events/lazyfree-steps.ts";
import { pfnSteps } from "../events/pfn-steps.ts";
import { retractSteps } from "../events/retract-steps.ts";
import { tlbSteps } from "../events/tlb-steps.ts";
import { accessSteps } from "../events/access-steps.ts";
import { vmFlagsSteps } from "../events/vm-flags-steps.ts";
import { madviseSteps } from "../events/madvise-steps.ts";
import { mprotectSteps } from "../events/mprotect-steps.ts";
import { mremapSteps } from "../events/mremap-steps.ts";
import { vmaMergeSteps } from "../events/vma-merge-steps.ts";
import { sealSteps } from "../events/seal-steps.ts";
import { swapSteps } from "../events/swap-steps.ts";
import { uffdWpSteps } from "../events/uffd-wp-steps.ts";
import { fileFaultSteps } from "../events/file-fault-steps.ts";
import { uffdEventSteps } from "../events/uffd-event-steps.ts";
import { uffdSteps } from "../events/uffd-steps.ts";
import { taskSteps } from "../events/task-steps.ts";
import { vmaSteps } from "../events/vma-steps.ts";
import { stackSteps } from "../events/stack-steps.ts";
import { treeSteps } from "../events/tree-steps.ts";
import { vmaReadSteps } from "../events/vma-read-steps.ts";
import { vmaWriteSteps } from "../events/vma-write-steps.ts";
import { kernelNames } from "./kernel.ts";
import { waitSteps } from "../events/wait-steps.ts";
import { workSteps } from "../events/work-steps.ts";
import { irqSteps } from "../events/irq-steps.ts";
import { wordSteps } from "../events/word-steps.ts";
import { rustHandleSteps } from "../rust/handle-steps.ts";
import { endRules } from "../rules/end-rules.ts";

/** The kernel: every step there is and every rule that must hold. Traces of any scenario replay on it. */
export const kernelMachine: Machine = createMachine({
  steps: [
    ...lockSteps,
    ...rwsemSteps,
    ...wordSteps,
    ...taskSteps,
    ...mmSteps,
    ...mmFlagSteps,
    ...reapSteps,
    ...forkSteps,
    ...cowSteps,
    ...mempolicySteps,
    ...waitSteps,
    ...irqSteps,
    ...workSteps,
    ...swapSteps,
    ...sealSteps,
    ...uffdSteps,
    ...uffdEventSteps,
    ...uffdWpSteps,
    ...fileFaultSteps,
    ...mmapLockSteps,
    ...vmaSteps,
    ...vmaReadSteps,
    ...vmaWriteSteps,
    ...treeSteps,
    ...stackSteps,
    ...vmaMergeSteps,
    ...mprotectSteps,
    ...madviseSteps,
    ...mremapSteps,
    ...rcuSteps,
    ...heapSteps,
    ...vmFlagsSteps,
    ...accessSteps,
    ...pageSteps,
    ...pteSteps,
    ...tlbSteps,
    ...pfnSteps,
    ...retractSteps,
    ...migrateSteps,
    ...tableFreeSteps,
    ...tableWalkSteps,
    ...fileSteps,
    ...openFileSteps,
    ...unmappedAreaSteps,
    ...iMmapSteps,
    ...anonVmaSteps,
    ...faultSteps,
    ...failureSteps,
    ...lazyfreeSteps,
    ...coredumpSteps,
    ...faultWaitSteps,
    ...zeroPageSteps,
    ...driverSteps,
    ...pfnDeviceSteps,
    ...lruSteps,
    ...binderSteps,
    ...rustRangeSteps,
    ...rustHandleSteps,
    ...lazySteps,
    ...ashmemSteps,
    ...countedBinderSteps,
  ],
  endRules,
  names: kernelNames,
});
