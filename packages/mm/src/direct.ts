import { createKernel } from "#direct/kernel";
import type { Steps } from "./events/step.ts";
import type { Kernel } from "./kernel/kernel.ts";
import type { Knobs } from "./kernel/profile.ts";

export { directly } from "./events/direct.ts";
export type { Performer } from "./events/direct.ts";

/** What gives steps gives their result instead. */
export type Direct<K> = {
  readonly [N in keyof K]: K[N] extends (...args: infer A) => Steps<infer R> ? (...args: A) => R : K[N];
};

/**
 * The kernel with these knobs in direct style: the same procedures, whose steps are done where they are written. To be called
 * inside {@link directly}, for one task of which every step can be done.
 */
export function createDirectKernel(knobs: Knobs): Direct<Kernel> {
  return createKernel(knobs) as unknown as Direct<Kernel>;
}
