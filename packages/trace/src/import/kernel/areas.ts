import { VM, vmaFlags, type VmaPtr } from "@faultline/mm";
import { ImportError } from "../import-error.ts";
import { LIMITS } from "../limits.ts";
import type { Model } from "../model.ts";
import type { Space } from "../world/space.ts";
import type { Task } from "../world/task.ts";

/** Flags of a VMA of which the trace tells nothing: any access is allowed. */
const ANY: number = VM.READ | VM.WRITE | VM.EXEC | VM.MAYREAD | VM.MAYWRITE | VM.MAYEXEC;

/** Changes an address space's VMAs by the steps of the model, where the trace shows the change and not the call. */
export class Areas {
  readonly #model: Model;

  constructor(model: Model) {
    this.#model = model;
  }

  /** A new VMA. Without flags it is vague. */
  add(task: Task, space: Space, start: number, end: number, flags?: number): void {
    if (space.areas(this.#model).length >= LIMITS.areas) {
      throw new ImportError("E_IMPORT_LIMIT", `an address space of the trace has more than ${LIMITS.areas} areas.`);
    }
    const vma = this.#model.must(task.id, "vm_area_alloc", [space.id, start, end, flags ?? ANY, 0]) as VmaPtr | null;
    if (vma === null) return;
    this.#model.must(task.id, "vma_iter_store", [vma]);
    if (flags === undefined) space.vague.add(keyOf(vma));
  }

  /**
   * Makes [start, end) one VMA, splitting what it cuts and joining what it covers, as mprotect, brk and merges do.
   * Its flags, and those of what was split off, are vague from now on.
   */
  store(task: Task, space: Space, start: number, end: number): void {
    this.#splitAt(task, space, start);
    this.#splitAt(task, space, end);
    const inside = space.areas(this.#model).filter((area) => area.start < end && start < area.end);
    const [first] = inside;
    if (first !== undefined && inside.length === 1 && first.start === start && first.end === end) return;
    const flags = first === undefined ? undefined : this.flagsOf(first);
    this.erase(task, space, start, end);
    this.add(task, space, start, end, flags);
    const area = space.areaAt(this.#model, start);
    if (area !== undefined) this.#blur(task, space, area);
  }

  /** Takes [start, end) out, without looking at who would close it. */
  erase(task: Task, space: Space, start: number, end: number): void {
    this.#splitAt(task, space, start);
    this.#splitAt(task, space, end);
    const gone = this.#model.must(task.id, "vma_iter_clear", [space.id, start, end]) as readonly VmaPtr[] | null;
    for (const vma of gone ?? []) {
      space.vague.delete(keyOf(vma));
      this.#model.must(task.id, "vm_area_free", [vma]);
    }
  }

  flagsOf({ vma }: VmaPtr): number {
    return this.#model.table.get(vmaFlags.of(vma));
  }

  isVague(space: Space, vma: VmaPtr): boolean {
    return space.vague.has(keyOf(vma));
  }

  /** What the trace shows of a vague VMA's flags. Its task holds the lock for writing. */
  adopt(task: Task, space: Space, vma: VmaPtr, flags: number): void {
    if (space.vague.has(keyOf(vma))) this.#model.must(task.id, "vm_flags_mod", [pointerOf(vma), flags, 0]);
  }

  #splitAt(task: Task, space: Space, address: number): void {
    const area = space.areas(this.#model).find((one) => one.start < address && address < one.end);
    if (area === undefined) return;
    const upper = this.#model.must(task.id, "__split_vma", [pointerOf(area), address]) as VmaPtr | null;
    this.#blur(task, space, area);
    if (upper !== null) this.#blur(task, space, upper);
  }

  #blur(task: Task, space: Space, vma: VmaPtr): void {
    space.vague.add(keyOf(vma));
    this.#model.must(task.id, "vm_flags_mod", [pointerOf(vma), ANY, 0]);
  }
}

/** A tree's entry, or any other pointer, as a pointer and nothing else. */
export function pointerOf({ vma, gen }: VmaPtr): VmaPtr {
  return { vma, gen };
}

function keyOf({ vma, gen }: VmaPtr): string {
  return `${vma}#${gen}`;
}
