import type { Scenario } from "@faultline/interleave";

/** A scenario with where it came from. */
export interface KnownScenario {
  /** What reports and files call it: `G02`, or the file's name without its ending. */
  readonly name: string;
  /** The gallery's longer name. */
  readonly slug: string | undefined;
  /** The file as the user named it; undefined for the gallery's. */
  readonly file: string | undefined;
  readonly scenario: Scenario;
}
