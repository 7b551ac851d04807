import { userLoad, userStore } from "../events/tlb-steps.ts";
import { TASK_SIZE } from "../objects/address.ts";
import type { Context } from "../kernel/context.ts";
import type { FaultResult } from "../kernel/fault-lock.ts";
import { pageFault } from "../kernel/fault.ts";
import { again, done, loop, type Procedure, procedure } from "../kernel/procedure.ts";

/** How a touch of user memory ended: the byte that was read, or how the fault did. */
export type Touched = number | Exclude<FaultResult, "ok">;

/**
 * User code reads a byte (`byte` null) or writes one, as often as the kernel lets it come again. The byte it read, 0
 * after a write, or the signal. Addresses beyond TASK_SIZE are the kernel's. arch/x86/mm/fault.c
 */
export const userTouch: Procedure<Context, [number, number, number | null], Touched> = procedure(
  "exc_page_fault",
  function* (k, mm: number, address: number, byte: number | null) {
    if (address >= TASK_SIZE) return "SIGSEGV";
    return yield* loop<null, Touched>(null, function* () {
      if (byte === null) {
        const read = yield* userLoad(mm, address);
        if (read !== null) return done<Touched>(read);
      } else if (yield* userStore(mm, address, byte)) {
        return done<Touched>(0);
      }
      const result = yield* pageFault(k, mm, address, byte !== null);
      return result === "ok" ? again(null) : done<Touched>(result);
    });
  },
);
