import { LIMITS } from "./limits.ts";

/**
 * What the trace and the model disagree about: `lock` no lawful history of the mmap_lock fits; `ops` a task did
 * something else than the model's procedure; `vma`, `pages` the memory map or page tables differ; `rule` the model
 * followed, and a rule broke.
 */
export type DivergenceKind = "lock" | "ops" | "vma" | "pages" | "rule";

export interface ImportDivergence {
  /** Line of the trace, counted from 1. */
  readonly line: number;
  readonly kind: DivergenceKind;
  readonly reason: string;
}

/** How much was held against the model: every count is of comparisons that could have failed. */
export interface Compared {
  /** Acquisitions and releases of mmap_lock that had to be possible. */
  locks: number;
  /** Trylocks that failed in the kernel and had to fail in the model. */
  failedTrylocks: number;
  downgrades: number;
  /** vm_insert_page's addresses and results. */
  inserts: number;
  /** Addresses and sizes of zaps. */
  zaps: number;
  /** Indices of pages that went on or came off the lru, or were reclaimed from it. */
  lruPages: number;
  /** Return values of the shrinker's callback, and of whole shrinker passes. */
  shrinkerStatuses: number;
  /** VMAs stored or erased, by range. */
  areas: number;
  /** Results of system calls, errors as well as addresses; those that are not held against anything are `unjudged`. */
  syscalls: number;
  /** Whether a page fault ends with a signal. */
  faults: number;
  /** Bitmaps of present pages. */
  bitmaps: number;
  /** Lines of /proc/pid/maps. */
  maps: number;
}

/** Ends an import early, when the caller has seen enough. Never leaves this package. */
export class StopImport extends Error {
  override readonly name = "StopImport";
}

/** Collects what an import found. */
export class Report {
  readonly divergences: ImportDivergence[] = [];
  /** Calls after which edges between VMAs alike, as far as a truth file tells, were taken from the trace. */
  adoptedEdges = 0;
  /** Times that a VMA lock was had, which no event shows. */
  inferredLocks = 0;
  /** Pages that were taken to be gone because as many of their kind went as there were. */
  inferredPages = 0;
  /** Calls whose result was not held against the model's, by reason. */
  readonly #unjudged = new Map<string, number>();
  /** All of them, also those beyond what is kept. */
  total = 0;
  readonly compared: Compared = {
    locks: 0,
    failedTrylocks: 0,
    downgrades: 0,
    inserts: 0,
    zaps: 0,
    lruPages: 0,
    shrinkerStatuses: 0,
    areas: 0,
    syscalls: 0,
    faults: 0,
    bitmaps: 0,
    maps: 0,
  };
  readonly #stopWhen: ((divergence: ImportDivergence) => boolean) | undefined;
  /** The line that is being replayed. */
  line = 0;

  constructor(stopWhen: ((divergence: ImportDivergence) => boolean) | undefined) {
    this.#stopWhen = stopWhen;
  }

  /** Notes that the result of a call is not held against the model's, and why. */
  unjudge(reason: string): void {
    this.#unjudged.set(reason, (this.#unjudged.get(reason) ?? 0) + 1);
  }

  /** Calls that were not judged, by reason, the most frequent first. */
  get unjudgedByReason(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#unjudged].sort(([, a], [, b]) => b - a));
  }

  /** Notes that trace and model differ at the present line. */
  differ(kind: DivergenceKind, reason: string): void {
    const divergence = { line: this.line, kind, reason };
    this.total++;
    if (this.divergences.length < LIMITS.divergences) this.divergences.push(divergence);
    if (this.#stopWhen?.(divergence) === true) throw new StopImport(reason);
  }
}
