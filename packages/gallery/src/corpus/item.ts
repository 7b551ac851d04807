import type { Scenario } from "@faultline/interleave";

/** One thing that is explored to see how much of the model is reached: a scenario with all its variants. */
export interface CorpusItem {
  /** `G02`, `design/Rust 7.0/munmap, send`, `fork/child-tears-down`. */
  readonly id: string;
  readonly scenario: Scenario;
  /** Profiles besides the scenario's own that every variant is explored under, to see it go other ways. */
  readonly profiles?: readonly string[];
}
