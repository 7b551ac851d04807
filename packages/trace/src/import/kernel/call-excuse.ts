import { ERRNO, MAP, VM, vmaFlags, vmaSlot } from "@faultline/mm";
import type { SyscallName } from "../line/syscall-lines.ts";
import type { Model } from "../model.ts";
import type { Space } from "../world/space.ts";
import { type CallEvidence, changes } from "./call-evidence.ts";
import { UNJUDGED } from "./unjudged.ts";

/** Advice that needs no memory of the kernel's: a hole is all that -ENOMEM can mean. DONTNEED, FREE, COLD, PAGEOUT */
const FREES: ReadonlySet<number> = new Set([4, 8, 20, 21, 24]);
/** What files and their file systems have a say in: WILLNEED, REMOVE. */
const ASKS_FILES: ReadonlySet<number> = new Set([3, 9]);

/**
 * What besides the memory map may have made a call fail with this errno, for all that the trace shows; undefined where
 * nothing can have. A call that has changed the map did not fail for want of memory.
 */
export function excuseOf(
  model: Model,
  space: Space,
  name: SyscallName,
  args: readonly number[],
  evidence: CallEvidence,
): string | undefined {
  const { result } = evidence;
  if (result === undefined || result >= 0 || changes(evidence)) return undefined;
  const [, , third = 0, flags = 0] = args;
  const advises = name === "madvise";
  if (name === "mmap" && (flags & MAP.ANONYMOUS) === 0) return UNJUDGED.file;
  if (advises && ASKS_FILES.has(third)) return UNJUDGED.file;
  switch (result) {
    case ERRNO.ENOMEM:
    case ERRNO.EAGAIN:
      return advises && FREES.has(third) ? undefined : UNJUDGED.limit;
    case ERRNO.EPERM:
      return name === "mlock" ? UNJUDGED.limit : UNJUDGED.policy;
    case ERRNO.EACCES:
      if (name !== "mmap" && name !== "mprotect") return undefined;
      if ((third & VM.EXEC) !== 0) return UNJUDGED.policy;
      return mapsFile(model, space, args) ? UNJUDGED.file : undefined;
    default:
      return undefined;
  }
}

/** Whether something in the range is of a file, or has come to be known with less than all its rights. */
function mapsFile(model: Model, space: Space, [start = 0, length = 0]: readonly number[]): boolean {
  const may = VM.MAYREAD | VM.MAYWRITE | VM.MAYEXEC;
  return space
    .areas(model)
    .filter((area) => area.start < start + length && start < area.end)
    .some(({ vma }) => {
      return model.table.get(vmaSlot.of(vma)).file !== null || (model.table.get(vmaFlags.of(vma)) & may) !== may;
    });
}
