import {
  again,
  type BinderGeneration,
  binderGenerations,
  type Kernel,
  loop,
  openBinder,
  profile,
  type Steps,
  VM,
} from "@faultline/mm";
import { describe, expect, it } from "vitest";
import { mutexTrylock, mutexUnlock } from "../packages/mm/src/events/lock-steps.ts";
import { mmapReadUnlock } from "../packages/mm/src/events/mmap-lock-steps.ts";
import type { Context } from "../packages/mm/src/kernel/context.ts";
import { pageFault } from "../packages/mm/src/kernel/fault.ts";
import { type Body, explore, findLassos, type LassoReport, type Program, scenario } from "@faultline/interleave";

const AT = 0x10000;
const PAGE = 0x1000;

interface Handles {
  readonly mm: number;
}

/** One page per driver name, side by side from AT on, and threads that live there. */
function mapped(profile: string, ops: readonly string[], threads: (mm: number) => Record<string, Body>): Program {
  return scenario<object, Handles>({
    title: "liveness",
    profile,
    variants: { only: {} },
    setup(k) {
      const mm = k.mm();
      ops.forEach((name, i) => {
        const flags = VM.READ | VM.WRITE;
        k.run(k.mmap(mm, { start: AT + i * PAGE, length: PAGE, flags, ops: name, owner: "" }));
      });
      return { mm };
    },
    threads: ({ mm }) => threads(mm),
  }).instantiate("only").program;
}

const saying = ({ stopped, lassos }: LassoReport): string[] => {
  expect(stopped).toBeUndefined();
  return lassos.map(({ kind, violation, minimal }) => `${kind}${minimal ? "" : "?"}: ${violation.message}`);
};

/** A thread of the process that may go on for ever. */
const daemon = (mm: number, turn: (k: Kernel) => Steps<unknown>): Body => ({
  mm,
  daemon: true,
  run: (k) =>
    loop(null, function* () {
      yield* turn(k);
      return again(null);
    }),
});

describe("the fault's RETRY loop", () => {
  /** A driver whose page has a lock that its handler only tries for, as folio_lock_or_retry does. */
  const retrying = (lock: string): Context => ({
    knobs: profile("linux-6.1").knobs,
    vmOps: new Map([
      [
        "other",
        {
          *fault(_k, { mm }) {
            if (!(yield* mutexTrylock(lock))) {
              yield* mmapReadUnlock(mm);
              return "retry";
            }
            yield* mutexUnlock(lock);
            return "ok";
          },
        },
      ],
    ]),
  });

  const faulting = (mm: number, wanted: string, held?: string): Body => {
    const context = retrying(wanted);
    return {
      mm,
      *run(k) {
        if (held !== undefined) yield* k.mutexLock(held);
        yield* pageFault(context, mm, AT, true);
        if (held !== undefined) yield* k.mutexUnlock(held);
      },
    };
  };

  const holding = (then: (k: Kernel) => Steps<unknown>): Body =>
    function* (k) {
      yield* k.mutexLock("folio0");
      yield* then(k);
    };

  it("ends where the lock's holder lets go", () => {
    const program = mapped("linux-6.1", ["other"], (mm) => ({
      fault: faulting(mm, "folio0"),
      holder: holding((k) => k.mutexUnlock("folio0")),
    }));
    expect(saying(findLassos(program))).toEqual([]);
  });

  it("goes round for ever where it does not", () => {
    const program = mapped("linux-6.1", ["other"], (mm) => ({
      fault: faulting(mm, "folio0"),
      holder: holding((k) => k.waitEvent("never", 1)),
    }));
    expect(saying(findLassos(program))).toEqual([
      "livelock: fault goes round for ever in mmap_read_lock, find_vma, access_error, vma_area …; holder waits for ever in wait_event",
    ]);
    // No run with the retries in it ends: the ends of runs tell of the holder alone.
    expect(explore(program, { liveness: false }).findings.map(({ violation }) => violation.object)).toEqual(["task:2"]);
  });

  it("goes round for ever where each of two holds what the other's fault needs", () => {
    const program = mapped("linux-6.1", ["other"], (mm) => ({
      one: faulting(mm, "folio1", "folio0"),
      two: faulting(mm, "folio0", "folio1"),
    }));
    const [lasso, ...more] = findLassos(program).lassos;
    expect(more).toEqual([]);
    expect(lasso).toMatchObject({ kind: "livelock", tasks: [1, 2], minimal: true });
    expect(
      lasso!.loop
        .filter(({ op }) => op === "vm_fault_retry")
        .map(({ task }) => task)
        .sort(),
    ).toEqual([1, 2]);
  });
});

describe("lock_vma_under_rcu's EAGAIN loop", () => {
  const fault = (mm: number): Body => ({
    mm,
    *run(k) {
      const vma = yield* k.lockVmaUnderRcu(mm, AT);
      if (vma !== null) yield* k.vmaEndRead(vma);
    },
  });

  it.each(["linux-6.6", "linux-6.12", "linux-6.18.0", "linux-7.0"])("ends while munmap goes on: %s", (profile) => {
    const program = mapped(profile, [""], (mm) => ({
      fault: fault(mm),
      munmap: { mm, run: (k) => k.munmap(mm, AT, PAGE) },
    }));
    expect(saying(findLassos(program))).toEqual([]);
  });

  it("goes round for ever where the VMA stays detached in the tree", () => {
    const program = mapped("linux-7.0", [""], (mm) => ({
      fault: fault(mm),
      detach: {
        mm,
        *run(k) {
          yield* k.mmapWriteLock(mm);
          const vma = (yield* k.vmaLookup(mm, AT))!;
          yield* k.vmaMarkDetached(vma);
          yield* k.waitEvent("never", 1);
        },
      },
    }));
    expect(saying(findLassos(program))).toEqual([
      "livelock: fault goes round for ever in rcu_read_lock, mas_walk, vma_lock_seq_relaxed, vma_refcount_inc …; detach waits for ever in wait_event",
    ]);
  });

  it("may lose every time against a thread that maps and unmaps for ever, with endlessly many generations", () => {
    const remap = (mm: number): Body =>
      daemon(mm, function* (k) {
        yield* k.munmap(mm, AT, PAGE);
        yield* k.mmap(mm, { start: AT, length: PAGE, flags: VM.READ, ops: "", owner: "" });
      });
    const report = findLassos(mapped("linux-7.0", [""], (mm) => ({ fault: fault(mm), remap: remap(mm) })));
    expect(report.lassos.map(({ kind, tasks }) => [kind, tasks])).toEqual([["starvation", [1]]]);
    expect(report.collisionLog2).toBe(-Infinity);
  });
});

it("an endless maker of objects is noticed however late it begins to make them", () => {
  const report = findLassos(
    mapped("linux-6.1", [], (mm) => ({
      remap: daemon(mm, function* (k) {
        if ((yield* k.readOnce("go")) === 0) return;
        yield* k.mmap(mm, { start: AT, length: PAGE, flags: VM.READ, ops: "", owner: "" });
        yield* k.munmap(mm, AT, PAGE);
      }),
      toggle: daemon(mm, function* (k) {
        yield* k.writeOnce("go", 1);
        yield* k.writeOnce("go", 0);
      }),
    })),
    { budget: { states: 200_000 } },
  );
  expect(report).toMatchObject({ verdict: "clean", stopped: undefined, collisionLog2: -Infinity });
});

describe("RECLAIM-LIVE with a shrinker that never rests", () => {
  const gen: BinderGeneration = binderGenerations["7.0"];

  /** The buffer's owner unmaps it, and may put other memory in its place for good or for a while. */
  function reclaiming(gen: BinderGeneration, impostor: "none" | "stays" | "goes"): Program {
    return scenario({
      title: "reclaim for ever",
      profile: "linux-7.0",
      variants: { only: {} },
      setup(k) {
        const binder = openBinder(k, "binder", 1);
        k.run(k.binderInstall(binder, gen, 0, 1));
        k.run(k.binderFreeBuf(binder, gen, 0, 1));
        k.run(k.munmap(binder.mm, binder.start, PAGE));
        return binder;
      },
      threads: (binder) => {
        const { mm, start } = binder;
        const come = (k: Kernel) => k.mmap(mm, { start, length: PAGE, flags: VM.READ, ops: "", owner: "" });
        const go = (k: Kernel) => k.munmap(mm, start, PAGE);
        const owner: Body = {
          mm,
          *run(k) {
            if (impostor !== "none") yield* come(k);
            if (impostor === "goes") yield* go(k);
          },
        };
        return { owner, shrinker: daemon(mm, (k) => k.binderShrinkScan([binder], gen, 1)) };
      },
    }).instantiate("only").program;
  }

  it.each([
    ["an impostor that stays", "stays", gen, ["RECLAIM-LIVE"]],
    ["an impostor that stays, where reclaim does not mind", "stays", { ...gen, reclaimImpostor: "reclaim" }, []],
    ["an impostor that goes", "goes", gen, []],
    ["no impostor", "none", gen, []],
  ] as const)("%s", (_, impostor, generation, rules) => {
    const { stopped, lassos } = findLassos(reclaiming(generation, impostor));
    expect(stopped).toBeUndefined();
    expect(lassos.map(({ violation }) => violation.rule.name)).toEqual(rules);
    for (const { kind, violation, loop } of lassos) {
      expect([kind, violation.object, violation.severity]).toEqual(["lasting", "binder:0/page:0", "S5"]);
      expect(violation.message).toContain("every scan skips it while vma:0#2 stands at its address");
      expect(new Set(loop.map(({ task }) => task))).toEqual(new Set([2]));
    }
  });
});

it("a budget makes what is not whole inconclusive, and keeps what was found", () => {
  const program = mapped("linux-6.12", [""], (mm) => ({
    look: daemon(mm, function* (k) {
      yield* k.mmapReadLock(mm);
      yield* k.mmapReadUnlock(mm);
    }),
    spin: (k) =>
      loop(null, function* () {
        yield* k.readOnce("never");
        return again(null);
      }),
  }));
  expect(findLassos(program)).toMatchObject({ verdict: "violation", stopped: undefined });
  for (const [budget, reason] of [
    [{ states: 1 }, "the budget of 1 states is used up"],
    [{ transitions: 2 }, "the budget of 2 transitions is used up"],
  ] as const) {
    expect(findLassos(program, { budget })).toMatchObject({ verdict: "inconclusive", stopped: reason, lassos: [] });
  }
  const report = findLassos(program, { minimizeBudget: 1 });
  expect(report.lassos).toMatchObject([{ kind: "livelock", tasks: [2], minimal: false }]);
});
