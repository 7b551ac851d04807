import { doDentryOpen, ERRNO, type Kernel, PAGE_SIZE, type Steps, VM, type VmaPtr } from "@faultline/mm";
import type { SyscallName } from "../line/syscall-lines.ts";
import { withoutVmaLock } from "../thread/without-vma-lock.ts";
import type { CallEvidence } from "./call-evidence.ts";
import { step } from "../thread/steps-by-name.ts";
import type { Space } from "../world/space.ts";

/** What to play for a system call: the model's procedure, and the ranges that it may look at. */
export interface CallPlan {
  readonly steps: Steps<number>;
  readonly ranges: readonly (readonly [start: number, end: number])[];
}

const MAP_SHARED = 1;
const MAP_FIXED = 0x10;
const MAP_ANONYMOUS = 0x20;
const MAP_GROWSDOWN = 0x100;
const MAP_FIXED_NOREPLACE = 0x10_0000;
const MREMAP_MAYMOVE = 1;
const MREMAP_FIXED = 2;
const MREMAP_DONTUNMAP = 4;
const MADV_DONTNEED = 4;
const MADV_PAGEOUT = 21;

/**
 * The model's procedure for a system call with these arguments, of which the trace shows so much; undefined for what the
 * model has no procedure for, or where it would need to know what the trace does not tell.
 */
export function planCall(
  kernel: Kernel,
  space: Space,
  name: SyscallName,
  args: readonly number[],
  { result, locks }: CallEvidence,
): CallPlan | undefined {
  if (!args.every(Number.isSafeInteger)) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, e = 0] = args;
  const length = pages(b);
  switch (name) {
    case "mmap":
      return planMmap(kernel, space, args, result);
    case "munmap":
      return { steps: kernel.munmap(space.id, a, b), ranges: [[a, a + length]] };
    case "mprotect":
      return { steps: kernel.mprotect(space.id, a, b, c), ranges: [[a, a + length]] };
    case "mremap":
      return planMremap(kernel, space, { start: a, old: length, now: pages(c), flags: d, to: e });
    case "madvise":
      if (c === MADV_DONTNEED) return { steps: dontneed(kernel, space, a, b, locks > 0), ranges: [[a, a + length]] };
      if (c === MADV_PAGEOUT) {
        return { steps: kernel.madvisePages(space.id, a, b, "PAGEOUT"), ranges: [[a, a + length]] };
      }
      return undefined;
    case "mlock":
    case "munlock":
      return { steps: locked(kernel, space, a, b, name === "mlock"), ranges: [[a, a + length]] };
    default:
      return undefined;
  }
}

/** Whether the VMA lock was had, the lines of mmap_lock tell. */
function dontneed(kernel: Kernel, space: Space, start: number, bytes: number, mmapLock: boolean): Steps<number> {
  const steps = kernel.madviseDontneed(space.id, start, bytes);
  return mmapLock ? withoutVmaLock("try_vma_read_lock", steps) : steps;
}

function planMmap(
  kernel: Kernel,
  space: Space,
  args: readonly number[],
  end: number | undefined,
): CallPlan | undefined {
  const [address = 0, bytes = 0, prot = 0, flags = 0, fd = 0, offset = 0] = args;
  const length = pages(bytes);
  const result = end ?? ((flags & MAP_FIXED) === 0 ? -1 : address);
  if (result === ERRNO.EEXIST && (flags & MAP_FIXED_NOREPLACE) !== 0) {
    return { steps: occupied(kernel, space, address, length), ranges: [[address, address + length]] };
  }
  if (result < 0) return undefined;
  const vm = (prot & (VM.READ | VM.WRITE | VM.EXEC)) | ((flags & MAP_SHARED) === 0 ? 0 : VM.SHARED);
  const mapping = {
    start: result,
    length,
    flags: vm | ((flags & MAP_GROWSDOWN) === 0 ? 0 : VM.GROWSDOWN),
    ops: "",
    owner: "",
  };
  const anonymous = (flags & MAP_ANONYMOUS) !== 0;
  const own: readonly [number, number] = [result, result + length];
  // What lies under a fixed mapping goes, known or not.
  const ranges = (flags & MAP_FIXED) === 0 ? [] : [own];
  if (anonymous && (flags & MAP_SHARED) === 0) return { steps: kernel.mmap(space.id, mapping), ranges };
  const file = anonymous ? undefined : space.files.get(fd | 0);
  return { steps: mmapFile(kernel, space, mapping, file, fd | 0, offset, anonymous), ranges };
}

/** mmap of a file, which the trace names by its descriptor only: the first time, the descriptor is opened. */
function* mmapFile(
  kernel: Kernel,
  space: Space,
  mapping: Parameters<Kernel["mmap"]>[1],
  known: number | undefined,
  fd: number,
  offset: number,
  anonymous: boolean,
): Steps<number> {
  const file = known ?? (yield* doDentryOpen(space.nextInode(), "", ""));
  // Shared anonymous memory is a file of its own, which nobody else can map.
  if (!anonymous) space.files.set(fd, file);
  return yield* kernel.mmap(space.id, { ...mapping, pgoff: offset / PAGE_SIZE, file });
}

/** MAP_FIXED_NOREPLACE where something is mapped already. mm/mmap.c, do_mmap() */
function* occupied(kernel: Kernel, space: Space, start: number, length: number): Steps<number> {
  yield* kernel.mmapWriteLock(space.id);
  const found = yield* step<readonly VmaPtr[]>("vma_find", space.id, start, start + length);
  yield* kernel.mmapWriteUnlock(space.id);
  return found.length > 0 ? ERRNO.EEXIST : start;
}

interface Move {
  readonly start: number;
  readonly old: number;
  readonly now: number;
  readonly flags: number;
  readonly to: number;
}

function planMremap(kernel: Kernel, space: Space, { start, old, now, flags, to }: Move): CallPlan | undefined {
  const known = MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP;
  if ((flags & ~known) !== 0 || old === 0 || now === 0) return undefined;
  const fixed = (flags & MREMAP_FIXED) !== 0;
  // Where it moves to of itself, nobody knows.
  if (!fixed && (flags & MREMAP_MAYMOVE) !== 0 && now > old) return undefined;
  const ranges: (readonly [number, number])[] = [[start, start + Math.max(old, fixed ? 0 : now)]];
  if (fixed) ranges.push([to, to + now]);
  // A shrinking mremap is munmap of the tail, downgrade and all. mm/mremap.c, shrink_vma()
  if (!fixed && now < old) return { steps: shrink(kernel, space, start, old, now), ranges };
  const dontUnmap = (flags & MREMAP_DONTUNMAP) !== 0;
  const remap = { start, oldLength: old, newLength: now, to: fixed ? to : null, dontUnmap };
  return { steps: kernel.mremap(space.id, remap), ranges };
}

function* shrink(kernel: Kernel, space: Space, start: number, old: number, now: number): Steps<number> {
  const error = yield* kernel.munmap(space.id, start + now, old - now);
  return error === 0 ? start : error;
}

/** mlock brings the pages in, once its VMAs are changed. mm/mlock.c, do_mlock() */
function* locked(kernel: Kernel, space: Space, start: number, bytes: number, lock: boolean): Steps<number> {
  const error = yield* kernel.mlock(space.id, start, bytes, lock);
  if (error !== 0 || !lock) return error;
  return yield* kernel.madvisePopulate(space.id, start, bytes, true);
}

function pages(bytes: number): number {
  return Math.ceil(bytes / PAGE_SIZE) * PAGE_SIZE;
}
