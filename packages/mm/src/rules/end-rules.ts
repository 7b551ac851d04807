import { binderAlloc } from "../drivers/binder-alloc.ts";
import { binderPage, binderStart } from "../drivers/binder-state.ts";
import type { EndRule } from "../events/machine.ts";
import { lockOwner } from "../objects/lock.ts";
import { hex, PAGE_SIZE } from "../objects/address.ts";
import { mmLife, mmRefs, mmUsers, pageTables, vmaTree } from "../objects/mm.ts";
import { pageName, pageSlot, presentPte, pte, pteAt } from "../objects/page.ts";
import { heldBy, task, taskCount } from "../objects/task.ts";
import { vmaSlot } from "../objects/vma.ts";
import type { Id } from "../store/component.ts";
import type { Snapshot } from "../store/snapshot.ts";
import { driverEndRules } from "./driver-end-rules.ts";
import { DRV_PAGE } from "./driver.ts";
import { writablePtes } from "./end-perm.ts";
import { componentsOf } from "./components-of.ts";
import { folioRmaps } from "./end-folio.ts";
import { vmaWriteLocksEnd } from "./end-vma-lock.ts";
import { NO_LEAK } from "./leak.ts";
import { PTE_COVERED } from "./page-table.ts";

/** When all is quiet, each present PTE lies in an attached VMA. */
const pteCovered: EndRule = {
  ...PTE_COVERED,
  check(state, report) {
    for (const [[mm, at], entry] of componentsOf(state, pte)) {
      const address = Number(at);
      const covered = state.get(vmaTree.of(mm!)).some(({ start, end }) => start <= address && address < end);
      if (covered || entry === null) continue;
      const what = "page" in entry ? `maps ${pageName(entry)}` : `is a ${entry.kind} entry`;
      report(`pte:${mm}:${at}`, `still ${what} and no VMA covers it`);
    }
  },
};

/** When all is quiet, slot and PTE of a driver's page agree, wherever the driver's own VMA still stands. */
const driverPages: EndRule = {
  ...DRV_PAGE,
  check(state, report) {
    for (const [[alloc], { mm, ops, pages }] of componentsOf(state, binderAlloc)) {
      const start = state.get(binderStart.of(alloc!));
      for (let index = 0; index < pages; index++) {
        const address = start + index * PAGE_SIZE;
        const area = state.get(vmaTree.of(mm)).find((one) => one.start <= address && address < one.end);
        if (area === undefined) continue;
        const vma = state.get(vmaSlot.of(area.vma));
        if (vma.ops !== ops || vma.owner !== `binder${alloc}`) continue;
        const mapped = presentPte(state.get(pteAt(mm, address)));
        const slot = state.get(binderPage.of(alloc!, index));
        if (mapped === null || (mapped.page === slot?.page && mapped.gen === slot.gen)) continue;
        const named = slot === null ? "nothing" : pageName(slot);
        report(
          `binder:${alloc}/page:${index}`,
          `the slot holds ${named}, but ${hex(address)} maps ${pageName(mapped)}`,
        );
      }
    }
  },
};

/** When all threads are done none of them holds a reference or a lock, and a dead mm has nothing left. */
const noLeak: EndRule = {
  ...NO_LEAK,
  check(state, report) {
    const tasks = state.get(taskCount);
    for (let id = 0; id < tasks; id++) {
      const name = state.get(task.of(id)).name || `task ${id}`;
      for (const { lock } of state.get(heldBy.of(id))) report(lock, `${name} is done and still holds ${lock}`);
      for (const [[mm, holder]] of [...componentsOf(state, mmUsers), ...componentsOf(state, mmRefs)]) {
        if (holder === id) report(`mm:${mm}`, `${name} is done and still holds a reference on mm:${mm}`);
      }
      for (const [[page], { gen, refs }] of componentsOf(state, pageSlot)) {
        const kept = (refs[`task${id}`] ?? 0) + (refs[`gather${id}`] ?? 0);
        if (kept > 0)
          report(`page:${page}#${gen}`, `${name} is done and never put its reference on page:${page}#${gen}`);
      }
    }
    for (const [[lock], owner] of componentsOf(state, lockOwner)) {
      if (owner !== null && owner >= tasks) report(`lock:${lock}`, `held by task ${owner}, which there is none`);
    }
    for (const [[mm], life] of componentsOf(state, mmLife)) {
      if (life !== "dead" && life !== "freed") continue;
      const tables = state.get(pageTables.of(mm!));
      if (tables.length > 0) report(`mm:${mm}`, `mm:${mm} is dead and ${tables.length} of its page tables are not`);
      if (life === "dead" && !anyRefs(state, mm!)) report(`mm:${mm}`, `mm:${mm} is dead and was never freed`);
    }
  },
};

function anyRefs(state: Snapshot, mm: Id): boolean {
  return componentsOf(state, mmRefs).some(([[of], count]) => of === mm && count > 0);
}

export const endRules: readonly EndRule[] = [
  folioRmaps,
  pteCovered,
  driverPages,
  noLeak,
  vmaWriteLocksEnd,
  writablePtes,
  ...driverEndRules,
];
