import { hex, PAGE_SIZE, TABLE_SPAN } from "../objects/address.ts";
import { gather, type PagePtr, presentPte, type Pte, pteAt } from "../objects/page.ts";
import type { VmaPtr } from "../objects/vma.ts";
import { RANGE } from "../rules/page-table.ts";
import { beforeSleep } from "./lock-rules.ts";
import { moveRef, taskHolder } from "./page-refs.ts";
import { addAnonRmap, install, needsPtl, pteHolder } from "./pte-steps.ts";
import { type AnyStep, BLOCKED, type Step, step } from "./step.ts";
import type { StepContext } from "./step-context.ts";
import { uffdOf } from "./uffd-rules.ts";
import { accessVma } from "./vma-access.ts";

/**
 * change_pte_range with MM_CP_UFFD_WP, or, not `protect`, MM_CP_UFFD_WP_RESOLVE, over [start, end), which one page table
 * maps: present entries get the uffd-wp bit and lose the right to write; where a file's page is not mapped, a marker
 * remembers that. mm/mprotect.c
 */
export const uffdWpRange: Step<[VmaPtr, number, number, boolean], null> = step(
  "uffd_wp_range",
  (tx, ptr, start, end, protect) => {
    const vma = accessVma(tx, ptr);
    if (vma === undefined) return;
    if (start >= end || end - start > TABLE_SPAN) {
      tx.violate(RANGE, hex(start), `protects [${hex(start)}, ${hex(end)}) in one page table`);
      return;
    }
    needsPtl(tx, vma.mm, start);
    for (let at = start; at < end; at += PAGE_SIZE) {
      const entry = tx.read(pteAt(vma.mm, at));
      if (protect) protectOne(tx, vma.mm, at, entry, vma.file !== null);
      else resolveOne(tx, vma.mm, at, entry);
    }
  },
);

function protectOne(tx: StepContext, mm: number, at: number, entry: Pte, ofFile: boolean): void {
  const present = presentPte(entry);
  if (present !== null) {
    tx.write(pteAt(mm, at), { ...present, write: false, uffdWp: true });
    if (present.write) tx.update(gather.of(tx.task), (owed) => [...owed, { mm, at, page: null }]);
  } else if (entry === null && ofFile) {
    tx.write(pteAt(mm, at), { kind: "marker", marker: "uffd-wp" });
  }
}

function resolveOne(tx: StepContext, mm: number, at: number, entry: Pte): void {
  const present = presentPte(entry);
  if (present?.uffdWp === true) {
    const { uffdWp: _resolved, ...rest } = present;
    tx.write(pteAt(mm, at), rest);
  } else if (isMarker(entry)) {
    tx.write(pteAt(mm, at), null);
  }
}

function isMarker(entry: Pte): boolean {
  return entry !== null && "marker" in entry && entry.marker === "uffd-wp";
}

/** userfaultfd_wp(vma), and whether its faults are resolved in place (userfaultfd_wp_async). */
export const userfaultfdWp: Step<[VmaPtr], "none" | "wp" | "wp-async"> = step("userfaultfd_wp", (tx, ptr) => {
  const mode = accessVma(tx, ptr) === undefined ? undefined : uffdOf(tx, ptr)?.mode;
  return mode === undefined || mode === "missing" ? "none" : mode;
});

/**
 * handle_userfault(VM_UFFD_WP), all locks dropped: waits until a monitor has taken the protection off, or the context is
 * gone. fs/userfaultfd.c
 */
export const handleUserfaultWp: Step<[number, number, VmaPtr], null> = step(
  "handle_userfault_wp",
  (tx, mm, address, ptr) => {
    beforeSleep(tx, `pte:${mm}:${hex(address)}`);
    const entry = presentPte(tx.read(pteAt(mm, address)));
    if (entry?.uffdWp !== true) return;
    return uffdOf(tx, ptr) === null ? undefined : BLOCKED;
  },
);

/** set_pte_range where a uffd-wp marker stands: what is mapped in its place is protected like it. mm/memory.c */
export const uffdWpInstall: Step<[VmaPtr, number, PagePtr], boolean> = step(
  "set_pte_range_uffd_wp",
  (tx, ptr, address, page) => {
    const vma = accessVma(tx, ptr);
    if (vma === undefined) return false;
    needsPtl(tx, vma.mm, address);
    if (!isMarker(tx.read(pteAt(vma.mm, address)))) return false;
    install(tx, vma, ptr, address, { ...page, write: false, uffdWp: true });
    moveRef(tx, page, taskHolder(tx.task), pteHolder(vma.mm, address));
    addAnonRmap(tx, vma, ptr, address, page);
    return true;
  },
);

export const uffdWpSteps: readonly AnyStep[] = [uffdWpRange, userfaultfdWp, handleUserfaultWp, uffdWpInstall];
