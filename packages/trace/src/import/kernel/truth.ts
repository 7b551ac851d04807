import { PAGE_SIZE, pteAt } from "@faultline/mm";
import type { MapsLine, PageBitmap, TraceLine } from "../line/trace-event.ts";
import type { Space } from "../world/space.ts";
import type { Task } from "../world/task.ts";
import { Areas } from "./areas.ts";
import { spellPermissions } from "./permissions.ts";
import type { Shared } from "./shared.ts";

export type Verdict = "match" | "differ" | "unknown";

/** What a program under test said of one of its processes, held against the model. */
export interface PhaseResult {
  /** The phase at whose end, or in which, it said so. */
  readonly phase: string;
  readonly process: string;
  /** Where the truth comes from: `trace` for lines inside it, `truth` for a file beside it. */
  readonly source: "trace" | "truth";
  vmas: Verdict;
  pages: Verdict;
  /** Pages of which the trace does not tell whether they were there; they do not count in `pages`. */
  readonly uncertain: readonly UncertainPage[];
}

/** A page that may or may not have been there, by all that the trace says. */
export interface UncertainPage {
  /** Counted from the start of the window. */
  readonly page: number;
  readonly why: string;
  /** Whether it was there. */
  readonly kernel: boolean;
  readonly model: boolean;
}

/** Ground truth inside a trace: bitmaps from pagemap, lines from maps, and the phases that structure them. */
export class Truth {
  readonly #s: Shared;
  readonly #areas: Areas;
  readonly phases: PhaseResult[] = [];
  #phase = "before the first phase";

  constructor(shared: Shared) {
    this.#s = shared;
    this.#areas = new Areas(shared.model, shared.kernel);
  }

  phase(name: string): void {
    this.#phase = name;
  }

  /** A task looks at a process's page tables from here on: reading pagemap takes mmap_lock. */
  lookBegins(task: Task, space: Space): void {
    if (space.binder === undefined || space.lost || !tellsSoon(task.lastLine)) return;
    const before = this.#present(space);
    task.look = { space, before, after: before };
  }

  lookEnds(task: Task, space: Space): void {
    if (task.look?.space !== space) return;
    task.look = { ...task.look, after: this.#present(space) };
  }

  /** PAGES: each page is there, or not, as it was in the model at some time of the look. */
  pages(task: Task, label: string, { pid, base, count, present }: PageBitmap): void {
    const space = this.#s.world.buffers.get(pid)?.space;
    const result = this.#result(label);
    if (space?.binder === undefined || space.lost || space.binder.lost || space.binder.handle.start !== base) {
      result.pages = worse(result.pages, "unknown");
      return;
    }
    this.#s.report.compared.bitmaps++;
    const now = this.#present(space);
    const { before, after } = task.look?.space === space ? task.look : { before: now, after: now };
    const wrong: number[] = [];
    for (let index = 0; index < count; index++) {
      const there = ((present >> BigInt(index)) & 1n) === 1n;
      if (there !== (before[index] ?? false) && there !== (after[index] ?? false)) wrong.push(index);
    }
    result.pages = worse(result.pages, wrong.length === 0 ? "match" : "differ");
    if (wrong.length === 0) return;
    const list = wrong.slice(0, 8).join(", ");
    this.#s.report.differ("pages", `pages ${list} of ${label} (${pid}) are not as in the model, phase ${this.#phase}`);
  }

  /** MAPS: the area is there with these permissions. */
  maps(label: string, { pid, start, end, permissions }: MapsLine): void {
    const space = this.#s.world.known(pid)?.mm;
    const result = this.#result(label);
    if (space === undefined || space.lost || !space.mapped) {
      result.vmas = worse(result.vmas, "unknown");
      return;
    }
    this.#s.report.compared.maps++;
    const area = space.areaAt(this.#s.model, start);
    const right = area?.start === start && area.end === end;
    const shown = area === undefined ? "" : spellPermissions(this.#areas.flagsOf(area));
    const agrees = right && (this.#areas.isVague(space, area) || shown === permissions);
    result.vmas = worse(result.vmas, agrees ? "match" : "differ");
    if (agrees) return;
    const found = area === undefined ? "no VMA" : `[0x${area.start.toString(16)}, 0x${area.end.toString(16)}) ${shown}`;
    const wanted = `[0x${start.toString(16)}, 0x${end.toString(16)}) ${permissions}`;
    this.#s.report.differ("vma", `${label} (${pid}) has ${wanted}; the model has ${found} there`);
  }

  #present(space: Space): boolean[] {
    const { start, pages } = space.binder!.handle;
    const found: boolean[] = [];
    for (let i = 0; i < pages; i++)
      found.push(this.#s.model.table.get(pteAt(space.id, start + i * PAGE_SIZE)) !== null);
    return found;
  }

  #result(label: string): PhaseResult {
    let result = this.phases.find((one) => one.phase === this.#phase && one.process === label);
    if (result === undefined) {
      result = {
        phase: this.#phase,
        process: label,
        source: "trace",
        vmas: "unknown",
        pages: "unknown",
        uncertain: [],
      };
      this.phases.push(result);
    }
    return result;
  }
}

/** Whether the task says soon what it has seen. */
function tellsSoon(line: TraceLine | undefined): boolean {
  let next = line;
  for (let i = 0; i < 16 && next !== undefined; i++, next = next.nextOfTask) {
    if (next.event.kind === "pages") return true;
  }
  return false;
}

/** Of two verdicts on the same thing: one difference is enough, and anything known is more than nothing. */
function worse(a: Verdict, b: Verdict): Verdict {
  if (a === "differ" || b === "differ") return "differ";
  return a === "match" || b === "match" ? "match" : "unknown";
}
