import { allocPage, putPage, setPageType } from "../events/page-steps.ts";
import { vmaView } from "../events/mprotect-steps.ts";
import { driverRefuses, setDontdump, setDontexpand, tryClearMaywrite } from "../events/vm-flags-steps.ts";
import type { Context, VmOps } from "../kernel/context.ts";
import { type Procedure, procedure } from "../kernel/procedure.ts";
import { vmInsertPage } from "../kernel/vm-insert-page.ts";
import { VM } from "../objects/vm-flags.ts";
import type { Steps } from "../events/step.ts";
import type { VmaPtr } from "../objects/vma.ts";

/**
 * A driver that lets user space read a buffer of the kernel's own, and maps its first page in the hook: usbmon's
 * mon_bin_mmap. `clears`: it also keeps mprotect from asking for what the hook refuses. drivers/usb/mon/mon_bin.c
 */
const monBinMmap: Procedure<Context, [VmaPtr, string, boolean], number> = procedure(
  "mon_bin_mmap",
  function* (k, vma: VmaPtr, owner: string, clears: boolean) {
    const refused = yield* driverRefuses(vma, VM.WRITE);
    if (refused !== 0) return refused;
    if (clears) yield* tryClearMaywrite(vma);
    yield* setDontexpand(vma);
    yield* setDontdump(vma);
    return yield* mapFirstPage(k, vma, owner);
  },
);

function readOnlyBuffer(clears: boolean): VmOps {
  return { mmap: (k, vma, owner) => monBinMmap(k, vma, owner, clears) };
}

function* mapFirstPage(k: Context, vma: VmaPtr, owner: string): Steps<number> {
  const page = yield* allocPage();
  yield* setPageType(page, "driver");
  const { mm, start, ops } = yield* vmaView(vma);
  const error = yield* vmInsertPage(k, mm, vma, start, page, { ops, owner, page: 0 });
  yield* putPage(page);
  return error;
}

/** usbmon before and after CVE-2022-43750. */
export const monBinDrivers: readonly (readonly [string, VmOps])[] = [
  ["mon_bin", readOnlyBuffer(true)],
  ["mon_bin_maywrite", readOnlyBuffer(false)],
];
