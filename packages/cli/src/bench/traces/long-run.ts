import { scenario } from "@faultline/interleave";
import { again, apply, PAGE_SIZE, type Snapshot, type StepEvent, Table, type Transition, VM } from "@faultline/mm";
import { randomNumbers } from "../../run/scheduler.ts";
import { startThread, type ThreadCursor } from "../../run/thread-cursor.ts";

const START = 0x1000_0000;
const PAGES = 64;
const FAULTERS = 3;
/** Pages that are thrown away at a time. */
const WINDOW = 8;
/** Most steps that a thread takes before another has a turn. */
const BURST = 48;

/** Threads of one process that fault, throw pages away, map and unmap for ever: lock and fault events above all. */
const churn = scenario({
  title: "faults without end, while pages are thrown away and areas come and go",
  profile: "linux-6.12",
  variants: { only: {} },
  setup(k) {
    const mm = k.mm();
    k.run(k.mmap(mm, { start: START, length: PAGES * PAGE_SIZE, flags: VM.READ | VM.WRITE, ops: "", owner: "" }));
    return mm;
  },
  threads: (mm) => ({
    adviser: {
      mm,
      run: (k) =>
        k.loop<number, null>(0, function* (turn) {
          const at = START + ((turn * WINDOW) % PAGES) * PAGE_SIZE;
          yield* k.madviseDontneed(mm, at, WINDOW * PAGE_SIZE);
          if (turn % 4 === 0) {
            yield* k.mmap(mm, { start: 2 * START, length: 4 * PAGE_SIZE, flags: VM.READ, ops: "", owner: "" });
            yield* k.munmap(mm, 2 * START, 4 * PAGE_SIZE);
          }
          return again((turn + 1) % 64);
        }),
    },
    ...Object.fromEntries(
      Array.from({ length: FAULTERS }, (_, which) => [
        `faulter${which}`,
        {
          mm,
          run: (k) =>
            k.loop(which * Math.floor(PAGES / FAULTERS), function* (page) {
              yield* k.pageFault(mm, START + page * PAGE_SIZE, true);
              return again((page + 1) % PAGES);
            }),
        } satisfies ReturnType<Parameters<typeof scenario>[0]["threads"]>[string],
      ]),
    ),
  }),
});

/** One event of a run, with what it did. */
export interface Step {
  readonly event: StepEvent;
  readonly transition: Transition;
}

export const SCENARIO = "churn";

/** The rule that the one mistake of a long run breaks: somebody releases what he does not hold. */
export const MISTAKE = "LOCK-HELD";

/** The event that is the mistake, in a run of so many. */
export function mistakeOf(events: number): number {
  return Math.floor(0.7 * events);
}

/**
 * A run of real procedures, the same each time: where it starts, its tasks' names, its events.
 * @param events how many there are to be; it could go on for ever
 */
export function longRun(events: number): {
  readonly initial: Snapshot;
  readonly threads: readonly string[];
  readonly steps: Generator<Step, void>;
} {
  const { program } = churn.instantiate("only");
  const { machine, initial, threads } = program;
  function* run(): Generator<Step, void> {
    const table = new Table(initial);
    const cursors = threads.map(startThread);
    const below = randomNumbers(1);
    // The adviser has a turn where each faulter has four.
    const turns = cursors.flatMap((cursor, i) => Array.from<ThreadCursor>({ length: i === 0 ? 1 : 4 }).fill(cursor));
    for (let number = 0; number < events;) {
      const cursor = turns[below(turns.length)]!;
      for (let left = below(BURST); left >= 0 && number < events; left--) {
        if (number === mistakeOf(events)) {
          const event: StepEvent = { task: 0, op: "mmap_read_unlock", args: [0] };
          const transition = apply(machine, table, event);
          table.apply(transition.writes);
          number++;
          yield { event, transition };
        }
        const { op } = cursor.pending!.step;
        const event: StepEvent = { task: cursor.thread.task, op, args: cursor.pending!.args };
        const transition = apply(machine, table, event);
        if (transition.status === "blocked") break;
        table.apply(transition.writes);
        cursor.resume(transition.result);
        number++;
        // The first outcome is the ordinary one: an allocator that never reuses would leak free slots without end.
        const choice = transition.choicePoint?.options[0];
        yield { event: choice === undefined ? event : { ...event, choice }, transition };
      }
    }
  }
  return { initial, threads: ["setup", ...threads.map(({ name }) => name)], steps: run() };
}
