import type { VmaLine } from "../result/result-line.ts";
import type { Dice } from "./dice.ts";
import { anywhere, type Range, type View } from "./view.ts";
import { pagesWord, rangeWords } from "./words.ts";

const PROTS = ["rw", "rw", "rw", "r", "r", "-", "rx", "rwx", "w", "x", "wx"] as const;

/** A protection, read and write mostly. */
export const someProt = (dice: Dice): string => dice.pick(PROTS);

/** Flags beside the type and how it is placed: none mostly. */
function extras(dice: Dice): string {
  if (!dice.chance(18)) return "";
  return dice.pick(["R", "R", "L", "Z", "LZ", "G", "RZ"]);
}

/** How it is placed: over what is there, where nothing is, or as the kernel likes. */
const placed = (dice: Dice): string => dice.pick(["F", "F", "F", "N", ""]);

function place(dice: Dice, view: View): Range {
  return dice.chance(65) ? view.hole(dice) : dice.chance(50) ? view.part(dice) : anywhere(dice);
}

/** Private anonymous memory. */
export function mapAnonymous(dice: Dice, view: View): string {
  return `mmap ${rangeWords(place(dice, view))} ${someProt(dice)} P${placed(dice)}A${extras(dice)} -1 0`;
}

/** Shared anonymous memory: a file of its own. */
export function mapShared(dice: Dice, view: View): string {
  const extra = extras(dice).replace("G", "");
  return `mmap ${rangeWords(place(dice, view))} ${someProt(dice)} S${placed(dice)}A${extra} -1 0`;
}

/** A file, private or shared; at the offset of the place mostly, so that neighbours fit. */
export function mapFile(dice: Dice, view: View): string {
  const range = place(dice, view);
  const file = dice.pick(["m0", "m0", "m1", "f0", "f0", "f1"]);
  const type = dice.pick(["S", "P", "V"]);
  const prot = type !== "P" && file === "f1" ? dice.pick(["r", "-", "rx"]) : someProt(dice);
  const offset = dice.weighted({ same: 6, shifted: 2, end: 2 });
  const pages = offset === "same" ? range.start : offset === "shifted" ? dice.under(200) : 250 + dice.under(8);
  const extra = extras(dice).replace("G", "");
  return `mmap ${rangeWords(range)} ${prot} ${type}${placed(dice)}${extra} ${file} ${pagesWord(pages)}`;
}

/** A flag that the letters do not have: MAP_STACK, MAP_NONBLOCK, MAP_DENYWRITE, MAP_EXECUTABLE, MAP_32BIT. */
export function mapWithNumber(dice: Dice, view: View): string {
  const flag = dice.pick([0x2_0000, 0x1_0000, 0x1_8000, 0x800, 0x1000, 0x40, 0x2_0040]);
  return `mmap ${rangeWords(place(dice, view))} ${someProt(dice)} 0x${(flag | 0x32).toString(16)} -1 0`;
}

/**
 * What a neighbour could merge with: next to a VMA, with its rights, type and file, at the offset that goes on; now and
 * then one of these is another.
 */
export function mapLikeNeighbour(dice: Dice, view: View): string {
  const vma = view.vma(dice);
  if (vma === undefined) return mapAnonymous(dice, view);
  const [start, end, rights, pgoff, file] = vma;
  const size = 1 + dice.under(4);
  const range = { ...beside(dice, view, vma, size) };
  const prot = dice.chance(85) ? rightsOf(rights) : someProt(dice);
  const type = rights[3] === "s" ? "S" : "P";
  const reserve = vma[5]?.includes("nr") === true ? "R" : "";
  if (file === "-" || file === "?") return `mmap ${rangeWords(range)} ${prot} ${type}FA${reserve} -1 0`;
  const offset = pgoff + (range.start < start ? -(start - range.start) : range.start - end + (end - start));
  const fd = file === "f" ? dice.pick(["f0", "f0", "f1"]) : file;
  const shift = dice.chance(85) ? 0 : 1;
  return `mmap ${rangeWords(range)} ${prot} ${type}F${reserve} ${fd} ${pagesWord(Math.max(0, offset + shift))}`;
}

/** The place right after or before a VMA, up to the next one where that is near. */
function beside(dice: Dice, view: View, [start, end]: VmaLine, size: number): Range {
  const after = view.vmas.find(([from]) => from >= end)?.[0] ?? 64;
  const before = view.vmas.findLast(([, to]) => to <= start)?.[1] ?? 0;
  const fill = dice.chance(60);
  if (start > before && dice.chance(45)) return { start: fill ? before : Math.max(before, start - size), end: start };
  if (after > end) return { start: end, end: fill ? after : Math.min(after, end + size) };
  return { start, end: Math.min(end, start + size) };
}

/** `r-x` as a list has it. */
export function rightsOf(rights: string): string {
  const letters = rights.slice(0, 3).replaceAll("-", "");
  return letters === "" ? "-" : letters;
}
