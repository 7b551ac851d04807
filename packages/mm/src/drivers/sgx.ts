import { readVmFlags } from "../events/driver-steps.ts";
import { vmFlagsMod } from "../events/vma-steps.ts";
import { readOnce } from "../events/word-steps.ts";
import type { Context, VmOps } from "../kernel/context.ts";
import { type Procedure, procedure } from "../kernel/procedure.ts";
import { ERRNO } from "../objects/errno.ts";
import { VM } from "../objects/vm-flags.ts";
import type { VmaPtr } from "../objects/vma.ts";

/** VM_READ, VM_WRITE and VM_EXEC. */
const ACCESS = VM.READ | VM.WRITE | VM.EXEC;

/** The word that says what an enclave's pages may be accessed for: VM_* flags, none before it is built. */
export function enclaveProt(owner: string): string {
  return `${owner}_vm_max_prot_bits`;
}

/** sgx_encl_may_map: no VMA may have rights that the enclave's pages were not built with. 0 or -EACCES. */
const mayMap: Procedure<Context, [number, string], number> = procedure(
  "sgx_encl_may_map",
  function* (_k, flags: number, owner: string) {
    const most = yield* readOnce(enclaveProt(owner));
    return (flags & ACCESS & ~Number(most)) === 0 ? 0 : ERRNO.EACCES;
  },
);

const sgxMmap: Procedure<Context, [VmaPtr, string], number> = procedure(
  "sgx_mmap",
  function* (k, vma: VmaPtr, owner: string) {
    const refused = yield* mayMap(k, yield* readVmFlags(vma), owner);
    if (refused === 0) yield* vmFlagsMod(vma, VM.PFNMAP | VM.DONTEXPAND | VM.DONTDUMP | VM.IO, 0);
    return refused;
  },
);

/**
 * An enclave, whose driver has the last word on mprotect: sgx_vma_mprotect. Its pages are left out.
 * arch/x86/kernel/cpu/sgx/encl.c, driver.c
 */
export const sgxVmOps: VmOps = {
  mmap: sgxMmap,
  mprotect: (k, _vma, newFlags, owner) => mayMap(k, newFlags, owner),
};
