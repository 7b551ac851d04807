import { kernelMachine } from "@faultline/mm";
import type { Ledger } from "./ledger.ts";
import type { Mutant } from "./mutant.ts";
import { observe } from "./observe.ts";
import { trials } from "./programs.ts";
import type { Result } from "./report.ts";
import { ownSteps } from "./scenarios/own-steps.ts";
import { onNewStep } from "./sub-step.ts";
import type { Surveyed } from "./survey.ts";
import { tryOn } from "./try-mutant.ts";

/** The kernel learns of the steps that mutants and their scenarios make. Call it once, before the first program. */
export function teachMachine(): void {
  const steps = kernelMachine.steps as Map<string, Parameters<Parameters<typeof onNewStep>[0]>[0]>;
  for (const step of ownSteps) steps.set(step.op, step);
  onNewStep((step) => steps.set(step.op, step));
}

/** About `size` of the mutants that the ledger lists as killed: every so-manyth, always the same. */
export function sampleOf(mutants: readonly Mutant[], { killed }: Ledger, size: number): Mutant[] {
  const listed = mutants.filter(({ key }) => Object.hasOwn(killed, key));
  const stride = Math.max(1, Math.ceil(listed.length / size));
  return listed.filter((_, i) => i % stride === 0);
}

/** Each mutant on the one program that killed it last time. */
export function tryAgain(mutants: readonly Mutant[], { killed }: Ledger): Result[] {
  const byName = new Map(trials().map((trial) => [trial.name, trial]));
  const seen = new Map<string, Omit<Surveyed, "sites">>();
  return mutants.map((mutant): Result => {
    const name = killed[mutant.key]!.by;
    const trial = byName.get(name);
    if (trial === undefined) return { mutant, fate: { kind: "void", why: `there is no program ${name}` } };
    let surveyed = seen.get(name);
    if (surveyed === undefined) {
      const program = trial.program();
      seen.set(name, (surveyed = { name, program, expected: observe(program, {}) }));
    }
    return { mutant, fate: tryOn(mutant, surveyed) ?? { kind: "survived", tried: 1 } };
  });
}
