import { BLOCKED, STOPPED, type StepRequest, type Steps } from "../../packages/mm/src/events/step.ts";
import type { Ref } from "../../packages/mm/src/store/component.ts";
import type { Source } from "../../packages/mm/src/store/snapshot.ts";
import type { Value } from "../../packages/mm/src/store/value.ts";
import { MADE, madeStep, sourceOf, SubStep } from "./sub-step.ts";

/** A step of which nothing happens but its answer. */
export function quietStep({ step, args }: StepRequest): StepRequest {
  const quiet = madeStep(
    `${MADE}quiet:${step.op}`,
    (tx, ...own) => new SubStep(tx, { kind: "step", step, args: own }).outcome,
  );
  return { kind: "step", step: quiet, args };
}

/** What a split step saw when it looked. */
type Seen = { readonly reads: readonly (readonly [string, Value])[]; readonly choice: string | null };

/** A step as two: the first only looks, the second does what was to be done then. */
export function* lookAndWrite({ step, args }: StepRequest): Steps<Value> {
  const look = madeStep(`${MADE}look:${step.op}`, (tx, ...own) => {
    const sub = new SubStep(tx, { kind: "step", step, args: own });
    if (sub.outcome === BLOCKED) return BLOCKED;
    if (sub.outcome === STOPPED) {
      sub.commit();
      return STOPPED;
    }
    const reads = [...sub.reads].map(([ref, value]) => [ref.key, value] as const);
    return { reads, choice: sub.chosen ?? null } satisfies Seen;
  });
  const write = madeStep(`${MADE}write:${step.op}`, (tx, seen: Seen, ...own) => {
    const choice = seen.choice ?? undefined;
    const sub = new SubStep(tx, { kind: "step", step, args: own }, remembered(seen, sourceOf(tx)), choice);
    sub.commit();
    return sub.outcome;
  });
  const seen = yield { kind: "step", step: look, args };
  return yield { kind: "step", step: write, args: [seen, ...args] };
}

function remembered({ reads }: Seen, now: Source): Source {
  const known = new Map<string, Value>(reads);
  return {
    get: <T extends Value>(ref: Ref<T>): T => (known.has(ref.key) ? (known.get(ref.key) as T) : now.get(ref)),
  };
}
