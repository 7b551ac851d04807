import { dmaFreeCoherent } from "../events/page-steps.ts";
import { vmaView } from "../events/mprotect-steps.ts";
import type { Context, MmapDesc, VmOps } from "../kernel/context.ts";
import { remapPfnRange } from "../kernel/pfn-map.ts";
import { type Procedure, procedure } from "../kernel/procedure.ts";
import { unmapMappingPages } from "../kernel/unmap-mapping.ts";
import { ERRNO } from "../objects/errno.ts";
import { VM } from "../objects/vm-flags.ts";
import type { VmaPtr } from "../objects/vma.ts";
import { pfnDeviceFrame, pfnDeviceGone } from "./pfn-device-state.ts";

/** The device goes away: what user space has mapped of it is taken back by its inode, and the memory is freed. */
export const pfnDeviceRemove: Procedure<Context, [number, number], null> = procedure(
  "pfn_device_remove",
  function* (k, device: number, inode: number) {
    const frame = yield* pfnDeviceGone(device);
    yield* unmapMappingPages(k, inode, 0, 1);
    if (frame !== null) yield* dmaFreeCoherent(frame);
    return null;
  },
);

const mapFrame: Procedure<Context, [VmaPtr, string], number> = procedure(
  "pfn_device_mmap",
  function* (k, vma: VmaPtr, owner: string) {
    const frame = yield* pfnDeviceFrame(deviceOf(owner));
    if (frame === null) return ERRNO.ENODEV;
    const { mm, start } = yield* vmaView(vma);
    return yield* remapPfnRange(k, mm, vma, start, [frame], false);
  },
);

const prepare: Procedure<Context, [MmapDesc, string], MmapDesc | number> = procedure(
  "pfn_device_mmap_prepare",
  function* (_k, desc: MmapDesc, owner: string) {
    const frame = yield* pfnDeviceFrame(deviceOf(owner));
    if (frame === null) return ERRNO.ENODEV;
    return { ...desc, flags: desc.flags | VM.IO | VM.PFNMAP | VM.DONTEXPAND | VM.DONTDUMP };
  },
);

/**
 * Both generations of hook: mmap maps the frame while rmap cannot see the VMA; mmap_prepare asks for that to be done
 * once the VMA is in the tree. drivers/char/mem.c and its like
 */
export const pfnDeviceVmOps: VmOps = { mmap: mapFrame, mmapPrepare: prepare, mmapComplete: mapFrame };

function deviceOf(owner: string): number {
  return Number(owner.replace(/\D/g, ""));
}
