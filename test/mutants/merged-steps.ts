import {
  BLOCKED,
  type Outcome,
  type Request,
  STOPPED,
  type StepRequest,
  type Steps,
} from "../../packages/mm/src/events/step.ts";
import type { StepContext } from "../../packages/mm/src/events/step-context.ts";
import { canonical, type Value } from "../../packages/mm/src/store/value.ts";
import { MADE, madeStep, SubStep } from "./sub-step.ts";

type Body = (...args: never[]) => Steps<unknown>;

/** The first of two steps that are one. */
interface First extends StepRequest {
  readonly first: true;
}

/** Where a function stood when it asked for the first of the two steps. */
interface Place {
  readonly resume: () => Steps<unknown>;
  readonly history: readonly Value[];
  readonly request: StepRequest;
}

const places = new Map<string, Place>();
let paired = false;

/** Marks the step that is done together with the one after it. */
export function firstOf(request: StepRequest): StepRequest {
  const marked: First = { ...request, first: true };
  return marked;
}

/** Forgets what no thread will come back to, and starts to note anew whether two steps were done as one. */
export function forgetMerged(): void {
  places.clear();
  paired = false;
}

/** Whether, since, a step came right after the marked one. */
export function everPaired(): boolean {
  return paired;
}

/**
 * The function, with the step that is marked and the one after it done as one. What comes after the marked step follows
 * from its answer, so the one step finds it by running the function again along what it has seen. Where no step comes
 * after it, the marked one is done alone; where the second has to wait, so has the whole.
 * @param around variables outside of the function on which it depends
 */
export function merging(body: Body, around: readonly Value[]): Body {
  return function* (...args) {
    const resume = (): Steps<unknown> => body(...args);
    const values = (args as Value[]).filter((value) => !isContext(value));
    const history: Value[] = [];
    const steps = resume();
    const send = (result: Value): IteratorResult<Request, unknown> => {
      history.push(result);
      return steps.next(result);
    };
    let next: IteratorResult<Request, unknown> = steps.next();
    while (next.done !== true) {
      const request = next.value;
      if (!isFirst(request)) {
        next = send(yield request);
        continue;
      }
      const at = [around, values, [...history], request.args];
      places.set(placeKey(request.step.op, at), { resume, history: [...history], request });
      const step = madeStep(`${MADE}both:${request.step.op}`, (tx, ...own) => both(tx, request.step.op, own));
      const results = (yield { kind: "step", step, args: at }) as readonly Value[];
      for (const result of results) next = send(result);
    }
    return next.value;
  };
}

/** Both steps in one; the answers of those that there were. */
function both(tx: StepContext, op: string, at: readonly Value[]): Outcome {
  const { resume, history, request } = places.get(placeKey(op, at))!;
  const first = new SubStep(tx, request);
  if (first.outcome === BLOCKED) return BLOCKED;
  first.commit();
  if (first.outcome === STOPPED) return STOPPED;
  const result = first.outcome ?? null;
  const steps = resume();
  let next = steps.next();
  for (const seen of [...history, result]) next = steps.next(seen);
  if (next.done === true || next.value.kind !== "step") return [result];
  paired = true;
  const second = new SubStep(tx, next.value);
  if (second.outcome === BLOCKED) return BLOCKED;
  second.commit();
  return second.outcome === STOPPED ? STOPPED : [result, second.outcome ?? null];
}

function placeKey(op: string, at: readonly Value[]): string {
  return `${op} ${canonical(at)}`;
}

function isFirst(request: Request): request is First {
  return request.kind === "step" && "first" in request;
}

function isContext(value: unknown): boolean {
  return typeof value === "object" && value !== null && "knobs" in value;
}
