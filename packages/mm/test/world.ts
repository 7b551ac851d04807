import {
  apply,
  createKernel,
  type Kernel,
  kernelMachine,
  type Knobs,
  mmAlloc,
  profile,
  type Request,
  runAlone,
  Snapshot,
  type StepEvent,
  type Steps,
  Table,
  task,
  taskCount,
  type Transition,
  type Value,
  violationsOf,
  vmaLockForm,
  vmaSlabForm,
} from "../src/index.ts";

/** A state on which tests let tasks act, one at a time. */
export class World {
  readonly k: Kernel;
  readonly table: Table;

  constructor(tasks = 3, profileName = "linux-6.12", overrides: Partial<Knobs> = {}) {
    const knobs: Knobs = { ...profile(profileName).knobs, ...overrides };
    this.k = createKernel(knobs);
    const initial = new Map<never, Value>([
      [taskCount as never, tasks],
      [vmaLockForm as never, knobs.vmaLock],
      [vmaSlabForm as never, knobs.vmaSlab],
    ]);
    this.table = new Table(Snapshot.empty.with(initial));
  }

  /** A new address space in which these tasks live. */
  mm(...tasks: number[]): number {
    const mm = this.as(0, mmAlloc());
    for (const id of tasks) this.table.apply(new Map([[task.of(id) as never, { name: `t${id}`, mm }]]));
    return mm;
  }

  /** Runs steps to their end as this task. */
  as<R>(id: number, steps: Steps<R>): R {
    return runAlone(kernelMachine, this.table, id, steps);
  }

  /** What this event gives; it must be one that can happen. */
  done(event: StepEvent): Value {
    const transition = apply(kernelMachine, this.table, event);
    if (transition.status !== "done") throw new Error(`${event.op} is ${transition.status}`);
    this.table.apply(transition.writes);
    return transition.result;
  }

  /** Tries the first step that these steps ask for; nothing happens when it blocks. */
  attempt(id: number, steps: Steps<unknown>): Transition {
    const request = steps.next().value as Request;
    if (request.kind !== "step") throw new Error("attempt takes a single step");
    const transition = apply(kernelMachine, this.table, { task: id, op: request.step.op, args: request.args });
    this.table.apply(transition.writes);
    return transition;
  }

  /** What this task has broken: rule, step and object, sorted. */
  keys(id: number): readonly string[] {
    return this.table.get(violationsOf.of(id));
  }

  /** Names of the rules that this task has broken. */
  broken(id: number): string[] {
    return [...new Set(this.keys(id).map((key) => key.split(" ")[0]!))];
  }
}
