import { type Kernel, type Steps, type Value, type VmaPtr } from "@faultline/mm";
import { named } from "./act.ts";
import { vmRefcnt } from "./own-steps.ts";
import type { Place } from "./places.ts";

type Sight = "sequence" | "vm_refcnt";

/** Looks, under RCU, at the sequence number and the references of the area's VMA, as who dumps a VMA does. */
function* dump(k: Kernel, { mm, at }: Place, sights: readonly Sight[]): Steps<Value> {
  yield* k.rcuReadLock();
  const vma = yield* k.masWalk(mm, at, "once");
  const seen: Value[] = [];
  if (vma !== null) for (const sight of sights) seen.push(yield* lookAt(k, mm, vma, sight));
  yield* k.rcuReadUnlock();
  return vma === null ? null : seen;
}

function lookAt(k: Kernel, mm: number, vma: VmaPtr, sight: Sight): Steps<Value> {
  return sight === "sequence" ? k.vmaLockSeqRelaxed(mm, vma) : vmRefcnt(vma);
}

function* writeLockUnderReadLock(k: Kernel, mm: number, address: number): Steps<Value> {
  yield* k.mmapReadLock(mm);
  const vma = yield* k.vmaLookup(mm, address);
  if (vma !== null) yield* k.vmaStartWrite(vma);
  return yield* k.mmapReadUnlock(mm);
}

/** What looks at a VMA's lock itself, or asks for it after such a look. */
export const lockLooks = named({
  vm_refcnt: { run: (k, place) => dump(k, place, ["vm_refcnt"]) },
  "vm_refcnt twice": { run: (k, place) => dump(k, place, ["vm_refcnt", "vm_refcnt"]) },
  "vm_refcnt, the sequence, vm_refcnt": {
    run: (k, place) => dump(k, place, ["vm_refcnt", "sequence", "vm_refcnt"]),
  },
  "the sequence, then vm_refcnt": { run: (k, place) => dump(k, place, ["sequence", "vm_refcnt"]) },
  "the sequence, then read lock": {
    *run(k, place) {
      const locked = yield* dump(k, place, ["sequence"]);
      const vma = yield* k.lockVmaUnderRcu(place.mm, place.at);
      if (vma === null) return [locked, false];
      yield* k.vmaEndRead(vma);
      return [locked, true];
    },
  },
  // A bug: two tasks write-lock VMAs of one address space, which mmap_lock would keep apart.
  "write lock under mmap_read_lock": { run: (k, { mm, at }) => writeLockUnderReadLock(k, mm, at) },
  "write lock of the VMA beside under mmap_read_lock": {
    run: (k, { mm, at, size }) => writeLockUnderReadLock(k, mm, at + size),
  },
});
