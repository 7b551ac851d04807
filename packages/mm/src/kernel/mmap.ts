import { vmaSetFile } from "../events/file-steps.ts";
import { vmaIntervalTreeInsert } from "../events/i-mmap-steps.ts";
import { mmapWriteUnlock } from "../events/mmap-lock-steps.ts";
import { upWrite } from "../events/rwsem-steps.ts";
import type { Steps } from "../events/step.ts";
import { mapFixedBegin, mapFixedEnd } from "../events/tree-steps.ts";
import { tlbFinishMmu } from "../events/tlb-steps.ts";
import { vmaSetPageProt } from "../events/vma-merge-steps.ts";
import { vmaFind, vmaIterClear, vmaIterStore, vmaSetOps, vmAreaAlloc, vmAreaFree } from "../events/vma-steps.ts";
import { memfdCheckSeals } from "../events/seal-steps.ts";
import { PAGE_SIZE, pageAlign, TASK_SIZE } from "../objects/address.ts";
import { ERRNO } from "../objects/errno.ts";
import { VM } from "../objects/vm-flags.ts";
import { iMmapLock, vmaHolder } from "../objects/file.ts";
import type { VmaPtr } from "../objects/vma.ts";
import type { Context, MmapDesc } from "./context.ts";
import { freePgtables } from "./free-pgtables.ts";
import { fails } from "./failure.ts";
import { fput } from "./file.ts";
import { mapDenyWriteExec } from "./mdwe.ts";
import { mmapWriteLockKillable } from "./mmap-lock.ts";
import { detach, gather, reattachVmas, removeVma, unmapDetached, vmaClose, vmsClearPtes } from "./munmap.ts";
import { type Procedure, procedure } from "./procedure.ts";
import { mergeRule, startWrite, vmaMergeNewRange } from "./vma-split.ts";
import { downWrite } from "./rwsem-lock.ts";
import { unmapPageRange } from "./zap.ts";

/** What to map. */
export type Mapping = {
  /** Bytes. */
  readonly start: number;
  readonly length: number;
  /** VM_READ, VM_WRITE, VM_EXEC of the protection; VM_SHARED, VM_GROWSDOWN. The VM_MAY* flags follow. */
  readonly flags: number;
  /** Name of the driver whose file is mapped; empty for anonymous memory. */
  readonly ops: string;
  /** What the driver's mmap hook puts into vm_private_data. */
  readonly owner: string;
  /** Offset in the file, in pages. */
  readonly pgoff?: number;
  /** The struct file that is mapped; absent for anonymous memory, and where nobody asks for files. */
  readonly file?: number;
};

/**
 * mmap(2) at a fixed place, replacing what is there: the address, or an errno. mm/vma.c, __mmap_region()
 */
export const mmap: Procedure<Context, [number, Mapping], number> = procedure(
  "mmap",
  function* (k, mm: number, mapping: Mapping) {
    const { start, length } = mapping;
    const end = start + pageAlign(length);
    if (start % 4096 !== 0 || length <= 0 || start < 0) return ERRNO.EINVAL;
    if (end > TASK_SIZE) return ERRNO.ENOMEM;
    if (!(yield* mmapWriteLockKillable(k, mm))) return ERRNO.EINTR;
    const flags = yield* mayMap(k, mm, mapping);
    const error = flags < 0 ? flags : yield* mapRegion(k, { mm, end, ...mapping, flags: accounted(flags) });
    yield* mmapWriteUnlock(mm);
    return error === 0 ? start : error;
  },
);

/** The checks before anything is changed: the flags to map with, the VM_MAY* among them, or an errno. mm/mmap.c, do_mmap() */
function* mayMap(k: Context, mm: number, { flags, file }: Mapping): Steps<number> {
  const all = flags | VM.MAYREAD | VM.MAYWRITE | VM.MAYEXEC;
  if (yield* mapDenyWriteExec(mm, flags, flags)) return ERRNO.EACCES;
  if (file === undefined || (flags & VM.SHARED) === 0) return all;
  return yield* memfdCheckSeals(file, all, k.knobs.sealedMapping === "read-only");
}

/** vm_pgoff: private anonymous memory counts from the address at which it is mapped first. mm/mmap.c, do_mmap() */
function pgoffOf({ start, flags, ops, file, pgoff }: Mapping): number {
  const anonymous = ops === "" && file === undefined && (flags & VM.SHARED) === 0;
  return anonymous ? start / PAGE_SIZE : (pgoff ?? 0);
}

/** What to map, with the VM_MAY* flags and the VM_ACCOUNT that go with it. */
export type Region = Mapping & { readonly mm: number; readonly end: number };

/** mmap_region, under mmap_lock: maps it in place of what is there. 0 or an errno. mm/vma.c, mm/mmap.c before 6.12 */
export function mapRegion(k: Context, region: Region): Steps<number> {
  const replace = k.knobs.mapFixed === "overwrite" ? overwrite : clearFirst;
  return replace(k, region);
}

/** The flags with VM_ACCOUNT, where every page may once need memory: private and writable. mm/vma.c, accountable_mapping() */
export function accounted(flags: number): number {
  return (flags & (VM.NORESERVE | VM.SHARED | VM.WRITE)) === VM.WRITE ? flags | VM.ACCOUNT : flags;
}

/** The old range is unmapped for good before anything else may fail: for a moment nothing is there. mm/mmap.c */
const clearFirst: Procedure<Context, [Region], number> = procedure("mmap_region", function* (k, region: Region) {
  const { mm, start, end } = region;
  // Only lockless lookups can tell, and only where something was mapped.
  const visible = k.knobs.vmaLock !== "none" && (yield* vmaFind(mm, start, end)).length > 0;
  if (visible) yield* mapFixedBegin(mm, start, end);
  const old = yield* detach(k, mm, start, end);
  if (typeof old !== "number") yield* unmapDetached(k, mm, start, end, old);
  const error = typeof old === "number" ? old : yield* mmapCleared(k, region);
  if (visible) yield* mapFixedEnd(mm);
  return error;
});

function* mmapCleared(k: Context, region: Region): Steps<number> {
  return (yield* fails(k, "accounting")) ? ERRNO.ENOMEM : yield* mmapRegion(k, region);
}

/**
 * The old VMAs stay in the tree, detached, until the new one takes their place. What fails before they were emptied
 * puts them back; what fails after leaves a hole. mm/vma.c, __mmap_region(), vms_abort_munmap_vmas()
 */
const overwrite: Procedure<Context, [Region], number> = procedure("mmap_region", function* (k, region: Region) {
  const { mm, start, end } = region;
  const old = yield* gather(k, mm, start, end);
  if (typeof old === "number") return old;
  if (yield* fails(k, "accounting")) {
    yield* reattachVmas(k, old);
    return ERRNO.ENOMEM;
  }
  yield* vmsCleanUpArea(k, mm, start, end, old);
  const error = yield* mmapRegion(k, region);
  if (error !== 0 && old.length > 0) yield* vmaIterClear(mm, start, end);
  for (const vma of old) yield* removeVma(k, vma);
  return error;
});

/** vms_clean_up_area: the old VMAs map nothing any more, and their drivers know. mm/vma.c */
const vmsCleanUpArea: Procedure<Context, [number, number, number, readonly VmaPtr[]], null> = procedure(
  "vms_clean_up_area",
  function* (k, mm: number, start: number, end: number, vmas: readonly VmaPtr[]) {
    if (vmas.length === 0) return null;
    yield* vmsClearPtes(k, mm, start, end, vmas);
    for (const vma of vmas) yield* vmaClose(k, vma);
    return null;
  },
);

/** The middle of __mmap_region: the range is empty, and becomes part of a neighbour or a new VMA. 0 or an errno. */
const mmapRegion: Procedure<Context, [Region], number> = procedure("__mmap_region", function* (k, region: Region) {
  const { mm, start, end, ops, owner } = region;
  const asked: MmapDesc = { mm, start, end, flags: region.flags, pgoff: pgoffOf(region), ops, owner };
  const prepare = k.knobs.mmapHook === "mmap" ? undefined : k.vmOps.get(ops)?.mmapPrepare;
  const desc = prepare === undefined ? asked : yield* prepare(k, asked, owner);
  if (typeof desc === "number") return desc;
  const file = region.file ?? null;
  // What a driver maps with no file that the model knows is like nothing else.
  const mergeable = ops === "" || file !== null;
  const { flags, pgoff } = desc;
  const rule = mergeRule(k, true);
  const range = { mm, start, end, flags, pgoff, ops: desc.ops, owner: desc.owner, file, self: null, rule };
  if (mergeable && (yield* vmaMergeNewRange(k, range)) !== null) return 0;
  return yield* mmapNewVma(k, desc, prepare !== undefined, file);
});

/**
 * __mmap_new_vma: allocates the VMA, lets the driver's hook see it while nobody else does, and puts it into the tree.
 * `prepared`: mmap_prepare has done the hook's work. mm/vma.c
 */
const mmapNewVma: Procedure<Context, [MmapDesc, boolean, number | null], number> = procedure(
  "__mmap_new_vma",
  function* (k, desc: MmapDesc, prepared: boolean, file: number | null) {
    const { mm, start, end, flags, pgoff, ops, owner } = desc;
    const driver = k.vmOps.get(ops);
    if (yield* fails(k, "vma")) return ERRNO.ENOMEM;
    const vma = yield* vmAreaAlloc(mm, start, end, flags, pgoff);
    if (ops !== "") yield* vmaSetOps(vma, ops, owner);
    const inode = file === null ? null : yield* vmaSetFile(vma, file);
    if (!prepared && driver?.mmap !== undefined) {
      const error = yield* driver.mmap(k, vma, owner);
      if (error !== 0) {
        yield* abandonVma(k, mm, start, end, vma, file);
        return error;
      }
      if (k.knobs.mmapLateError !== "none" && (yield* fails(k, "mmap-late"))) {
        if (k.knobs.mmapLateError === "close") yield* vmaClose(k, vma);
        yield* abandonVma(k, mm, start, end, vma, file);
        return ERRNO.ENOMEM;
      }
    }
    const early = k.knobs.newVmaVw;
    const inverted = k.knobs.newVmaOrder === "i_mmap-first";
    if (inode !== null && inverted) yield* downWrite(k, iMmapLock(inode));
    if (early) yield* startWrite(k, vma);
    yield* vmaIterStore(vma);
    if (!early) yield* startWrite(k, vma); // by vm_flags_set(VM_SOFTDIRTY), when faults may have found it already
    const complete = prepared ? driver?.mmapComplete : undefined;
    const hides = complete !== undefined && k.knobs.mmapHook === "prepare-hides-rmap";
    if (inode !== null) {
      if (!inverted) yield* downWrite(k, iMmapLock(inode));
      yield* vmaIntervalTreeInsert(vma, null);
      if (!hides) yield* upWrite(iMmapLock(inode));
    }
    yield* vmaSetPageProt(vma);
    const error = complete === undefined ? 0 : yield* complete(k, vma, owner);
    if (inode !== null && hides) yield* upWrite(iMmapLock(inode));
    if (error !== 0) {
      const gone = yield* detach(k, mm, start, end);
      if (typeof gone !== "number") yield* unmapDetached(k, mm, start, end, gone);
    }
    return error;
  },
);

/** The hook failed, or what came after it: what it has mapped goes, and the VMA with it. mm/vma.c, __mmap_new_file_vma() */
const abandonVma: Procedure<Context, [number, number, number, VmaPtr, number | null], null> = procedure(
  "unmap_region",
  function* (k, mm: number, start: number, end: number, vma: VmaPtr, file: number | null) {
    yield* unmapPageRange(k, mm, start, end);
    yield* freePgtables(k, mm, start, end, [vma]);
    yield* tlbFinishMmu(mm);
    if (file !== null) yield* fput(k, file, vmaHolder(vma.vma));
    return yield* vmAreaFree(vma);
  },
);
