import { WINDOW_PAGES } from "../list/operation.ts";
import type { Dice } from "./dice.ts";
import type { Range, View } from "./view.ts";
import { pagesWord, rangeWords } from "./words.ts";

/** MREMAP_MAYMOVE | MREMAP_FIXED, and with MREMAP_DONTUNMAP. */
const FIXED = 3;
const KEEP = 7;

/** Longest gap that is filled. */
const LONGEST = 8;

/** Moves that were made, so that some are made back: what was moved and comes back merges again. */
export class Moves {
  readonly #made: { readonly from: Range; readonly to: number }[] = [];

  /** To another place, over what is there or into a hole, with its length or another. */
  move(dice: Dice, view: View): string {
    const from = view.part(dice);
    const size = from.end - from.start;
    // Where the kernel likes; the old place stays, empty.
    if (dice.chance(4)) return `mremap ${rangeWords(from)} ${pagesWord(size)} ${KEEP & ~2} 0`;
    if (dice.chance(25)) return this.#fill(dice, view);
    const hole = view.hole(dice, 12);
    const to = dice.chance(70) ? hole.start : dice.chance(50) ? Math.max(0, hole.end - size) : dice.under(60);
    const length = dice.chance(65) ? size : Math.max(1, size + dice.under(7) - 3);
    const flags = length === size && dice.chance(20) ? KEEP : FIXED;
    this.#made.push({ from, to });
    return `mremap ${rangeWords(from)} ${pagesWord(length)} ${flags} ${pagesWord(to)}`;
  }

  /** Into all of a gap between two VMAs, something that was never faulted in where there is such: it merges with both. */
  #fill(dice: Dice, view: View): string {
    const gaps = view.gaps().filter(({ start, end }) => start > 0 && end < WINDOW_PAGES && end - start <= LONGEST);
    const gap = gaps.length === 0 ? view.hole(dice) : dice.pick(gaps);
    const size = gap.end - gap.start;
    const vma = view.vma(dice, ([start, end]) => {
      const empty = view.pages.slice(start, start + size).replaceAll(".", "") === "";
      return end - start >= size && empty;
    });
    const from = vma?.[0] ?? 0;
    this.#made.push({ from: { start: from, end: from + size }, to: gap.start });
    return `mremap ${pagesWord(from)} ${pagesWord(size)} ${pagesWord(size)} ${FIXED} ${pagesWord(gap.start)}`;
  }

  /** What was moved last, back. */
  back(dice: Dice, view: View): string {
    const last = this.#made.pop();
    if (last === undefined) return this.move(dice, view);
    const size = last.from.end - last.from.start;
    return `mremap ${rangeWords({ start: last.to, end: last.to + size })} ${pagesWord(size)} ${FIXED} ${pagesWord(last.from.start)}`;
  }

  /** Where it is, longer or shorter; or somewhere else if it cannot be. */
  resize(dice: Dice, view: View): string {
    const vma = view.vma(dice);
    const from = view.part(dice, vma);
    const gap = view.gaps().find(({ start }) => start === from.end);
    const size = from.end - from.start;
    const room = gap === undefined ? 3 : gap.end - gap.start;
    const length = dice.weighted({ fill: 3, grow: 3, shrink: 3, same: 1 });
    const bytes = {
      fill: size + room,
      grow: size + 1 + dice.under(4),
      shrink: Math.max(1, size - 1 - dice.under(3)),
      same: size,
    };
    return `mremap ${rangeWords(from)} ${pagesWord(bytes[length])} ${dice.chance(70) ? 0 : 1} 0`;
  }

  /** A second mapping of what is shared: the old length is 0. */
  duplicate(dice: Dice, view: View): string {
    const vma = view.vma(dice, ([, , rights]) => rights.endsWith("s"));
    const start = vma?.[0] ?? dice.under(60);
    return `mremap ${pagesWord(start)} 0 ${pagesWord(1 + dice.under(3))} ${dice.pick([FIXED, FIXED, 1])} ${pagesWord(view.hole(dice).start)}`;
  }
}
