import { createKernel, type Kernel, LOCK_ORDER, profile, type Steps } from "@faultline/mm";
import { describe, expect, it } from "vitest";
import { explore } from "../src/index.ts";
import { program } from "./toy.ts";

const k: Kernel = createKernel(profile("linux-6.6").knobs);

const nested = (...locks: string[]) =>
  function* (): Steps<void> {
    for (const lock of locks) yield* k.mutexLock(lock);
    for (const lock of locks.toReversed()) yield* k.mutexUnlock(lock);
  };

const potentials = (threads: readonly (() => Steps<unknown>)[], persistentSets = true) =>
  explore(program(threads), { persistentSets }).findings.filter(({ potential }) => potential === true);

describe("lock classes", () => {
  it("report both orders of two classes although their instances cannot deadlock", () => {
    for (const persistentSets of [true, false]) {
      const found = potentials([nested("a1", "b1"), nested("b2", "a2")], persistentSets);
      expect(found).toHaveLength(1);
      const [{ violation, events, minimal }] = found as [(typeof found)[0]];
      expect([violation.rule, violation.severity, minimal]).toEqual([LOCK_ORDER, "S4", true]);
      expect(violation.message).toContain("t1 waits for b under a in mutex_lock");
      expect(violation.message).toContain("t2 waits for a under b in mutex_lock");
      expect(events).toHaveLength(2);
    }
  });

  it("report both orders by one task, one after the other", () => {
    const both = function* (): Steps<void> {
      yield* nested("a", "b")();
      yield* nested("b", "a")();
    };
    expect(explore(program([both])).verdict).toBe("violation");
    expect(potentials([both])).toHaveLength(1);
  });

  it("report a circle of three once, and none of one direction", () => {
    expect(potentials([nested("a1", "b1"), nested("b2", "c2"), nested("c3", "a3")])).toHaveLength(1);
    expect(potentials([nested("a1", "b1"), nested("b2", "c2"), nested("a3", "c3")])).toEqual([]);
  });

  it("know instances of one class from each other: nesting them is no circle", () => {
    expect(potentials([nested("a1", "a2")])).toEqual([]);
  });

  it("do not count trying", () => {
    const tries = function* (): Steps<void> {
      yield* k.mutexLock("b2");
      if (yield* k.mutexTrylock("a2")) yield* k.mutexUnlock("a2");
      yield* k.mutexUnlock("b2");
    };
    expect(potentials([nested("a1", "b1"), tries])).toEqual([]);
  });

  it("close a circle with the documented order", () => {
    // i_mmap > x, x > mmap_lock, and the documents: mmap_lock > … > i_mmap.
    const found = potentials([nested("i_mmap0", "x0"), nested("x1", "mmap_lock1")]);
    expect(found).toHaveLength(1);
    expect(found[0]!.violation.message).toContain("the documented order has");
  });

  it("leave to the step itself what it alone does against the documents", () => {
    const result = explore(program([nested("i_mmap0", "mmap_lock1")]));
    expect(result.findings.map(({ violation, potential }) => [violation.rule.name, potential])).toEqual([
      ["LOCK-ORDER", undefined],
    ]);
  });

  it("are no part of a state: the two threads stay independent", () => {
    expect(explore(program([nested("a1", "b1"), nested("b2", "a2")])).states).toBe(
      explore(program([nested("a1", "b1"), nested("a2", "b2")])).states,
    );
  });
});
