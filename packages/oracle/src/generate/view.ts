import { WINDOW_PAGES } from "../list/operation.ts";
import type { ResultLine, VmaLine } from "../result/result-line.ts";
import type { Dice } from "./dice.ts";

/** Pages from start to end. */
export type Range = { readonly start: number; readonly end: number };

/** What the process looks like where the next operation is made up: so that it meets what is there, edge to edge. */
export class View {
  readonly vmas: readonly VmaLine[];
  readonly pages: string;

  constructor(last: ResultLine | undefined) {
    this.vmas = (last?.vmas ?? []).filter(([start, end]) => start >= 0 && end <= WINDOW_PAGES);
    this.pages = last?.pg ?? "";
  }

  /** A VMA for which `wanted` holds, or any. */
  vma(dice: Dice, wanted: (vma: VmaLine) => boolean = () => true): VmaLine | undefined {
    const fitting = this.vmas.filter(wanted);
    const among = fitting.length > 0 ? fitting : this.vmas;
    return among.length === 0 ? undefined : dice.pick(among);
  }

  gaps(): Range[] {
    const gaps: Range[] = [];
    let start = 0;
    for (const [from, to] of this.vmas) {
      if (from > start) gaps.push({ start, end: from });
      start = to;
    }
    if (start < WINDOW_PAGES) gaps.push({ start, end: WINDOW_PAGES });
    return gaps;
  }

  /** A part of a VMA: all, a beginning, an end, a middle; now and then what lies across its edges. */
  part(dice: Dice, vma: VmaLine | undefined = this.vma(dice)): Range {
    if (vma === undefined) return anywhere(dice);
    const [start, end] = vma;
    const size = 1 + dice.under(Math.max(1, end - start));
    switch (dice.weighted({ all: 3, head: 3, tail: 3, middle: 2, across: 1, anywhere: 1 })) {
      case "all":
        return { start, end };
      case "head":
        return { start, end: Math.min(end, start + size) };
      case "tail":
        return { start: Math.max(start, end - size), end };
      case "middle":
        return within(dice, start, end);
      case "across": {
        const from = Math.max(0, start - dice.under(3));
        return { start: from, end: Math.min(WINDOW_PAGES, end + dice.under(3)) };
      }
      case "anywhere":
        return anywhere(dice);
    }
  }

  /** A place in a gap, at one of its edges mostly, or the whole gap. */
  hole(dice: Dice, longest = 8): Range {
    const gaps = this.gaps();
    if (gaps.length === 0) return anywhere(dice);
    const { start, end } = dice.pick(gaps);
    const size = Math.min(end - start, 1 + dice.under(longest));
    switch (dice.weighted({ left: 3, right: 3, whole: 3, middle: 1 })) {
      case "left":
        return { start, end: start + size };
      case "right":
        return { start: end - size, end };
      case "whole":
        return end - start <= longest ? { start, end } : { start, end: start + size };
      case "middle":
        return within(dice, start, end);
    }
  }
}

/** Any range of the window, short ones mostly. */
export function anywhere(dice: Dice): Range {
  const start = dice.under(WINDOW_PAGES - 1);
  return { start, end: Math.min(WINDOW_PAGES, start + 1 + dice.under(9)) };
}

function within(dice: Dice, start: number, end: number): Range {
  const from = start + dice.under(end - start);
  return { start: from, end: from + 1 + dice.under(end - from) };
}
