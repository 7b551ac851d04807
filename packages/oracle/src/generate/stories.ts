import { WINDOW_PAGES } from "../list/operation.ts";
import type { Dice } from "./dice.ts";
import { pagesWord } from "./words.ts";

/** Pages that a story plays in. */
const STAGE = 14;

/**
 * Two islands, each faulted in by itself so that their anon_vmas differ, with a gap between; and one of the ways by which
 * something comes to lie in the gap that is like both. Chance alone gets there too seldom.
 */
export function islands(dice: Dice): string[] {
  const base = dice.under(WINDOW_PAGES - STAGE);
  const at = (page: number, pages = 2): string => `${pagesWord(base + page)} ${pagesWord(pages)}`;
  const map = (page: number, prot: string): string => `mmap ${at(page)} ${prot} PFA -1 0`;
  const scene = [
    `munmap ${at(0, STAGE)}`,
    map(1, "rw"),
    map(5, "rw"),
    `w ${pagesWord(base + 1)}`,
    `w ${pagesWord(base + 5)}`,
  ];
  switch (dice.weighted({ mapped: 1, moved: 1, protected: 1 })) {
    case "mapped":
      return [...scene, map(3, "rw")];
    case "moved":
      return [...scene, map(10, "rw"), `mremap ${at(10)} ${pagesWord(2)} 3 ${pagesWord(base + 3)}`];
    case "protected":
      // A part that keeps VM_ACCOUNT, as memory does that was writable once, is like its neighbours again.
      return [...scene, map(3, "-"), `mprotect ${at(3)} rw`];
  }
}
