import { VM } from "@faultline/mm";
import type { Space } from "../world/space.ts";
import type { Task } from "../world/task.ts";
import { Areas } from "./areas.ts";
import { forks } from "./judge.ts";
import type { Shared } from "./shared.ts";

/**
 * fork: the parent's VMAs go to the child one by one, but for those with VM_DONTCOPY. The first fork of a process that
 * was there before the trace began shows its memory map. kernel/fork.c, dup_mmap()
 */
export class Forks {
  readonly #s: Shared;
  readonly #areas: Areas;

  constructor(shared: Shared) {
    this.#s = shared;
    this.#areas = new Areas(shared.model, shared.kernel);
  }

  /** A task that holds its own mmap_lock for writing takes that of an address space nobody has seen before. */
  begin(task: Task, pointer: string): Space {
    const parent = task.mm!;
    const child = this.#s.world.addSpace(task.id, pointer);
    task.fork = { child, parent, upTo: 0, adopting: !parent.mapped };
    return child;
  }

  /** One VMA goes to the child. */
  store(task: Task, start: number, end: number): void {
    const fork = task.fork!;
    const { parent, child } = fork;
    if (parent.lost || child.lost) return;
    this.#s.report.compared.areas++;
    // Where all is known nothing old can be.
    const old = parent.areaAt(this.#s.model, start) === undefined && !parent.known.meets(start, end);
    if (fork.adopting && old) this.#areas.addOld(task, parent, start, end);
    else if (this.#isUnknown(parent, start, end)) this.#areas.store(task, parent, start, end);
    this.#skip(task, start);
    const area = parent.areaAt(this.#s.model, start);
    if (area?.start !== start || area.end !== end) {
      this.#s.report.differ("vma", `fork by ${task.who} copies ${range(start, end)}, which the model's parent has not`);
      child.lost = true;
      return;
    }
    fork.upTo = end;
    this.#areas.copy(task, parent, area, child);
  }

  /** Whether a call that was not followed may have left the VMA there. */
  #isUnknown(parent: Space, start: number, end: number): boolean {
    const followed = this.#s.kernel.knobs.vmaSlab !== "typesafe" || parent.known.covers(start, end);
    const area = parent.areaAt(this.#s.model, start);
    return !followed && (area?.start !== start || area.end !== end);
  }

  /** The child's lock is let go of: all there is has been copied. */
  finish(task: Task): void {
    const { child, parent } = task.fork!;
    if (!parent.lost && !child.lost) this.#skip(task, Infinity);
    parent.mapped = true;
    child.mapped = child.complete = true;
    task.newborn = child;
    task.fork = undefined;
  }

  /** A new task starts: a thread, or the process that was forked before. */
  newTask(parent: Task, pid: number, name: string, sharesMm: boolean): void {
    const mm = sharesMm ? parent.mm : parent.newborn;
    parent.newborn = undefined;
    const old = this.#s.world.known(pid);
    if (old !== undefined) this.#s.world.removeTask(old);
    this.#s.world.addTask(parent.id, pid, name, mm, false).starting = true;
    const { call } = parent;
    if (call === undefined || !forks(call.name)) return;
    parent.call = { ...call, result: pid, unjudged: undefined };
  }

  /** VMAs of the parent that were passed over must be such as are not copied. */
  #skip(task: Task, upTo: number): void {
    const fork = task.fork!;
    for (const area of fork.parent.areas(this.#s.model)) {
      if (area.start < fork.upTo || area.start >= upTo) continue;
      fork.upTo = area.end;
      if ((this.#areas.flagsOf(area) & VM.DONTCOPY) !== 0) continue;
      if (this.#areas.isVague(fork.parent, area)) this.#areas.passOver(task, fork.parent, area);
      else this.#s.report.differ("vma", `fork by ${task.who} does not copy ${range(area.start, area.end)}`);
    }
  }
}

function range(start: number, end: number): string {
  return `[0x${start.toString(16)}, 0x${end.toString(16)})`;
}
