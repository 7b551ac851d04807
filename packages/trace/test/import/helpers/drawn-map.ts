/** What a line does to the map of the window, as far as its text tells. */
export interface Store {
  readonly pid: string;
  readonly start: number;
  readonly end: number;
  readonly vma: string;
}

const PAGE = 4096;
const PAGES = 64;
/** The window in which the traced program lives. */
export const WINDOW_START = 0x1000_0000_0000;
export const WINDOW_END: number = WINDOW_START + PAGES * PAGE;

const STORE = /-(\d+) .*: ma_write: mas_store(?:_prealloc)?\t.* range:(\d+)-(\d+) .* val (\w+)$/;
const FREE = /: kmem_cache_free: .* ptr=(\w+) name=vm_area_struct/;

/** The store of a VMA that meets the window, if the line is one. */
export function storeOf(line: string): Store | undefined {
  const [, pid, first, last, vma] = STORE.exec(line) ?? [];
  if (pid === undefined) return undefined;
  const [start, end] = [Number(first), Number(last) + 1];
  return start < WINDOW_END && WINDOW_START < end ? { pid, start, end, vma: vma! } : undefined;
}

/** The line of a store, with another range: none that would be empty. */
export function withRange(line: string, start: number, end: number): string | undefined {
  return start < end ? line.replace(/range:\d+-\d+/, `range:${start}-${end - 1}`) : undefined;
}

/** The window page by page, as stores and frees leave it: drawn anew by each line, whoever wrote it. */
export class DrawnMap {
  readonly #pages: (Store | undefined)[] = Array.from({ length: PAGES });

  line(text: string): void {
    const store = storeOf(text);
    const freed = FREE.exec(text)?.[1];
    for (const [page, there] of this.#pages.entries()) {
      const at = WINDOW_START + page * PAGE;
      if (store !== undefined && store.start <= at && at < store.end) this.#pages[page] = store;
      else if (freed !== undefined && there?.vma === freed) this.#pages[page] = undefined;
    }
  }

  /** Whether the VMA lies where this store has put it, whole. */
  has({ start, end, vma }: Store): boolean {
    return this.#pages.every((there, page) => {
      const at = WINDOW_START + page * PAGE;
      return at < start || end <= at || (there?.vma === vma && there.start === start && there.end === end);
    });
  }

  /** Where VMAs begin (`[`), go on (`=`), and where none is (`.`). */
  get edges(): string {
    return this.#pages
      .map((store, page) => (store === undefined ? "." : page > 0 && store === this.#pages[page - 1] ? "=" : "["))
      .join("");
  }
}
