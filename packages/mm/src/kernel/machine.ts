import { binderSteps } from "../drivers/binder-state.ts";
import { rustRangeSteps } from "../drivers/rust-range.ts";
import { driverSteps } from "../events/driver-steps.ts";
import { faultSteps } from "../events/fault-steps.ts";
import { cowSteps } from "../events/cow-steps.ts";
import { forkSteps } from "../events/fork-steps.ts";
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
import { tlbSteps } from "../events/tlb-steps.ts";
import { accessSteps } from "../events/access-steps.ts";
import { vmFlagsSteps } from "../events/vm-flags-steps.ts";
import { vmaMergeSteps } from "../events/vma-merge-steps.ts";
import { vmaSteps } from "../events/vma-steps.ts";
import { kernelNames } from "./kernel.ts";
import { wordSteps } from "../events/word-steps.ts";
import { endRules } from "../rules/end-rules.ts";

/** The kernel: every step there is and every rule that must hold. Traces of any scenario replay on it. */
export const kernelMachine: Machine = createMachine({
  steps: [
    ...lockSteps,
    ...rwsemSteps,
    ...wordSteps,
    ...mmSteps,
    ...mmFlagSteps,
    ...reapSteps,
    ...forkSteps,
    ...cowSteps,
    ...mmapLockSteps,
    ...vmaSteps,
    ...vmaMergeSteps,
    ...rcuSteps,
    ...heapSteps,
    ...vmFlagsSteps,
    ...accessSteps,
    ...pageSteps,
    ...pteSteps,
    ...tlbSteps,
    ...faultSteps,
    ...driverSteps,
    ...lruSteps,
    ...binderSteps,
    ...rustRangeSteps,
  ],
  endRules,
  names: kernelNames,
});
