import { binderSteps } from "../drivers/binder-state.ts";
import { driverSteps } from "../events/driver-steps.ts";
import { faultSteps } from "../events/fault-steps.ts";
import { lockSteps } from "../events/lock-steps.ts";
import { lruSteps } from "../events/lru-steps.ts";
import { createMachine, type Machine } from "../events/machine.ts";
import { mmSteps } from "../events/mm-steps.ts";
import { mmapLockSteps } from "../events/mmap-lock-steps.ts";
import { pageSteps } from "../events/page-steps.ts";
import { pteSteps } from "../events/pte-steps.ts";
import { rwsemSteps } from "../events/rwsem-steps.ts";
import { taskSteps } from "../events/task-steps.ts";
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
    ...taskSteps,
    ...mmSteps,
    ...mmapLockSteps,
    ...vmaSteps,
    ...pageSteps,
    ...pteSteps,
    ...faultSteps,
    ...driverSteps,
    ...lruSteps,
    ...binderSteps,
  ],
  endRules,
  names: kernelNames,
});
