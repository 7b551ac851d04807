import { explore, scenario } from "@faultline/interleave";
import { expect, it } from "vitest";
import { judge, type Judgement } from "../src/explore/judge.ts";

/** What is said of one lock and one unlock that are declared clean after these steps. */
function judged(...clean: readonly string[]): Judgement {
  const made = scenario({
    title: "a lock is taken and let go of",
    profile: "linux-6.12",
    variants: { only: {} },
    expect: { only: { clean } },
    setup: () => null,
    threads: () => ({
      *locks(k) {
        yield* k.mutexLock("a");
        yield* k.mutexUnlock("a");
        if (yield* k.tryWaitForCompletion("never")) yield* k.complete("done");
      },
    }),
  });
  const instance = made.instantiate("only");
  const exploration = explore(instance.program);
  const known = { name: "mine", scenario: made };
  return judge({ known, instance, exploration, findings: exploration.findings } as never);
}

it("clean is as declared when every step that it is declared after has run", () => {
  expect(judged("mutex_lock", "mutex_unlock")).toEqual({ outcome: "as-declared", reason: "" });
  expect(judged("mutex_lock", "complete").reason).toBe("locks never ran complete, without which clean means nothing");
});

it("clean is not as declared after a name that no step and no procedure has", () => {
  const { outcome, reason } = judged("mutex_lock", "mutex_lokc");
  expect(outcome).toBe("not-as-declared");
  expect(reason).toContain("declared clean after mutex_lokc, which no step or procedure is called");
});
