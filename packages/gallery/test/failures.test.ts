import { explore, type Exploration, scenario } from "@faultline/interleave";
import { ERRNO, type Failure, type Kernel, type Knobs, PAGE_SIZE, VM } from "@faultline/mm";
import { describe, expect, it } from "vitest";

const AT = 0x10000;
const RW = VM.READ | VM.WRITE;
const PROFILES = ["linux-5.4", "linux-6.6", "linux-6.12", "linux-7.0"];

type Threads = (mm: number) => Record<string, (k: Kernel) => Generator>;

/** Threads of one process with two written pages, where this may fail. */
function race(
  profile: string,
  injectFailures: readonly Failure[],
  threads: Threads,
  knobs?: Partial<Knobs>,
): Exploration {
  const made = scenario<object, number>({
    title: "what may fail",
    profile,
    kernel: { ...knobs, injectFailures },
    variants: { only: {} },
    setup(k) {
      const mm = k.mm();
      k.run(k.mmap(mm, { start: AT, length: 2 * PAGE_SIZE, flags: RW, ops: "", owner: "" }));
      for (const at of [AT, AT + PAGE_SIZE]) k.run(k.pageFault(mm, at, true));
      return mm;
    },
    threads: (mm) =>
      Object.fromEntries(Object.entries(threads(mm)).map(([name, run]) => [name, { mm, run: run as never }])),
  });
  return explore(made.instantiate("only").program);
}

const broken = ({ findings }: Exploration) =>
  findings.map(({ violation }) => `${violation.rule.name} ${violation.message}`);

describe.each(PROFILES)("%s", (profile) => {
  it("munmap that fails puts everything back under the eyes of a fault", () => {
    const result = race(profile, ["maple", "vma"], (mm) => ({
      *munmap(k) {
        yield* k.munmap(mm, AT, PAGE_SIZE);
      },
      *fault(k) {
        yield* k.pageFault(mm, AT + PAGE_SIZE, true);
        const vma = yield* k.lockVmaUnderRcu(mm, AT);
        if (vma !== null) yield* k.vmaEndRead(vma);
      },
    }));
    expect(broken(result)).toEqual([]);
    expect(result.verdict).toBe("clean");
    expect(result.states).toBeGreaterThan(race(profile, [], noFailure).states);
  });

  it("fork that fails takes the child back under the eyes of reclaim and faults", () => {
    const result = race(profile, ["vma", "page-table", "anon-vma"], (mm) => ({
      *forker(k) {
        const child = yield* k.fork(mm, null, null);
        if (child >= 0) yield* k.exitProcess(child);
      },
      *writer(k) {
        yield* k.pageFault(mm, AT, true);
      },
    }));
    expect(broken(result)).toEqual([]);
    expect(result.verdict).toBe("clean");
  });

  it("whoever waits for mmap_lock may be killed, and is in nobody's way then", () => {
    const result = race(profile, ["fatal-signal"], (mm) => ({
      *writer(k) {
        yield* k.mmapWriteLock(mm);
        yield* k.mmapWriteUnlock(mm);
      },
      *victim(k) {
        if ((yield* k.mprotect(mm, AT, PAGE_SIZE, VM.READ)) === ERRNO.EINTR) yield* k.readOnce("killed");
      },
      *reader(k) {
        yield* k.mmapReadLock(mm);
        yield* k.mmapReadUnlock(mm);
      },
      *killer(k) {
        yield* k.sendSigKill(2);
      },
    }));
    expect(broken(result)).toEqual([]);
    expect(result.verdict).toBe("clean");
    expect(result.unreached.map(({ step }) => step)).not.toContain("read_once");
  });

  it("a fault that is killed while it waits holds nothing", () => {
    const result = race(profile, ["fatal-signal"], (mm) => ({
      *writer(k) {
        yield* k.munmap(mm, AT, PAGE_SIZE);
      },
      *victim(k) {
        if ((yield* k.pageFault(mm, AT, true)) === "SIGKILL") yield* k.readOnce("killed");
      },
      *killer(k) {
        yield* k.sendSigKill(2);
      },
    }));
    expect(broken(result)).toEqual([]);
    expect(result.verdict).toBe("clean");
    expect(result.unreached.map(({ step }) => step)).not.toContain("read_once");
  });
});

const noFailure: Threads = (mm) => ({
  *munmap(k) {
    yield* k.munmap(mm, AT, PAGE_SIZE);
  },
  *fault(k) {
    yield* k.pageFault(mm, AT + PAGE_SIZE, true);
    const vma = yield* k.lockVmaUnderRcu(mm, AT);
    if (vma !== null) yield* k.vmaEndRead(vma);
  },
});
