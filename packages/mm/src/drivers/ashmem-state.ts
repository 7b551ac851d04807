import { type AnyStep, type Step, step } from "../events/step.ts";
import { VM } from "../objects/vm-flags.ts";
import { component, type Kind } from "../store/component.ts";

/** struct ashmem_area: the size asked for, the accesses that mappings may have, and the size of its shmem file. */
export const ashmemArea: Kind<AshmemArea> = component<AshmemArea>("ashmem:#", {
  size: 0,
  prot: VM.READ | VM.WRITE | VM.EXEC,
  fileSize: null,
});
export type AshmemArea = {
  /** Bytes. */
  readonly size: number;
  /** VM_READ, VM_WRITE, VM_EXEC. */
  readonly prot: number;
  /** Bytes; null until the first mapping sets the file up. */
  readonly fileSize: number | null;
};

/** One mutex for all areas. Inside mmap_lock: the mmap hook takes it. */
export const ASHMEM_MUTEX = "ashmem_mutex";

export const ashmemGet: Step<[number], AshmemArea> = step("ashmem_area", (tx, area) => tx.read(ashmemArea.of(area)));

export const ashmemStoreSize: Step<[number, number], null> = step("ashmem_store_size", (tx, area, size) => {
  tx.update(ashmemArea.of(area), (was) => ({ ...was, size }));
});

export const ashmemStoreProt: Step<[number, number], null> = step("ashmem_store_prot", (tx, area, prot) => {
  tx.update(ashmemArea.of(area), (was) => ({ ...was, prot }));
});

/** shmem_file_setup of the size that the area has now; nothing when there is a file. */
export const ashmemFileSetup: Step<[number], null> = step("shmem_file_setup", (tx, area) => {
  tx.update(ashmemArea.of(area), (was) => ({ ...was, fileSize: was.fileSize ?? was.size }));
});

export const ashmemSteps: readonly AnyStep[] = [ashmemGet, ashmemStoreSize, ashmemStoreProt, ashmemFileSetup];
