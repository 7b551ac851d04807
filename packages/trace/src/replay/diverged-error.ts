import { TraceError } from "../trace-error.ts";
import type { Divergence } from "./divergence.ts";

/** A state was asked for that the present model does not reach, because it diverges from the trace before. */
export class DivergedError extends TraceError {
  readonly divergence: Divergence;

  constructor(divergence: Divergence) {
    const { event, task, op, reason } = divergence;
    super(
      "E_TRACE_DIVERGED",
      `the model diverges from the trace at event ${event} (task ${task}, ${op}): ${reason}. ` +
        `Replay it with the version, profile and knobs that recorded it.`,
    );
    this.divergence = divergence;
  }
}
