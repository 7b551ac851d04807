import { checkEnd, NO_STUCK, type Violation } from "@faultline/mm";
import type { Space } from "../space/space.ts";

/** How a run ended: every thread returned, some were stopped by an oops, or some wait for ever. */
export type Ending = "finished" | "stopped" | "deadlock";

/** How the current state, in which no thread is enabled, ends the run. A daemon may wait for ever. */
export function endingOf(space: Space): Ending {
  let ending: Ending = "finished";
  for (const [thread, { daemon }] of space.program.threads.entries()) {
    const position = space.position(thread);
    if (position.request !== undefined && !daemon) return "deadlock";
    if (position === space.tries[thread]!.stopped) ending = "stopped";
  }
  return ending;
}

/** The rules that the end of the run breaks: the machine's end rules at quiescence, NO-STUCK at a deadlock. */
export function violationsAtEnd(space: Space, ending: Ending): Violation[] {
  switch (ending) {
    case "finished":
      return space.program.machine.endRules.length === 0 ? [] : checkEnd(space.program.machine, space.snapshot());
    case "stopped":
      return [];
    case "deadlock": {
      const stuck = space.program.threads.flatMap(({ name, daemon, task }, thread) => {
        const { request } = space.position(thread);
        return request === undefined || daemon ? [] : [{ name, task, op: request.step.op }];
      });
      return [
        {
          rule: NO_STUCK,
          severity: NO_STUCK.severity,
          task: 0,
          op: "end",
          object: stuck.map(({ task }) => `task:${task}`).join("+"),
          message: stuck.map(({ name, op }) => `${name} waits in ${op}`).join(", "),
        },
      ];
    }
  }
}
