import { listSeeds, ModelProcess, type Operation, parseOperations, WINDOW_PAGES, writeList } from "@faultline/oracle";
import { timed } from "./traces/timed.ts";

const PROFILE = "linux-6.18";
const SEED = 1;
const LISTS = 20;
/** Operations of a list. */
const LENGTH = 240;
/** Rounds of all lists before the first that counts. */
const WARM_UP = 10;
/** Private memory without files and children, of which the window is full. */
const KIND = "basic";

/** How fast a model process does system calls. */
export interface CallsBench {
  readonly profile: string;
  /** Pages of the window in which the calls are. */
  readonly pages: number;
  readonly operations: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly operationsPerSecond: number;
  /** Steps of the kernel that an operation takes, on average. */
  readonly events: number;
}

/**
 * Does generated lists, the same ones each time, over and over: on a warm model, in place, and nobody asks how the
 * address space looks in between. Making the processes is not part of the time.
 * @param operations how many there are to be, at least
 */
export function measureCalls(operations: number): CallsBench {
  const lists = listSeeds(SEED, LISTS, LENGTH).map(({ numbers }) => {
    const { lines } = writeList({ kind: KIND, numbers }, new ModelProcess({ profile: PROFILE }));
    // Emptying everything for a fresh beginning is no system call.
    return parseOperations(lines.join("\n")).filter(({ op }) => op !== "reset");
  });
  let steps = 0;
  for (const list of lists) runList(new ModelProcess({ profile: PROFILE, state: false, observe: () => steps++ }), list);
  const total = { done: 0, seconds: 0, cpuSeconds: 0 };
  for (let round = -WARM_UP; total.done < operations; round++) {
    const subjects = lists.map(() => new ModelProcess({ profile: PROFILE, state: false }));
    const { seconds, cpuSeconds } = timed(() => lists.forEach((list, i) => runList(subjects[i]!, list)));
    if (round < 0) continue;
    total.done += lists.reduce((sum, { length }) => sum + length, 0);
    total.seconds += seconds;
    total.cpuSeconds += cpuSeconds;
  }
  const { done, seconds, cpuSeconds } = total;
  return {
    profile: PROFILE,
    pages: WINDOW_PAGES,
    operations: done,
    seconds: Number(seconds.toFixed(3)),
    cpuSeconds: Number(cpuSeconds.toFixed(3)),
    operationsPerSecond: Math.round(done / seconds),
    events: Number((steps / lists.reduce((sum, { length }) => sum + length, 0)).toFixed(1)),
  };
}

function runList(subject: ModelProcess, list: readonly Operation[]): void {
  for (const operation of list) subject.run(operation);
}
