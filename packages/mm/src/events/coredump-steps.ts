import { mmFlag } from "../objects/mm-flags.ts";
import { mmDumper, vmaTree } from "../objects/mm.ts";
import { task } from "../objects/task.ts";
import { type VmaPtr, vmaSlot } from "../objects/vma.ts";
import { getFile } from "./file-steps.ts";
import { type AnyStep, type Step, step } from "./step.ts";
import { accessMm, accessVma, needsWriteLock } from "./vma-access.ts";

/**
 * zap_threads: mm->core_state is set under mmap_write_lock; the other threads of the process are gone. `alone`: the
 * dumper takes nobody else to have anything to do with the address space from here on. fs/coredump.c
 */
export const zapThreads: Step<[number, boolean], null> = step("zap_threads", (tx, mm, alone) => {
  accessMm(tx, mm);
  needsWriteLock(tx, mm, `mm:${mm}/core_state`);
  tx.write(mmFlag.of(mm, "core_dumping"), true);
  if (alone) tx.write(mmDumper.of(mm), tx.task);
});

/** coredump_finish: core_state is gone. */
export const coredumpFinish: Step<[number], null> = step("coredump_finish", (tx, mm) => {
  accessMm(tx, mm);
  tx.write(mmFlag.of(mm, "core_dumping"), false);
  tx.write(mmDumper.of(mm), null);
});

/** first_vma, next_vma of a dump: by the links in the VMAs themselves, `null` before the first. fs/binfmt_elf.c */
export const nextVma: Step<[number, VmaPtr | null], VmaPtr | null> = step("next_vma", (tx, mm, ptr) => {
  accessMm(tx, mm);
  const vma = ptr === null ? null : accessVma(tx, ptr);
  if (vma === undefined) return null;
  const entry = tx.read(vmaTree.of(mm)).find(({ start }) => start >= (vma?.end ?? 0));
  return entry === undefined ? null : { vma: entry.vma, gen: entry.gen };
});

/** One VMA of dump_vma_snapshot, under mmap_write_lock: what is kept of it is its file, with a reference, or null. */
export const snapshotVmaFile: Step<[VmaPtr], number | null> = step("dump_vma_snapshot", (tx, ptr) => {
  const vma = accessVma(tx, ptr);
  if (vma === undefined || vma.file === null) return null;
  getFile(tx, vma.file, dumpHolder(vma.mm));
  return vma.file;
});

/** file_path of a VMA's file, as it is now: what a core file's list of mappings is made of. */
export const readVmaFile: Step<[VmaPtr], number | null> = step("vma_vm_file", (tx, ptr) =>
  accessVma(tx, ptr) === undefined ? null : tx.read(vmaSlot.of(ptr.vma)).file,
);

/**
 * mmget_still_valid: whether a task that came by mmget may touch VMAs: not while a dump walks them. The process's own
 * threads are not there to ask. include/linux/sched/mm.h, 5.1 to 5.9
 */
export const mmgetStillValid: Step<[number], boolean> = step("mmget_still_valid", (tx, mm) => {
  accessMm(tx, mm);
  return tx.read(task.of(tx.task)).mm === mm || !tx.read(mmFlag.of(mm, "core_dumping"));
});

/** The name under which a dump holds the files of its snapshot. */
export function dumpHolder(mm: number): string {
  return `dump${mm}`;
}

export const coredumpSteps: readonly AnyStep[] = [
  zapThreads,
  coredumpFinish,
  nextVma,
  snapshotVmaFile,
  readVmaFile,
  mmgetStillValid,
];
