import type { Kind, Ref } from "../store/component.ts";
import type { Snapshot, Source } from "../store/snapshot.ts";
import type { Reader } from "../store/transaction.ts";
import type { Value } from "../store/value.ts";
import { type AnyStep, BLOCKED, type Outcome, type StepEvent, STOPPED } from "./step.ts";
import { ChoiceError, type LockEdge, StepContext } from "./step-context.ts";
import type { Rule, Severity, Violation } from "./violation.ts";

/** How a rule tells what broke it. */
export type Report = (object: string, message: string, severity?: Severity) => void;

/**
 * A rule about the state, evaluated by every step that writes a component of a watched kind. What it reads joins that
 * step's footprint. It may read watched kinds only: otherwise a step could break it unseen.
 */
export interface StateRule extends Rule {
  readonly watches: readonly Kind[];
  readonly check: (state: Reader, report: Report) => void;
}

/**
 * A rule about quiescence: every thread has returned (daemons may wait), none is stuck, none was stopped by an oops.
 * It sees the whole state.
 */
export interface EndRule extends Rule {
  /**
   * Makes it a rule about runs without an end as well: broken by a fair cycle in all of whose states it is broken. A
   * kind without a component of which no state breaks it, so that cycles that never met one are not asked.
   */
  readonly throughout?: Kind;
  readonly check: (state: Snapshot, report: Report) => void;
}

/** The steps and rules that give events a meaning. */
export interface Machine {
  readonly steps: ReadonlyMap<string, AnyStep>;
  readonly stateRules: readonly StateRule[];
  readonly endRules: readonly EndRule[];
  /** The printed name of what threads call by its TypeScript name: steps and procedures. */
  readonly names: ReadonlyMap<string, string>;
}

/** What one event does to one state. */
export interface Transition {
  /** `done`, `blocked` (nothing is written), or `stopped`: the task ends here. */
  readonly status: "done" | "blocked" | "stopped";
  /** The step's result, null unless `done`. */
  readonly result: Value;
  /** Components read, in order of first read, with the value they had. */
  readonly reads: ReadonlyMap<Ref, Value>;
  readonly writes: ReadonlyMap<Ref, Value>;
  readonly violations: readonly Violation[];
  /** Lock classes that the step may wait for, under which others; also where it waits. */
  readonly lockEdges: readonly LockEdge[];
  /** The outcomes that were open, and how many of the reads came before the choice. */
  readonly choicePoint: { readonly options: readonly string[]; readonly afterReads: number } | undefined;
}

/**
 * An event that the machine cannot take: no such step, or arguments of the wrong number or type. What is well-formed and
 * wrong (a pointer to what is gone or never was, a lock not held) breaks a rule instead, or has a result.
 */
export class StepError extends Error {
  override readonly name = "StepError";
  readonly code = "E_STEP";
  readonly task: number;
  readonly op: string;
  constructor({ task, op }: Pick<StepEvent, "task" | "op">, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.task = task;
    this.op = op;
  }
}

/** @throws Error when two steps share a name. */
export function createMachine(parts: {
  readonly steps: Iterable<AnyStep>;
  readonly stateRules?: readonly StateRule[];
  readonly endRules?: readonly EndRule[];
  readonly names?: ReadonlyMap<string, string>;
}): Machine {
  const steps = new Map<string, AnyStep>();
  for (const step of parts.steps) {
    if (steps.has(step.op)) throw new Error(`step declared twice: ${step.op}`);
    steps.set(step.op, step);
  }
  return { steps, stateRules: parts.stateRules ?? [], endRules: parts.endRules ?? [], names: parts.names ?? new Map() };
}

/**
 * The one transition function: everything else folds it. Pure; nothing reaches the source.
 * An event without a choice takes the first outcome where there are several.
 * @throws StepError for an unknown step or arguments it does not understand; ChoiceError for a choice it does not have
 */
export function apply(machine: Machine, source: Source, event: StepEvent): Transition {
  const tx = new StepContext(source, event.task, event.op, event.choice);
  const outcome = perform(machine, tx, event.args, event.choice);
  const { reads, writes, violations, lockEdges, choicePoint } = tx;
  if (outcome === BLOCKED) {
    return { status: "blocked", result: null, reads, writes: new Map(), violations: [], lockEdges, choicePoint };
  }
  const stopped = outcome === STOPPED;
  const result = stopped ? null : outcome;
  return { status: stopped ? "stopped" : "done", result, reads, writes, violations, lockEdges, choicePoint };
}

/**
 * Runs the reducer of the context's event, and then the rules about what it wrote.
 * @param choice the context's
 * @throws as {@link apply}
 */
export function perform(
  machine: Machine,
  tx: StepContext,
  args: readonly Value[],
  choice: string | undefined,
): Exclude<Outcome, undefined> {
  const step = machine.steps.get(tx.op);
  if (step === undefined) throw new StepError(tx, `task ${tx.task}: no step is called ${tx.op}`);
  const outcome = performStep(machine, tx, step, args);
  if (choice !== undefined && tx.choicePoint === undefined) throw new ChoiceError(tx.op, choice, []);
  return outcome;
}

/** The same for a step that the machine is known to have, of the task and with the choice of its context. */
export function performStep(
  machine: Machine,
  tx: StepContext,
  step: AnyStep,
  args: readonly Value[],
): Exclude<Outcome, undefined> {
  const outcome = run(step, tx, args) ?? null;
  if (outcome !== BLOCKED && machine.stateRules.length > 0) checkStateRules(machine.stateRules, tx);
  return outcome;
}

function run(step: AnyStep, tx: StepContext, args: readonly Value[]): Outcome {
  try {
    return call(step.run as Reducer, tx, args);
  } catch (error) {
    if (error instanceof ChoiceError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const call = `${tx.op}(${JSON.stringify(args).slice(1, -1)}) by task ${tx.task}`;
    throw new StepError(tx, `${call}: ${reason}`, error);
  }
}

type Reducer = (tx: StepContext, ...args: Value[]) => Outcome;

/** Spread arguments cost more than many a step. */
function call(reduce: Reducer, tx: StepContext, args: readonly Value[]): Outcome {
  switch (args.length) {
    case 1:
      return reduce(tx, args[0]!);
    case 2:
      return reduce(tx, args[0]!, args[1]!);
    case 3:
      return reduce(tx, args[0]!, args[1]!, args[2]!);
    default:
      return reduce(tx, ...args);
  }
}

function checkStateRules(rules: readonly StateRule[], tx: StepContext): void {
  const written = tx.writtenKinds();
  for (const rule of rules) {
    if (!rule.watches.some((kind) => written.has(kind))) continue;
    const guarded: Reader = {
      read(ref) {
        if (!rule.watches.includes(ref.kind)) throw new Error(`${rule.name} reads ${ref.key}, which it does not watch`);
        return tx.read(ref);
      },
    };
    rule.check(guarded, (object, message, severity) => {
      tx.violate(rule, object, message, severity);
    });
  }
}

/** The end rules that this state breaks, as violations of the step `end` by task 0. */
export function checkEnd({ endRules }: { readonly endRules: readonly EndRule[] }, state: Snapshot): Violation[] {
  const found: Violation[] = [];
  for (const rule of endRules) {
    rule.check(state, (object, message, severity = rule.severity) => {
      found.push({ rule, severity, task: 0, op: "end", object, message });
    });
  }
  return found;
}
