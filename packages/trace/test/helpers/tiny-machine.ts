import {
  BLOCKED,
  component,
  createMachine,
  type Machine,
  type Rule,
  Snapshot,
  step,
  type StepEvent,
  STOPPED,
  Table,
  apply,
  type Value,
} from "@faultline/mm";
import fc from "fast-check";

// A machine with one of everything that a trace has to hold: steps that wait, stop, choose, return values, write
// state that grows and state that goes back, and rules of both kinds.

const owner = component<number | null>("test/lock:#/owner", null);
const page = component<{ readonly present: boolean; readonly by: readonly number[] }>("test/page:#", {
  present: false,
  by: [],
});
const counter = component<number>("test/counter:#", 0);
const bag = component<Value>("test/bag", null);

const ORDER: Rule = {
  name: "T-ORDER",
  severity: "S2",
  wording: "a page is zapped by whoever faulted it in last",
  source: "test",
};
const LIMIT: Rule = { name: "T-LIMIT", severity: "S6", wording: "no counter beyond 9", source: "test" };
const LEAK: Rule = { name: "T-LEAK", severity: "S5", wording: "no lock is held at the end", source: "test" };

const lock = step("lock", (tx, name: number) => {
  if (typeof name !== "number") throw new TypeError("a lock has a number");
  if (tx.read(owner.of(name)) !== null) return BLOCKED;
  tx.write(owner.of(name), tx.task);
  return undefined;
});

const trylock = step("trylock", (tx, name: number) => {
  if (tx.read(owner.of(name)) !== null) return false;
  tx.write(owner.of(name), tx.task);
  return true;
});

const unlock = step("unlock", (tx, name: number) => {
  if (tx.read(owner.of(name)) !== tx.task) return STOPPED;
  tx.write(owner.of(name), null);
  return undefined;
});

const fault = step("fault", (tx, address: number) => {
  const how = tx.choose("map", "retry");
  if (how === "retry") return "retry";
  tx.update(page.of(address), ({ by }) => ({
    present: true,
    by: by.includes(tx.task) ? by : [...by, tx.task],
  }));
  return tx.read(page.of(address)).by.length;
});

const zap = step("zap", (tx, address: number) => {
  const { by } = tx.read(page.of(address));
  if (by.length > 0 && by.at(-1) !== tx.task) {
    tx.violate(ORDER, `page:${address}`, "somebody else faulted it in");
  }
  tx.write(page.of(address), { present: false, by: [] });
  return undefined;
});

const count = step("count", (tx, name: number, by: number) => {
  tx.write(counter.of(name), tx.read(counter.of(name)) + by);
  return tx.read(counter.of(name));
});

const stow = step("stow", (tx, value: Value) => {
  const before = tx.read(bag.of());
  tx.write(bag.of(), value);
  return before;
});

const steps = [lock, trylock, unlock, fault, zap, count, stow];

export const machine: Machine = createMachine({
  steps,
  stateRules: [
    {
      ...LIMIT,
      watches: [counter],
      check(state, report) {
        for (let i = 0; i < 3; i++) {
          if (state.read(counter.of(i)) > 9) report(`counter:${i}`, "too many");
        }
      },
    },
  ],
  endRules: [
    {
      ...LEAK,
      check(state, report) {
        for (let i = 0; i < 3; i++) if (state.get(owner.of(i)) !== null) report(`lock:${i}`, "held");
      },
    },
  ],
});

/** The same, but zap forgets to forget who faulted: a difference that only a state, not a result, shows at once. */
export const forgetfulMachine: Machine = createMachine({
  steps: [
    ...steps.filter(({ op }) => op !== "zap"),
    step("zap", (tx, address: number) => {
      tx.update(page.of(address), (was) => ({ ...was, present: false }));
      return undefined;
    }),
  ],
});

export const counters = counter;

/** Those of these events that can happen, one after the other, from the empty state. */
export function runnable(events: readonly StepEvent[]): StepEvent[] {
  const table = new Table(Snapshot.empty);
  return events.filter((event) => {
    const transition = apply(machine, table, event);
    table.apply(transition.writes);
    return transition.status !== "blocked";
  });
}

const small = fc.integer({ min: 0, max: 2 });
const task = fc.integer({ min: 1, max: 4 });
const address = fc.constantFrom(0, 0x1000, 0x7f12_3456_7000, 0x1000_0000_0000);

/** Any plain value that a trace can hold. */
export const anyValue: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom<Value>(null, true, false, "", "constructor", "ü", "\u{1F600}"),
    fc.maxSafeInteger(),
    fc.integer({ min: -300, max: 300 }),
    // What is stored apart, and what is not: around the limits, and texts that end in integers, or seem to.
    fc.constantFrom(2 ** 47 - 1, 2 ** 47, 1 - 2 ** 47, -(2 ** 47), 0x7fff_ffff_f000),
    fc.constantFrom("anon_vma4", "anon_vma17", "vma07", "vma0", "vma00", "12", "x1234567890123", "-1", "4k"),
    fc.string({ maxLength: 6 }),
    fc.array(tie("value"), { maxLength: 3 }),
    fc
      .dictionary(
        fc.oneof(fc.string({ maxLength: 4 }), fc.constantFrom("constructor", "toJSON", "length", "toString")),
        tie("value"),
        { maxKeys: 3, noNullPrototype: true },
      )
      .filter((map) => !Object.hasOwn(map, "__proto__")),
  ),
})).value;

export const anyEvent: fc.Arbitrary<StepEvent> = fc.oneof(
  fc.record({ task, op: fc.constantFrom("lock", "trylock", "unlock"), args: fc.tuple(small) }),
  fc.record({
    task,
    op: fc.constant("fault"),
    args: fc.tuple(address),
    choice: fc.constantFrom("map", "retry"),
  }),
  fc.record({ task, op: fc.constant("zap"), args: fc.tuple(address) }),
  fc.record({ task, op: fc.constant("count"), args: fc.tuple(small, fc.integer({ min: -2, max: 6 })) }),
  fc.record({ task, op: fc.constant("stow"), args: fc.tuple(anyValue) }),
);

/** A run of the machine. */
export const anyRun: fc.Arbitrary<StepEvent[]> = fc.array(anyEvent, { maxLength: 60, size: "max" }).map(runnable);

/** A run without random values: a long one is a small file. */
export function plainRun(length: number): StepEvent[] {
  const events: StepEvent[] = [];
  for (let i = 0; events.length < length; i++) {
    const by = 1 + (i % 3);
    const at = 0x7f00_0000_0000 + 0x1000 * (i % 50);
    events.push({ task: by, op: "lock", args: [0] });
    events.push({ task: by, op: "fault", args: [at], choice: i % 7 === 0 ? "retry" : "map" });
    events.push({ task: by, op: "count", args: [1, i % 2 === 0 ? 1 : -1] });
    if (i % 5 === 4) events.push({ task: by, op: "zap", args: [at] });
    events.push({ task: by, op: "unlock", args: [0] });
  }
  return events.slice(0, length);
}
