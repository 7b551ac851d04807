import { type PagePtr, pageSlot, presentPte, type Pte, pteAt } from "../objects/page.ts";
import { lockOwner } from "../objects/lock.ts";
import { hex, PAGE_SIZE } from "../objects/address.ts";
import type { VmaPtr } from "../objects/vma.ts";
import { PTE_LOCK } from "../rules/page-table.ts";
import { getRef, moveRef, putRef, taskHolder } from "./page-refs.ts";
import { copyBytes } from "./page-bytes.ts";
import { addAnonRmap, pteHolder, ptlName } from "./pte-steps.ts";
import { type AnyStep, type Step, step } from "./step.ts";
import type { StepContext } from "./step-context.ts";
import { flushRange } from "./tlb.ts";
import { accessVma } from "./vma-access.ts";

/**
 * The first half of do_wp_page, under the page-table lock: `reused` when the page is this PTE's alone and may be
 * written from now on; `changed` when the PTE is no longer one that a write must copy; `zero` when it maps the zero
 * page; else the page to copy, with a reference of this task. mm/memory.c, wp_can_reuse_anon_folio(), wp_page_reuse()
 */
export const wpPageReuse: Step<[VmaPtr, number], "reused" | "changed" | "zero" | PagePtr> = step(
  "wp_page_reuse",
  (tx, ptr, address) => {
    const vma = accessVma(tx, ptr);
    if (vma === undefined) return "changed";
    needsPtl(tx, vma.mm, address);
    const now = tx.read(pteAt(vma.mm, address));
    if (isZero(now)) return "zero";
    const entry = presentPte(now);
    if (entry === null || entry.write) return "changed";
    const page = { page: entry.page, gen: entry.gen };
    const { refs } = tx.read(pageSlot.of(page.page));
    const holders = Object.entries(refs);
    if (holders.length === 1 && holders[0]?.[0] === pteHolder(vma.mm, address) && holders[0][1] === 1) {
      const { clean: _dirtied, ...rest } = entry;
      tx.write(pteAt(vma.mm, address), { ...rest, write: true });
      return "reused";
    }
    getRef(tx, page, taskHolder(tx.task));
    return page;
  },
);

/**
 * The second half of wp_page_copy, under the page-table lock taken anew: the copy takes the place of the page, or of the
 * zero page (null), when that is still there. The old translation is flushed before the new one can be used
 * (ptep_clear_flush).
 */
export const wpPageCopy: Step<[VmaPtr, number, PagePtr | null, PagePtr], boolean> = step(
  "wp_page_copy",
  (tx, ptr, address, old, copy) => {
    const vma = accessVma(tx, ptr);
    if (vma === undefined) return false;
    needsPtl(tx, vma.mm, address);
    if (!isStill(tx.read(pteAt(vma.mm, address)), old)) return false;
    flushRange(tx, vma.mm, address, address + PAGE_SIZE);
    tx.write(pteAt(vma.mm, address), { ...copy, write: true });
    moveRef(tx, copy, taskHolder(tx.task), pteHolder(vma.mm, address));
    if (old !== null) copyBytes(tx, copy, old);
    if (old !== null) putRef(tx, old, pteHolder(vma.mm, address));
    addAnonRmap(tx, vma, ptr, address, copy);
    return true;
  },
);

function isZero(entry: Pte): boolean {
  return entry !== null && "kind" in entry && entry.kind === "zero";
}

/** pte_same, as far as a copy asks: the page that was copied, still not to be written. */
function isStill(entry: Pte, old: PagePtr | null): boolean {
  if (old === null) return isZero(entry);
  const mapped = presentPte(entry);
  return mapped?.page === old.page && mapped.gen === old.gen && !mapped.write;
}

function needsPtl(tx: StepContext, mm: number, address: number): void {
  if (tx.read(lockOwner.of(ptlName(mm, address))) === tx.task) return;
  tx.violate(PTE_LOCK, `pte:${mm}:${hex(address)}`, `${tx.op} without the page-table lock`);
}

export const cowSteps: readonly AnyStep[] = [wpPageReuse, wpPageCopy];
