export { createMachine, apply, checkEnd, StepError } from "./events/machine.ts";
export type { EndRule, Machine, Report, StateRule, Transition } from "./events/machine.ts";
export { BLOCKED, step, STOPPED } from "./events/step.ts";
export type {
  AnyStep,
  CallRequest,
  LoopRequest,
  LoopTurn,
  Request,
  Step,
  StepEvent,
  StepRequest,
  Steps,
} from "./events/step.ts";
export { ChoiceError, StepContext } from "./events/step-context.ts";
export { violationKey } from "./events/violation.ts";
export type { Rule, Severity, Violation } from "./events/violation.ts";
export { again, done, frame, loop, procedure } from "./kernel/procedure.ts";
export type { Procedure } from "./kernel/procedure.ts";
export { runAlone, StuckError } from "./kernel/run-alone.ts";
export { heldBy, task, taskCount, violationsOf } from "./objects/task.ts";
export type { Held, Task } from "./objects/task.ts";
export { NO_STUCK } from "./rules/no-stuck.ts";
export { component, refOfKey } from "./store/component.ts";
export type { Id, Kind, Ref } from "./store/component.ts";
export { conflicts } from "./store/footprint.ts";
export type { Footprint } from "./store/footprint.ts";
export { Snapshot } from "./store/snapshot.ts";
export type { Source, Writes } from "./store/snapshot.ts";
export { stateHash } from "./store/state-hash.ts";
export { Table } from "./store/table.ts";
export { ObservedTransaction } from "./store/transaction.ts";
export type { Reader, Transaction } from "./store/transaction.ts";
export { canonical, deepFreeze, sameValue, ValueError } from "./store/value.ts";
export type { Value } from "./store/value.ts";

export { binderGenerations } from "./drivers/binder-generation.ts";
export type { BinderGeneration } from "./drivers/binder-generation.ts";
export { openBinder } from "./drivers/binder-setup.ts";
export { addressOf, driverOf } from "./drivers/binder-handle.ts";
export type { BinderHandle } from "./drivers/binder-handle.ts";
export {
  BINDER_LRU,
  binderAlloc,
  binderAllocSetVma,
  binderAllocVmaClose,
  binderGetInstalledPage,
  binderMapped,
  binderOpen,
  binderPage,
  binderSetInstalledPage,
  binderStart,
  binderTakePage,
  binderVma,
} from "./drivers/binder-state.ts";
export { rustBinderGenerations } from "./drivers/rust-binder.ts";
export type { RustBinderGeneration } from "./drivers/rust-binder.ts";
export type { Context, VmOps } from "./kernel/context.ts";
export { createKernel, kernelNames } from "./kernel/kernel.ts";
export type { Kernel } from "./kernel/kernel.ts";
export { kernelMachine } from "./kernel/machine.ts";
export type { Mapping } from "./kernel/mmap.ts";
export { profile, ProfileError, profileNames } from "./kernel/profile.ts";
export type { Knobs, Profile } from "./kernel/profile.ts";
export { hex, PAGE_SIZE, TABLE_SPAN, TASK_SIZE } from "./objects/address.ts";
export { rwsemForm } from "./objects/config.ts";
export { ERRNO } from "./objects/errno.ts";
export { LRU, lruList } from "./objects/lru.ts";
export type { LruItem } from "./objects/lru.ts";
export { mmLife, mmUsers, vmaTree, writeLocked } from "./objects/mm.ts";
export type { TreeEntry } from "./objects/mm.ts";
export { pageSlot, pte, pteAt } from "./objects/page.ts";
export type { PagePtr, Pte } from "./objects/page.ts";
export { mmapLock } from "./objects/rwsem.ts";
export type { Rwsem, Waiter } from "./objects/rwsem.ts";
export { flagNames, VM } from "./objects/vm-flags.ts";
export { vmaFlags, vmaName, vmaSlot } from "./objects/vma.ts";
export type { Vma, VmaPtr } from "./objects/vma.ts";
export { refHolder, word } from "./objects/word.ts";
export { rules } from "./rules/all.ts";
export { mmAlloc } from "./events/mm-steps.ts";
