import type { Steps } from "../events/step.ts";
import {
  copyUserHighpage,
  type FaultFile,
  filemapMapPages,
  filemapMapPmd,
  folioStillAt,
  vmfFile,
} from "../events/file-fault-steps.ts";
import { borrowFile, filemapAddFolio, filemapGetFolio } from "../events/file-steps.ts";
import { mutexLock, mutexTrylock, mutexUnlock } from "../events/lock-steps.ts";
import { getPage, putPage } from "../events/page-steps.ts";
import { pteOffsetMapLock, pteUnmapUnlock, setPteAt } from "../events/pte-steps.ts";
import { upRead } from "../events/rwsem-steps.ts";
import { uffdWpInstall } from "../events/uffd-wp-steps.ts";
import { BORROWED, invalidateLock } from "../objects/file.ts";
import { folioLock, type PagePtr } from "../objects/page.ts";
import type { Context, VmFault } from "./context.ts";
import { tryAllocPage, tryPteAlloc } from "./failure.ts";
import { type FaultLock, releaseFaultLock, type VmFaultResult } from "./fault-lock.ts";
import { fput } from "./file.ts";
import { again, done, loop, type Procedure, procedure } from "./procedure.ts";
import { downRead } from "./rwsem-lock.ts";
import { vmfAnonPrepare } from "./vmf-anon-prepare.ts";

/**
 * do_fault of a file: what its cache has is mapped, around the address for a read; a write to private memory maps a copy.
 * All of it may run under the VMA lock, for ordinary files have ->map_pages. `marked`: a uffd-wp marker stands there,
 * and what is mapped in its place may not be written. mm/memory.c, do_read_fault(), do_cow_fault(), do_shared_fault()
 */
export const doFault: Procedure<Context, [VmFault, boolean, FaultLock, boolean], VmFaultResult> = procedure(
  "do_fault",
  function* (k, fault: VmFault, shared: boolean, under: FaultLock, marked: boolean) {
    const { mm, vma, address, write } = fault;
    if (!write && !marked && (yield* faultAround(k, fault))) return "ok";
    const wanted = yield* vmfFile(vma, address);
    const copies = write && !shared;
    const prepared = copies ? yield* vmfAnonPrepare(k, mm, vma, under) : "ok";
    if (prepared !== "ok") return prepared;
    if (wanted === null) return "SIGBUS";
    const copy = copies ? yield* tryAllocPage(k) : null;
    if (copies && copy === null) return "OOM";
    const page = yield* filemapFault(k, fault, wanted, under);
    if (typeof page !== "string") return yield* finishFault(k, fault, page, copy, marked);
    if (copy !== null) yield* putPage(copy);
    return page;
  },
);

/** do_fault_around: whether what the cache has, mapped without waiting for anybody, is enough. mm/memory.c */
const faultAround: Procedure<Context, [VmFault], boolean> = procedure(
  "do_fault_around",
  function* (k, { mm, vma, address }: VmFault) {
    if (!(yield* filemapMapPmd(vma, address, k.knobs.mapPmdWithinSize))) return false;
    if (!(yield* pteOffsetMapLock(mm, address))) return false; // taken away
    const mapped = yield* filemapMapPages(vma, address);
    yield* pteUnmapUnlock(mm, address);
    return mapped;
  },
);

/**
 * filemap_fault: the page from the cache, locked and with a reference; where it must be waited for, first without the
 * fault's lock. What the cache does not have is read while holes cannot be punched. mm/filemap.c
 */
const filemapFault: Procedure<Context, [VmFault, FaultFile, FaultLock], PagePtr | "retry" | "OOM"> = procedure(
  "filemap_fault",
  function* (k, fault: VmFault, wanted: FaultFile, under: FaultLock) {
    return yield* loop<null, PagePtr | "retry" | "OOM">(null, function* () {
      const page = (yield* filemapGetFolio(wanted.inode, wanted.index)) ?? (yield* readPage(k, wanted));
      if (page === null) return done<"OOM">("OOM");
      if (!(yield* lockFolio(k, fault, wanted, page, under))) return done<"retry">("retry");
      if (yield* folioStillAt(page, wanted.inode, wanted.index)) return done(page);
      yield* mutexUnlock(folioLock(page));
      yield* putPage(page);
      return again(null);
    });
  },
);

/** filemap_read_folio of a page that the cache does not have: whoever is first reads it. Null without memory. */
const readPage: Procedure<Context, [FaultFile], PagePtr | null> = procedure(
  "filemap_create_folio",
  function* (k, { inode, index }: FaultFile) {
    const locked = k.knobs.punchHole === "invalidate-lock";
    if (locked) yield* downRead(k, invalidateLock(inode));
    const fresh = yield* tryAllocPage(k);
    let page: PagePtr | null = fresh;
    if (fresh !== null) {
      yield* getPage(fresh);
      if (!(yield* filemapAddFolio(inode, index, fresh))) {
        yield* putPage(fresh);
        yield* putPage(fresh);
        page = yield* filemapGetFolio(inode, index);
      }
    }
    if (locked) yield* upRead(invalidateLock(inode));
    return page;
  },
);

/**
 * lock_folio_maybe_drop_mmap: whether the folio is locked and the fault's lock still held. Else neither is, nor the
 * reference on the folio: the file was kept meanwhile, not the mapping. mm/filemap.c
 */
const lockFolio: Procedure<Context, [VmFault, FaultFile, PagePtr, FaultLock], boolean> = procedure(
  "lock_folio_maybe_drop_mmap",
  function* (k, fault: VmFault, wanted: FaultFile, page: PagePtr, under: FaultLock) {
    if (yield* mutexTrylock(folioLock(page))) return true;
    if (under === "mmap-tried") {
      yield* mutexLock(folioLock(page));
      return true;
    }
    yield* borrowFile(wanted.file);
    yield* releaseFaultLock(k, fault, under);
    yield* mutexLock(folioLock(page));
    yield* mutexUnlock(folioLock(page));
    yield* putPage(page);
    yield* fput(k, wanted.file, BORROWED);
    return false;
  },
);

/** finish_fault: maps the page, or the copy made of it, unless somebody was faster. mm/memory.c */
const finishFault: Procedure<Context, [VmFault, PagePtr, PagePtr | null, boolean], "ok" | "OOM"> = procedure(
  "finish_fault",
  function* (k, { mm, vma, address, write }: VmFault, page: PagePtr, copy: PagePtr | null, marked: boolean) {
    const used = copy ?? page;
    if (copy !== null) yield* copyUserHighpage(copy, page);
    const table = yield* tryPteAlloc(k, mm, address);
    const there = table && (yield* pteOffsetMapLock(mm, address));
    const install = (): Steps<boolean> =>
      marked ? uffdWpInstall(vma, address, used) : setPteAt(vma, address, used, write);
    const installed = there && (yield* install());
    if (there) yield* pteUnmapUnlock(mm, address);
    yield* mutexUnlock(folioLock(page));
    if (copy !== null) yield* putPage(page);
    if (!installed) yield* putPage(used);
    return table ? "ok" : "OOM";
  },
);
