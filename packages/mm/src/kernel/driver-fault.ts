import { vmaArea } from "../events/vma-steps.ts";
import type { Context, VmFault } from "./context.ts";
import type { FaultResult } from "./fault.ts";
import { type Procedure, procedure } from "./procedure.ts";

/** do_fault of a driver's VMA: what its vm_ops->fault says; SIGBUS where it has none. mm/memory.c, __do_fault() */
export const driverFault: Procedure<Context, [VmFault], FaultResult> = procedure(
  "__do_fault",
  function* (k, fault: VmFault) {
    const { ops, owner } = yield* vmaArea(fault.vma);
    const handler = k.vmOps.get(ops)?.fault;
    return handler === undefined ? "SIGBUS" : yield* handler(k, fault, owner);
  },
);
