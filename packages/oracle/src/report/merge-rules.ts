import { anonVmaChain, type MergeRange, type Neighbours, type VmaPtr } from "@faultline/mm";
import { vmaAnonVma, vmaFlags, vmaSlot, vmaTree, VM } from "@faultline/mm";
import type { Watch } from "../process/runner.ts";
import type { View } from "../process/show.ts";

/** Who asks whether a range merges, by the kernel's function. */
const ASKERS = {
  new: "vma_merge_new_range",
  existing: "vma_merge_existing_range",
  copied: "copy_vma",
  extended: "vma_merge_extend",
} as const;
type Asker = keyof typeof ASKERS;

const JOINS: Readonly<Record<Asker, readonly string[]>> = {
  new: ["alone", "with prev", "with next", "with both", "with prev of two islands"],
  copied: ["alone", "with prev", "with next", "with both", "with prev of two islands"],
  existing: [
    ...["no neighbour", "all of it to prev", "all of it to next", "prev, it and next become one"],
    ...["its head to prev", "its tail to next", "all of it to prev of two islands"],
  ],
  extended: ["no follower", "with the follower"],
};

/** Why a neighbour at the edge of a range does not merge with it. */
const REFUSALS = ["other flags", "another file", "another offset", "another anon_vma", "an anon_vma that came by fork"];
const ANON = ["a new anon_vma", "the anon_vma of next", "the anon_vma of prev"];

/** Every rule by which VMAs become one, or do not, and by which they come to share an anon_vma. */
export const MERGE_RULES: readonly string[] = [
  ...(Object.keys(ASKERS) as Asker[]).flatMap((asker) => JOINS[asker].map((join) => `${ASKERS[asker]}: ${join}`)),
  ...REFUSALS.map((reason) => `refused: ${reason}`),
  ...ANON.map((what) => `__anon_vma_prepare: ${what}`),
];

/** What the steps of one operation tell about merging. Feed it every step, then ask. */
export class MergeWatch {
  readonly #view: () => View;
  readonly #seen: string[] = [];
  #asked: { readonly range: MergeRange; readonly found: Neighbours; done: string | undefined } | undefined;

  constructor(view: () => View) {
    this.#view = view;
  }

  readonly step: Watch = (op, args, result, writes) => {
    if (op === "can_vma_merge") {
      this.#close();
      const range = args[0] as unknown as MergeRange;
      this.#asked = { range, found: result as unknown as Neighbours, done: undefined };
      this.#refusals(range, result as unknown as Neighbours);
    } else if (op === "commit_merge" && this.#asked !== undefined) {
      const [kept, , , removed, adjusted] = args as unknown as [VmaPtr, number, number, VmaPtr | null, VmaPtr | null];
      this.#committed(this.#asked, kept, removed, adjusted);
    } else if (op === "__anon_vma_prepare") {
      const ptr = args[0] as unknown as VmaPtr;
      const slot = writes().get(vmaAnonVma.of(ptr.vma));
      if (typeof slot === "number") this.#seen.push(`__anon_vma_prepare: ${this.#whose(ptr, slot)}`);
    }
  };

  /** The rules met since the last time. */
  take(): readonly string[] {
    this.#close();
    return this.#seen.splice(0);
  }

  #close(): void {
    const asked = this.#asked;
    this.#asked = undefined;
    if (asked === undefined) return;
    const asker = askerOf(asked.range);
    const [none] = JOINS[asker];
    this.#seen.push(`${ASKERS[asker]}: ${asked.done ?? none!}`);
  }

  #committed(
    asked: { readonly range: MergeRange; readonly found: Neighbours; done: string | undefined },
    kept: VmaPtr,
    removed: VmaPtr | null,
    adjusted: VmaPtr | null,
  ): void {
    const { range, found } = asked;
    const isPrev = found.prev?.vma === kept.vma;
    const islands = found.prev !== null && found.next !== null && !found.both;
    switch (askerOf(range)) {
      case "new":
      case "copied":
        if (removed !== null) asked.done = "with both";
        else asked.done = isPrev ? (islands ? "with prev of two islands" : "with prev") : "with next";
        return;
      case "extended":
        if (removed !== null) asked.done = "with the follower";
        return;
      case "existing":
        if (removed !== null && removed.vma !== range.self?.vma) asked.done = "prev, it and next become one";
        else if (removed !== null) {
          asked.done = isPrev
            ? islands
              ? "all of it to prev of two islands"
              : "all of it to prev"
            : "all of it to next";
        } else if (adjusted !== null) asked.done = isPrev ? "its head to prev" : "its tail to next";
    }
  }

  #refusals(range: MergeRange, found: Neighbours): void {
    const view = this.#view();
    for (const { vma, start, end } of view.get(vmaTree.of(range.mm))) {
      const before = end === range.start && found.prev === null;
      const after = start === range.end && found.next === null;
      if ((before || after) && vma !== range.self?.vma) {
        const reason = refusal(view, range, vma);
        if (reason !== undefined) this.#seen.push(`refused: ${reason}`);
      }
    }
  }

  #whose(ptr: VmaPtr, slot: number): string {
    const view = this.#view();
    const { mm, start, end } = view.get(vmaSlot.of(ptr.vma));
    for (const area of view.get(vmaTree.of(mm))) {
      if (area.start === end && view.get(vmaAnonVma.of(area.vma)) === slot) return ANON[1]!;
      if (area.end === start && view.get(vmaAnonVma.of(area.vma)) === slot) return ANON[2]!;
    }
    return ANON[0]!;
  }
}

function askerOf({ self, copied, extended }: MergeRange): Asker {
  if (self !== null) return "existing";
  if (copied !== undefined) return "copied";
  return extended === undefined ? "new" : "extended";
}

/** The first thing in which a VMA at the edge of a range is not like it; undefined for what is none of merging's. */
function refusal(view: View, range: MergeRange, near: number): string | undefined {
  const vma = view.get(vmaSlot.of(near));
  if (view.get(vmaFlags.of(near)) !== range.flags) return REFUSALS[0];

  if (vma.file !== range.file) return REFUSALS[1];
  if (vma.pgoff + (range.start - vma.start) / 4096 !== range.pgoff) return REFUSALS[2];
  if ((range.flags & VM.SHARED) !== 0) return undefined;
  const source = range.self ?? range.copied ?? range.extended;
  const [own, other] = [
    view.get(vmaAnonVma.of(near)),
    source === undefined ? null : view.get(vmaAnonVma.of(source.vma)),
  ];
  if (own !== null && other !== null && own !== other) return REFUSALS[3];
  const forked = (slot: number): boolean => view.get(anonVmaChain.of(slot)).length > 1;
  if (forked(near) || (source !== undefined && forked(source.vma))) return REFUSALS[4];
  return undefined;
}
