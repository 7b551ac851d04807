import { type ExploreOptions, type Program, type Thread } from "@faultline/interleave";
import { gallery } from "@faultline/gallery";
import { type Ref, task, taskCount, type Value } from "@faultline/mm";
import { describe, expect, it } from "vitest";
import { exploreBy, upTo } from "./oracle/answers.ts";

/** Doubled programs are larger: those that outgrow this are left to the random programs. */
const budget = { transitions: 60_000 };

/** The program with one thread twice. */
function doubled(program: Program, at: number): Program {
  const twin = program.threads[at]!;
  const number = program.threads.length + 1;
  const own = program.initial.get(task.of(twin.task));
  const writes = new Map<Ref, Value>([
    [taskCount, number + 1],
    [task.of(number), { ...own, name: `${twin.name} again` }],
  ]);
  const thread: Thread = { ...twin, task: number, name: `${twin.name} again`, start: () => twin.start() };
  return { ...program, initial: program.initial.with(writes), threads: [...program.threads, thread] };
}

/** Whether the set-up gave the thread something of its own, which its twin has not. */
function holdsSomething({ initial, threads }: Program, at: number): boolean {
  const { task: number } = threads[at]!;
  const own = initial.entries().filter(([{ kind, ids }]) => kind.tasks.ids?.some((place) => ids[place] === number));
  return own.some(([{ kind }]) => kind !== task);
}

describe("a thread that runs twice is interchangeable with itself", () => {
  let compared = 0;

  it.each(gallery)("$id $slug: no step tells the two apart, and nothing is lost by it", ({ scenario }) => {
    for (const variant of scenario.variants) {
      const { program } = scenario.instantiate(variant);
      for (const [at, { name, daemon }] of program.threads.entries()) {
        const twice = doubled(program, at);
        const options: ExploreOptions = { budget, minimize: false };
        const { exploration, ...answer } = exploreBy(options, twice);
        if (daemon || holdsSomething(program, at)) continue;
        const { alike, whyNotAlike } = exploration.reductions;
        expect(whyNotAlike, `${variant}, ${name}`).toBeUndefined();
        expect(alike, `${variant}, ${name}`).toContainEqual([name, `${name} again`]);
        if (exploration.stopped !== undefined) continue;
        const apart = exploreBy({ ...options, symmetry: false }, twice);
        if (apart.exploration.stopped !== undefined) continue;
        compared++;
        expect(exploration.states).toBeLessThanOrEqual(apart.exploration.states);
        const rules = (of: typeof answer): string[] => Object.keys(of.violations);
        expect(rules(answer), `${variant}, ${name}`).toEqual(rules(apart));
        const { finals, deadlocks } = upTo(twice, alike, answer);
        expect({ finals, deadlocks }).toEqual({
          finals: upTo(twice, alike, apart).finals,
          deadlocks: upTo(twice, alike, apart).deadlocks,
        });
      }
    }
  });

  it("was seen in enough programs to mean something", () => {
    console.log(`${compared} programs with one thread twice`);
    expect(compared).toBeGreaterThan(40);
  });
});
