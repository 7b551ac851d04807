import { vmaArea } from "../events/vma-steps.ts";
import type { Context, VmFault } from "./context.ts";
import type { FaultLock, VmFaultResult } from "./fault-lock.ts";
import { type Procedure, procedure } from "./procedure.ts";
import { vmaEndRead } from "./vma-lock.ts";

/**
 * do_fault of a driver's VMA: what its vm_ops->fault says; SIGBUS where it has none. Handlers run under mmap_lock only:
 * under the VMA lock that is dropped, and the fault repeated. mm/memory.c, __do_fault(), vmf_can_call_fault()
 */
export const driverFault: Procedure<Context, [VmFault, FaultLock], VmFaultResult> = procedure(
  "__do_fault",
  function* (k, fault: VmFault, under: FaultLock) {
    const { ops, owner } = yield* vmaArea(fault.vma);
    const handler = k.vmOps.get(ops)?.fault;
    if (handler === undefined) return "SIGBUS";
    if (under !== "vma") return yield* handler(k, fault, owner);
    yield* vmaEndRead(k, fault.vma);
    return "retry";
  },
);
