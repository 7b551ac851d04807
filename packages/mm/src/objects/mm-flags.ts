import { component, type Kind } from "../store/component.ts";

/** mm->flags as far as orders can tell, one slot per flag: whoever reads one does not meet who sets another. */
export const mmFlag: Kind<boolean> = component("mm:#/flag:#", false);

/**
 * `unstable`: MMF_UNSTABLE, private memory may have been taken away by the oom reaper or a failed fork.
 * `oom_skip`: MMF_OOM_SKIP, nothing is left to reap. `core_dumping`: mm->core_state, a dump walks the address space.
 * `mdwe`: MMF_HAS_MDWE, nothing that is or was writable may be executed (PR_SET_MDWE, 6.3).
 */
export type MmFlag = "unstable" | "oom_skip" | "core_dumping" | "mdwe";

/**
 * Page-table locks that somebody held when MMF_UNSTABLE was set: whoever still holds one may have looked at the flag
 * before, and the reaper comes to that table later.
 */
export const heldAsUnstable: Kind<readonly string[]> = component<readonly string[]>("mm:#/held_as_unstable", []);
