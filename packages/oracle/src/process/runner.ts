import {
  createKernel,
  InPlace,
  inPlacePerformer,
  type Kernel,
  kernelMachine,
  type Knobs,
  type Ref,
  runAlone,
  type StepEvent,
  type Steps,
  Table,
  type Transition,
  type Value,
} from "@faultline/mm";
import { createDirectKernel, directly, type Performer } from "@faultline/mm/direct";

/** Who is told of steps. */
export type Watchers = {
  /** Called after each step, with what it did. */
  readonly observe?: ((event: StepEvent, transition: Transition) => void) | undefined;
  /** Called after each step where nobody observes, which takes half as long: its name, and what it was given and gave. */
  readonly watch?: Watch | undefined;
};

/** @param writes what the step wrote */
export type Watch = (op: string, args: readonly Value[], result: Value, writes: () => ReadonlyMap<Ref, Value>) => void;

/** Runs the kernel's procedures as one task with nobody else about: in direct style, unless somebody observes. */
export class Runner {
  readonly table: Table = new Table();
  readonly #inPlace = new InPlace(kernelMachine, this.table);
  readonly #knobs: Knobs;
  readonly #direct: Kernel;
  /** Made when somebody wants it. */
  #asking: Kernel | undefined;
  readonly #observe: Watchers["observe"];
  readonly #watch: Parameters<typeof inPlacePerformer>[2];
  #task: number;
  #perform: Performer;

  constructor(knobs: Knobs, task: number, { observe, watch }: Watchers) {
    this.#knobs = knobs;
    // Called inside `directly` only, where steps are their results: what is passed on unlooked at has the same types.
    this.#direct = createDirectKernel(knobs) as unknown as Kernel;
    this.#observe = observe;
    const writes = (): ReadonlyMap<Ref, Value> => this.#inPlace.writes();
    this.#watch = watch && (({ op }, args, result) => watch(op, args, result, writes));
    this.#task = task;
    this.#perform = inPlacePerformer(this.#inPlace, task, this.#watch);
  }

  /** The kernel whose procedures ask for their steps: for threads. */
  get kernel(): Kernel {
    return (this.#asking ??= createKernel(this.#knobs));
  }

  /** The task that runs. */
  get task(): number {
    return this.#task;
  }

  /** Another task runs from now on. */
  become(task: number): void {
    this.#task = task;
    this.#perform = inPlacePerformer(this.#inPlace, task, this.#watch);
  }

  /**
   * Runs what `begin` asks of the kernel that it is given, and returns what that gives. It must not look at it.
   * @throws StuckError where a step has to wait, or ends the task
   */
  run<R>(begin: (k: Kernel) => Steps<R>): R {
    if (this.#observe !== undefined)
      return runAlone(kernelMachine, this.table, this.#task, begin(this.kernel), this.#observe);
    return directly(this.#perform, () => begin(this.#direct) as unknown as R);
  }
}
