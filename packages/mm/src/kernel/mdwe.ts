import { known } from "../events/direct.ts";
import { mmFlagsTest } from "../events/mm-flag-steps.ts";
import type { Steps } from "../events/step.ts";
import { VM } from "../objects/vm-flags.ts";

/**
 * map_deny_write_exec: whether an address space that has asked for it (PR_SET_MDWE) refuses these flags: executable and
 * writable at once, or executable what was not. Who maps nothing executable is not asked. include/linux/mman.h
 */
export function mapDenyWriteExec(mm: number, flags: number, before: number): Steps<boolean> {
  if ((flags & VM.EXEC) === 0 || ((flags & VM.WRITE) === 0 && (before & VM.EXEC) !== 0)) return known(false);
  return mmFlagsTest(mm, "mdwe");
}
