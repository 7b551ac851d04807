import { component, type Kind } from "../store/component.ts";

/** A list_lru, oldest first. Its spinlock is the lock of the same name. */
export const lruList: Kind<readonly LruItem[]> = component<readonly LruItem[]>("lru:#", []);
/** A driver page on the list: which allocator's, and which index there. */
export type LruItem = { readonly alloc: number; readonly index: number };

/** enum lru_status of include/linux/list_lru.h. */
export const LRU = { REMOVED: 0, REMOVED_RETRY: 1, ROTATE: 2, SKIP: 3, RETRY: 4, STOP: 5 } as const;
