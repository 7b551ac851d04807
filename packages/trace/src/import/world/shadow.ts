/** A VMA of the kernel's, by the pointer that its slab events and stores name. */
export interface ShadowArea {
  readonly start: number;
  readonly end: number;
  readonly vma: string;
}

/**
 * The memory map as the trace's own stores and slab events draw it: what is stored takes the place of what stood there,
 * and a VMA that is freed is gone. Erasures of whole VMAs leave no line of their own (maple_tree.c, an exact fit of NULL),
 * but their VMA is freed before the lock is let go of.
 */
export class Shadow {
  #areas: ShadowArea[] = [];

  store(start: number, end: number, vma: string, erase: boolean): void {
    const kept = this.#areas.flatMap((area) => {
      if (area.end <= start || end <= area.start) return [area];
      const left = { ...area, end: Math.min(area.end, start) };
      const right = { ...area, start: Math.max(area.start, end) };
      return [left, right].filter((part) => part.start < part.end);
    });
    // A VMA that was stored before in another place has moved its edge.
    if (!erase) kept.push({ start, end, vma });
    this.#areas = kept.sort((a, b) => a.start - b.start);
  }

  free(vma: string): void {
    if (this.#areas.some((area) => area.vma === vma)) this.#areas = this.#areas.filter((area) => area.vma !== vma);
  }

  /** What lies in [start, end), whole or in part. */
  within(start: number, end: number): ShadowArea[] {
    return this.#areas.filter((area) => area.start < end && start < area.end);
  }
}
