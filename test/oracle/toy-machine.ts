import {
  type AnyStep,
  BLOCKED,
  component,
  type Kind,
  type Ref,
  type Rule,
  step,
  type StepContext,
  STOPPED,
} from "@faultline/mm";
import { rwsemSteps } from "../../packages/mm/src/events/rwsem-steps.ts";

// A machine of our own, small and wild: the explorer must be right for any steps, not only for the kernel's. Its one
// piece of kernel is the fair rwsem.

/** A number from 0 to 3. Every word is a kind of its own, so that a rule can watch one and not the others. */
const words: Readonly<Record<string, Kind<number>>> = {
  x: component("toy-x", 0),
  y: component("toy-y", 0),
  z: component("toy-z", 0),
  w: component("toy-w", 0),
};

/** The task that holds the lock, 0 when nobody does. */
const spins: Readonly<Record<string, Kind<number>>> = {
  a: component<number>("toy-spin-a", 0, { value: (task, rename) => (task === 0 ? 0 : rename(task)) }),
  // Says nothing of tasks, though it holds one: threads that use it are found not to be alike.
  b: component("toy-spin-b", 0),
};

/** One place of the pool. Its generation counts how often it was handed out; what is freed stays, dead. */
export type Slot = { readonly generation: number; readonly live: boolean };
export const slotKind: Kind<Slot> = component("toy-slot:#", { generation: 0, live: false });
export const slotCount = 2;

/** A reference to an object: its slot and the generation it had. */
export type Handle = readonly [slot: number, generation: number];
/** Where threads leave an object for each other. */
const shared: Kind<Handle | null> = component("toy-shared", null);

/** The kind of a word or lock; both hold a number. */
export function cellKind(name: string): Kind<number> {
  const kind = words[name] ?? spins[name];
  if (kind === undefined) throw new Error(`no word or lock is called ${name}`);
  return kind;
}

/** The component of a word or lock. */
export function cell(name: string): Ref<number> {
  return cellKind(name).of();
}

export const wordNames: readonly string[] = Object.keys(words);
export const spinNames: readonly string[] = Object.keys(spins);

const rule = (name: string, severity: Rule["severity"], wording: string): Rule => ({
  name,
  severity,
  wording,
  source: "toy",
});
const expected = rule("TOY-EXPECT", "S6", "a word has the expected value");
const owner = rule("TOY-OWNER", "S3", "only its holder releases a lock");
const alive = rule("TOY-UAF", "S0", "an object is used while it lives");
const bug = rule("TOY-BUG", "S3", "BUG_ON is not hit");

const wordSteps = [
  step("load", (tx, word: string) => tx.read(cell(word))),
  step("store", (tx, word: string, value: number) => {
    tx.write(cell(word), value);
    return null;
  }),
  // Through a draft recipe, and a write even when nothing changes.
  step("touch", (tx, word: string) => {
    tx.update(cell(word), (old) => old);
    return null;
  }),
  step("fetch_add", (tx, word: string, by: number) => {
    const old = tx.read(cell(word));
    tx.write(cell(word), (old + by) % 4);
    return old;
  }),
  step("compare_exchange", (tx, word: string, expect: number, value: number) => {
    const old = tx.read(cell(word));
    if (old === expect) tx.write(cell(word), value);
    return old;
  }),
  step("copy", (tx, from: string, to: string) => {
    tx.write(cell(to), tx.read(cell(from)));
    return null;
  }),
  // Which component is read depends on the value of another.
  step("load_via", (tx, word: string) => {
    const target = wordNames[tx.read(cell(word))]!;
    return tx.read(cell(target));
  }),
  step("await", (tx, word: string, value: number) => (tx.read(cell(word)) === value ? null : BLOCKED)),
  step("await_either", (tx, first: string, second: string) => {
    if (tx.read(cell(first)) !== 0) return 0;
    return tx.read(cell(second)) === 0 ? BLOCKED : 1;
  }),
  step("await_both", (tx, first: string, second: string) =>
    tx.read(cell(first)) === 0 && tx.read(cell(second)) === 0 ? null : BLOCKED,
  ),
  step("expect", (tx, word: string, value: number) => {
    const found = tx.read(cell(word));
    if (found !== value) tx.violate(expected, word, `found ${found}`);
  }),
  // What a task does in the step that ends it still happens.
  step("bug_on", (tx, word: string, value: number) => {
    if (tx.read(cell(word)) !== value) return null;
    tx.violate(bug, word, `is ${value}`);
    tx.write(cell(word), 3);
    return STOPPED;
  }),
  step("exit_if", (tx, word: string, value: number) => (tx.read(cell(word)) === value ? STOPPED : null)),
];

const choiceSteps = [
  step("flip", (tx) => (tx.choose("heads", "tails") === "heads" ? 0 : 1)),
  step("maybe_store", (tx, word: string, value: number) => {
    if (tx.read(cell(word)) === value) return 0;
    if (tx.choose("fail", "store") === "fail") return 1;
    tx.write(cell(word), value);
    return 0;
  }),
  // Which outcomes there are depends on what is read, and so does whether one of them must wait.
  step("wait_which", (tx, open: string, first: string, second: string) => {
    const chosen = tx.read(cell(open)) === 0 ? tx.choose("first", "second") : "second";
    if (tx.read(cell(chosen === "first" ? first : second)) !== 0) return BLOCKED;
    tx.write(cell(first), 1);
    return chosen === "first" ? 1 : 2;
  }),
  // One outcome may be blocked while the other is not.
  step("wait_or_skip", (tx, word: string, value: number) => {
    if (tx.choose("wait", "skip") === "skip") return 1;
    return tx.read(cell(word)) === value ? 0 : BLOCKED;
  }),
];

const spinSteps = [
  step("lock", (tx, name: string) => {
    if (tx.read(cell(name)) !== 0) return BLOCKED;
    tx.write(cell(name), tx.task);
    return null;
  }),
  step("trylock", (tx, name: string) => {
    if (tx.read(cell(name)) !== 0) return 0;
    tx.write(cell(name), tx.task);
    return 1;
  }),
  step("unlock", (tx, name: string) => {
    if (tx.read(cell(name)) === tx.task) tx.write(cell(name), 0);
    else tx.violate(owner, name, "is not held by this task");
  }),
];

/** The object, when the handle still means it. */
function live(tx: StepContext, handle: Handle | null): boolean {
  if (handle === null) return false;
  const [slot, generation] = handle;
  const found = tx.read(slotKind.of(slot));
  if (found.live && found.generation === generation) return true;
  tx.violate(alive, `slot:${slot}#${generation}`, found.live ? "recycled" : "freed");
  return false;
}

const poolSteps = [
  step("alloc", (tx): Handle | null => {
    const open: { how: "fresh" | "reuse"; slot: number; generation: number }[] = [];
    for (let slot = 0; slot < slotCount; slot++) {
      const { generation, live } = tx.read(slotKind.of(slot));
      const how = generation === 0 ? "fresh" : "reuse";
      if (!live && !open.some((one) => one.how === how)) open.push({ how, slot, generation });
    }
    if (open.length === 0) return null;
    const how = tx.choose(...(open.map((one) => one.how) as ["fresh" | "reuse"]));
    const { slot, generation } = open.find((one) => one.how === how)!;
    tx.write(slotKind.of(slot), { generation: generation + 1, live: true });
    return [slot, generation + 1];
  }),
  step("use", (tx, handle: Handle | null) => {
    live(tx, handle);
  }),
  step("free", (tx, handle: Handle | null) => {
    if (handle === null || !live(tx, handle)) return;
    tx.update(slotKind.of(handle[0]), (slot) => ({ ...slot, live: false }));
  }),
  step("publish", (tx, handle: Handle | null) => {
    tx.write(shared.of(), handle);
    return null;
  }),
  step("fetch", (tx) => tx.read(shared.of())),
];

/** Steps that take the thread's own handle as argument. */
export const handleSteps: ReadonlySet<string> = new Set(["use", "free", "publish"]);
/** Steps whose result becomes the thread's handle. */
export const handleResults: ReadonlySet<string> = new Set(["alloc", "fetch"]);

export const toySteps: ReadonlyMap<string, AnyStep> = new Map(
  [...wordSteps, ...choiceSteps, ...spinSteps, ...poolSteps, ...rwsemSteps].map(
    (one: AnyStep) => [one.op, one] as const,
  ),
);
