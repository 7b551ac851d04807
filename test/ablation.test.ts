import { gallery } from "@faultline/gallery";
import {
  ablate,
  type Ablation,
  type AblationResult,
  ablationsOf,
  explore,
  type Instance,
  type Program,
  runAblation,
} from "@faultline/interleave";
import { apply } from "@faultline/mm";
import { describe, expect, it } from "vitest";

/** Names of the rules that a program breaks as it is. */
const brokenBy = (program: Program): string[] => explore(program).findings.map(({ violation }) => violation.rule.name);

function instanceOf(id: string, variant: string): Instance {
  return gallery.find((entry) => entry.id === id)!.scenario.instantiate(variant);
}

type Wanted = Partial<Pick<Ablation, "thread" | "kind" | "what">> & { readonly step: string };

function find(ablations: readonly Ablation[], { step, ...wanted }: Wanted): Ablation {
  const fits = (one: Ablation): boolean =>
    one.steps.includes(step) && Object.entries(wanted).every(([key, value]) => one[key as keyof Ablation] === value);
  const found = ablations.find(fits);
  if (found === undefined) throw new Error(`nothing to leave out fits ${JSON.stringify({ step, ...wanted })}`);
  return found;
}

/** What comes of leaving one thing out of a variant that is clean. */
function without(id: string, wanted: Wanted, variant = "fixed"): AblationResult {
  const { program } = instanceOf(id, variant);
  return runAblation(program, find(ablationsOf(program).ablations, wanted), brokenBy(program));
}

const rulesOf = ({ rules }: AblationResult): string[] => rules.map(({ rule }) => rule);

describe("what is left out of binder's shrinker, as repaired", () => {
  it("lets the address space go when it is the reference", () => {
    const result = without("G02", { thread: "shrinker", kind: "reference", step: "mmget_not_zero" });
    expect(result.verdict).toBe("needed");
    expect(rulesOf(result)).toContain("MM-ACCESS");
  });

  it("lets munmap free the VMA when it is mmap_lock, and all of it is left out, the release too", () => {
    const result = without("G02", { thread: "shrinker", kind: "lock", step: "mmap_read_trylock" });
    expect(rulesOf(result)).toEqual(["PGT-FREE", "VMA-LIVE"]);
  });

  it("brings the bug back when it is the check that repaired it", () => {
    const result = without("G02", { thread: "shrinker", kind: "check", step: "vma_lookup" });
    expect(result.rules).toEqual([{ rule: "VMA-LIVE", severity: "S0" }]);
  });

  it("makes no difference to any rule when it is alloc->mutex", () => {
    const result = without("G02", { thread: "shrinker", kind: "lock", what: "alloc mutex", step: "mutex_trylock" });
    expect(result).toMatchObject({ verdict: "not-needed", rules: [], reason: null });
  });
});

describe("the step that a repair is made of, left out again", () => {
  /** Entries whose repair takes a lock or reference, or checks something. */
  const repairs: readonly (readonly [id: string, wanted: Wanted, rule: string])[] = [
    ["G01", { thread: "shrinker", kind: "lock", step: "mmap_write_trylock" }, "VMA-LIVE"],
    ["G02", { thread: "shrinker", kind: "check", step: "vma_lookup" }, "VMA-LIVE"],
    ["G03", { thread: "sender", kind: "lock", step: "mmap_write_lock" }, "VMA-LIVE"],
    ["G05", { thread: "sender", kind: "check", step: "check_vma" }, "OWNER"],
    ["G10", { thread: "destructor", kind: "lock", step: "mm_lock" }, "HEAP-LIVE"],
    ["G15", { thread: "ioctl", kind: "lock", step: "mutex_lock" }, "DRV-STATE"],
    ["G19", { thread: "mmap", kind: "lock", step: "vma_start_write" }, "STORE-LOCKED"],
    ["G21", { thread: "forker", kind: "lock", step: "vma_start_write" }, "FORK-LOCKED"],
    ["G24", { thread: "fault", kind: "reference", step: "mmgrab" }, "MM-REF"],
    ["G31", { thread: "fault", kind: "lock", step: "mmap_write_lock" }, "RCU-CURSOR"],
    ["G46", { thread: "getter", kind: "lock", step: "mmap_read_lock" }, "VMA-LIVE"],
    ["G66", { thread: "khugepaged", kind: "lock", step: "mmap_write_trylock" }, "PGT-FREE"],
    ["G67", { thread: "populate", kind: "lock", step: "mmap_read_lock" }, "PTE-COVERED"],
  ];

  it.each(repairs)("%s breaks a rule: %o, %s", (id, wanted, rule) => {
    const result = without(id, wanted);
    expect(result.verdict).toBe("needed");
    expect(rulesOf(result)).toContain(rule);
  });
});

describe("all that can be left out of the gallery", { timeout: 120_000 }, () => {
  it("is found by plain data, and its runs are runs of the kernel's own steps", () => {
    for (const id of ["G02", "G06", "G21", "G24", "G31"]) {
      const { program } = instanceOf(id, "fixed");
      const { ablations, stopped } = ablationsOf(program);
      expect(stopped).toBeUndefined();
      expect(ablations.length).toBeGreaterThan(2);
      expect(structuredClone(ablations)).toEqual(ablations);
      expect(
        new Set(ablations.map(({ task, kind, what, procedures }) => `${task} ${kind} ${what} ${procedures.join()}`))
          .size,
      ).toBe(ablations.length);
      for (const ablation of ablations) {
        const { machine, initial } = program;
        for (const { events } of explore(ablate(program, ablation), { minimize: false }).findings) {
          let state = initial;
          for (const event of events) {
            const transition = apply(machine, state, event);
            expect(transition.status).not.toBe("blocked");
            state = state.with(transition.writes);
          }
        }
      }
    }
  });

  it("takes both of two locks that one step lets go of together", () => {
    const { program } = instanceOf("G66", "fixed");
    const ablation = find(ablationsOf(program).ablations, { thread: "reclaim", kind: "lock", step: "pte_lock" });
    expect(ablation.steps).toContain("pte_unmap_unlock_found");
  });

  it("leaves a lock that was downgraded out to its end, and no other hold of it", () => {
    const { program } = instanceOf("G21", "fixed");
    const { ablations } = ablationsOf(program);
    const read = find(ablations, { thread: "forker", what: "mmap_lock read", step: "mmap_read_lock" });
    expect(read.steps).toEqual(["mmap_read_lock", "mmap_read_unlock"]);
    const events = explore(ablate(program, read), { minimize: false }).findings.flatMap((one) => one.events);
    const ofForker = events.filter(({ task }) => task === read.task).map(({ op }) => op);
    expect(ofForker).toContain("mmap_write_unlock");
    expect(ofForker).not.toContain("mmap_read_lock");
  });

  it("names what a variant breaks only without it", () => {
    const result = without("G02", { thread: "shrinker", kind: "lock", step: "mmap_read_trylock" }, "buggy");
    expect(rulesOf(result)).not.toContain("VMA-LIVE");
    expect(result.verdict).toBe("needed");
  });
});
