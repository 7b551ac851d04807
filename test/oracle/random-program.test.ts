import fc from "fast-check";
import { expect, it } from "vitest";
import { bruteForce } from "./brute-force.ts";
import { randomProgram } from "./random-program.ts";
import { toProgram } from "./to-program.ts";
import { toySteps } from "./toy-machine.ts";

const seed = 20_260_115;
const programs = 400;

const toyRules = ["NEVER", "END", "TOY-EXPECT", "TOY-OWNER", "TOY-UAF", "TOY-BUG", "TOY-LEAK", "LOCK-HELD", "NO-STUCK"];

/** Outcomes that a generator could easily lose without anybody noticing. */
const outcomes = [
  ...["flip=heads", "flip=tails", "alloc=fresh", "alloc=reuse", "maybe_store=store", "wait_or_skip=wait blocked"],
  ...["down_read=steal", "down_read=queue", "rwsem_down_read_slowpath blocked", "rwsem_down_write_slowpath blocked"],
  ...["lock blocked", "await blocked", "await_either blocked", "bug_on stopped", "exit_if stopped"],
];

it("random programs go wrong often enough, in every way there is", () => {
  const count = new Map<string, number>();
  const add = (what: string): void => void count.set(what, (count.get(what) ?? 0) + 1);
  let states = 0;
  for (const text of fc.sample(randomProgram, { seed, numRuns: programs })) {
    const result = bruteForce(toProgram(text), 2000);
    if (result === undefined) {
      add("too large");
      continue;
    }
    add("explored");
    states += result.states;
    if (result.violations.size > 0) add("violating");
    if ([...result.violations.values()].some(({ switches }) => switches > 0)) add("violating after a switch");
    if (result.deadlocks.size > 0) add("deadlocking");
    if (result.deadlocks.size + result.finals.size === 0) add("endless");
    const rules = [...result.violations.keys()].map((key) => key.split(" ")[1]!.replace(/-\w=.*/, ""));
    for (const one of new Set([...result.happened, ...rules])) add(one);
  }
  const explored = count.get("explored") ?? 0;
  const share = (what: string): number => Math.round((100 * (count.get(what) ?? 0)) / explored);
  const shares = ["violating", "violating after a switch", "deadlocking", "endless", "too large"];
  console.log(
    `seed ${seed}: ${explored} programs of ${Math.round(states / explored)} states each; ` +
      shares.map((what) => `${share(what)} % ${what}`).join(", "),
  );
  expect(share("violating")).toBeGreaterThanOrEqual(20);
  expect(share("deadlocking")).toBeGreaterThanOrEqual(10);
  expect(share("too large")).toBeLessThan(10);
  expect([...toySteps.keys(), ...outcomes, ...toyRules].filter((what) => !count.has(what))).toEqual([]);
});
