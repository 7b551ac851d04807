import { scenario } from "@faultline/interleave";
import { type Kernel, refHolder, type Steps, word } from "@faultline/mm";

// The scenario on which the explorer is measured: one munmap, one shrinker and n faulters over p pages of a driver, one
// step per step of the protocol's published model, so that its states can be held against published counts. The rwsem
// is the plain one, without a queue, as it is there.

interface Size {
  /** Faulting threads. */
  readonly n: number;
  /** Pages. */
  readonly p: number;
}

/** Where the munmap thread stands before its first fault: task 1, the shrinker 2, faulters from here. */
const FIRST_FAULTER = 3;

/** Takes the area out of the tree under the write lock, zaps under the read lock, frees. */
function* munmap(k: Kernel, p: number): Steps<void> {
  yield* k.downWrite("mm");
  yield* k.writeOnce("tree", 0);
  yield* k.downgradeWrite("mm");
  for (let i = 0; i < p; i++) {
    yield* k.spinLock(`ptl${i}`);
    yield* k.writeOnce(`pte${i}`, 0);
    yield* k.spinUnlock(`ptl${i}`);
  }
  yield* k.writeOnce("ptf", 1);
  yield* k.upRead("mm");
  yield* k.writeOnce("freed", 1);
  yield* k.refcountDec("users");
}

/** Tries to reclaim each page once. */
function* shrinker(k: Kernel, p: number): Steps<void> {
  for (let i = 0; i < p; i++) yield* k.frame(() => reclaim(k, i));
}

function* reclaim(k: Kernel, i: number): Steps<null> {
  if (!(yield* k.refcountIncNotZero("users"))) return null;
  yield* k.frame(() => reclaimLocked(k, i));
  yield* k.refcountDec("users");
  return null;
}

function* reclaimLocked(k: Kernel, i: number): Steps<null> {
  if (!(yield* k.downReadTrylock("mm"))) return null;
  yield* k.frame(() => isolate(k, i));
  yield* k.upRead("mm");
  return null;
}

function* isolate(k: Kernel, i: number): Steps<null> {
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

function* zap(k: Kernel, i: number): Steps<null> {
  if ((yield* k.access(["tree", "freed"], {})) === 0) return null;
  yield* k.spinLock(`ptl${i}`);
  yield* k.access(["ptf"], { [`pte${i}`]: 0 });
  yield* k.spinUnlock(`ptl${i}`);
  return null;
}

/** Faults on its page and installs it where the area still stands. */
function* faulter(k: Kernel, page: number): Steps<void> {
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
  yield* k.spinLock("lru");
  yield* k.writeOnce(`on${i}`, 1);
  yield* k.spinUnlock("lru");
  return null;
}

export const MAX_FAULTERS = 8;
export const MAX_PAGES = 4;

const SIZES: readonly Size[] = upTo(MAX_FAULTERS).flatMap((n) => upTo(MAX_PAGES).map((p) => ({ n, p })));

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, i) => i + 1);
}

export default scenario({
  title: "munmap against a shrinker and n faulters over p pages",
  profile: "linux-6.12",
  kernel: { rwsem: "plain" },
  variants: Object.fromEntries(SIZES.map((size): [string, Size] => [`n${size.n}p${size.p}`, size])),
  setup(k, { n, p }) {
    k.put(word.of("tree"), 1);
    for (let i = 0; i < p; i++) for (const name of ["pte", "on", "alloc"]) k.put(word.of(`${name}${i}`), 1);
    for (const task of [1, ...Array.from({ length: n }, (_, i) => FIRST_FAULTER + i)]) {
      k.put(refHolder.of("users", task), 1);
    }
    return {};
  },
  threads: (_, { n, p }) => ({
    munmap: (k) => munmap(k, p),
    shrinker: (k) => shrinker(k, p),
    ...Object.fromEntries(Array.from({ length: n }, (_, i) => [`faulter${i}`, (k: Kernel) => faulter(k, i % p)])),
  }),
});
