import { type Body, scenario } from "@faultline/interleave";
import { type Kernel, refHolder, word } from "@faultline/mm";
import { faulter, shrinker, unmapper } from "./protocol.ts";
import { faulterLocked, munmapLocked, type SeededBug, shrinkerLocked } from "./vma-lock-protocol.ts";

// The scenario on which the explorer is measured. The rwsem is the plain one, without a queue, as it is in the published
// model.

interface Size {
  /** Faulting threads. */
  readonly n: number;
  /** Pages. */
  readonly p: number;
  /** Whether faulters try the area's own lock first. */
  readonly vmaLock: boolean;
  readonly bug?: SeededBug;
}

/** Where the munmap thread stands before its first fault: task 1, the shrinker 2, faulters from here. */
const FIRST_FAULTER = 3;

export const MAX_FAULTERS = 8;
export const MAX_PAGES = 4;

const SIZES: readonly Size[] = [false, true].flatMap((vmaLock) =>
  upTo(MAX_FAULTERS).flatMap((n) => upTo(MAX_PAGES).map((p) => ({ n, p, vmaLock }))),
);

/** Bugs in the protocol with the area's lock, for two faulters and one page. */
const SEEDED: readonly Size[] = (["munmap-does-not-wait", "stale-lookup"] as const).map((bug) => {
  return { n: 2, p: 1, vmaLock: true, bug };
});

/** The variant of a size: `n2p1`, `n2p1-vma-lock`, `n2p1-vma-lock-stale-lookup`. */
export function variantOf({ n, p, vmaLock, bug }: Size): string {
  return [`n${n}p${p}`, ...(vmaLock ? ["vma-lock"] : []), ...(bug === undefined ? [] : [bug])].join("-");
}

function upTo(last: number): number[] {
  return Array.from({ length: last }, (_, i) => i + 1);
}

function threadsOf({ n, p, vmaLock, bug }: Size): Record<string, Body> {
  const fault = vmaLock ? faulterLocked : faulter;
  return {
    munmap: (k) => (vmaLock ? munmapLocked(k, p, bug) : unmapper(k, p)),
    shrinker: (k) => (vmaLock ? shrinkerLocked(k, p, bug) : shrinker(k, p)),
    ...Object.fromEntries(Array.from({ length: n }, (_, i) => [`faulter${i}`, (k: Kernel) => fault(k, i % p)])),
  };
}

export default scenario({
  title: "munmap against a shrinker and n faulters over p pages",
  profile: "linux-6.12",
  kernel: { rwsem: "plain" },
  variants: Object.fromEntries([...SIZES, ...SEEDED].map((size): [string, Size] => [variantOf(size), size])),
  expect: Object.fromEntries(SEEDED.map((size) => [variantOf(size), { breaks: ["HEAP-LIVE"], severity: "S0" }])),
  setup(k, { n, p, vmaLock }) {
    k.put(word.of("tree"), 1);
    for (let i = 0; i < p; i++) for (const name of ["pte", "on", "alloc"]) k.put(word.of(`${name}${i}`), 1);
    for (const task of [1, ...Array.from({ length: n }, (_, i) => FIRST_FAULTER + i)]) {
      k.put(refHolder.of("users", task), 1);
    }
    if (vmaLock) {
      k.run(k.kmalloc("vma"));
      k.run(k.kmalloc("tables"));
    }
    return {};
  },
  threads: (_, size) => threadsOf(size),
});
