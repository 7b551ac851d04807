import { type Body, type Expectation, scenario, type SetupKernel } from "@faultline/interleave";
import {
  type Kernel,
  type Knobs,
  PAGE_SIZE,
  type PagePtr,
  presentPte,
  type Steps,
  VM,
  type VmaPtr,
} from "@faultline/mm";
import type { CorpusItem } from "./item.ts";

/** Where the processes of the corpus map, in bytes: the start of a page table. */
export const AT = 0x4000_0000;
/** The inode of the file that they map. */
export const INODE = 0;
export const RW: number = VM.READ | VM.WRITE;

type Run<H> = (k: Kernel, mm: number, found: H) => Steps<unknown>;

/** What happens in one process, and what the kernel does to it meanwhile. */
export interface Story<H> {
  readonly title: string;
  readonly profile: string;
  readonly profiles?: readonly string[];
  readonly kernel?: Partial<Knobs>;
  readonly expect: Expectation;
  /** Brings the process about; what the threads need to know of it. */
  readonly setup?: (k: SetupKernel, mm: number) => H;
  /** Threads of the process, in order. */
  readonly threads: Readonly<Record<string, Run<H>>>;
  /** Threads of nobody's address space, numbered after those of the process. */
  readonly others?: Readonly<Record<string, Run<H>>>;
  /** The same, which may wait for ever. */
  readonly daemons?: Readonly<Record<string, Run<H>>>;
}

/** A corpus item of one process and one variant. */
export function story<H = null>(id: string, told: Story<H>): CorpusItem {
  const { title, profile, profiles = [], kernel = {}, expect, setup, threads, others = {}, daemons = {} } = told;
  return {
    id,
    profiles,
    scenario: scenario<object, { mm: number; found: H }>({
      title,
      profile,
      kernel,
      variants: { only: {} },
      expect: { only: expect },
      setup(k) {
        const mm = k.mm();
        return { mm, found: setup === undefined ? (null as H) : setup(k, mm) };
      },
      threads: ({ mm, found }) => ({
        ...bodies(threads, (run) => ({ mm, run: (k) => run(k, mm, found) })),
        ...bodies(others, (run) => (k) => run(k, mm, found)),
        ...bodies(daemons, (run) => ({ daemon: true, run: (k) => run(k, mm, found) })),
      }),
    }),
  };
}

function bodies<H>(runs: Readonly<Record<string, Run<H>>>, body: (run: Run<H>) => Body): Record<string, Body> {
  return Object.fromEntries(Object.entries(runs).map(([name, run]) => [name, body(run)]));
}

/** Maps anonymous memory of so many pages. */
export function anonymous(k: Kernel, mm: number, start: number, pages: number, flags: number = RW): Steps<number> {
  return k.mmap(mm, { start, length: pages * PAGE_SIZE, flags, ops: "", owner: "" });
}

/** A written page of anonymous memory. */
export function written(k: SetupKernel, mm: number): PagePtr {
  k.run(anonymous(k, mm, AT, 1));
  k.run(k.pageFault(mm, AT, true));
  const { page, gen } = presentPte(k.run(k.ptepGet(mm, AT)))!;
  return { page, gen };
}

/** Maps so many pages of a file from its start on. */
export function ofFile(
  k: Kernel,
  mm: number,
  file: number,
  start: number,
  pages: number,
  flags: number,
): Steps<number> {
  return k.mmap(mm, { start, length: pages * PAGE_SIZE, flags, ops: "", owner: "", file });
}

/** The VMA at this address, looked up under mmap_read_lock, which is let go of. */
export function* vmaAt(k: Kernel, mm: number, address: number): Steps<VmaPtr | null> {
  yield* k.mmapReadLock(mm);
  const vma = yield* k.vmaLookup(mm, address);
  yield* k.mmapReadUnlock(mm);
  return vma;
}

/** The same in a set-up, where there must be one. */
export function vmaIn(k: SetupKernel, mm: number, address: number): VmaPtr {
  const vma = k.run(vmaAt(k, mm, address));
  if (vma === null) throw new Error("nothing is mapped there");
  return vma;
}
