import { type Scenario, scenario } from "@faultline/interleave";
import { again, done, type Kernel, loop, type Steps } from "@faultline/mm";
import { describe, expect, it } from "vitest";
import { runEngine } from "../src/explore/engines.ts";
import { PLAIN_LIMITS } from "../src/explore/explore-variant.ts";
import { findingViews } from "../src/explore/finding-views.ts";
import { resultOf } from "../src/explore/result.ts";
import { renderFinding } from "../src/render/finding.ts";
import { plain } from "../src/render/style.ts";

const backOff = (first: string, second: string) =>
  function* (k: Kernel): Steps<void> {
    yield* loop(null, function* () {
      yield* k.mutexLock(first);
      const both = yield* k.mutexTrylock(second);
      if (both) yield* k.mutexUnlock(second);
      yield* k.mutexUnlock(first);
      return both ? done() : again(null);
    });
  };

function shown(of: Scenario, width: number): string[] {
  const instance = of.instantiate("only");
  const exploration = runEngine(instance.program, { engine: "states", sampling: PLAIN_LIMITS.sampling });
  const { findings } = exploration;
  const known = { name: "mine", slug: undefined, file: undefined, scenario: of };
  const explored = { known, instance, exploration, findings, seconds: 0, counted: undefined, limits: PLAIN_LIMITS };
  const result = resultOf(explored, [null, null]);
  const [view, ...more] = findingViews(explored, result).filter(({ loop }) => loop !== null);
  expect(more).toEqual([]);
  const lines = renderFinding(view!, width, plain);
  return lines.slice(0, lines.indexOf("", lines.indexOf("") + 1));
}

const two = (threads: Parameters<typeof scenario<object, object>>[0]["threads"]): Scenario =>
  scenario({ title: "loops", profile: "linux-6.12", variants: { only: {} }, setup: () => ({}), threads });

const polite = two(() => ({ t1: backOff("a", "b"), t2: backOff("b", "a") }));

const starved = scenario({
  title: "a reader that never gets in",
  profile: "linux-6.12",
  kernel: { rwsem: "plain" },
  variants: { only: {} },
  setup: (k) => k.mm(),
  threads: (mm) => ({
    reader: {
      mm,
      *run(k) {
        yield* k.mmapReadLock(mm);
        yield* k.mmapReadUnlock(mm);
      },
    },
    writer: {
      mm,
      daemon: true,
      run: (k) =>
        loop(null, function* () {
          yield* k.mmapWriteLock(mm);
          yield* k.mmapWriteUnlock(mm);
          return again(null);
        }),
    },
  }),
});

describe("what goes on for ever", () => {
  it("shows the loop between two lines, a column per thread", () => {
    expect(shown(polite, 90)).toEqual([
      "NO-STUCK  S4 deadlock, livelock or sleep in atomic context",
      "what      t1 goes round for ever in mutex_lock, mutex_trylock, mutex_unlock; t2 goes round",
      "          for ever in mutex_lock, mutex_trylock, mutex_unlock",
      "rule      no cycle of retries goes on for ever, with every thread that can run running and",
      "          none finishing",
      "source    Documentation/locking/lockdep-design.rst; the hung task detector,",
      "          kernel/hung_task.c",
      "run       0 events, then 6 for ever: no run that shows it has fewer in all",
      "",
      "      t1                                         t2",
      "      ─────────────────────────────────────────  ─────────────────────────────────────────",
      "      -- loop: for ever --",
      "   0  mutex_lock(a)",
      "        lock:a none → t1",
      "      -- switch --",
      "   1                                             mutex_lock(b)",
      "                                                   lock:b none → t2",
      "                                                 -- switch --",
      "   2  mutex_trylock(b) = false",
      "      -- switch --",
      "   3                                             mutex_trylock(a) = false",
      "                                                 -- switch --",
      "   4  mutex_unlock(a)",
      "        lock:a t1 → none",
      "      -- switch --",
      "   5                                             mutex_unlock(b)",
      "                                                   lock:b t2 → none",
      "      -- loop: on with event 0 again --",
    ]);
  });

  it("shows starvation, and uses one column where there is no room for two", () => {
    expect(shown(starved, 60)).toEqual([
      "NO-STUCK  S5 leak or starvation",
      "what      reader waits for ever in mmap_read_lock, while",
      "          writer goes on with mmap_write_lock,",
      "          mmap_write_unlock",
      "rule      no thread is kept from finishing for ever by",
      "          daemons that go on, however often it tries or is",
      "          woken",
      "source    Documentation/locking/lockdep-design.rst; the hung",
      "          task detector, kernel/hung_task.c",
      "run       0 events, then 2 for ever: no run that shows it",
      "          has fewer in all",
      "",
      "      -- loop: for ever --",
      "   0  writer  mmap_write_lock(mm:0)",
      "                mm:0/mmap_lock/writer none → writer",
      "   1  writer  mmap_write_unlock(mm:0)",
      "                mm:0/mmap_lock/writer writer → none",
      "      -- loop: on with event 0 again --",
    ]);
  });

  it("sets the stem off from the loop, after the switch that leads to it", () => {
    const spinning = two(() => ({
      t1: (k) => k.mutexLock("a"),
      t2: (k) =>
        loop(null, function* () {
          return (yield* k.mutexTrylock("a")) ? done() : again(null);
        }),
    }));
    expect(shown(spinning, 90).slice(-7)).toEqual([
      "      ─────────────────────────────────────────  ─────────────────────────────────────────",
      "   0  mutex_lock(a)",
      "        lock:a none → t1",
      "      -- switch --",
      "      -- loop: for ever --",
      "   1                                             mutex_trylock(a) = false",
      "      -- loop: on with event 1 again --",
    ]);
  });

  it("keeps within the width", () => {
    for (const one of [polite, starved]) {
      for (const width of [60, 72, 100, 130]) {
        for (const line of shown(one, width)) expect(line.length).toBeLessThanOrEqual(width);
      }
    }
  });
});
