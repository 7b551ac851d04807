import type { Kernel, Steps } from "@faultline/mm";
import { makeReclaimable, type OnPage, shrinker, unmapPages } from "./protocol.ts";

// The same protocol with the per-VMA lock of Linux 6.4: a faulter looks the area up without the mmap lock, tries the
// area's own lock for reading, looks again whether it is still attached, and falls back on the mmap lock. munmap takes
// the area's lock for writing, which waits for its readers, and detaches the area before it lets go. Freed memory is an
// object of the heap here, so that a use after free breaks a rule.

/** What is left out, to be found. */
export type SeededBug = "munmap-does-not-wait" | "stale-lookup";

/** munmap; `munmap-does-not-wait` leaves the area's lock out. */
export function* munmapLocked(k: Kernel, p: number, bug: SeededBug | undefined): Steps<void> {
  const waits = bug !== "munmap-does-not-wait";
  yield* k.downWrite("mm");
  if (waits) yield* k.downWrite("vma");
  yield* k.writeOnce("tree", 0);
  if (waits) yield* k.upWrite("vma");
  yield* k.downgradeWrite("mm");
  yield* k.frame(() => unmapPages(k, p));
  yield* k.kfree("tables");
  yield* k.upRead("mm");
  yield* k.kfree("vma");
  yield* k.refcountDec("users");
}

/** The shrinker; `stale-lookup` zaps by an area that it found before it had the lock. */
export function shrinkerLocked(k: Kernel, p: number, bug: SeededBug | undefined): Steps<void> {
  return shrinker(k, p, bug === "stale-lookup" ? zapFound : zapLookedUp);
}

function* zapLookedUp(k: Kernel, i: number): Steps<null> {
  if ((yield* k.readOnce("tree")) === 0) return null;
  yield* k.frame(() => zapFound(k, i));
  return null;
}

const zapFound: OnPage = function* (k, i) {
  yield* k.heapUse("vma");
  yield* k.spinLock(`ptl${i}`);
  yield* k.heapUse("tables");
  yield* k.writeOnce(`pte${i}`, 0);
  yield* k.spinUnlock(`ptl${i}`);
  return null;
};

/** Faults on its page: under the area's lock where it can have it, else under the mmap lock. */
export function* faulterLocked(k: Kernel, page: number): Steps<void> {
  if (yield* k.frame(() => lockVma(k))) {
    yield* k.frame(() => install(k, page));
    yield* k.upRead("vma");
  } else {
    yield* k.frame(() => faultUnderMmapLock(k, page));
  }
  yield* k.refcountDec("users");
}

/** Whether it has the area's lock. */
function* lockVma(k: Kernel): Steps<boolean> {
  if ((yield* k.readOnce("tree")) === 0) return false;
  if (!(yield* k.downReadTrylock("vma"))) return false;
  if ((yield* k.readOnce("tree")) === 1) return true;
  yield* k.upRead("vma");
  return false;
}

function* faultUnderMmapLock(k: Kernel, page: number): Steps<null> {
  yield* k.downRead("mm");
  if ((yield* k.readOnce("tree")) === 1) yield* k.frame(() => install(k, page));
  yield* k.upRead("mm");
  return null;
}

function* install(k: Kernel, i: number): Steps<null> {
  yield* k.heapUse("vma");
  yield* k.spinLock(`ptl${i}`);
  yield* k.heapUse("tables");
  if ((yield* k.readOnce(`pte${i}`)) === 1) {
    yield* k.spinUnlock(`ptl${i}`);
    return null;
  }
  yield* k.writeOnce(`alloc${i}`, 1);
  yield* k.writeOnce(`pte${i}`, 1);
  yield* k.spinUnlock(`ptl${i}`);
  yield* k.frame(() => makeReclaimable(k, i));
  return null;
}
