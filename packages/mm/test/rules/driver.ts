import { binderFreePage, binderSetInstalledPage, binderTakePage } from "../../src/drivers/binder-state.ts";
import { binderGenerations, type BinderHandle, binderOpen, rustCall, rustHandleNew, VM } from "../../src/index.ts";
import { AT, lookup, mapAt, PAGE } from "../mappings.ts";
import type { World } from "../world.ts";
import { type RuleCase, ruleCase } from "./rule-case.ts";

const GEN = binderGenerations["7.0"];

/** A buffer of two pages of task 1's process. */
function openBinder(w: World): BinderHandle {
  const mm = w.mm(1);
  const alloc = w.as(1, binderOpen(mm, "binder", 2));
  const mapping = { start: AT, length: 2 * PAGE, flags: VM.READ, ops: "binder", owner: `binder${alloc}` };
  w.as(1, w.k.mmap(mm, mapping));
  return { alloc, mm, ops: "binder", start: AT, pages: 2 };
}

/** The same with one page that was used and is not any more. */
function withUnused(w: World): BinderHandle {
  const binder = openBinder(w);
  w.as(2, w.k.binderInstall(binder, GEN, 0, 1));
  w.as(2, w.k.binderFreeBuf(binder, GEN, 0, 1));
  return binder;
}

const on70 = { profile: "linux-7.0" };

export const driverCases: readonly RuleCase[] = [
  ruleCase(
    "DRV-PAGE",
    "a sender maps one of its two pages, and publishes the other",
    "publishes the one it has mapped",
    (w, near) => {
      const { alloc, mm } = openBinder(w);
      const [mapped, other] = [w.as(2, w.k.allocPage()), w.as(2, w.k.allocPage())];
      w.as(2, w.k.mmgetNotZero(mm));
      w.as(2, w.k.mmapReadLock(mm));
      const vma = w.as(2, w.k.vmaLookup(mm, AT))!;
      w.as(2, w.k.vmInsertPage(mm, vma, AT, mapped, { ops: "binder", owner: `binder${alloc}`, page: 0 }));
      w.as(2, w.k.mmapReadUnlock(mm));
      w.as(2, binderSetInstalledPage(alloc, 0, near ? mapped : other));
      w.as(2, w.k.putPage(near ? other : mapped));
      w.as(2, w.k.mmputAsync(mm));
    },
    { quiet: true, ...on70 },
  ),
  ruleCase(
    "DRV-STATE",
    "munmap of a driver's buffer",
    "of all of it",
    (w, near) => {
      w.as(1, w.k.munmap(openBinder(w).mm, AT, near ? 2 * PAGE : PAGE));
    },
    on70,
  ),
  ruleCase(
    "RECLAIM-LIVE",
    "an unused page is scanned while an impostor stands at its address",
    "reclaim does not mind whose VMA it is",
    (w, near) => {
      const binder = withUnused(w);
      w.as(1, w.k.munmap(binder.mm, AT, 2 * PAGE));
      w.as(1, w.k.mmap(binder.mm, { start: AT, length: PAGE, flags: VM.READ, ops: "", owner: "" }));
      w.as(2, w.k.binderShrinkScan([binder], near ? { ...GEN, reclaimImpostor: "reclaim" } : GEN, 1));
    },
    { quiet: true, ...on70 },
  ),
  ruleCase(
    "ZAP-COMPLETE",
    "a driver gives an unused page back",
    "munmap before",
    (w, near) => {
      const binder = withUnused(w);
      if (near) w.as(1, w.k.munmap(binder.mm, AT, 2 * PAGE));
      w.as(2, binderFreePage(binder.alloc, w.as(2, binderTakePage(binder.alloc, 0))!));
    },
    on70,
  ),
  ruleCase("TYPESTATE", "vm_insert_page is called through a handle", "a VmaMixedMap instead of a VmaRef", (w, near) => {
    const mm = w.mm(1);
    mapAt(w, mm, AT, 1, VM.READ, "other");
    const vma = lookup(w, mm, AT);
    w.as(1, w.k.mmapReadLock(mm));
    const handle = w.as(1, rustHandleNew("v16", near ? "VmaMixedMap" : "VmaRef", mm, vma, null));
    w.as(1, rustCall("v16", handle, "vm_insert_page"));
  }),
];
