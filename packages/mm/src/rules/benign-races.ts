import type { VmaField } from "../objects/vma-field.ts";

/** A data race by the memory model that the kernel knows and lives with. */
export interface BenignRace {
  readonly field: VmaField;
  /** The kernel functions whose access it excuses. */
  readonly where: readonly string[];
  readonly reason: string;
}

/** The whitelist: races that are reported with their reason, and that no repair is expected for. */
export const BENIGN_RACES: readonly BenignRace[] = [
  {
    field: "vm_lock_seq",
    where: ["vma_start_read"],
    reason:
      "the first check is pessimistic: a wrong answer only sends the reader to mmap_lock, a right one is not trusted",
  },
  {
    field: "vm_page_prot",
    where: ["remove_migration_pte"],
    reason: "one word by READ_ONCE and WRITE_ONCE, and mprotect rewrites every PTE under its lock afterwards",
  },
  {
    field: "vm_flags",
    where: ["pte_mkwrite"],
    reason: "only VM_SHADOW_STACK is looked at, which never changes while a VMA is in use",
  },
  {
    field: "VM_MAYBE_GUARD",
    where: ["retract_page_tables", "vma_needs_copy"],
    reason: "one bit, set atomically and never cleared; who relies on it tests it again under the page-table lock",
  },
];

/** Why a race of these accesses on this field is benign; undefined when it is not. */
export function benignReason(field: string, ...where: readonly string[]): string | undefined {
  return BENIGN_RACES.find((race) => race.field === field && where.some((place) => race.where.includes(place)))?.reason;
}
