import { component, type Kind, type Ref } from "../store/component.ts";
import { renameEntries } from "../store/page-names.ts";
import { TASK_SET } from "../store/task-names.ts";
import { canonical } from "../store/value.ts";

/** The TLB of the CPU that a task runs on: what it may still use of page tables, by address. */
export const tlb: Kind<readonly TlbEntry[]> = component<readonly TlbEntry[]>(
  "tlb:#",
  [],
  { ids: [0] },
  { value: (entries, rename) => renameEntries(entries, rename, canonical) },
);
export type TlbEntry = {
  readonly mm: number;
  /** First byte of the page. */
  readonly at: number;
  readonly page: number;
  readonly gen: number;
  readonly write: boolean;
  /** The first write must go to the PTE, to set its dirty bit. */
  readonly clean?: true;
};

/** Tasks that ever filled a TLB. Where no user code runs nobody is in it, and a flush looks no further. */
export const tlbUsers: Ref<readonly number[]> = component<readonly number[]>("tlbs", [], TASK_SET).of();
