import { VM } from "@faultline/mm";

/** `r--p`, as /proc/pid/maps prints a VMA's flags. */
export function spellPermissions(flags: number): string {
  const letter = (bit: number, shown: string): string => ((flags & bit) !== 0 ? shown : "-");
  return letter(VM.READ, "r") + letter(VM.WRITE, "w") + letter(VM.EXEC, "x") + ((flags & VM.SHARED) !== 0 ? "s" : "p");
}

/** The flags that maps shows, of a mapping that may be given any right. */
export function flagsOfPermissions(permissions: string): number {
  const may = VM.MAYREAD | VM.MAYWRITE | VM.MAYEXEC;
  const bits = [VM.READ, VM.WRITE, VM.EXEC].filter((_, i) => permissions[i] !== "-");
  const shared = permissions.endsWith("s") ? VM.SHARED : 0;
  return bits.reduce((all, bit) => all | bit, may | shared);
}
