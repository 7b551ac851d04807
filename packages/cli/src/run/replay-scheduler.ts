import type { ScheduleStep } from "@faultline/trace";
import { CliError } from "../command-line/cli-error.ts";
import type { Scheduler } from "./scheduler.ts";

/**
 * Follows a schedule to its end.
 * @throws CliError E_SCHEDULE, from its methods, where the schedule asks for what cannot happen
 */
export function replayScheduler(steps: readonly ScheduleStep[]): Scheduler {
  let at = 0;
  return {
    nextTask: (enabled) => {
      const step = steps[at];
      if (step === undefined) return undefined;
      if (!enabled.includes(step.task)) throw mismatch(at, `task ${step.task} cannot go on there`);
      at++;
      return step.task;
    },
    choose: (options) => {
      const choice = steps[at - 1]?.choice ?? options[0]!;
      if (!options.includes(choice)) throw mismatch(at - 1, `the step cannot have the outcome ${choice}`);
      return choice;
    },
  };
}

function mismatch(at: number, why: string): CliError {
  return new CliError(
    "E_SCHEDULE",
    `the schedule does not fit: at its step ${at}, ${why}. It was taken from another scenario, variant or profile.`,
  );
}
