import {
  anonVma,
  anonVmaLock,
  type Kernel,
  PAGE_SIZE,
  type Steps,
  type TreeEntry,
  type Value,
  VM,
  vmaAnonVma,
  vmaFlags,
  type VmaPtr,
  vmaSlot,
} from "@faultline/mm";
import { flagsOfPermissions } from "./permissions.ts";
import { ImportError } from "../import-error.ts";
import { LIMITS } from "../limits.ts";
import type { Model } from "../model.ts";
import { Coroutine } from "../thread/coroutine.ts";
import { letGo } from "../thread/let-go.ts";
import { Ranges } from "../world/ranges.ts";
import { step } from "../thread/steps-by-name.ts";
import type { Space } from "../world/space.ts";
import type { Task } from "../world/task.ts";

/** Flags of a VMA of which the trace tells nothing: any access is allowed. */
const ANY: number = VM.READ | VM.WRITE | VM.EXEC | VM.MAYREAD | VM.MAYWRITE | VM.MAYEXEC;

const NONE: ReadonlySet<string> = new Set();

/** Changes an address space's VMAs by the steps of the model, where the trace shows the change and not the call. */
export class Areas {
  readonly #model: Model;
  readonly #kernel: Kernel;

  constructor(model: Model, kernel: Kernel) {
    this.#model = model;
    this.#kernel = kernel;
  }

  /** A new VMA. Without flags it is vague. */
  add(task: Task, space: Space, start: number, end: number, flags?: number): void {
    this.#limit(space);
    const args = [space.id, start, end, flags ?? ANY, start / PAGE_SIZE];
    const vma = this.#model.must(task.id, "vm_area_alloc", args) as VmaPtr | null;
    if (vma === null) return;
    const early = this.#kernel.knobs.newVmaVw;
    if (early) this.run(task, this.#kernel.vmaStartWrite(vma));
    this.#model.must(task.id, "vma_iter_store", [vma]);
    if (!early) this.run(task, this.#kernel.vmaStartWrite(vma));
    if (flags === undefined) space.vague.add(keyOf(vma));
  }

  /** A VMA that was there before the trace began. It may have its anon_vma by now, so that its faults need none. */
  addOld(task: Task, space: Space, start: number, end: number): void {
    this.add(task, space, start, end);
    this.giveAnonVma(task, space, start);
  }

  /** fork's copy of a VMA, as vague as its parent. kernel/fork.c, dup_mmap() */
  copy(task: Task, parent: Space, vma: VmaPtr, child: Space): void {
    this.#limit(child);
    this.#forkLocks(task, vma);
    const copy = this.#model.must(task.id, "vm_area_dup", [pointerOf(vma), child.id]) as VmaPtr | null;
    if (copy === null) return;
    this.run(task, this.#underAnonVma(vma, step("anon_vma_fork", copy, pointerOf(vma))));
    const { file, start, end } = this.#model.table.get(vmaSlot.of(copy.vma));
    const inode = file === null ? null : (this.#model.must(task.id, "get_file", [copy, file]) as number);
    this.#model.must(task.id, "vma_iter_store", [copy]);
    if (inode !== null) this.run(task, this.#kernel.vmaLinkFile(copy, inode, pointerOf(vma)));
    if (this.#copiesPages) {
      this.run(task, this.#kernel.copyPageRange(parent.id, child.id, pointerOf(vma), copy, start, end));
    }
    if (this.isVague(parent, vma)) child.vague.add(keyOf(copy));
  }

  /** Where page tables are followed: by kernels whose traces show what happens to them. */
  get #copiesPages(): boolean {
    return this.#kernel.knobs.vmaSlab === "typesafe";
  }

  /** fork passes over a VMA of which the trace has told nothing: it is one that is not copied. */
  passOver(task: Task, parent: Space, vma: VmaPtr): void {
    this.#forkLocks(task, vma);
    this.adopt(task, parent, vma, VM.DONTCOPY);
  }

  /**
   * Makes [start, end) one VMA, splitting what it cuts and joining what it covers, as mprotect, brk and merges do.
   * Its flags, and those of what was split off, are vague from now on.
   */
  store(task: Task, space: Space, start: number, end: number): void {
    this.#cutAt(task, space, start);
    this.#cutAt(task, space, end);
    const inside = space.areas(this.#model).filter((area) => area.start < end && start < area.end);
    const [first] = inside;
    if (first !== undefined && inside.length === 1 && first.start === start && first.end === end) return;
    const anon = inside.length === 0 || this.hasAnonVma(inside);
    const flags = first === undefined ? undefined : this.flagsOf(first);
    this.erase(task, space, start, end);
    this.add(task, space, start, end, flags);
    const area = space.areaAt(this.#model, start);
    if (area === undefined) return;
    this.#blur(task, space, area);
    if (anon) this.giveAnonVma(task, space, start);
  }

  /**
   * A window is as somebody who looked at it says: his VMAs, and pages in them. The task is in user mode. False where the
   * model has no room for that: somebody holds the lock.
   */
  adoptAll(
    task: Task,
    space: Space,
    window: { readonly start: number; readonly pages: number },
    truth: { readonly areas: readonly { start: number; end: number; permissions: string }[]; readonly present: bigint },
  ): boolean {
    const free = (result: Value): boolean => result === true;
    const lock = space.broken ? undefined : this.#model.runIf(task.id, "mmap_write_lock", [space.id], free);
    if (lock?.status !== "done" || lock.result !== true) return false;
    const end = window.start + window.pages * PAGE_SIZE;
    this.forget(task, space, window.start, end);
    for (const area of truth.areas) {
      this.add(task, space, area.start, area.end, flagsOfPermissions(area.permissions));
      this.giveAnonVma(task, space, area.start);
    }
    for (let page = 0; page < window.pages; page++) {
      const address = window.start + page * PAGE_SIZE;
      if (((truth.present >> BigInt(page)) & 1n) === 1n) this.#fill(task, space, address);
    }
    this.#model.must(task.id, "mmap_write_unlock", [space.id]);
    space.known.add(window.start, end);
    space.unsure.add(window.start, end);
    space.lost = false;
    return true;
  }

  #fill(task: Task, space: Space, address: number): void {
    const area = space.areaAt(this.#model, address);
    if (area === undefined) return;
    this.run(task, this.#kernel.handleMmFault(space.id, pointerOf(area), address, false, "mmap"));
  }

  /** What the model has of [start, end) may be wrong: it is taken out, pages and all, as far as VMAs lie in it. */
  forget(task: Task, space: Space, start: number, end: number): void {
    const inside = space.areas(this.#model).filter((area) => area.start < end && start < area.end);
    for (const area of inside) {
      const [from, to] = [Math.max(area.start, start), Math.min(area.end, end)];
      this.run(task, this.#kernel.zapPageRangeSingle(space.id, pointerOf(area), from, to - from, null));
    }
    if (inside.length > 0) this.erase(task, space, start, end);
  }

  /** Takes [start, end) out, without looking at who would close it. */
  erase(task: Task, space: Space, start: number, end: number): void {
    this.#splitAt(task, space, start);
    this.#splitAt(task, space, end);
    for (const vma of space.areas(this.#model)) {
      if (vma.start < end && start < vma.end) space.vague.delete(keyOf(vma));
    }
    this.run(task, this.remove(space.id, start, end));
  }

  /** The steps that take the VMAs of [start, end), whole ones, out of tree and rmap and free them. */
  *remove(mm: number, start: number, end: number): Steps<null> {
    const inside = yield* step<readonly VmaPtr[]>("vma_find", mm, start, end);
    for (const vma of inside) {
      yield* this.#kernel.vmaStartWrite(vma);
      yield* this.#kernel.vmaMarkDetached(vma);
    }
    yield* step("vma_iter_clear", mm, start, end);
    for (const vma of inside) {
      yield* this.#underAnonVma(vma, step("unlink_anon_vmas", vma));
      yield* step("vm_area_free", vma);
    }
    return null;
  }

  flagsOf({ vma }: VmaPtr): number {
    return this.#model.table.get(vmaFlags.of(vma));
  }

  hasAnonVma(areas: readonly VmaPtr[]): boolean {
    return areas.some(({ vma }) => this.#model.table.get(vmaAnonVma.of(vma)) !== null);
  }

  isVague(space: Space, vma: VmaPtr): boolean {
    return space.vague.has(keyOf(vma));
  }

  /** What the trace shows of a vague VMA's flags. Its task holds the lock for writing. */
  adopt(task: Task, space: Space, vma: VmaPtr, flags: number): void {
    if (space.vague.has(keyOf(vma))) this.run(task, this.#kernel.vmFlagsSet(pointerOf(vma), flags));
  }

  /** The trace shows that a vague VMA has just these flags. Its task holds the lock for writing. */
  settle(task: Task, space: Space, vma: VmaPtr, flags: number): void {
    if (!space.vague.delete(keyOf(vma))) return;
    this.run(task, this.#kernel.vmFlagsClear(pointerOf(vma), this.flagsOf(vma) & ~flags));
    this.run(task, this.#kernel.vmFlagsSet(pointerOf(vma), flags));
  }

  /**
   * The edges between VMAs that cover [start, end) as `wanted` says: split and joined as the kernel did it by what nobody
   * has told of them, VM_ACCOUNT among it. False, with nothing changed, where more than edges differs.
   */
  reshape(
    task: Task,
    space: Space,
    start: number,
    end: number,
    wanted: readonly { start: number; end: number }[],
  ): boolean {
    const inside = space.areas(this.#model).filter((area) => area.start < end && start < area.end);
    if (!sameCover(inside, wanted)) return false;
    for (const { start: from, end: to } of wanted) {
      const parts = inside.filter((area) => area.start < to && from < area.end);
      if (parts.some((area) => this.flagsOf(area) !== this.flagsOf(parts[0]!))) return false;
      if (!this.#canBeOne(parts)) return false;
    }
    for (const { start: from, end: to } of wanted) {
      this.#splitAt(task, space, from);
      this.#splitAt(task, space, to);
      const [first, ...rest] = space.areas(this.#model).filter((area) => area.start < to && from < area.end);
      for (const area of rest) {
        const removed = { removed: pointerOf(area), adjusted: null, source: null };
        this.run(task, this.#kernel.vmaResize(pointerOf(first!), from, area.end, removed));
      }
    }
    return true;
  }

  /** Whether VMAs there cannot be one in the model: it made up the anon_vma of one of them, or where its pages count from. */
  cannotBeOne(space: Space, start: number, end: number): boolean {
    return !this.#canBeOne(space.areas(this.#model).filter((area) => area.start < end && start < area.end));
  }

  #canBeOne(areas: readonly TreeEntry[]): boolean {
    const { table } = this.#model;
    const slots = new Set(areas.map(({ vma }) => table.get(vmaAnonVma.of(vma))));
    slots.delete(null);
    const origins = areas.map(({ vma, start }) => table.get(vmaSlot.of(vma)).pgoff - start / PAGE_SIZE);
    return slots.size <= 1 && new Set(origins).size <= 1;
  }

  /** Without a change of flags: both halves are as they were. */
  #splitAt(task: Task, space: Space, address: number): { readonly lower: VmaPtr; readonly upper: VmaPtr } | undefined {
    const area = space.areas(this.#model).find((one) => one.start < address && address < one.end);
    if (area === undefined) return undefined;
    const upper = this.run(task, this.#kernel.splitVmaAt(pointerOf(area), address));
    if (upper === null || typeof upper === "number") return undefined;
    if (space.vague.has(keyOf(area))) space.vague.add(keyOf(upper));
    return { lower: pointerOf(area), upper };
  }

  /** What mprotect splits has other flags on one side, and nobody knows on which. */
  #cutAt(task: Task, space: Space, address: number): void {
    const halves = this.#splitAt(task, space, address);
    if (halves === undefined) return;
    this.#blur(task, space, halves.lower);
    this.#blur(task, space, halves.upper);
  }

  #blur(task: Task, space: Space, vma: VmaPtr): void {
    space.vague.add(keyOf(vma));
    this.run(task, this.#kernel.vmFlagsSet(pointerOf(vma), ANY));
  }

  /** fork write-locks the parent's VMA, whatever it does with it. */
  #forkLocks(task: Task, vma: VmaPtr): void {
    if (this.#kernel.knobs.forkVw) this.run(task, this.#kernel.vmaStartWrite(pointerOf(vma)));
  }

  #limit(space: Space): void {
    if (space.areas(this.#model).length < LIMITS.areas) return;
    throw new ImportError("E_IMPORT_LIMIT", `an address space of the trace has more than ${LIMITS.areas} areas.`);
  }

  /** The VMA there may have its anon_vma by now. The task has the lock. */
  giveAnonVma(task: Task, space: Space, address: number): void {
    const area = space.areaAt(this.#model, address);
    if (area !== undefined) this.#model.must(task.id, "__anon_vma_prepare", [pointerOf(area)]);
  }

  /** The same, where it may be one VMA with others of which nobody is sure: then it has their anon_vma, if they have one. */
  shareAnonVma(task: Task, space: Space, address: number): void {
    const area = space.areaAt(this.#model, address);
    if (area === undefined || this.hasAnonVma([area])) return;
    const like = space
      .areas(this.#model)
      .find((one) => space.unsure.meets(one.start, one.end) && this.hasAnonVma([one]));
    if (like === undefined) this.giveAnonVma(task, space, address);
    else this.run(task, this.#underAnonVma(like, step("anon_vma_clone", pointerOf(area), pointerOf(like))));
  }

  /** A step under the lock of the VMA's anon_vma, where it has one: rmap does not look meanwhile. */
  *#underAnonVma<R extends Value>({ vma }: VmaPtr, change: Steps<R>): Steps<R> {
    const slot = this.#model.table.get(vmaAnonVma.of(vma));
    if (slot === null) return yield* change;
    const lock = anonVmaLock(this.#model.table.get(anonVma.of(slot)).root);
    yield* this.#kernel.downWrite(lock);
    const result = yield* change;
    yield* this.#kernel.upWrite(lock);
    return result;
  }

  /**
   * Runs a procedure to its end, as a task that has nobody to wait for. Null where it has all the same: it is left there,
   * for it would ask again and again.
   */
  run<R extends Value>(task: Task, steps: Steps<R>): R | null {
    const run = new Coroutine(steps, NONE);
    for (let next = run.pending; next?.kind === "step"; next = run.pending) {
      const outcome = this.#model.run(task.id, next.op, next.args);
      if (outcome.status !== "done") {
        this.#model.differ(next.op, outcome);
        letGo(this.#model, task.id);
        return null;
      }
      run.resume(outcome.result);
    }
    return run.result as R | null;
  }
}

/** Whether two lists of ranges, in order, cover the same addresses. */
function sameCover(
  a: readonly { start: number; end: number }[],
  b: readonly { start: number; end: number }[],
): boolean {
  const joined = (list: readonly { start: number; end: number }[]): string => {
    const all = new Ranges();
    for (const { start, end } of list) all.add(start, end);
    return JSON.stringify(all.list);
  };
  return joined(a) === joined(b);
}

/** A tree's entry, or any other pointer, as a pointer and nothing else. */
export function pointerOf({ vma, gen }: VmaPtr): VmaPtr {
  return { vma, gen };
}

function keyOf({ vma, gen }: VmaPtr): string {
  return `${vma}#${gen}`;
}
