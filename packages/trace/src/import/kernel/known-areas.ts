import { VM } from "@faultline/mm";
import type { Range } from "../world/ranges.ts";
import type { Space } from "../world/space.ts";
import type { Task } from "../world/task.ts";
import type { Areas } from "./areas.ts";
import type { Shared } from "./shared.ts";

type Edges = { readonly start: number; readonly end: number };

/** Holds the VMAs that a call leaves against those of the trace, where the model knows them. */
export class KnownAreas {
  readonly #s: Shared;
  readonly #areas: Areas;

  constructor(shared: Shared, areas: Areas) {
    this.#s = shared;
    this.#areas = areas;
  }

  /**
   * What lies at memory that is not known may be one VMA with it, and have its anon_vma, if it can have one. A fault that
   * began before it was there may give it one.
   */
  mayHaveJoined(task: Task, space: Space): void {
    for (const [start, end] of task.call?.fresh ?? []) {
      const alone = space.knownTo(task).covers(start - 1, end + 1) || this.#standsAlone(space, start, end);
      if (alone && !space.hasStrayFault(start, end)) continue;
      this.#doubt(task, space, start);
    }
  }

  /** What is left of VMAs around memory that is not known any more may still be one with what is there. */
  mayStayJoined(task: Task, space: Space, start: number, end: number): void {
    for (const address of [start - 1, end]) {
      const area = space.areaAt(this.#s.model, address);
      if (area !== undefined && !this.#standsAlone(space, area.start, area.end)) this.#doubt(task, space, address);
    }
  }

  #doubt(task: Task, space: Space, address: number): void {
    const area = space.areaAt(this.#s.model, address);
    if (area === undefined || (this.#areas.flagsOf(area) & VM.SHARED) !== 0) return;
    this.#areas.shareAnonVma(task, space, address);
    space.unsure.add(area.start, area.end);
  }

  /** Whether the trace's stores show that what was put in place is no part of a VMA that goes on beyond. */
  #standsAlone(space: Space, start: number, end: number): boolean {
    if (!this.#s.world.storesSeen || space.undrawn) return false;
    const drawn = space.shadow.within(start, end);
    return drawn.length > 0 && drawn.every((area) => start <= area.start && area.end <= end);
  }

  /** What of a VMA nobody is sure of, of the whole of it nobody is. */
  spread(space: Space, start: number, end: number): void {
    for (const area of space.areas(this.#s.model)) {
      const near = area.start <= end && start <= area.end;
      if (near && space.unsure.meets(area.start, area.end)) space.unsure.add(area.start, area.end);
    }
  }

  /** Holds the model's VMAs in and around what a call may have changed against those of the trace. */
  compare(task: Task, space: Space, touched: readonly Range[], write: boolean): void {
    for (const [start, end] of touched) {
      this.#s.report.compared.areas++;
      const known = space
        .knownTo(task)
        .with(touched)
        .list.filter((range) => range.start <= end && start <= range.end);
      const near = space.areas(this.#s.model).filter((area) => area.start <= end && start <= area.end);
      const drawn = space.shadow.within(start - 1, end + 1);
      const [model, trace] = [within(known, near), within(known, drawn)];
      if (spell(model) === spell(trace)) continue;
      const [from, to] = [Math.min(start, trace[0]?.start ?? start), Math.max(end, trace.at(-1)?.end ?? end)];
      if (write && space.unsure.meets(from, to)) {
        if (this.#areas.reshape(task, space, from, to, trace)) {
          this.#s.report.adoptedEdges++;
          continue;
        }
        if (this.#areas.cannotBeOne(space, from, to)) {
          this.#areas.forget(task, space, from, to);
          space.coming.delete(task);
          space.unlearn(from, to);
          return;
        }
      }
      space.known.remove(start, end);
      if (task.call?.excuse !== undefined) return;
      const what = `${task.call?.name ?? "a call"} of ${task.who} leaves ${spell(trace)}`;
      this.#s.report.differ("vma", `${what}; the model's ${spell(model)}`);
      return;
    }
  }
}

/** The parts of VMAs that lie where the model knows them: those that were there before the trace began may go on beyond. */
function within(known: readonly Edges[], areas: readonly Edges[]): Edges[] {
  return areas.flatMap((area) =>
    known
      .map(({ start, end }) => ({ start: Math.max(area.start, start), end: Math.min(area.end, end) }))
      .filter(({ start, end }) => start < end),
  );
}

function spell(areas: readonly Edges[]): string {
  const all = areas.map(({ start, end }) => `[0x${start.toString(16)}, 0x${end.toString(16)})`);
  return all.join(" ") || "nothing";
}
