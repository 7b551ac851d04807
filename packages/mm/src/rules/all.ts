import type { Rule } from "../events/violation.ts";
import { DRV_PAGE, DRV_STATE, OWNER, RECLAIM_LIVE, ZAP_COMPLETE } from "./driver.ts";
import { FILE_REF } from "./file.ts";
import { INS_NOT_PFN, RIGHT_OFFSET } from "./insert.ts";
import { NO_LEAK } from "./leak.ts";
import { ATOMIC_SLEEP, LOCK_HELD, LOCK_ORDER, NO_BLOCK_UNDER_VR, RECLAIM_TRY } from "./lock-discipline.ts";
import { MM_ACCESS, MM_REF, MM_USERS_GET } from "./mm-life.ts";
import { NO_STUCK } from "./no-stuck.ts";
import { PGT_FREE } from "./table-free.ts";
import { INS_MIXED, PAGE_REF, PTE_COVERED, PTE_INSTALL, PTE_LOCK, RANGE } from "./page-table.ts";
import { PERM } from "./perm.ts";
import { TLB_PAGE, TLB_PERM } from "./tlb.ts";
import { FIELD_READ, FIELD_WRITE } from "./vma-fields.ts";
import { FLAG_COMBO, FLAG_PAIR } from "./vma-flags.ts";
import { FORK_LOCKED, UFFD_TYPE, UNSTABLE } from "./process.ts";
import { HEAP_LIVE, RCU_CURSOR, UNLOCK_LIFETIME } from "./rcu.ts";
import { RETRY_DROPPED, STORE_LOCKED, VMA_ATTACH, VW_ENDS, VW_EXCL } from "./vma-lock.ts";
import { FOLIO_RMAP, SWAP_CACHE } from "./swap.ts";
import { TREE_GAP } from "./tree.ts";
import { TYPESTATE } from "./typestate.ts";
import { VMA_GEN, VMA_LIVE, VW_NEEDS_MMW } from "./vma-life.ts";

/** Every rule by its name. */
export const rules: ReadonlyMap<string, Rule> = new Map(
  [
    MM_REF,
    MM_USERS_GET,
    MM_ACCESS,
    VMA_LIVE,
    VMA_GEN,
    VMA_ATTACH,
    VW_EXCL,
    VW_NEEDS_MMW,
    VW_ENDS,
    STORE_LOCKED,
    RETRY_DROPPED,
    RCU_CURSOR,
    TREE_GAP,
    UNLOCK_LIFETIME,
    HEAP_LIVE,
    PTE_LOCK,
    PTE_INSTALL,
    PTE_COVERED,
    INS_MIXED,
    RANGE,
    PAGE_REF,
    PGT_FREE,
    FILE_REF,
    ZAP_COMPLETE,
    TLB_PAGE,
    TLB_PERM,
    PERM,
    INS_NOT_PFN,
    RIGHT_OFFSET,
    FIELD_WRITE,
    FIELD_READ,
    FLAG_PAIR,
    FLAG_COMBO,
    OWNER,
    DRV_PAGE,
    DRV_STATE,
    RECLAIM_LIVE,
    TYPESTATE,
    FORK_LOCKED,
    UNSTABLE,
    UFFD_TYPE,
    FOLIO_RMAP,
    SWAP_CACHE,
    LOCK_ORDER,
    NO_BLOCK_UNDER_VR,
    ATOMIC_SLEEP,
    RECLAIM_TRY,
    LOCK_HELD,
    NO_LEAK,
    NO_STUCK,
  ].map((rule) => [rule.name, rule]),
);
