import type { World } from "../world.ts";

/** A situation in which a rule breaks, and the same with one thing right. Tasks 1 and 2 act. */
export interface RuleCase {
  readonly rule: string;
  readonly situation: string;
  /** The one step, lock, knob or argument in which the near miss differs. */
  readonly difference: string;
  readonly breaks: (w: World) => void;
  readonly nearMiss: (w: World) => void;
  /** Other rules that cannot but break with it. */
  readonly also: readonly string[];
  /** Whether all is quiet after it: the rules of quiescence are asked too. */
  readonly quiet: boolean;
  readonly profile: string;
}

type Options = { readonly also?: readonly string[]; readonly quiet?: boolean; readonly profile?: string };

/** One program for both: `near` is all that tells them apart. */
export function ruleCase(
  rule: string,
  situation: string,
  difference: string,
  run: (w: World, near: boolean) => void,
  { also = [], quiet = false, profile = "linux-6.12" }: Options = {},
): RuleCase {
  return {
    rule,
    situation,
    difference,
    breaks: (w) => {
      run(w, false);
    },
    nearMiss: (w) => {
      run(w, true);
    },
    also,
    quiet,
    profile,
  };
}
