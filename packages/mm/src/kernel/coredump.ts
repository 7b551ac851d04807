import {
  coredumpFinish,
  dumpHolder,
  mmgetStillValid,
  nextVma,
  readVmaFile,
  snapshotVmaFile,
  zapThreads,
} from "../events/coredump-steps.ts";
import { mmapWriteUnlock } from "../events/mmap-lock-steps.ts";
import { vmaView } from "../events/mprotect-steps.ts";
import type { Steps } from "../events/step.ts";
import { vmaFind } from "../events/vma-steps.ts";
import { TASK_SIZE } from "../objects/address.ts";
import type { VmaPtr } from "../objects/vma.ts";
import type { Context } from "./context.ts";
import { fput } from "./file.ts";
import { mmapWriteLock } from "./mmap-lock.ts";
import { again, done, loop, type Procedure, procedure } from "./procedure.ts";

/**
 * A core dump of the process, as far as it looks at VMAs; the other threads have gone. Without a lock, for it believes
 * to be alone, up to 5.9; from a snapshot taken under mmap_write_lock after. fs/coredump.c, do_coredump();
 * fs/binfmt_elf.c, elf_core_dump()
 */
export const doCoredump: Procedure<Context, [number], null> = procedure("do_coredump", function* (k, mm: number) {
  yield* mmapWriteLock(k, mm);
  yield* zapThreads(mm, k.knobs.coredump !== "snapshot");
  yield* mmapWriteUnlock(mm);
  if (k.knobs.coredump === "snapshot") yield* dumpFromSnapshot(k, mm);
  else yield* dumpLive(k, mm, false);
  return yield* coredumpFinish(mm);
});

const dumpFromSnapshot: Procedure<Context, [number], null> = procedure("elf_core_dump", function* (k, mm: number) {
  const files: number[] = [];
  yield* mmapWriteLock(k, mm);
  for (const vma of yield* vmaFind(mm, 0, TASK_SIZE)) {
    const file = yield* snapshotVmaFile(vma);
    if (file !== null) files.push(file);
  }
  yield* mmapWriteUnlock(mm);
  // fill_files_note: the loop that was forgotten when the others began to use the snapshot (390031c94211).
  if (k.knobs.coredumpFiles === "live") yield* dumpLive(k, mm, true);
  for (const file of files) yield* fput(k, file, dumpHolder(mm));
  return null;
});

/** From VMA to VMA by their links, with no lock: looks at the file of each, or at its range and flags. */
const dumpLive: Procedure<Context, [number, boolean], null> = procedure(
  "dump_vmas",
  function* (_k, mm: number, files: boolean) {
    return yield* loop<VmaPtr | null, null>(null, function* (before) {
      const vma = yield* nextVma(mm, before);
      if (vma === null) return done();
      if (files) yield* readVmaFile(vma);
      else yield* vmaView(vma);
      return again(vma);
    });
  },
);

/**
 * Whether an operation on behalf of another process may go on, now that it has mmap_lock: it asks for a dump where the
 * kernel has that (04f5866e41fb), `madvise` later than the others (bc0c4d1e176e).
 */
export function* stillValid(k: Context, mm: number, what: "uffd" | "madvise"): Steps<boolean> {
  const { coredump } = k.knobs;
  const asks = coredump === "still-valid-all" || (coredump === "still-valid" && what === "uffd");
  return !asks || (yield* mmgetStillValid(mm));
}
