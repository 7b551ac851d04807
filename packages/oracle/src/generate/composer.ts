import { FILE_PAGES } from "../list/operation.ts";
import type { ResultLine } from "../result/result-line.ts";
import { FLAG_ADVICE, PAGE_ADVICE, PAGEOUT } from "./advice.ts";
import type { Dice } from "./dice.ts";
import { type Act, type ListKind, WEIGHTS } from "./list-kind.ts";
import { mapAnonymous, mapFile, mapLikeNeighbour, mapShared, mapWithNumber, rightsOf, someProt } from "./mappings.ts";
import { MISTAKES } from "./mistakes.ts";
import { Moves } from "./moves.ts";
import { islands } from "./stories.ts";
import { anywhere, View } from "./view.ts";
import { hexWord, rangeWords } from "./words.ts";

/** Forks within one list that the rest of it runs in the child of. */
const DEEPEST = 3;

const MADV_FREE = 8;
const MADV_REMOVE = 9;

/** Makes up the operations of one list, each after a look at what those before it have left. */
export class Composer {
  readonly #kind: ListKind;
  readonly #moves = new Moves();
  #depth = 0;
  #diskPages = FILE_PAGES;
  #freed = false;
  /** What is left of a story. */
  #story: string[] = [];

  constructor(kind: ListKind) {
    this.#kind = kind;
  }

  /** @param last what the process showed last */
  next(dice: Dice, last: ResultLine | undefined): string {
    const told = this.#story.shift();
    if (told !== undefined) return told;
    const act = dice.weighted(WEIGHTS[this.#kind]);
    const view = new View(last);
    // An empty window has little to show.
    if (view.vmas.length < 2 && act !== "mistake" && dice.chance(70)) return mapAnonymous(dice, view);
    return this.#act(act, dice, view);
  }

  #act(act: Act, dice: Dice, view: View): string {
    switch (act) {
      case "map":
        return mapAnonymous(dice, view);
      case "mapShared":
        return mapShared(dice, view);
      case "mapFile":
        return mapFile(dice, view);
      case "mapLike":
        return mapLikeNeighbour(dice, view);
      case "mapNumber":
        return mapWithNumber(dice, view);
      case "munmap":
        return `munmap ${rangeWords(dice.chance(85) ? view.part(dice) : anywhere(dice))}`;
      case "protect":
        return `mprotect ${rangeWords(view.part(dice))} ${someProt(dice)}`;
      case "protectLike":
        return protectLikeNeighbour(dice, view);
      case "flagAdvice":
        return `madvise ${rangeWords(view.part(dice))} ${dice.pick(FLAG_ADVICE)}`;
      case "pageAdvice":
        return this.#advisePages(dice, view);
      case "lock":
        return `${dice.chance(50) ? "mlock" : "munlock"} ${rangeWords(view.part(dice))}`;
      case "touch":
        return `${dice.chance(65) ? "w" : "r"} ${touchedByte(dice, view)}`;
      case "move":
        return this.#moves.move(dice, view);
      case "moveBack":
        return this.#moves.back(dice, view);
      case "resize":
        return this.#moves.resize(dice, view);
      case "duplicate":
        return this.#moves.duplicate(dice, view);
      case "truncate":
        return this.#truncate(dice);
      case "fork":
        return this.#fork(dice, view);
      case "mistake": {
        const ways = dice.pick(Object.values(MISTAKES));
        this.#freed ||= true; // some of them are MADV_FREE
        return dice.pick(ways)(dice, view);
      }
      case "islands": {
        const [first, ...rest] = islands(dice);
        this.#story = rest;
        return first!;
      }
      case "reset":
        this.#diskPages = FILE_PAGES;
        this.#freed = false;
        return "reset";
    }
  }

  /** The file on disk only gets shorter: what a fault reads where it has grown, readahead decides. */
  #truncate(dice: Dice): string {
    const file = dice.pick(["m0", "m0", "m1", "f0", "f2"]);
    const pages = dice.chance(50) ? dice.under(64) : dice.pick([0, 128, 250, 256]);
    const odd = dice.chance(25) ? dice.under(4096) : 0;
    if (file.startsWith("m")) return `trunc ${file} ${hexWord(pages * 4096 + odd)}`;
    this.#diskPages = Math.min(this.#diskPages, Math.max(1, pages));
    return `trunc ${file} ${hexWord(this.#diskPages * 4096 - odd)}`;
  }

  /**
   * MADV_REMOVE spares the file on disk, for the reason that it does not grow either. What MADV_FREE has marked goes when
   * reclaim comes to it, and is not paged out.
   */
  #advisePages(dice: Dice, view: View): string {
    if (dice.chance(8)) return this.#freed ? mapAnonymous(dice, view) : pageOut(dice, view);
    const advice = dice.pick(PAGE_ADVICE);
    this.#freed ||= advice === MADV_FREE;
    if (advice !== MADV_REMOVE) return `madvise ${rangeWords(view.part(dice))} ${advice}`;
    const vma = view.vma(dice, ([, , rights, , file]) => rights.endsWith("s") && file !== "f");
    if (vma?.[2].endsWith("s") !== true || vma[4] === "f") return mapShared(dice, view);
    return `madvise ${rangeWords({ start: vma[0], end: vma[1] - dice.under(vma[1] - vma[0]) })} ${MADV_REMOVE}`;
  }

  #fork(dice: Dice, view: View): string {
    if (this.#depth < DEEPEST && dice.chance(12)) {
      this.#depth++;
      return "forkcont";
    }
    return `fork ${dice.pick(["none", "r", "w", "w"])} ${touchedByte(dice, view)}`;
  }
}

/** Pages of private anonymous memory are paged out, where there is a place for them. */
function pageOut(dice: Dice, view: View): string {
  const vma = view.vma(dice, ([, , , , file]) => file === "-");
  if (vma?.[4] !== "-") return mapAnonymous(dice, view);
  return `madvise ${rangeWords({ start: vma[0], end: vma[1] })} ${PAGEOUT}`;
}

/** Makes a VMA, or a part of it, what its neighbour is. */
function protectLikeNeighbour(dice: Dice, view: View): string {
  const vma = view.vma(dice);
  const neighbours = view.vmas.filter(([start, end]) => start === vma?.[1] || end === vma?.[0]);
  const rights = neighbours.length === 0 ? someProt(dice) : rightsOf(dice.pick(neighbours)[2]);
  return `mprotect ${rangeWords(view.part(dice, vma))} ${rights}`;
}

function touchedByte(dice: Dice, view: View): string {
  const { start, end } = view.part(dice);
  const page = dice.chance(93) ? start + dice.under(Math.max(1, end - start)) : dice.under(64);
  return hexWord(page * 4096 + (dice.chance(30) ? 0 : dice.under(4096)));
}
