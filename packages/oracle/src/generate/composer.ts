import type { ResultLine } from "../result/result-line.ts";
import { FLAG_ADVICE, PAGE_ADVICE } from "./advice.ts";
import type { Dice } from "./dice.ts";
import { type Act, type ListKind, WEIGHTS } from "./list-kind.ts";
import { mapAnonymous, mapFile, mapLikeNeighbour, mapShared, mapWithNumber, rightsOf, someProt } from "./mappings.ts";
import { MISTAKES } from "./mistakes.ts";
import { Moves } from "./moves.ts";
import { anywhere, View } from "./view.ts";
import { hexWord, pagesWord, rangeWords } from "./words.ts";

/** Forks within one list that the rest of it runs in the child of. */
const DEEPEST = 3;

/** Makes up the operations of one list, each after a look at what those before it have left. */
export class Composer {
  readonly #kind: ListKind;
  readonly #moves = new Moves();
  #depth = 0;

  constructor(kind: ListKind) {
    this.#kind = kind;
  }

  /** @param last what the process showed last */
  next(dice: Dice, last: ResultLine | undefined): string {
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
        return `madvise ${rangeWords(view.part(dice))} ${dice.pick(PAGE_ADVICE)}`;
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
        return `trunc ${dice.pick(["m0", "m1", "f0", "f2"])} ${truncatedLength(dice)}`;
      case "fork":
        return this.#fork(dice, view);
      case "mistake": {
        const ways = dice.pick(Object.values(MISTAKES));
        return dice.pick(ways)(dice, view);
      }
      case "reset":
        return "reset";
    }
  }

  #fork(dice: Dice, view: View): string {
    if (this.#depth < DEEPEST && dice.chance(12)) {
      this.#depth++;
      return "forkcont";
    }
    return `fork ${dice.pick(["none", "r", "w", "w"])} ${touchedByte(dice, view)}`;
  }
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

/** Lengths within reach of what lists map, whole pages or not. */
function truncatedLength(dice: Dice): string {
  const pages = dice.chance(50) ? dice.under(64) : dice.pick([0, 128, 250, 256]);
  return dice.chance(75) ? pagesWord(pages) : hexWord(pages * 4096 + dice.under(4096));
}
