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
