import { countTasks } from "../objects/task.ts";
import { added, refHolder, word } from "../objects/word.ts";
import type { Reader } from "../store/transaction.ts";
import { sameValue, type Value } from "../store/value.ts";
import { type AnyStep, BLOCKED, type Step, step } from "./step.ts";

/** One plain load. */
export const readOnce: Step<[string], Value> = step("read_once", (tx, name) => tx.read(word.of(name)));

/** One plain store. */
export const writeOnce: Step<[string, Value], null> = step("write_once", (tx, name, value) => {
  tx.write(word.of(name), value);
});

/**
 * One step that looks at some words and changes others, as a step of a protocol does that holds the locks for it.
 * Returns the first word looked at, as it was.
 */
export const access: Step<[readonly string[], Readonly<Record<string, Value>>], Value> = step(
  "access",
  (tx, reads, writes) => {
    const [first = null] = reads.map((name) => tx.read(word.of(name)));
    for (const [name, value] of Object.entries(writes)) tx.write(word.of(name), value);
    return first;
  },
);

/** Waits until a word has this value. */
export const waitEvent: Step<[string, Value], null> = step("wait_event", (tx, name, value) =>
  sameValue(tx.read(word.of(name)), value) ? undefined : BLOCKED,
);

/** cmpxchg: stores `next` if the word has the value `expected`; returns what it had. */
export const cmpxchg: Step<[string, Value, Value], Value> = step("cmpxchg", (tx, name, expected, next) => {
  const before = tx.read(word.of(name));
  if (sameValue(before, expected)) tx.write(word.of(name), next);
  return before;
});

/** atomic_fetch_add on a word that holds a number; returns what it had. */
export const fetchAdd: Step<[string, number], number> = step("atomic_fetch_add", (tx, name, by) => {
  const before = numberIn(tx, name);
  tx.write(word.of(name), before + by);
  return before;
});

/** atomic_add: adds to a counter word without looking at it. Adds of different tasks commute. */
export const atomicAdd: Step<[string, number], null> = step("atomic_add", (tx, name, by) => {
  tx.update(added.of(name, tx.task), (sum) => sum + by);
});

/** atomic_read of a counter word. */
export const atomicRead: Step<[string], number> = step("atomic_read", (tx, name) => {
  let sum = numberIn(tx, name);
  const tasks = countTasks(tx);
  for (let task = 0; task < tasks; task++) sum += tx.read(added.of(name, task));
  return sum;
});

/** refcount_inc_not_zero: takes a reference unless nobody holds one. Looks at holders until it meets a live one. */
export const refcountIncNotZero: Step<[string], boolean> = step("refcount_inc_not_zero", (tx, name) => {
  if (!anyHolder(tx, name)) return false;
  tx.update(refHolder.of(name, tx.task), (count) => count + 1);
  return true;
});

/** refcount_dec: drops this task's reference, without asking whether it was the last. */
export const refcountDec: Step<[string], null> = step("refcount_dec", (tx, name) => {
  tx.update(refHolder.of(name, tx.task), (count) => count - 1);
});

/** refcount_dec_and_test: drops this task's reference; whether it was the last. */
export const refcountDecAndTest: Step<[string], boolean> = step("refcount_dec_and_test", (tx, name) => {
  tx.update(refHolder.of(name, tx.task), (count) => count - 1);
  return !anyHolder(tx, name);
});

/** An atomic_t of the wrong type is the scenario's mistake, not the kernel's. */
function numberIn(tx: Reader, name: string): number {
  const value = tx.read(word.of(name));
  if (typeof value !== "number") throw new Error(`word ${name} holds no number`);
  return value;
}

function anyHolder(tx: Reader, name: string): boolean {
  const tasks = countTasks(tx);
  for (let holder = 0; holder < tasks; holder++) if (tx.read(refHolder.of(name, holder)) > 0) return true;
  return false;
}

export const wordSteps: readonly AnyStep[] = [
  readOnce,
  writeOnce,
  access,
  waitEvent,
  cmpxchg,
  fetchAdd,
  atomicAdd,
  atomicRead,
  refcountIncNotZero,
  refcountDec,
  refcountDecAndTest,
];
