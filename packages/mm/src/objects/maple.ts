import { component, type Kind } from "../store/component.ts";
import type { TreeEntry } from "./mm.ts";

/**
 * A walker's ma_state that it keeps from one look into the tree to the next. A node is replaced with every change of
 * the tree, so the node it points to is still there exactly when the tree is what it was, or while the RCU section in
 * which it was found lasts.
 */
export const cursor: Kind<Cursor | null> = component<Cursor | null>("task:#/ma_state", null, { ids: [0] });
export type Cursor = {
  readonly mm: number;
  /** The tree as it was when the node was found. */
  readonly tree: readonly TreeEntry[];
  /** The last byte walked past, where a walk goes on. */
  readonly at: number;
  /** Whether the RCU section in which the node was found still lasts. */
  readonly rcu: boolean;
};

/** The range that an mmap(MAP_FIXED) under way takes from one mapping to the next: nobody has unmapped it. */
export const remapping: Kind<{ readonly start: number; readonly end: number } | null> = component<{
  readonly start: number;
  readonly end: number;
} | null>("mm:#/remapping", null);
