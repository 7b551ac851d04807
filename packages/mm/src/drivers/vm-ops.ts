import type { VmOps } from "../kernel/context.ts";
import { aioRingVmOps } from "./aio-ring.ts";
import { ashmemVmOps } from "./ashmem.ts";
import { countedBinderVmOps } from "./counted-binder.ts";
import { lazyDrivers } from "./lazy-fault.ts";
import { monBinDrivers } from "./mon-bin.ts";
import { pfnDeviceVmOps } from "./pfn-device.ts";
import { sgxVmOps } from "./sgx.ts";
import { binderVmOps, otherVmOps, rustBinderVmOps } from "./binder-mmap.ts";

/** Drivers by the name that their VMAs' `ops` have. */
export const vmOps: ReadonlyMap<string, VmOps> = new Map([
  ["binder", binderVmOps],
  ["rust_binder", rustBinderVmOps],
  ["other", otherVmOps],
  ["counted_binder", countedBinderVmOps],
  ["pfn_device", pfnDeviceVmOps],
  ["ashmem", ashmemVmOps],
  ["sgx", sgxVmOps],
  ["aio_ring", aioRingVmOps],
  ...lazyDrivers,
  ...monBinDrivers,
]);
