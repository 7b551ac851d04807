import type { Thread } from "@faultline/interleave";
import { canonical, type LoopTurn, type Request, type StepRequest, type Steps, type Value } from "@faultline/mm";

/** One procedure, loop turn or thread body that a thread is inside: what it was given and the results it has seen. */
type Frame = { readonly carried: Value; readonly results: readonly Value[] };

/** Where a thread stands: the frames it is inside, outermost first, and the step it asks for; over when it has none. */
export type Position = {
  readonly frames: readonly Frame[];
  readonly request: StepRequest | undefined;
  /** Equal keys, equal futures: the request of a frame follows from its results and from the frames around it. */
  readonly key: string;
};

const finished: Position = { frames: [], request: undefined, key: "finished" };
export const stopped: Position = { frames: [], request: undefined, key: "stopped" };

export function startOf(thread: Thread): Position {
  return settle(thread, [{ carried: null, results: [] }]);
}

/** Where the thread stands after the step it asked for gave this result. */
export function resume(thread: Thread, position: Position, result: Value): Position {
  return settle(thread, answered(position.frames, result));
}

/** The frames after the innermost one got the result it asked for. */
function answered(frames: readonly Frame[], result: Value): Frame[] {
  const inner = frames.at(-1)!;
  return [...frames.slice(0, -1), { ...inner, results: [...inner.results, result] }];
}

/**
 * Goes on until the thread asks for a step or is over: enters the procedures and loops it asks for, leaves those that
 * return. What a frame saw inside is gone when it is left, what a turn saw is gone when the next one starts.
 */
function settle(thread: Thread, start: readonly Frame[]): Position {
  let frames = start;
  for (let patience = 1000; patience > 0; patience--) {
    const { asked, by } = rerun(thread, frames);
    if (asked.done !== true) {
      if (asked.value.kind === "step") {
        return { frames, request: asked.value, key: canonical(frames) };
      }
      const carried = asked.value.kind === "loop" ? asked.value.carried : null;
      frames = [...frames, { carried, results: [] }];
      continue;
    }
    if (by === undefined) return finished;
    const outer = frames.slice(0, -1);
    if (by.kind === "loop") {
      const turn = asked.value as LoopTurn;
      frames = "done" in turn ? answered(outer, turn.done) : [...outer, { carried: turn.again, results: [] }];
    } else {
      frames = answered(outer, (asked.value as Value | undefined) ?? null);
    }
  }
  throw new Error(`${thread.name} goes round without a step`);
}

/** What the innermost frame does next, and the request that opened it; every frame is run again from its start. */
function rerun(
  thread: Thread,
  frames: readonly Frame[],
): { asked: IteratorResult<Request, unknown>; by: Request | undefined } {
  let by: Request | undefined;
  let asked = replay(thread.start(), frames[0]!.results);
  for (const frame of frames.slice(1)) {
    by = asked.value as Request;
    asked = replay(open(by, frame.carried), frame.results);
  }
  return { asked, by };
}

function replay(steps: Steps<unknown>, results: readonly Value[]): IteratorResult<Request, unknown> {
  let asked = steps.next(null);
  for (const result of results) asked = steps.next(result);
  return asked;
}

function open(request: Request, carried: Value): Steps<unknown> {
  if (request.kind === "step") throw new Error("a step has no inside");
  const body = request.body as (...all: unknown[]) => Steps<unknown>;
  if (request.kind === "loop") return body(carried);
  return request.context === undefined ? body(...request.args) : body(request.context, ...request.args);
}
