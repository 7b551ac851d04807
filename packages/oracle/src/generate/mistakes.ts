import type { VmaLine } from "../result/result-line.ts";
import type { Dice } from "./dice.ts";
import { mapAnonymous } from "./mappings.ts";
import { anywhere, type View } from "./view.ts";
import { hexWord, pagesWord, rangeWords } from "./words.ts";

type Mistake = (dice: Dice, view: View) => string;

const MAX = 2n ** 64n;
/** Lengths that nobody has: wrapping, beyond TASK_SIZE, aligned and not. */
const HUGE = [MAX - 1n, MAX - 4096n, MAX - 0x2000n, 2n ** 63n, 0x7fff_ffff_f000n, 0x8000_0000_0000n];
/** Absolute addresses at which nothing can be. */
const FAR = [0x7fff_ffff_f000n, 0x8000_0000_0000n, MAX - 0x1000n, MAX - 0x2000n, 0x7fff_ffff_e000n];

const page = (dice: Dice, view: View): number => view.part(dice).start;
const huge = (dice: Dice): string => hexWord(dice.pick(HUGE));
const far = (dice: Dice): string => `=${hexWord(dice.pick(FAR))}`;
const skew = (dice: Dice): number => 1 + dice.under(4095);
const unaligned = (dice: Dice, view: View): string => hexWord(page(dice, view) * 4096 + skew(dice));
const hole = (dice: Dice, view: View): string => rangeWords(view.hole(dice));

/** What is wrong with a call, one way after the other: what each errno of a call can come from. */
export const MISTAKES: Readonly<Record<string, readonly Mistake[]>> = {
  mmap: [
    (dice, view) => `mmap ${pagesWord(page(dice, view))} 0 rw PFA -1 0`,
    (dice, view) => `mmap ${pagesWord(page(dice, view))} ${huge(dice)} rw P${dice.pick(["F", "N", ""])}A -1 0`,
    (dice) => `mmap ${far(dice)} 0x2000 r P${dice.pick(["F", "N"])}A -1 0`,
    (dice, view) => `mmap ${unaligned(dice, view)} 0x1000 rw P${dice.pick(["F", "N"])}A -1 0`,
    (dice, view) => `mmap ${rangeWords(view.part(dice))} rw PNA -1 0`,
    (dice, view) => `mmap ${rangeWords(view.part(dice))} rw ${dice.pick(["FA", "0x30", "0x34", "VFA"])} -1 0`,
    (dice, view) => `mmap ${rangeWords(view.part(dice))} rw ${dice.pick(["F", "0x10", "0x14"])} m0 0`,
    (dice, view) => `mmap ${rangeWords(view.part(dice))} rw ${dice.pick(["0x80013", "0x1000013", "0x4000013"])} m0 0`,
    (dice, view) => `mmap ${rangeWords(view.part(dice))} rw ${dice.pick(["PF", "SF"])} ${dice.pick(["99", "-1"])} 0`,
    (dice, view) => `mmap ${rangeWords(view.part(dice))} rw PF m0 ${hexWord(skew(dice))}`,
    (dice, view) => `mmap ${rangeWords(view.part(dice))} rw PFA -1 ${hexWord(skew(dice))}`,
    (dice, view) => `mmap ${rangeWords(view.part(dice))} r PF ${dice.pick(["m0", "f0"])} ${hexWord(MAX - 0x1000n)}`,
    (dice, view) => `mmap ${rangeWords(view.part(dice))} ${dice.pick(["rw", "w"])} SF f1 0`,
    (dice, view) => `mmap ${rangeWords(view.part(dice))} ${dice.pick(["r", "rw", "-"])} ${dice.pick(["S", "P"])}F f2 0`,
    (dice, view) => `mmap ${rangeWords(view.part(dice))} rw SFAG -1 0`,
    (dice, view) => `mmap ${rangeWords(view.part(dice))} rw PFG ${dice.pick(["m0", "f0"])} 0`,
    (dice, view) => `mmap ${rangeWords(view.part(dice))} 0xff PFA -1 0`,
    (dice, view) => `mmap ${rangeWords(view.part(dice))} rw PFAG -1 0`,
  ],
  munmap: [
    (dice, view) => `munmap ${unaligned(dice, view)} 0x1000`,
    (dice, view) => `munmap ${pagesWord(page(dice, view))} 0`,
    (dice, view) => `munmap ${pagesWord(page(dice, view))} ${huge(dice)}`,
    (dice) => `munmap ${far(dice)} 0x2000`,
    (dice, view) => `munmap ${hole(dice, view)}`,
    (dice, view) => `munmap ${pagesWord(page(dice, view))} ${hexWord(skew(dice))}`,
  ],
  mprotect: [
    (dice, view) => `mprotect ${unaligned(dice, view)} 0x1000 r`,
    (dice, view) => `mprotect ${pagesWord(page(dice, view))} 0 rw`,
    (dice, view) => `mprotect ${pagesWord(page(dice, view))} ${hexWord(dice.pick([MAX - 1n, MAX - 0x1000n]))} r`,
    (dice) => `mprotect ${far(dice)} 0x1000 r`,
    (dice, view) => `mprotect ${rangeWords(view.part(dice))} ${dice.pick(["0x10", "0x100", "0xf0"])}`,
    (dice, view) =>
      `mprotect ${rangeWords(view.part(dice))} ${dice.pick(["0x1000001", "0x2000001", "0x3000001", "0x1000003"])}`,
    (dice, view) =>
      `mprotect ${rangeWords(view.part(dice, view.vma(dice, stack)))} ${dice.pick(["0x1000001", "0x1000003"])}`,
    (dice, view) => `mprotect ${hole(dice, view)} r`,
    (dice, view) =>
      `mprotect ${rangeWords(
        view.part(
          dice,
          view.vma(dice, (vma) => vma[4] === "f"),
        ),
      )} rw`,
    (dice) => `mprotect ${rangeWords({ ...anywhere(dice), end: 64 })} ${dice.pick(["r", "rw", "-"])}`,
    (dice, view) => `mprotect ${rangeWords(view.part(dice))} 0xb`,
  ],
  madvise: [
    (dice, view) => `madvise ${unaligned(dice, view)} 0x1000 ${dice.pick([0, 4, 8, 10])}`,
    (dice, view) => `madvise ${rangeWords(view.part(dice))} ${dice.pick([5, 6, 7, 26, 99, 104, 4294967295])}`,
    (dice, view) => `madvise ${pagesWord(page(dice, view))} 0 ${dice.pick([4, 99])}`,
    (dice, view) => `madvise ${pagesWord(page(dice, view))} ${hexWord(dice.pick([MAX - 1n, MAX - 0x1000n]))} 4`,
    (dice) => `madvise ${far(dice)} 0x1000 ${dice.pick([0, 4, 22])}`,
    (dice, view) => `madvise ${hole(dice, view)} ${dice.pick([0, 1, 3, 4, 8, 10, 20, 22, 23, 24, 25, 102, 103])}`,
    (dice, view) =>
      `madvise ${rangeWords(
        view.part(
          dice,
          view.vma(dice, ([, , , , file]) => file !== "-"),
        ),
      )} ${dice.pick([8, 18, 22, 23])}`,
    removePrivate,
    (dice, view) =>
      `madvise ${rangeWords(
        view.part(
          dice,
          view.vma(dice, (vma) => lockedVma(vma[5])),
        ),
      )} ${dice.pick([4, 8, 20, 102])}`,
    (dice, view) =>
      `madvise ${rangeWords(
        view.part(
          dice,
          view.vma(dice, (vma) => vma[2].startsWith("---")),
        ),
      )} ${dice.pick([22, 23])}`,
  ],
  mremap: [
    (dice, view) => `mremap ${unaligned(dice, view)} 0x1000 0x2000 1 0`,
    (dice, view) => `mremap ${pagesWord(page(dice, view))} 0x1000 0 ${dice.pick([0, 1])} 0`,
    (dice, view) => `mremap ${rangeWords(view.part(dice))} ${huge(dice)} ${dice.pick([0, 1])} 0`,
    (dice, view) => `mremap ${pagesWord(page(dice, view))} ${huge(dice)} 0x1000 ${dice.pick([0, 1, 3])} 0x20000`,
    (dice, view) => `mremap ${rangeWords(view.part(dice))} 0x2000 ${dice.pick([8, 9, 16])} 0`,
    (dice, view) =>
      `mremap ${rangeWords(view.part(dice))} 0x2000 ${dice.pick([2, 4, 6])} ${pagesWord(page(dice, view))}`,
    (dice, view) => `mremap ${rangeWords(view.part(dice))} 0x3000 ${dice.pick([3, 7])} ${pagesWord(page(dice, view))}`,
    (dice, view) => `mremap ${rangeWords(view.part(dice))} 0x1000 3 ${unaligned(dice, view)}`,
    (dice, view) => `mremap ${rangeWords(view.part(dice))} 0x1000 3 ${far(dice)}`,
    (dice, view) => `mremap ${hole(dice, view)} 0x2000 ${dice.pick([0, 1, 3])} 0x3c000`,
    (dice, view) => `mremap ${pagesWord(page(dice, view))} 0x10000 0x11000 ${dice.pick([0, 1, 3])} 0x2a000`,
    (dice, view) =>
      `mremap ${pagesWord(page(dice, view))} 0 0x2000 ${dice.pick([0, 1, 3])} ${pagesWord(view.hole(dice).start)}`,
    (dice, view) => `mremap ${rangeWords(view.part(dice))} 0x8000 0 0`,
  ],
  mlock: [
    (dice, view) => `mlock ${hole(dice, view)}`,
    (dice, view) => `mlock ${pagesWord(page(dice, view))} ${hexWord(dice.pick([MAX - 1n, MAX - 0x1000n]))}`,
    (dice, view) => `mlock ${pagesWord(page(dice, view))} 0`,
    (dice) => `mlock ${far(dice)} 0x1000`,
    (dice, view) =>
      `mlock ${rangeWords(
        view.part(
          dice,
          view.vma(dice, (vma) => vma[2].startsWith("---")),
        ),
      )}`,
    (dice, view) => `mlock ${unaligned(dice, view)} ${hexWord(skew(dice))}`,
  ],
  munlock: [
    (dice, view) => `munlock ${hole(dice, view)}`,
    (dice, view) => `munlock ${pagesWord(page(dice, view))} ${hexWord(dice.pick([MAX - 1n, MAX - 0x1000n]))}`,
    (dice) => `munlock ${far(dice)} 0x1000`,
    (dice, view) => `munlock ${unaligned(dice, view)} ${hexWord(skew(dice))}`,
  ],
  trunc: [
    (dice) => `trunc f1 ${pagesWord(dice.under(256))}`,
    (dice) => `trunc ${dice.pick(["m0", "f0"])} ${hexWord(dice.pick([2n ** 63n, MAX - 1n]))}`,
    () => "trunc 99 0x1000",
    () => "trunc -1 0x1000",
  ],
  touch: [
    (dice) => `${dice.pick(["r", "w"])} ${far(dice)}`,
    (dice, view) => `${dice.pick(["r", "w"])} ${pagesWord(view.hole(dice).start)}`,
    (dice, view) =>
      `w ${pagesWord(
        view.part(
          dice,
          view.vma(dice, (vma) => vma[2][1] === "-"),
        ).start,
      )}`,
    (dice, view) =>
      `r ${pagesWord(
        view.part(
          dice,
          view.vma(dice, (vma) => vma[2].startsWith("---")),
        ).start,
      )}`,
  ],
};

/** MADV_REMOVE wants a file that is mapped shared: this is neither, or one of both. */
function removePrivate(dice: Dice, view: View): string {
  const vma = view.vma(dice, ([, , rights]) => rights.endsWith("p"));
  if (vma?.[2].endsWith("p") !== true) return mapAnonymous(dice, view);
  return `madvise ${rangeWords({ start: vma[0], end: vma[1] })} 9`;
}

const stack = (vma: VmaLine): boolean => vma[5]?.split(" ").includes("gd") === true;

function lockedVma(flags: string | undefined): boolean {
  return flags?.split(" ").includes("lo") === true;
}
