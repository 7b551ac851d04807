import {
  createKernel,
  type Kernel,
  kernelMachine,
  type Knobs,
  mmAlloc,
  type Profile,
  profile,
  type Ref,
  runAlone,
  rwsemForm,
  type Severity,
  Snapshot,
  type StepEvent,
  type Steps,
  StuckError,
  Table,
  task,
  taskCount,
  type Value,
  violationsOf,
  vmaLockForm,
  vmaSlabForm,
} from "@faultline/mm";
import type { Program, Thread } from "./program.ts";

/** What `setup` is given: the kernel, and ways to bring the state about before the threads start. */
export type SetupKernel = Kernel & {
  /** A new address space with one process in it, in which set-up goes on. */
  readonly mm: () => number;
  /** Runs steps or procedures to their end, with nobody else about. */
  readonly run: <R>(steps: Steps<R>) => R;
  /** Puts a value into a component directly. */
  readonly put: <T extends Value>(ref: Ref<T>, value: T) => void;
};

/** A thread: its steps, and whose address space it runs in. */
export type Body =
  | ((k: Kernel) => Steps<unknown>)
  | {
      /** The address space of the process that the thread belongs to; absent for a kernel thread. */
      readonly mm?: number;
      /** May wait for ever: the run may end while it is blocked. */
      readonly daemon?: boolean;
      readonly run: (k: Kernel) => Steps<unknown>;
    };

/** What a variant is expected to do. */
export type Expectation =
  | {
      /** Rules of which at least one breaks, no others of S0 or S1. */
      readonly breaks: readonly string[];
      /** The worst severity found is this or worse. */
      readonly severity: Severity;
    }
  | {
      /** Steps that must have been executed for `clean` to mean anything. */
      readonly clean: readonly string[];
    };

/** A scenario: a few threads over a prepared state, in one or more variants. */
export interface ScenarioSpec<V extends object, H> {
  /** One line. */
  readonly title: string;
  /** Commit that repaired it, where there is one. */
  readonly fix?: string;
  readonly cve?: string;
  /** Anything else worth saying with a finding. */
  readonly note?: string;
  /** Name of the kernel profile: `linux-6.6`. */
  readonly profile: string;
  /** Knobs that differ from the profile, for all variants or as the variant says. */
  readonly kernel?: Partial<Knobs> | ((variant: V) => Partial<Knobs>);
  /** The variants' own knobs. */
  readonly variants: Readonly<Record<string, V>>;
  readonly expect?: Readonly<Record<string, Expectation>>;
  /** Makes the state in which the threads start. Returns what they need to know of it. */
  readonly setup: (k: SetupKernel, variant: V) => H;
  /** The threads, in order: the first is task 1. */
  readonly threads: (handles: H, variant: V) => Readonly<Record<string, Body>>;
}

/** A scenario, as {@link scenario} makes it. */
export interface Scenario {
  readonly kind: "faultline/scenario";
  readonly title: string;
  readonly fix: string | undefined;
  readonly cve: string | undefined;
  readonly note: string | undefined;
  readonly profile: string;
  readonly variants: readonly string[];
  readonly expect: Readonly<Record<string, Expectation>>;
  /**
   * The program of one variant.
   * @throws ScenarioError when there is no such variant, or the set-up fails or breaks a rule
   */
  readonly instantiate: (variant: string, options?: InstantiateOptions) => Instance;
}

export interface InstantiateOptions {
  /** Another kernel profile than the scenario's. */
  readonly profile?: string;
  /** Makes what procedures ask: the same knobs, seen through something that notes which ones are read. */
  readonly watch?: (knobs: Knobs) => Knobs;
}

/** One variant of a scenario, ready to run. */
export interface Instance {
  readonly variant: string;
  readonly profile: Profile;
  readonly knobs: Knobs;
  readonly program: Program;
  /** What brought the initial state about, as events of task 0. */
  readonly setup: readonly StepEvent[];
}

/** A scenario that cannot be run as it is written. */
export class ScenarioError extends Error {
  override readonly name = "ScenarioError";
  /** E_SCENARIO, E_VARIANT or E_SETUP. */
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** Declares a scenario. A scenario file's default export. */
export function scenario<V extends object, H>(spec: ScenarioSpec<V, H>): Scenario {
  checkSpec(spec);
  return {
    kind: "faultline/scenario",
    title: spec.title,
    fix: spec.fix,
    cve: spec.cve,
    note: spec.note,
    profile: spec.profile,
    variants: Object.keys(spec.variants),
    expect: spec.expect ?? {},
    instantiate: (variant, options = {}) => instantiate(spec, variant, options),
  };
}

function checkSpec(spec: object): void {
  const wanted = { title: "string", profile: "string", variants: "object", setup: "function", threads: "function" };
  for (const [field, type] of Object.entries(wanted)) {
    const found = typeof (spec as Record<string, unknown>)[field];
    if (found !== type) {
      throw new ScenarioError("E_SCENARIO", `a scenario's ${field} must be a ${type}; it is ${found}`);
    }
  }
  if (Object.keys((spec as { variants: object }).variants).length === 0) {
    throw new ScenarioError("E_SCENARIO", "a scenario needs at least one variant: variants: { only: {} }");
  }
}

function instantiate<V extends object, H>(
  spec: ScenarioSpec<V, H>,
  variant: string,
  options: InstantiateOptions,
): Instance {
  if (!Object.hasOwn(spec.variants, variant)) {
    const there = Object.keys(spec.variants).join(", ");
    throw new ScenarioError("E_VARIANT", `the scenario has no variant ${variant}. There are ${there}`);
  }
  const chosen = spec.variants[variant]!;
  const resolved = profile(options.profile ?? spec.profile);
  const own = typeof spec.kernel === "function" ? spec.kernel(chosen) : spec.kernel;
  const knobs: Knobs = { ...resolved.knobs, ...own };
  const kernel = createKernel(options.watch?.(knobs) ?? knobs);
  const table = new Table();
  const setup: StepEvent[] = [];
  table.apply(
    new Map<Ref, Value>([
      [rwsemForm, knobs.rwsem],
      [vmaLockForm, knobs.vmaLock],
      [vmaSlabForm, knobs.vmaSlab],
    ]),
  );
  const handles = inSetup(() => spec.setup(setupKernel(kernel, table, setup), chosen));
  const bodies = Object.entries(inSetup(() => spec.threads(handles, chosen)));
  const writes = new Map<Ref, Value>([
    [taskCount, bodies.length + 1],
    [task.of(0), { name: "setup", mm: null }],
  ]);
  const threads = bodies.map(([name, body], i): Thread => {
    const { mm = null, daemon = false } = typeof body === "function" ? {} : body;
    const run = typeof body === "function" ? body : body.run;
    writes.set(task.of(i + 1), { name, mm });
    return { task: i + 1, name, daemon, source: run, start: () => run(kernel) };
  });
  table.apply(writes);
  const initial: Snapshot = table.snapshot();
  const broken = initial.get(violationsOf.of(0));
  if (broken.length > 0) throw new ScenarioError("E_SETUP", `the set-up breaks rules: ${broken.join("; ")}`);
  return { variant, profile: resolved, knobs, setup, program: { machine: kernelMachine, initial, threads } };
}

function setupKernel(kernel: Kernel, table: Table, events: StepEvent[]): SetupKernel {
  const run = <R>(steps: Steps<R>): R => runAlone(kernelMachine, table, 0, steps, (event) => events.push(event));
  const put = <T extends Value>(ref: Ref<T>, value: T): void => {
    table.apply(new Map<Ref, Value>([[ref, value]]));
  };
  return {
    ...kernel,
    run,
    mm: () => {
      const mm = run(mmAlloc());
      put(task.of(0), { name: "setup", mm });
      return mm;
    },
    put,
  };
}

function inSetup<R>(run: () => R): R {
  try {
    return run();
  } catch (error) {
    if (error instanceof ScenarioError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const stuck = error instanceof StuckError ? "the set-up cannot go on: " : "the set-up threw: ";
    throw new ScenarioError("E_SETUP", stuck + reason, error);
  }
}
