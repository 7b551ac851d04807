import { explore, type Exploration, scenario } from "@faultline/interleave";
import { type Kernel, type Knobs, VM } from "@faultline/mm";
import { describe, expect, it } from "vitest";

const AT = 0x10000;
const PRIVATE = { start: AT, length: 4096, flags: VM.READ | VM.WRITE, ops: "", owner: "" };

/** What a few threads in one address space with one written page do to each other, with these knobs. */
function race(
  profile: string,
  knobs: Partial<Knobs>,
  threads: Parameters<typeof scenario<object, number>>[0]["threads"],
): Exploration {
  const made = scenario<object, number>({
    title: "a race of processes",
    profile,
    kernel: knobs,
    variants: { only: {} },
    setup(k) {
      const mm = k.mm();
      k.run(k.mmap(mm, PRIVATE));
      k.run(k.pageFault(mm, AT, true));
      return mm;
    },
    threads,
  });
  return explore(made.instantiate("only").program);
}

const rulesOf = ({ findings }: Exploration): string[] => [
  ...new Set(findings.map(({ violation }) => violation.rule.name)),
];

describe("the oom reaper against a fault", () => {
  const threads = (mm: number) => ({
    victim: {
      mm,
      *run(k: Kernel) {
        yield* k.pageFault(mm, AT, true);
      },
    },
    *reaper(k: Kernel) {
      yield* k.mmgrab(mm);
      yield* k.oomReapTaskMm(mm);
      yield* k.mmdrop(mm);
    },
  });

  it.each(["linux-5.4", "linux-6.6", "linux-7.0"])("finds no zeroes in place of data on %s", (profile) => {
    expect(rulesOf(race(profile, {}, threads))).toEqual([]);
  });

  it.each(["linux-5.4", "linux-6.6"])(
    "UNSTABLE where the fault does not ask under the page-table lock, %s",
    (profile) => {
      expect(rulesOf(race(profile, { unstableCheck: false }, threads))).toEqual(["UNSTABLE"]);
    },
  );
});

describe("process_mrelease against exit", () => {
  const threads = (mm: number) => ({
    victim: {
      mm,
      *run(k: Kernel) {
        yield* k.exitProcess(mm);
      },
    },
    *killer(k: Kernel) {
      yield* k.processMrelease(mm);
    },
  });

  it("touches nothing that exit freed, when it asks for MMF_OOM_SKIP and its caller keeps the struct", () => {
    const kept = (mm: number) => ({
      ...threads(mm),
      *killer(k: Kernel) {
        yield* k.mmgrab(mm);
        yield* k.waitEvent("go", 1);
        yield* k.processMrelease(mm);
        yield* k.mmdrop(mm);
      },
      victim: {
        mm,
        *run(k: Kernel) {
          yield* k.writeOnce("go", 1);
          yield* k.exitProcess(mm);
        },
      },
    });
    expect(rulesOf(race("linux-6.6", {}, threads))).toContain("MM-REF");
    const late = rulesOf(race("linux-6.6", {}, kept));
    const unchecked = rulesOf(race("linux-6.6", { processMrelease: "unchecked" }, kept));
    expect([late.includes("MM-ACCESS"), unchecked.includes("MM-ACCESS")]).toEqual([false, true]);
  });
});

describe("fork against a fault of another thread", () => {
  const threads = (mm: number) => ({
    forker: {
      mm,
      *run(k: Kernel) {
        const child = yield* k.fork(mm, null, null);
        yield* k.exitProcess(child);
      },
    },
    writer: {
      mm,
      *run(k: Kernel) {
        yield* k.pageFault(mm, AT, true);
      },
    },
  });

  it.each(["linux-5.4", "linux-6.4.3", "linux-6.12"])("is clean on %s", (profile) => {
    expect(rulesOf(race(profile, {}, threads))).toEqual([]);
  });

  it("finds that linux-6.4.0 does not keep faults out (H7)", () => {
    expect(rulesOf(race("linux-6.4.0", {}, threads))).toEqual(["FORK-LOCKED"]);
  });
});
