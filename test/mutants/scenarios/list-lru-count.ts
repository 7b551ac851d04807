import { BINDER_LRU, lruList, type Step, step } from "@faultline/mm";

/**
 * list_lru_count of the drivers' list, as a shrinker's count_objects asks for it: without the list's lock. No procedure
 * of the model asks. mm/list_lru.c
 */
export const listLruCount: Step<[], number> = step("list_lru_count", (tx) => tx.read(lruList.of(BINDER_LRU)).length);
