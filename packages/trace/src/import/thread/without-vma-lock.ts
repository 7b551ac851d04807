import type { Request, Steps, Value } from "@faultline/mm";

/**
 * A procedure as it goes on when the function that takes the VMA lock for it (`lock_vma_under_rcu`, `try_vma_read_lock`),
 * which it calls itself, has failed: the trace shows mmap_lock.
 */
export function* withoutVmaLock<R extends Value>(name: string, steps: Steps<R>): Steps<R> {
  const call = steps.next().value as Extract<Request, { kind: "call" }>;
  const inside = (call.body as (...all: unknown[]) => Steps<R>)(call.context, ...call.args);
  let input: Value = null;
  for (;;) {
    const turn = inside.next(input);
    if (turn.done === true) return turn.value;
    const request = turn.value;
    input = request.kind === "call" && request.name === name ? null : yield request;
  }
}
