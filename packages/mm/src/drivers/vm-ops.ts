import type { VmOps } from "../kernel/context.ts";
import { lazyDrivers } from "./lazy-fault.ts";
import { monBinDrivers } from "./mon-bin.ts";
import { binderVmOps, otherVmOps, rustBinderVmOps } from "./binder-mmap.ts";

/** Drivers by the name that their VMAs' `ops` have. */
export const vmOps: ReadonlyMap<string, VmOps> = new Map([
  ["binder", binderVmOps],
  ["rust_binder", rustBinderVmOps],
  ["other", otherVmOps],
  ...lazyDrivers,
  ...monBinDrivers,
]);
