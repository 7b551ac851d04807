import {
  file,
  mapcount,
  PAGE_SIZE,
  pageMapping,
  pageSlot,
  presentPte,
  pteAt,
  type Snapshot,
  type Table,
  VM,
  vmaFlags,
  vmaSlot,
  vmaTree,
} from "@faultline/mm";
import { WINDOW_START } from "../list/operation.ts";
import type { VmaLine } from "../result/result-line.ts";
import type { Machine } from "./machine.ts";

/** A state that can be looked at. */
export type View = Pick<Table | Snapshot, "get">;

/** VmFlags of /proc/PID/smaps, in order of their bits. fs/proc/task_mmu.c, show_smap_vma_flags() */
const MNEMONICS: readonly (readonly [number, string])[] = [
  [VM.READ, "rd"],
  [VM.WRITE, "wr"],
  [VM.EXEC, "ex"],
  [VM.SHARED, "sh"],
  [VM.MAYREAD, "mr"],
  [VM.MAYWRITE, "mw"],
  [VM.MAYEXEC, "me"],
  [VM.MAYSHARE, "ms"],
  [VM.GROWSDOWN, "gd"],
  [VM.PFNMAP, "pf"],
  [0, "gu"],
  [VM.LOCKED, "lo"],
  [VM.IO, "io"],
  [VM.SEQ_READ, "sr"],
  [VM.RAND_READ, "rr"],
  [VM.DONTCOPY, "dc"],
  [VM.DONTEXPAND, "de"],
  [VM.ACCOUNT, "ac"],
  [VM.NORESERVE, "nr"],
  [VM.WIPEONFORK, "wf"],
  [VM.DONTDUMP, "dd"],
  [0, "sd"],
  [VM.MIXEDMAP, "mm"],
  [VM.HUGEPAGE, "hg"],
  [VM.NOHUGEPAGE, "nh"],
];

/** The VMAs that meet the window, as /proc/PID/smaps has them. */
export function showVmas(view: View, mm: number, pages: number, machine: Machine, names: FileNames): VmaLine[] {
  const end = WINDOW_START + pages * PAGE_SIZE;
  return view
    .get(vmaTree.of(mm))
    .filter((area) => area.start < end && WINDOW_START < area.end)
    .map(({ vma: slot, start, end: stop }): VmaLine => {
      const vma = view.get(vmaSlot.of(slot));
      const flags = view.get(vmaFlags.of(slot));
      const name = vma.file === null ? "-" : nameOf(view.get(file.of(vma.file)).inode, names);
      // Private anonymous memory shows no offset.
      const pgoff = vma.file === null ? 0 : vma.pgoff;
      return [
        (start - WINDOW_START) / PAGE_SIZE,
        (stop - WINDOW_START) / PAGE_SIZE,
        rights(flags),
        pgoff,
        machine.aliases[name] ?? (name.startsWith("shmem") ? "?" : name),
        mnemonicsOf(flags, vma.guard === true, machine.softDirty),
      ];
    });
}

/** The spellings of flags, by what else shows among them: few there are, and each shows over and over. */
const spelt: readonly Map<number, string>[] = [new Map(), new Map(), new Map(), new Map()];

function mnemonicsOf(flags: number, guard: boolean, softDirty: boolean): string {
  const known = spelt[(guard ? 1 : 0) + (softDirty ? 2 : 0)]!;
  const found = known.get(flags);
  if (found !== undefined) return found;
  const shown = MNEMONICS.filter(([bit, name]) => {
    if (name === "sd") return softDirty;
    return name === "gu" ? guard : (flags & bit) !== 0;
  });
  const text = shown.map(([, mnemonic]) => `${mnemonic} `).join("");
  known.set(flags, text);
  return text;
}

/** The names of inodes. */
export type FileNames = ReadonlyMap<number, string>;

/** The first inode without a name of its own, as shared anonymous memory has it. */
const FIRST_UNNAMED = 1000;

function nameOf(inode: number, names: FileNames): string {
  return names.get(inode) ?? `shmem${inode - FIRST_UNNAMED}`;
}

function rights(flags: number): string {
  const letter = (bit: number, name: string): string => ((flags & bit) === 0 ? "-" : name);
  const shared = (flags & VM.MAYSHARE) === 0 ? "p" : "s";
  return letter(VM.READ, "r") + letter(VM.WRITE, "w") + letter(VM.EXEC, "x") + shared;
}

/** One letter per page of the window; see `pg` of a result line. fs/proc/task_mmu.c, pagemap_read() */
export function showPages(view: View, mm: number, pages: number): string {
  let all = "";
  let gap = "";
  for (let page = 0; page < pages; page++) {
    const letter = letterOf(view, mm, WINDOW_START + page * PAGE_SIZE);
    if (letter === ".") gap += letter;
    else {
      all += gap + letter;
      gap = "";
    }
  }
  return all;
}

function letterOf(view: View, mm: number, at: number): string {
  const entry = view.get(pteAt(mm, at));
  if (entry === null) return ".";
  const mapped = presentPte(entry);
  if (mapped !== null) {
    const mapping = view.get(pageMapping.of(mapped.page));
    if (mapping !== null && "inode" in mapping) return "F";
    return mapcount(view.get(pageSlot.of(mapped.page))) === 1 ? "A" : "a";
  }
  if (!("kind" in entry)) return "?";
  switch (entry.kind) {
    case "zero":
      return "z";
    case "swap":
      return "S";
    case "migration":
      return "?";
    case "marker":
      return entry.marker === "guard" ? "G" : "?";
  }
}
