import { type Body, explore, type Exploration, scenario, type SetupKernel } from "@faultline/interleave";
import { type Knobs, PAGE_SIZE, profileNames, VM } from "@faultline/mm";
import { describe, expect, it } from "vitest";

// Orders of faults against what changes VMAs, in every profile that has per-VMA locks and in those that have none.

const AT = 0x10_0000;
const RW = VM.READ | VM.WRITE;
const AREA = { start: AT, length: PAGE_SIZE, flags: RW, ops: "", owner: "" };

type Handles = { readonly mm: number };
type Threads = Readonly<Record<string, (mm: number) => Exclude<Body, (...args: never[]) => unknown>>>;

function run(profile: string, kernel: Partial<Knobs>, threads: Threads, faulted = true): Exploration {
  const one = scenario({
    title: "orders of faults",
    profile,
    kernel,
    variants: { only: {} },
    setup(k: SetupKernel): Handles {
      const mm = k.mm();
      k.run(k.mmap(mm, AREA));
      if (faulted) k.run(k.pageFault(mm, AT, true));
      return { mm };
    },
    threads: ({ mm }) => Object.fromEntries(Object.entries(threads).map(([name, make]) => [name, make(mm)])),
  });
  return explore(one.instantiate("only").program);
}

const broken = (result: Exploration): string[] => [
  ...new Set(result.findings.map(({ violation }) => violation.rule.name)),
];

const fault: Threads[string] = (mm) => ({
  mm,
  *run(k) {
    yield* k.pageFault(mm, AT, true);
  },
});
const munmap: Threads[string] = (mm) => ({
  mm,
  *run(k) {
    yield* k.munmap(mm, AT, PAGE_SIZE);
  },
});
const replace: Threads[string] = (mm) => ({
  mm,
  *run(k) {
    yield* k.mmap(mm, AREA);
  },
});
const setFlags: Threads[string] = (mm) => ({
  mm,
  *run(k) {
    yield* k.mmapWriteLock(mm);
    const vma = yield* k.vmaLookup(mm, AT);
    if (vma !== null) yield* k.vmFlagsSet(vma, VM.DONTCOPY);
    yield* k.mmapWriteUnlock(mm);
  },
});

describe.each(profileNames)("%s", (profile) => {
  it.each([
    ["munmap against a fault", { munmap, fault }, true],
    ["munmap against the first fault", { munmap, fault }, false],
    ["two first faults", { fault, other: fault }, false],
    ["a change of flags against two faults", { setFlags, fault, other: fault }, true],
    ["mmap over a VMA against a fault", { replace, fault }, true],
  ] as const)("%s is clean in every order", (_, threads, faulted) => {
    const result = run(profile, { newVmaVw: true }, threads, faulted);
    expect(result.findings.map(({ violation }) => violation.message)).toEqual([]);
    expect(result.verdict).toBe("clean");
  });
});

describe("lock_vma_under_rcu that goes round again", () => {
  it("RCU-CURSOR: with the cursor of before its RCU section ended (6.18-rc, 270065f514c5)", () => {
    const threads = { munmap, fault };
    expect(broken(run("linux-6.18.0", { retryResetsCursor: false }, threads))).toEqual(["RCU-CURSOR"]);
    expect(run("linux-6.18.0", {}, threads).verdict).toBe("clean");
  });

  it("keeps its cursor without harm where the RCU section lasts", () => {
    expect(run("linux-6.15.0", { retryResetsCursor: false }, { munmap, fault }).verdict).toBe("clean");
  });
});

describe("the VMA read lock and mmap_lock", () => {
  it("NO-BLOCK-UNDER-VR: whoever waits for mmap_lock under the VMA lock waits for ever", () => {
    const waits: Threads[string] = (mm) => ({
      mm,
      *run(k) {
        const vma = yield* k.lockVmaUnderRcu(mm, AT);
        yield* k.mmapReadLock(mm);
        yield* k.mmapReadUnlock(mm);
        if (vma !== null) yield* k.vmaEndRead(vma);
      },
    });
    const rules = broken(run("linux-6.18.19", {}, { waits, setFlags }));
    expect(rules).toEqual(expect.arrayContaining(["NO-BLOCK-UNDER-VR", "NO-STUCK"]));
  });

  it("a try for mmap_lock under the VMA lock is fine", () => {
    const tries: Threads[string] = (mm) => ({
      mm,
      *run(k) {
        const vma = yield* k.lockVmaUnderRcu(mm, AT);
        if (yield* k.mmapReadTrylock(mm)) yield* k.mmapReadUnlock(mm);
        if (vma !== null) yield* k.vmaEndRead(vma);
      },
    });
    expect(run("linux-6.18.19", {}, { tries, setFlags }).verdict).toBe("clean");
  });
});

describe("retries without end have finitely many states", () => {
  it("a writer that takes and drops mmap_write_lock for ever, against a fault", () => {
    const forever: Threads[string] = (mm) => ({
      mm,
      daemon: true,
      *run(k) {
        yield* k.loop(null, function* () {
          yield* k.mmapWriteLock(mm);
          const vma = yield* k.vmaLookup(mm, AT);
          if (vma !== null) yield* k.vmaStartWrite(vma);
          yield* k.mmapWriteUnlock(mm);
          return { again: null };
        });
      },
    });
    const result = run("linux-6.18.19", {}, { forever, fault });
    expect(broken(result)).toEqual([]);
    expect(result.states).toBeLessThan(5_000);
  });

  it("a reader that tries for the VMA lock until it has it", () => {
    const insists: Threads[string] = (mm) => ({
      mm,
      *run(k) {
        const vma = yield* k.loop(null, function* () {
          const got = yield* k.lockVmaUnderRcu(mm, AT);
          return got === null ? { again: null } : { done: got };
        });
        yield* k.vmaEndRead(vma);
      },
    });
    const result = run("linux-6.18.19", {}, { insists, setFlags });
    expect(broken(result)).toEqual([]);
    expect(result.states).toBeLessThan(5_000);
  });
});

describe("stack expansion against a fault under the VMA lock", () => {
  const STACK = { start: AT, length: PAGE_SIZE, flags: RW | VM.GROWSDOWN, ops: "", owner: "" };
  it.each([
    ["FIELD-WRITE: without the VMA write lock (c137381f71ae)", false, ["FIELD-WRITE"]],
    ["with it", true, []],
  ] as const)("%s", (_, stackVw, rules) => {
    const one = scenario({
      title: "a stack grows",
      profile: "linux-6.4.3",
      kernel: { stackVw },
      variants: { only: {} },
      setup(k) {
        const mm = k.mm();
        k.run(k.mmap(mm, STACK));
        k.run(k.pageFault(mm, AT, true));
        return mm;
      },
      threads: (mm) => ({
        grow: {
          mm,
          *run(k) {
            yield* k.pageFault(mm, AT - PAGE_SIZE, true);
          },
        },
        fault: fault(mm),
      }),
    });
    const result = explore(one.instantiate("only").program);
    expect(broken(result)).toEqual(rules);
  });
});

describe("a writer waits for readers, and the last of them wakes it", () => {
  const reader =
    (wakes: boolean): Threads[string] =>
    (mm) => ({
      mm,
      *run(k) {
        const vma = yield* k.lockVmaUnderRcu(mm, AT);
        if (vma === null) return;
        if (wakes) yield* k.vmaEndRead(vma);
        else yield* k.vmaEndReadPut(vma);
      },
    });

  it.each(["linux-6.15.0", "linux-6.18.19", "linux-7.0"])("%s: NO-STUCK where one of two does not", (profile) => {
    for (const writer of [munmap, setFlags]) {
      expect(broken(run(profile, {}, { writer, one: reader(true), other: reader(true) }))).toEqual([]);
      expect(broken(run(profile, {}, { writer, one: reader(true), other: reader(false) }))).toEqual(["NO-STUCK"]);
    }
  });

  it.each(["linux-6.4.3", "linux-6.12"])("%s: the rwsem does that by itself", (profile) => {
    expect(broken(run(profile, {}, { writer: setFlags, one: reader(true), other: reader(false) }))).toEqual([]);
  });
});
