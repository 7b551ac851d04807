import { mmapWriteUnlock } from "../events/mmap-lock-steps.ts";
import { fget, type OpenFile, shmemZeroSetup } from "../events/open-file-steps.ts";
import type { Steps } from "../events/step.ts";
import { PAGE_SIZE } from "../objects/address.ts";
import { ERRNO } from "../objects/errno.ts";
import { VM } from "../objects/vm-flags.ts";
import type { Context } from "../kernel/context.ts";
import { fput } from "../kernel/file.ts";
import { mapDenyWriteExec } from "../kernel/mdwe.ts";
import { accounted, mapRegion } from "../kernel/mmap.ts";
import { mmapWriteLockKillable } from "../kernel/mmap-lock.ts";
import { mmPopulate } from "../kernel/populate.ts";
import { type Procedure, procedure } from "../kernel/procedure.ts";
import { getUnmappedArea, vmaIntersects } from "../events/unmapped-area-steps.ts";
import { BORROWED } from "../objects/file.ts";
import { LEGACY_MAP_MASK, MAP, PROT } from "./mmap-flags.ts";
import { offsetInPage, pageAlign64, TASK_END, wrap } from "./registers.ts";

/** The registers of mmap(2). */
export type MmapRegisters = {
  readonly address: bigint;
  readonly length: bigint;
  /** PROT_*; bits that nobody knows are ignored. */
  readonly prot: number;
  /** MAP_* */
  readonly flags: number;
  /** The struct file of the descriptor; null where it is not open. */
  readonly file: number | null;
  /** Bytes. */
  readonly offset: bigint;
};

/** What mmap(2) wants, once its registers were looked at. */
type MmapCall = {
  readonly start: number;
  readonly length: number;
  readonly prot: number;
  readonly flags: number;
  readonly pgoff: number;
  /** What is wrong with address and length, found out under mmap_lock before anything else: an errno, or 0. */
  readonly wrong: number;
};

/** mmap(2): the address, or an errno. arch/x86/kernel/sys_x86_64.c; mm/mmap.c, ksys_mmap_pgoff() */
export function* sysMmap(k: Context, mm: number, registers: MmapRegisters): Steps<number> {
  const { prot, flags, offset } = registers;
  if (offsetInPage(offset) !== 0n) return ERRNO.EINVAL;
  const anonymous = (flags & MAP.ANONYMOUS) !== 0;
  if (!anonymous && registers.file === null) return ERRNO.EBADF;
  const file = anonymous ? null : registers.file;
  const length = pageAlign64(registers.length);
  const wrong = mistake(registers, length);
  const call: MmapCall = {
    start: wrong === 0 ? Number(placeOf(registers)) : 0,
    length: wrong === 0 ? Number(length) : 0,
    prot: prot & (PROT.READ | PROT.WRITE | PROT.EXEC),
    flags: (flags & MAP.FIXED_NOREPLACE) === 0 ? flags : flags | MAP.FIXED,
    pgoff: Number(offset >> 12n),
    wrong,
  };
  return yield* vmMmapPgoff(k, mm, call, file);
}

/** What do_mmap finds wrong before it looks at the address space. mm/mmap.c, do_mmap(), get_unmapped_area() */
function mistake({ address, flags, offset, length: asked }: MmapRegisters, length: bigint): number {
  if (asked === 0n) return ERRNO.EINVAL;
  if (length === 0n) return ERRNO.ENOMEM;
  const pgoff = offset >> 12n;
  // pgoff is an unsigned long of pages, so that only a file's own limit can be passed.
  if (wrap(pgoff + (length >> 12n)) < pgoff) return ERRNO.EOVERFLOW;
  if (length > TASK_END) return ERRNO.ENOMEM;
  if ((flags & (MAP.FIXED | MAP.FIXED_NOREPLACE)) === 0) return 0;
  if (address > TASK_END - length) return ERRNO.ENOMEM;
  return offsetInPage(address) === 0n ? 0 : ERRNO.EINVAL;
}

/** The address, where it is a hint as a page; 0 for none that could be taken. */
function placeOf({ address, flags }: MmapRegisters): bigint {
  if ((flags & (MAP.FIXED | MAP.FIXED_NOREPLACE)) !== 0) return address;
  const page = address - offsetInPage(address);
  return page > TASK_END ? 0n : page;
}

/** vm_mmap_pgoff: do_mmap under mmap_lock, and what is to be there at once is faulted in after. mm/util.c */
const vmMmapPgoff: Procedure<Context, [number, MmapCall, number | null], number> = procedure(
  "vm_mmap_pgoff",
  function* (k, mm: number, call: MmapCall, slot: number | null) {
    const file = slot === null ? null : yield* fget(slot);
    const done = (yield* mmapWriteLockKillable(k, mm)) ? yield* doMmap(k, mm, call, file) : ERRNO.EINTR;
    if (slot !== null) yield* fput(k, slot, BORROWED);
    if (done < 0) return done;
    const wanted = (call.flags & (MAP.POPULATE | MAP.NONBLOCK)) === MAP.POPULATE || (call.flags & MAP.LOCKED) !== 0;
    if (wanted) yield* mmPopulate(k, mm, done, done + call.length, true);
    return done;
  },
);

/** do_mmap, and the end of mmap_lock. mm/mmap.c */
function* doMmap(k: Context, mm: number, call: MmapCall, file: OpenFile | null): Steps<number> {
  const result = call.wrong === 0 ? yield* mmapLocked(k, mm, call, file) : call.wrong;
  yield* mmapWriteUnlock(mm);
  return result;
}

function* mmapLocked(k: Context, mm: number, call: MmapCall, file: OpenFile | null): Steps<number> {
  const { length, flags } = call;
  let { start } = call;
  if ((flags & MAP.FIXED) === 0) start = yield* getUnmappedArea(mm, start, length);
  if (start < 0) return start;
  if ((flags & MAP.FIXED_NOREPLACE) !== 0 && (yield* vmaIntersects(mm, start, start + length))) return ERRNO.EEXIST;
  const vmFlags = file === null ? anonymousFlags(k, call) : fileFlags(k, call, file);
  if (vmFlags < 0) return vmFlags;
  if (yield* mapDenyWriteExec(mm, vmFlags, vmFlags)) return ERRNO.EACCES;
  const shared = file === null && (vmFlags & VM.SHARED) !== 0;
  // Shared anonymous memory is a file of shmem that nobody else can open.
  const own = shared ? yield* shmemZeroSetup(length) : null;
  const [end, all] = [start + length, accounted(vmFlags)];
  const slot = own ?? file?.file;
  const pgoff = own === null ? call.pgoff : 0;
  const region = { mm, start, end, length, flags: all, ops: "", owner: "", pgoff };
  const error = yield* mapRegion(k, slot === undefined ? region : { ...region, file: slot });
  if (own !== null) yield* fput(k, own, "fd");
  return error === 0 ? start : error;
}

/** calc_vm_prot_bits, calc_vm_flag_bits and VM_MAY*. include/linux/mman.h */
function commonFlags(k: Context, { prot, flags }: MmapCall): number {
  let all: number = prot | VM.MAYREAD | VM.MAYWRITE | VM.MAYEXEC;
  if ((flags & MAP.GROWSDOWN) !== 0) all |= VM.GROWSDOWN;
  if ((flags & MAP.LOCKED) !== 0) all |= VM.LOCKED;
  if ((flags & MAP.NORESERVE) !== 0) all |= VM.NORESERVE;
  if ((flags & MAP.STACK) !== 0 && k.knobs.mapStackNohuge) all |= VM.NOHUGEPAGE;
  return all;
}

function anonymousFlags(k: Context, call: MmapCall): number {
  const flags = commonFlags(k, call);
  switch (call.flags & MAP.TYPE) {
    case MAP.SHARED:
      return (flags & VM.GROWSDOWN) !== 0 ? ERRNO.EINVAL : flags | VM.SHARED | VM.MAYSHARE;
    case MAP.PRIVATE:
      return flags;
    default:
      return ERRNO.EINVAL;
  }
}

/** What the file allows: how it was opened, how long it may get. */
function fileFlags(k: Context, call: MmapCall, { mode, maxPages }: OpenFile): number {
  const { prot, length, pgoff } = call;
  if (pgoff > maxPages - length / PAGE_SIZE) return ERRNO.EOVERFLOW;
  let flags = commonFlags(k, call);
  switch (call.flags & MAP.TYPE) {
    case MAP.SHARED_VALIDATE:
      if ((call.flags & ~LEGACY_MAP_MASK) !== 0) return ERRNO.EOPNOTSUPP;
      break;
    case MAP.SHARED:
    case MAP.PRIVATE:
      break;
    default:
      return ERRNO.EINVAL;
  }
  if ((call.flags & MAP.TYPE) !== MAP.PRIVATE) {
    if ((prot & PROT.WRITE) !== 0 && !mode.includes("w")) return ERRNO.EACCES;
    flags |= VM.SHARED | VM.MAYSHARE;
    if (!mode.includes("w")) flags &= ~(VM.MAYWRITE | VM.SHARED);
  }
  if (!mode.includes("r")) return ERRNO.EACCES;
  return (flags & VM.GROWSDOWN) !== 0 ? ERRNO.EINVAL : flags;
}
