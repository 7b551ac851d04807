import { RCU_WAKE, rcuQueue, rcuReader } from "../objects/rcu.ts";
import { countTasks, noteAcquired, noteReleased } from "../objects/task.ts";
import { cursor } from "../objects/maple.ts";
import { LOCK_HELD } from "../rules/lock-discipline.ts";
import type { StepContext } from "./step-context.ts";

// Grace periods end as early as they may: with the last reader that was inside when the callback was queued. Memory
// that is reused any later is a weaker adversary.

type Callback = (tx: StepContext, arg: number) => void;
const callbacks = new Map<string, Callback>();

/** Declares a function that {@link callRcu} can queue, under a name that states keep. Once per name, at module level. */
export function rcuCallback(kind: string, run: Callback): void {
  if (callbacks.has(kind)) throw new Error(`RCU callback declared twice: ${kind}`);
  callbacks.set(kind, run);
}

/** call_rcu: runs the callback once every reader that is inside now has left; at once when there is none. */
export function callRcu(tx: StepContext, kind: string, arg: number): void {
  const waits = insideNow(tx);
  if (waits.length === 0) run(tx, kind, arg);
  else tx.update(rcuQueue, (queue) => [...queue, { kind, arg, waits }]);
}

/** The tasks that are inside an RCU section. */
export function insideNow(tx: StepContext): number[] {
  const tasks = countTasks(tx);
  const inside: number[] = [];
  for (let task = 0; task < tasks; task++) if (tx.read(rcuReader.of(task)) > 0) inside.push(task);
  return inside;
}

/** Whether the running task is inside an RCU section. */
export function inRcu(tx: StepContext): boolean {
  return tx.read(rcuReader.of(tx.task)) > 0;
}

export function enterRcu(tx: StepContext): void {
  tx.update(rcuReader.of(tx.task), (depth) => depth + 1);
  noteAcquired(tx, tx.task, { lock: "rcu", class: "rcu", mode: "rcu" });
}

/** Leaves one level. Outermost: what was found inside is stale, and callbacks that waited for this task alone run. */
export function leaveRcu(tx: StepContext): void {
  if (!noteReleased(tx, tx.task, "rcu")) {
    tx.violate(LOCK_HELD, "rcu", `${tx.op} outside an RCU section`);
    return;
  }
  const depth = tx.read(rcuReader.of(tx.task)) - 1;
  tx.write(rcuReader.of(tx.task), depth);
  if (depth > 0) return;
  const kept = tx.read(cursor.of(tx.task));
  if (kept?.rcu === true) tx.write(cursor.of(tx.task), { ...kept, rcu: false });
  const queue = tx.read(rcuQueue);
  if (!queue.some(({ waits }) => waits.includes(tx.task))) return;
  const left = queue.map((one) => ({ ...one, waits: one.waits.filter((task) => task !== tx.task) }));
  tx.write(
    rcuQueue,
    left.filter(({ waits }) => waits.length > 0),
  );
  for (const { kind, arg, waits } of left) if (waits.length === 0) run(tx, kind, arg);
}

function run(tx: StepContext, kind: string, arg: number): void {
  const callback = callbacks.get(kind);
  if (callback === undefined) throw new Error(`no RCU callback is called ${kind}`);
  callback(tx, arg);
}

/** synchronize_rcu's callback does nothing: the waiter sees that it is gone. */
rcuCallback(RCU_WAKE, () => undefined);
