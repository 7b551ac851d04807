import type { Kernel, Steps } from "@faultline/mm";

// The protocol on which the explorer is measured: one munmap, one shrinker and n faulters over p pages of a driver, one
// step per step of the protocol's published model, so that its states can be held against published counts. Faulters
// take the mmap lock.

/** A piece of a thread that works on one page. */
export type OnPage = (k: Kernel, page: number) => Steps<null>;

/** Takes the area out of the tree under the write lock, zaps under the read lock, frees. */
export function* unmapper(k: Kernel, p: number): Steps<void> {
  yield* k.downWrite("mm");
  yield* k.writeOnce("tree", 0);
  yield* k.downgradeWrite("mm");
  yield* k.frame(() => unmapPages(k, p));
  yield* k.writeOnce("ptf", 1);
  yield* k.upRead("mm");
  yield* k.writeOnce("freed", 1);
  yield* k.refcountDec("users");
}

/** Zaps each page under the lock of its table. */
export function* unmapPages(k: Kernel, p: number): Steps<null> {
  for (let i = 0; i < p; i++) {
    yield* k.spinLock(`ptl${i}`);
    yield* k.writeOnce(`pte${i}`, 0);
    yield* k.spinUnlock(`ptl${i}`);
  }
  return null;
}

/** Tries to reclaim each page once; `zap` takes its mapping away. */
export function* shrinker(k: Kernel, p: number, zap: OnPage = zapPage): Steps<void> {
  for (let i = 0; i < p; i++) yield* k.frame(() => reclaim(k, i, zap));
}

function* reclaim(k: Kernel, i: number, zap: OnPage): Steps<null> {
  if (!(yield* k.refcountIncNotZero("users"))) return null;
  yield* k.frame(() => reclaimLocked(k, i, zap));
  yield* k.refcountDec("users");
  return null;
}

function* reclaimLocked(k: Kernel, i: number, zap: OnPage): Steps<null> {
  if (!(yield* k.downReadTrylock("mm"))) return null;
  yield* k.frame(() => isolate(k, i, zap));
  yield* k.upRead("mm");
  return null;
}

function* isolate(k: Kernel, i: number, zap: OnPage): Steps<null> {
  yield* k.spinLock("lru");
  if ((yield* k.readOnce(`on${i}`)) === 0) {
    yield* k.spinUnlock("lru");
    return null;
  }
  yield* k.writeOnce(`on${i}`, 0);
  yield* k.spinUnlock("lru");
  yield* k.frame(() => zap(k, i));
  yield* k.writeOnce(`alloc${i}`, 0);
  return null;
}

function* zapPage(k: Kernel, i: number): Steps<null> {
  if ((yield* k.access(["tree", "freed"], {})) === 0) return null;
  yield* k.spinLock(`ptl${i}`);
  yield* k.access(["ptf"], { [`pte${i}`]: 0 });
  yield* k.spinUnlock(`ptl${i}`);
  return null;
}

/** Faults on its page and installs it where the area still stands. */
export function* faulter(k: Kernel, page: number): Steps<void> {
  yield* k.downRead("mm");
  yield* k.frame(() => install(k, page));
  yield* k.upRead("mm");
  yield* k.refcountDec("users");
}

function* install(k: Kernel, i: number): Steps<null> {
  if ((yield* k.access(["tree", "freed"], {})) === 0) return null;
  yield* k.spinLock(`ptl${i}`);
  if ((yield* k.access([`pte${i}`, "ptf"], {})) === 1) {
    yield* k.spinUnlock(`ptl${i}`);
    return null;
  }
  yield* k.writeOnce(`alloc${i}`, 1);
  yield* k.writeOnce(`pte${i}`, 1);
  yield* k.spinUnlock(`ptl${i}`);
  yield* k.frame(() => makeReclaimable(k, i));
  return null;
}

/** Puts a page where the shrinker finds it. */
export function* makeReclaimable(k: Kernel, i: number): Steps<null> {
  yield* k.spinLock("lru");
  yield* k.writeOnce(`on${i}`, 1);
  yield* k.spinUnlock("lru");
  return null;
}
