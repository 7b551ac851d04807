import { anonVmaLock } from "../objects/anon-vma.ts";
import { vmaLockForm } from "../objects/config.ts";
import { iMmapLock } from "../objects/file.ts";
import { writeLocked } from "../objects/mm.ts";
import { mmapLock } from "../objects/rwsem.ts";
import { heldBy, holds } from "../objects/task.ts";
import { vmaExclude } from "../objects/vma-lock.ts";
import { type Vma, vmaName, type VmaPtr } from "../objects/vma.ts";
import type { VmaField } from "../objects/vma-field.ts";
import { FIELD_WRITE } from "../rules/vma-fields.ts";
import { rmapOf } from "./rmap.ts";
import type { StepContext } from "./step-context.ts";
import { vmaLockName } from "./vma-access.ts";
import type { Severity } from "./violation.ts";

/** One lock that a row asks for. `once`: the field is written while the VMA is new, or by its unmapper, never else. */
type Need =
  | "mmap W"
  | "mmap R"
  | "VMA W"
  | "VMA or mmap R"
  | "rmap W"
  | "i_mmap W"
  | "anon_vma W"
  | "ptl"
  | "readers out"
  | "once";

/** Documentation/mm/process_addrs.rst, the table of VMA fields: what a write of each needs on a VMA in use. */
export const FIELD_LOCKS: Readonly<Record<VmaField, readonly Need[]>> = {
  vm_start: ["mmap W", "VMA W", "rmap W"],
  vm_end: ["mmap W", "VMA W", "rmap W"],
  vm_pgoff: ["mmap W", "VMA W", "rmap W"],
  vm_flags: ["mmap W", "VMA W"],
  vm_page_prot: ["mmap W", "VMA W"],
  vm_mm: ["once"],
  vm_file: ["once"],
  vm_ops: ["once"],
  vm_private_data: [],
  anon_name: ["mmap W", "VMA W"],
  vm_policy: ["mmap W", "VMA W"],
  vm_userfaultfd_ctx: ["mmap W", "VMA W"],
  "shared.rb": ["mmap W", "VMA W", "i_mmap W"],
  anon_vma: ["mmap R", "ptl"],
  "anon_vma=NULL": ["mmap W", "VMA W", "anon_vma W"],
  anon_vma_chain: ["mmap R", "anon_vma W"],
  numab_state: ["mmap R"],
  swap_readahead_info: ["mmap R"],
  vm_lock_seq: ["mmap W", "readers out"],
  VM_MAYBE_GUARD: ["VMA or mmap R"],
};

/** Fields whose torn or racing write sends readers to memory that is not theirs. */
const RANGE_FIELDS: readonly VmaField[] = ["vm_start", "vm_end", "vm_pgoff"];

/**
 * A write of one field. A VMA that is new or detached belongs to the task that maps or unmaps it, which needs no lock;
 * on a VMA in use each lock of the field's row must be held.
 */
export function checkFieldWrite(tx: StepContext, vma: Vma, ptr: VmaPtr, field: VmaField): void {
  if (vma.state !== "attached") return;
  const missing = FIELD_LOCKS[field].filter((need) => !has(tx, vma, ptr, need));
  if (missing.length === 0) return;
  const severity: Severity = RANGE_FIELDS.includes(field) ? "S0" : FIELD_WRITE.severity;
  const lacks = missing[0] === "once" ? "it is in use" : `without ${missing.join(", ")}`;
  tx.violate(FIELD_WRITE, vmaName(ptr), `${tx.op} writes ${field} of ${vmaName(ptr)}: ${lacks}`, severity);
}

function has(tx: StepContext, vma: Vma, ptr: VmaPtr, need: Need): boolean {
  const mmap = holds(tx, tx.task, mmapLock(vma.mm).name)?.mode;
  switch (need) {
    case "mmap W":
      return mmap === "write";
    case "mmap R":
      return mmap !== undefined;
    case "VMA W":
      return tx.read(vmaLockForm) === "none" || tx.read(writeLocked.of(vma.mm)).includes(ptr.vma);
    case "VMA or mmap R":
      return mmap !== undefined || holds(tx, tx.task, vmaLockName(ptr.vma)) !== undefined;
    case "rmap W":
      return holdsRmapWrite(tx, vma, ptr);
    case "i_mmap W":
      return holdsClass(tx, "i_mmap", "write");
    case "anon_vma W":
      return holdsClass(tx, "anon_vma", "write");
    case "ptl":
      return holdsClass(tx, "page_table_lock", "spin");
    case "readers out":
      return tx.read(vmaExclude.of(ptr.vma)) === tx.task;
    case "once":
      return false;
  }
}

/** Hidden from rmap: the locks of all trees in which rmap finds the VMA are held for writing. */
function holdsRmapWrite(tx: StepContext, vma: Vma, ptr: VmaPtr): boolean {
  const { inode, root } = rmapOf(tx, vma, ptr);
  const held = (name: string): boolean => holds(tx, tx.task, `rwsem:${name}`)?.mode === "write";
  return (inode === null || held(iMmapLock(inode))) && (root === null || held(anonVmaLock(root)));
}

function holdsClass(tx: StepContext, lockClass: string, mode: "write" | "spin"): boolean {
  return tx.read(heldBy.of(tx.task)).some((held) => held.class === lockClass && held.mode === mode);
}
