import { PAGE_SIZE } from "@faultline/mm";
import { Areas } from "../kernel/areas.ts";
import type { Shared } from "../kernel/shared.ts";
import type { PhaseResult, UncertainPage } from "../kernel/truth.ts";
import { spellPermissions } from "../kernel/permissions.ts";
import type { Space } from "../world/space.ts";
import type { Task } from "../world/task.ts";
import type { TruthFile, TruthPhase } from "./truth-file.ts";

/** Holds a truth file's phases against the model, each at the mark that ends its dump. */
export class FileTruth {
  readonly #s: Shared;
  readonly #areas: Areas;
  readonly #file: TruthFile;
  readonly phases: PhaseResult[] = [];

  constructor(shared: Shared, file: TruthFile) {
    this.#s = shared;
    this.#areas = new Areas(shared.model, shared.kernel);
    this.#file = file;
  }

  /** A mark of the trace: `PHASE 3 END-DUMP name` ends the look at phase 3, and nobody else was at work meanwhile. */
  mark(task: Task, name: string): void {
    const number = /^(\d+) END-DUMP\b/.exec(name)?.[1];
    const phase = this.#file.phases.find((one) => String(one.number) === number);
    if (phase === undefined) return;
    const space = task.mm;
    const { start, pages } = this.#file.window;
    const label = `${phase.number} ${phase.name}`.trim();
    const process = `${task.name}-${task.pid}`;
    const unknown = space === undefined || space.lost || !space.known.covers(start, start + pages * PAGE_SIZE);
    if (unknown) {
      this.phases.push({ phase: label, process, source: "truth", vmas: "unknown", pages: "unknown", uncertain: [] });
      if (space !== undefined) this.#adopt(task, space, phase);
      return;
    }
    const vmas = this.#holdAreas(space, phase) ? "match" : "differ";
    const { wrong, uncertain } = this.#pages(space, phase);
    this.phases.push({ phase: label, process, source: "truth", vmas, pages: wrong ? "differ" : "match", uncertain });
  }

  #holdAreas(space: Space, phase: TruthPhase): boolean {
    const { start, pages } = this.#file.window;
    const end = start + pages * PAGE_SIZE;
    this.#s.report.compared.maps += phase.areas.length;
    const spelt = (area: { start: number; end: number }, rights: string): string =>
      `[0x${area.start.toString(16)}, 0x${area.end.toString(16)}) ${rights}`;
    const model = space
      .areas(this.#s.model)
      .filter((area) => start <= area.start && area.end <= end)
      .map((area) => spelt(area, spellPermissions(this.#areas.flagsOf(area))));
    const truth = phase.areas.map((area) => spelt(area, area.permissions));
    if (model.join() === truth.join()) return true;
    const missing = truth.filter((area) => !model.includes(area)).join(", ");
    const more = model.filter((area) => !truth.includes(area)).join(", ");
    const reason = `phase ${phase.number}: the process has ${missing || "nothing else"}; the model ${more || "nothing"}`;
    this.#s.report.differ("vma", reason);
    return false;
  }

  #pages(space: Space, phase: TruthPhase): { wrong: boolean; uncertain: UncertainPage[] } {
    const { start, pages } = this.#file.window;
    this.#s.report.compared.bitmaps++;
    const wrong: number[] = [];
    const uncertain: UncertainPage[] = [];
    for (let page = 0; page < pages; page++) {
      const address = start + page * PAGE_SIZE;
      const there = ((phase.present >> BigInt(page)) & 1n) === 1n;
      const model = space.isPresent(this.#s.model, address);
      const why = space.doubts.get(address);
      if (why !== undefined) uncertain.push({ page, why, kernel: there, model });
      else if (there !== model) wrong.push(page);
      // What the truth says is so from here on.
      if (why !== undefined && there === model) space.doubts.delete(address);
    }
    if (wrong.length > 0) {
      const list = wrong.slice(0, 8).join(", ");
      this.#s.report.differ("pages", `phase ${phase.number}: pages ${list} of the window are not as in the model`);
    }
    return { wrong: wrong.length > 0, uncertain };
  }

  /** What is not known of a process is known from the first phase on that tells of it. */
  #adopt(task: Task, space: Space, phase: TruthPhase): void {
    if (this.#areas.adoptAll(task, space, this.#file.window, phase)) space.undrawn = true;
  }
}
