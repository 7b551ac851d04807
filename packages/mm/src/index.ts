export { createMachine, apply, checkEnd, StepError } from "./events/machine.ts";
export type { EndRule, Machine, Report, StateRule, Transition } from "./events/machine.ts";
export { InPlace } from "./events/in-place.ts";
export type { Effect } from "./events/in-place.ts";
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
export type { LockEdge } from "./events/step-context.ts";
export { documentedOutside, LOCK_ORDER_PAIRS } from "./rules/lock-order.ts";
export { LOCK_ORDER } from "./rules/lock-discipline.ts";
export { violationKey } from "./events/violation.ts";
export type { Rule, Severity, Violation } from "./events/violation.ts";
export { again, done, frame, loop, procedure } from "./kernel/procedure.ts";
export type { Procedure } from "./kernel/procedure.ts";
export { inPlacePerformer, runAlone, StuckError } from "./kernel/run-alone.ts";
export { heldBy, task, taskCount, violationsOf } from "./objects/task.ts";
export type { Held, Task } from "./objects/task.ts";
export { LIVELOCK, NO_STUCK, STARVATION } from "./rules/no-stuck.ts";
export { component, refOfKey } from "./store/component.ts";
export type { Id, Kind, Ref } from "./store/component.ts";
export { renamePagesIn } from "./store/page-names.ts";
export type { PageNames, RenamePage } from "./store/page-names.ts";
export { renameIn } from "./store/task-names.ts";
export type { RenameTask, TaskNames } from "./store/task-names.ts";
export { conflicts } from "./store/footprint.ts";
export type { Footprint } from "./store/footprint.ts";
export { Snapshot } from "./store/snapshot.ts";
export type { Source, Writes } from "./store/snapshot.ts";
export { stateHash, textHash } from "./store/state-hash.ts";
export { Table } from "./store/table.ts";
export { ObservedTransaction } from "./store/transaction.ts";
export type { Reader, Transaction } from "./store/transaction.ts";
export { canonical, deepFreeze, sameValue, ValueError } from "./store/value.ts";
export type { Value } from "./store/value.ts";

export { enclaveProt } from "./drivers/sgx.ts";
export { ASHMEM_MUTEX, ashmemArea } from "./drivers/ashmem-state.ts";
export type { AshmemArea } from "./drivers/ashmem-state.ts";
export { binderAlloc, binderCount } from "./drivers/binder-alloc.ts";
export { binderReply } from "./drivers/binder-mmap.ts";
export { binderGenerations, binderRepairs } from "./drivers/binder-generation.ts";
export type { BinderGeneration, BinderGenerationName } from "./drivers/binder-generation.ts";
export { BINDER_BUFFER, openBinder, openLazyBinder } from "./drivers/binder-setup.ts";
export { addressOf, driverOf } from "./drivers/binder-handle.ts";
export type { BinderHandle } from "./drivers/binder-handle.ts";
export {
  BINDER_LRU,
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
export { lazyBinderGenerations, lazyOps } from "./drivers/lazy-generation.ts";
export type { LazyBinderGeneration } from "./drivers/lazy-generation.ts";
export type { LazyHandle } from "./drivers/lazy-state.ts";
export { rustBinderGenerations } from "./drivers/rust-generation.ts";
export type { RustBinderGeneration } from "./drivers/rust-generation.ts";
export { rangeObject, rustPageState } from "./drivers/rust-range-state.ts";
export type { RustPageState } from "./drivers/rust-range-state.ts";
export type { Context, VmOps } from "./kernel/context.ts";
export { createKernel, kernelNames } from "./kernel/kernel.ts";
export type { Kernel } from "./kernel/kernel.ts";
export { kernelMachine } from "./kernel/machine.ts";
export type { FlagAdvice } from "./kernel/madvise.ts";
export type { PageAdvice } from "./kernel/madvise-pages.ts";
export type { Mapping } from "./kernel/mmap.ts";
export type { Remap } from "./kernel/mremap.ts";
export { BENIGN_RACES, benignReason } from "./rules/benign-races.ts";
export type { BenignRace } from "./rules/benign-races.ts";
export type { VmaField } from "./objects/vma-field.ts";
export { profile, ProfileError, profileNames } from "./kernel/profile.ts";
export type { Knobs, Profile } from "./kernel/profile.ts";
export { file, fileMode, iMmap, iMmapLock, inodeLimit, inodeShmem, inodeSize, pageCache } from "./objects/file.ts";
export type { MergeRange, Neighbours } from "./events/vma-merge-steps.ts";
export { genericPerformWrite } from "./events/open-file-steps.ts";
export { MAP, MREMAP } from "./syscalls/mmap-flags.ts";
export type { MmapRegisters } from "./syscalls/sys-mmap.ts";
export type { MremapRegisters } from "./syscalls/sys-mremap.ts";
export type { Touched } from "./syscalls/user-touch.ts";
export { anonVma, anonVmaChain, anonVmaLock, vmaAnonVma } from "./objects/anon-vma.ts";
export { hex, PAGE_SIZE, TABLE_SPAN, TASK_SIZE } from "./objects/address.ts";
export { mmapMinAddr, rwsemForm, vmaLockForm, vmaSlabForm } from "./objects/config.ts";
export { ERRNO } from "./objects/errno.ts";
export type { Failure } from "./objects/failure.ts";
export { LRU, lruList } from "./objects/lru.ts";
export type { LruItem } from "./objects/lru.ts";
export type { UffdEvent, UffdEventKind } from "./objects/uffd.ts";
export { mmLife, mmUsers, vmaTree, writeLocked } from "./objects/mm.ts";
export type { TreeEntry } from "./objects/mm.ts";
export { mapcount, pageMapping, pageSlot, pageType, presentPte, pte, pteAt } from "./objects/page.ts";
export type { PagePtr, PageType, PresentPte, Pte } from "./objects/page.ts";
export { mmapLock } from "./objects/rwsem.ts";
export type { Rwsem, Waiter } from "./objects/rwsem.ts";
export { tlb, tlbUsers } from "./objects/tlb.ts";
export { swapCache, swapCount, swapSlots } from "./objects/swap.ts";
export { flagNames, VM } from "./objects/vm-flags.ts";
export { vmaFlags, vmaName, vmaSlot } from "./objects/vma.ts";
export type { Vma, VmaPtr } from "./objects/vma.ts";
export { refHolder, word } from "./objects/word.ts";
export { rules } from "./rules/all.ts";
export { apiGenerations } from "./rust/generations.ts";
export { rustCall, rustHandleDrop, rustHandleNew, rustHandles } from "./rust/handle-steps.ts";
export type { RustHandle } from "./rust/handle-steps.ts";
export { methodOf, proofsOf } from "./rust/handle-type.ts";
export type { ApiGeneration, HandleType, Method, Proof } from "./rust/handle-type.ts";
export { mmAlloc } from "./events/mm-steps.ts";
export { holderKinds, testingPuts } from "./events/testing-puts.ts";
export { doDentryOpen } from "./events/file-steps.ts";
export { wholeLocks } from "./kernel/vma-lock.ts";
export { holdingChange } from "./objects/holdings.ts";
export type { Holding, HoldingChange } from "./objects/holdings.ts";
