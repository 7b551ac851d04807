import { doDentryOpen, ERRNO, type Kernel, MAP, MREMAP, PAGE_SIZE, type Steps, TASK_SIZE } from "@faultline/mm";
import type { SyscallName } from "../line/syscall-lines.ts";
import { refusalOf } from "../thread/refusal.ts";
import { withoutVmaLock } from "../thread/without-vma-lock.ts";
import type { Range } from "../world/ranges.ts";
import type { Space } from "../world/space.ts";
import { type CallEvidence, changes } from "./call-evidence.ts";
import { UNJUDGED, unmodelled } from "./unjudged.ts";

/** What to play for a system call: the model's own, and the ranges that it may look at; or why nothing is played. */
export type CallPlan =
  | {
      readonly steps: Steps<number>;
      readonly ranges: readonly Range[];
      /** Why all that the model can say is whether the place was free. */
      readonly place?: string;
    }
  | { readonly unplayed: string };

/** A system call as the trace shows its beginning, with what its lines show of the rest. */
export interface PlannedCall {
  readonly name: SyscallName;
  readonly registers: readonly bigint[];
  readonly evidence: CallEvidence;
}

/** -EINTR, and what a call returns that is begun again after a signal. include/linux/errno.h, ERESTARTSYS */
const INTERRUPTED: ReadonlySet<number> = new Set([-4, -512, -513, -514, -516]);
/** Where the kernel looks for a place, these may mean that there was none, as far as anybody can tell. */
const RUNS_OUT: ReadonlySet<number> = new Set([ERRNO.ENOMEM, ERRNO.EAGAIN, ERRNO.EPERM]);
/** Advice by numbers that the model does not have, or that depends on how the kernel was built. */
const MERGEABLE = 12;
const UNMERGEABLE = 13;
const HUGEPAGE = 14;
const NOHUGEPAGE = 15;
const COLLAPSE = 25;
const POISONS = 100;
const SOFT_OFFLINE = 101;
const CONFIGURED: ReadonlySet<number> = new Set([MERGEABLE, UNMERGEABLE, HUGEPAGE, NOHUGEPAGE, COLLAPSE]);
const GROWS = 0x300_0000n;

/**
 * The model's own system call with these registers, of which the trace shows so much; or why it is not played: the model
 * does not have it, or would have to know what the trace does not tell.
 */
export function planCall(kernel: Kernel, space: Space, { name, registers, evidence }: PlannedCall): CallPlan {
  const { result } = evidence;
  if (result !== undefined && INTERRUPTED.has(result) && !changes(evidence)) return { unplayed: UNJUDGED.signal };
  const [a = 0n, b = 0n, c = 0n] = registers;
  const played = (make: () => Steps<number>, ...ranges: Range[]): CallPlan => {
    // What the registers alone decide looks at no memory.
    return { steps: make(), ranges: refusalOf(make()) === undefined ? ranges : [] };
  };
  switch (name) {
    case "mmap":
      return planMmap(kernel, space, registers, result);
    case "munmap":
      return played(() => kernel.sysMunmap(space.id, a, b), pagesOf(a, b));
    case "mprotect":
      if ((c & GROWS) !== 0n) return { unplayed: unmodelled("mprotect from where a stack begins") };
      return played(() => kernel.sysMprotect(space.id, a, b, c), pagesOf(a, b));
    case "mremap":
      return planMremap(kernel, space, registers, evidence);
    case "madvise":
      return planMadvise(kernel, space, registers, evidence);
    case "mlock":
    case "munlock":
      return played(() => kernel.sysMlock(space.id, a, b, name === "mlock"), pagesOf(a, b));
    default:
      return { unplayed: unmodelled(name) };
  }
}

/** Pages from the one of the address on. */
export function pagesOf(start: bigint, length: bigint): Range {
  const first = Math.floor(Number(start) / PAGE_SIZE) * PAGE_SIZE;
  return [first, Math.ceil((Number(start) + Number(length)) / PAGE_SIZE) * PAGE_SIZE];
}

/** Whether the VMA lock was had, the lines of mmap_lock tell. */
function planMadvise(
  kernel: Kernel,
  space: Space,
  [start = 0n, length = 0n, behavior = 0n]: readonly bigint[],
  { locks }: CallEvidence,
): CallPlan {
  const advice = Number(BigInt.asIntN(32, behavior));
  if (CONFIGURED.has(advice)) return { unplayed: UNJUDGED.config };
  if (advice === POISONS || advice === SOFT_OFFLINE) return { unplayed: unmodelled("pages that are made bad") };
  const make = (): Steps<number> => kernel.sysMadvise(space.id, start, length, advice);
  if (refusalOf(make()) !== undefined) return { steps: make(), ranges: [] };
  const steps = locks > 0 ? withoutVmaLock("try_vma_read_lock", make()) : make();
  return { steps, ranges: [pagesOf(start, length)] };
}

function planMmap(
  kernel: Kernel,
  space: Space,
  [address = 0n, length = 0n, prot = 0n, flags64 = 0n, descriptor = 0n, offset = 0n]: readonly bigint[],
  result: number | undefined,
): CallPlan {
  const flags = low(flags64);
  if ((flags & MAP.HUGETLB) !== 0) return { unplayed: unmodelled("huge pages of their own") };
  if ((flags & MAP.TYPE) > MAP.SHARED_VALIDATE) return { unplayed: unmodelled("memory that may be dropped") };
  const fixed = (flags & (MAP.FIXED | MAP.FIXED_NOREPLACE)) !== 0;
  const registers = { address, length, prot: low(prot), flags, file: null, offset };
  const anonymous = (flags & MAP.ANONYMOUS) !== 0;
  const fd = low(descriptor);
  const make = (more: Partial<typeof registers>): Steps<number> =>
    anonymous
      ? kernel.sysMmap(space.id, { ...registers, ...more })
      : mapFile(kernel, space, { ...registers, ...more }, fd);
  if (refusalOf(kernel.sysMmap(space.id, { ...registers, flags: flags | MAP.ANONYMOUS })) !== undefined) {
    return { steps: make({}), ranges: [] };
  }
  if (fixed) return { steps: make({}), ranges: [pagesOf(address, length)] };
  if (result === undefined) return { unplayed: UNJUDGED.endless };
  if (result < 0) {
    const why = anonymous ? UNJUDGED.limit : UNJUDGED.file;
    return !anonymous || RUNS_OUT.has(result) ? { unplayed: why } : { steps: make({}), ranges: [] };
  }
  // What is not known to be mapped there is in nobody's way.
  const [start, end] = pagesOf(BigInt(result), length);
  const place = space.known.meets(start, end) ? MAP.FIXED_NOREPLACE : MAP.FIXED;
  return { steps: make({ address: BigInt(result), flags: flags | place }), ranges: [], place: UNJUDGED.place };
}

/** mmap of a file, which the trace names by its descriptor only: the first time, the descriptor is opened. */
function* mapFile(
  kernel: Kernel,
  space: Space,
  registers: Parameters<Kernel["sysMmap"]>[1],
  fd: number,
): Steps<number> {
  const file = space.files.get(fd) ?? (yield* doDentryOpen(space.nextInode(), "", ""));
  space.files.set(fd, file);
  return yield* kernel.sysMmap(space.id, { ...registers, file });
}

function planMremap(
  kernel: Kernel,
  space: Space,
  [address = 0n, oldLength = 0n, newLength = 0n, flags = 0n, newAddress = 0n]: readonly bigint[],
  { result }: CallEvidence,
): CallPlan {
  const registers = { address, oldLength, newLength, flags, newAddress };
  if (refusalOf(kernel.sysMremap(space.id, registers)) !== undefined) {
    return { steps: kernel.sysMremap(space.id, registers), ranges: [] };
  }
  const fixed = (low(flags) & MREMAP.FIXED) !== 0;
  const moves = (low(flags) & MREMAP.MAYMOVE) !== 0;
  const asked = Number(oldLength > newLength || fixed ? oldLength : newLength);
  const source: Range = pagesOf(address, BigInt(Math.min(Math.max(asked, PAGE_SIZE), TASK_SIZE)));
  if (fixed) return { steps: kernel.sysMremap(space.id, registers), ranges: [source, pagesOf(newAddress, newLength)] };
  if (!moves) return { steps: kernel.sysMremap(space.id, registers), ranges: [source] };
  const stays = newLength <= oldLength && (low(flags) & MREMAP.DONTUNMAP) === 0;
  if (stays) return { steps: kernel.sysMremap(space.id, registers), ranges: [source] };
  if (result === undefined) return { unplayed: UNJUDGED.endless };
  if (result < 0) {
    if (RUNS_OUT.has(result)) return { unplayed: UNJUDGED.limit };
    return { steps: kernel.sysMremap(space.id, registers), ranges: [source] };
  }
  const ranges = [pagesOf(address, oldLength > 0n ? oldLength : 1n)];
  // Where it has grown nobody was; where it has gone the kernel chose.
  if (result === Number(address)) return { steps: kernel.sysMremap(space.id, { ...registers, flags: 0n }), ranges };
  const there = { ...registers, flags: flags | BigInt(MREMAP.FIXED), newAddress: BigInt(result) };
  return { steps: kernel.sysMremap(space.id, there), ranges, place: UNJUDGED.place };
}

function low(register: bigint): number {
  return Number(BigInt.asIntN(32, register));
}
