import { pteAt, type TreeEntry, vmaTree } from "@faultline/mm";
import type { BinderHandle } from "@faultline/mm";
import type { RssType, TraceLine } from "../line/trace-event.ts";
import type { Model } from "../model.ts";
import { type Range, Ranges } from "./ranges.ts";
import { Shadow } from "./shadow.ts";
import type { Task } from "./task.ts";

/** From where inodes that have been opened are counted: shmem_zero_setup() makes others, below. */
const NAMED_INODES = 1_000_000;

/** An address space that the trace speaks of. */
export class Space {
  /** Its number in the model. */
  readonly id: number;
  /** The hashed pointer under which mmap_lock lines name it. */
  readonly pointer: string;
  /** The raw pointer under which kprobes name it, once known. */
  raw: string | undefined;
  /** Whether its VMAs are known, but for those that forks do not copy: it had a child that shows them. */
  mapped = false;
  /** Whether all of its VMAs are known: it was forked under the trace's eyes. */
  complete = false;
  /** Where the model's VMAs are the process's, flags and all, because the trace has shown how they came about. */
  readonly known: Ranges = new Ranges();
  /**
   * Where not all is known that decides whether VMAs merge: VM_ACCOUNT, of which a truth file does not tell; the anon_vma
   * of those that lay at memory which was not known.
   */
  readonly unsure: Ranges = new Ranges();
  /** Where a call in progress maps what was not known before: until it has, what is there is not the model's. */
  readonly coming: Map<Task, readonly Range[]> = new Map();
  /** The memory map as the trace's stores draw it. */
  readonly shadow: Shadow = new Shadow();
  /** Stores from before its VMAs became known are missing in the drawing: it says nothing. */
  undrawn = false;
  /** Pages of which the trace does not tell whether they are there, and why not. */
  readonly doubts: Map<number, string> = new Map();
  /** Struct files by the descriptor under which mmap names them. */
  readonly files: Map<number, number> = new Map();
  #inodes = 0;
  /** What the pages of a file count as, once seen. */
  readonly fileTypes: Map<number, RssType> = new Map();
  /** How many pages of an inode were taken of late, nobody knows which. */
  readonly lostPages: Map<number, number> = new Map();
  /** Bytes of each kind of memory that it maps, once the trace has told. */
  readonly rss: Map<RssType, number> = new Map();
  /** VMAs whose flags the trace does not tell: any access is allowed, and what shows them is adopted. */
  readonly vague: Set<string> = new Set();
  /** Processes' tasks that live in it. */
  readonly members: Set<Task> = new Set();
  /** Tasks between the start of an acquisition and its end. */
  readonly waiting: Set<Task> = new Set();
  /** Tasks that announced a release or downgrade and may or may not have done it yet. */
  readonly leaving: Set<Task> = new Set();
  /** Tasks that hold the lock by what the trace says. */
  readonly holders: Set<Task> = new Set();
  /** Whether anybody was seen to get the lock since the trace began; and for writing. */
  taken = false;
  written = false;
  /** The last lock line so far. */
  lastLockLine: TraceLine | undefined;
  /** No history fits: the lock is not followed until nobody has to do with it any more. */
  broken = false;
  /** It was broken once: its memory is not known any more. */
  lost = false;
  dead = false;
  /** The one that had this pointer before, where somebody still had its lock when it was seen last. */
  before: Space | undefined;
  /** Its binder buffer. */
  binder: BinderBuffer | undefined;

  constructor(id: number, pointer: string) {
    this.id = id;
    this.pointer = pointer;
  }

  /** Whether a call in progress is about to make this address known. */
  isComing(address: number): boolean {
    return [...this.coming.values()].flat().some(([start, end]) => start <= address && address < end);
  }

  /** Where the model's VMAs are the process's for this task: not where others are about to map what was not known. */
  knownTo(task: Task): Ranges {
    const others = [...this.coming].filter(([other, ranges]) => other !== task && ranges.length > 0);
    if (others.length === 0) return this.known;
    const known = this.known.with([]);
    for (const [start, end] of others.flatMap(([, ranges]) => ranges)) known.remove(start, end);
    return known;
  }

  /** What a call that was not followed may have changed is not known; what others are about to map there will be. */
  unlearn(start: number, end: number): void {
    this.known.remove(start, end);
    for (const [from, to] of [...this.coming.values()].flat()) this.known.add(from, to);
  }

  /** A fault that is not followed may give a VMA its anon_vma, which goes on where memory is known. */
  doubtAnonVma(address: number): void {
    for (const { start, end } of this.shadow.within(address, address + 1)) this.unsure.add(start, end);
  }

  /** Whether somebody is in a page fault there that is not followed: it may end in what has come to be there. */
  hasStrayFault(start: number, end: number): boolean {
    return [...this.members].some(({ strayFault: at }) => at !== undefined && start <= at && at < end);
  }

  /** Somebody has changed its VMAs, and no line tells how. */
  forget(): void {
    this.known.clear();
    this.complete = this.mapped = false;
  }

  /** What messages call its lock. */
  get lockName(): string {
    return `mmap_lock of mm:${this.id}`;
  }

  /** Who still has the lock of the one before; told once. */
  keptBefore(): string | undefined {
    const [kept] = this.before?.holders ?? [];
    this.before = undefined;
    return kept?.who;
  }

  /** Number of an inode that no other process has mapped, and no shared memory without a name is. */
  nextInode(): number {
    return (this.id + 1) * NAMED_INODES + this.#inodes++;
  }

  /** Whether a page is mapped at this address, the zero page included, as pagemap tells. */
  isPresent(model: Model, address: number): boolean {
    const entry = model.table.get(pteAt(this.id, address));
    return entry !== null && (!("kind" in entry) || entry.kind === "zero");
  }

  /** Its VMAs, by address. */
  areas(model: Model): readonly TreeEntry[] {
    return model.table.get(vmaTree.of(this.id));
  }

  areaAt(model: Model, address: number): TreeEntry | undefined {
    return this.areas(model).find(({ start, end }) => start <= address && address < end);
  }
}

/** A process's binder buffer. */
export interface BinderBuffer {
  readonly handle: BinderHandle;
  readonly space: Space;
  /** The raw pointer under which kprobes name its VMA, once known. */
  vma: string | undefined;
  /** Something was done to it that the model did not follow: its pages are not known any more. */
  lost: boolean;
}
