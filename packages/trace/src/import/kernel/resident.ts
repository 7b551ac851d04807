import { file, PAGE_SIZE, pageCache, type PagePtr, presentPte, pteAt, TABLE_SPAN, vmaSlot } from "@faultline/mm";
import { isFromUser, type RssType, type TraceEvent } from "../line/trace-event.ts";
import type { Space } from "../world/space.ts";
import type { Task } from "../world/task.ts";
import type { Areas } from "./areas.ts";
import type { Shared } from "./shared.ts";

type Rss = Extract<TraceEvent, { kind: "rss" }>;
type Where = { readonly inode: number; readonly index: number; readonly address: number };

/** How much fault-around maps at once, in bytes. mm/memory.c, fault_around_pages */
const AROUND = 16 * PAGE_SIZE;
const MADV_PAGEOUT = 21;

/** Pages that went without a call or fault that says so. */
interface Vanishing {
  readonly space: Space;
  readonly type: RssType;
  /** What may be among them. */
  readonly candidates: readonly Where[];
  count: number;
}

/**
 * What rss_stat tells of pages: how many a fault maps around itself, and that reclaim or truncation took some, which
 * reach page tables by rmap, without any lock of the mm.
 */
export class Resident {
  readonly #s: Shared;
  readonly #areas: Areas;
  /** By the task that takes them. */
  readonly #vanishing = new Map<Task, Vanishing>();
  /** Whether the task is in a fault, of a page that is known or not. */
  readonly #faulting = new Set<Task>();
  readonly #byNumber = new Map<number, Space>();

  constructor(shared: Shared, areas: Areas) {
    this.#s = shared;
    this.#areas = areas;
  }

  /** Each line of a task, before anything is done about it. */
  line(task: Task, event: TraceEvent): void {
    if (event.kind === "rss") return;
    if (isFromUser(event) || event.kind === "kernel_fault" || event.kind === "sys_exit") {
      this.#vanishing.delete(task);
      this.#faulting.delete(task);
    }
    if (event.kind === "fault" || event.kind === "kernel_fault") this.#faulting.add(task);
  }

  /** rss_stat: bytes of a kind that an mm maps now. */
  rss(task: Task, event: Rss): void {
    const space = this.#spaceOf(task, event);
    if (space === undefined) return;
    const before = space.rss.get(event.type);
    space.rss.set(event.type, event.size);
    if (before === undefined || event.size >= before) return;
    if (space.lost || this.#faulting.has(task)) return;
    const { call } = task;
    const pageout = call?.name === "madvise" && call.args[2] === MADV_PAGEOUT ? call.args : undefined;
    // Whoever has the lock, or is in another call, takes what the model takes as well.
    if (pageout === undefined && (call !== undefined || task.holds.size > 0)) return;
    const [from = 0, length = Infinity] = pageout ?? [];
    this.#vanish(task, space, event.type, (before - event.size) / PAGE_SIZE, from, from + length);
  }

  /**
   * A fault is about to read a file, and the trace shows how much more is mapped after it: so much of what lies around the
   * address is in the page cache, whoever read it.
   */
  beforeFault(task: Task, space: Space, address: number, write: boolean, shown: TraceEvent): void {
    if (shown.kind !== "rss" || (shown.type !== "file" && shown.type !== "shmem")) return;
    const before = space.rss.get(shown.type);
    const area = space.areaAt(this.#s.model, address);
    const slot = area === undefined ? null : this.#s.model.table.get(vmaSlot.of(area.vma)).file;
    if (area === undefined || slot === null) return;
    space.fileTypes.set(slot, shown.type);
    if (write || before === undefined || shown.size - before <= PAGE_SIZE) return;
    const table = Math.floor(address / TABLE_SPAN) * TABLE_SPAN;
    const from = Math.max(area.start, table, Math.floor(address / AROUND) * AROUND);
    const end = Math.min(area.end, table + TABLE_SPAN, from + AROUND);
    const empty = this.#files(space, from, end).filter(
      ({ address: at }) => this.#s.model.table.get(pteAt(space.id, at)) === null,
    );
    const cached = empty.filter((page) => this.#cached(page));
    const mapped = (shown.size - before) / PAGE_SIZE;
    if (cached.length === mapped) return;
    if (empty.length === mapped) for (const page of empty) this.#read(task, page);
    else {
      const why = `a fault maps ${mapped} of ${empty.length} pages of a file around it`;
      for (const page of empty) space.doubts.set(page.address, why);
    }
  }

  /** SIGBUS: the file does not reach that far any more. What was taken from it of late was its tail. */
  fileEnds(task: Task, space: Space, address: number): void {
    const doubtful = this.#files(space, 0, Infinity).filter(({ address: at }) => space.doubts.has(at));
    const [first] = this.#files(space, address, address + 1);
    const taken = first === undefined ? undefined : space.lostPages.get(first.inode);
    if (first === undefined || taken === undefined) return;
    const tail = doubtful.filter(({ inode }) => inode === first.inode).sort((a, b) => b.index - a.index);
    for (const [i, page] of tail.entries()) {
      if (i < taken) this.#unmap(task, page);
      space.doubts.delete(page.address);
    }
    space.lostPages.delete(first.inode);
  }

  #spaceOf(task: Task, event: Rss): Space | undefined {
    if (event.current && task.mm !== undefined) this.#byNumber.set(event.mm, task.mm);
    return event.current ? task.mm : this.#byNumber.get(event.mm);
  }

  #vanish(task: Task, space: Space, type: RssType, count: number, from: number, end: number): void {
    const known = this.#vanishing.get(task);
    const same = known?.space === space && known.type === type;
    const now = same ? known : { space, type, candidates: this.#mapped(space, type, from, end), count: 0 };
    this.#vanishing.set(task, now);
    now.count += count;
    const { candidates } = now;
    const all = now.count >= candidates.length;
    for (const page of candidates) {
      if (all) {
        this.#unmap(task, page);
        space.doubts.delete(page.address);
      } else {
        space.doubts.set(
          page.address,
          `${now.count} of ${candidates.length} pages were taken without a call that says which`,
        );
        space.lostPages.set(page.inode, now.count);
      }
    }
    this.#s.report.inferredPages += all ? candidates.length : 0;
  }

  /** Pages of this kind that the process maps, as far as known. */
  #mapped(space: Space, type: RssType, from: number, end: number): Where[] {
    return this.#files(space, from, end).filter(({ address, inode, index }) => {
      const entry = presentPte(this.#s.model.table.get(pteAt(space.id, address)));
      const page = this.#s.model.table.get(pageCache.of(inode, index));
      const kind = space.fileTypes.get(this.#fileAt(space, address) ?? -1) ?? "file";
      return entry !== null && page !== null && entry.page === page.page && kind === type;
    });
  }

  /** Addresses at which known VMAs map files, page by page. */
  #files(space: Space, from: number, end: number): Where[] {
    const { table } = this.#s.model;
    const found: Where[] = [];
    for (const area of space.areas(this.#s.model)) {
      const vma = table.get(vmaSlot.of(area.vma));
      if (vma.file === null) continue;
      const { inode } = table.get(file.of(vma.file));
      const first = Math.max(area.start, Math.floor(from / PAGE_SIZE) * PAGE_SIZE);
      for (let address = first; address < Math.min(area.end, end); address += PAGE_SIZE) {
        found.push({ inode, index: vma.pgoff + (address - area.start) / PAGE_SIZE, address });
      }
    }
    return found;
  }

  #fileAt(space: Space, address: number): number | null {
    const area = space.areaAt(this.#s.model, address);
    return area === undefined ? null : this.#s.model.table.get(vmaSlot.of(area.vma)).file;
  }

  #cached({ inode, index }: Where): boolean {
    return this.#s.model.table.get(pageCache.of(inode, index)) !== null;
  }

  /** Somebody has read this page of the file. */
  #read(task: Task, { inode, index }: Where): void {
    if (this.#cached({ inode, index, address: 0 })) return;
    const { model } = this.#s;
    const page = model.must(task.id, "alloc_page", []) as PagePtr | null;
    if (page !== null) model.must(task.id, "filemap_add_folio", [inode, index, page]);
  }

  #unmap(task: Task, { inode, index }: Where): void {
    this.#areas.run(task, this.#s.kernel.unmapMappingPages(inode, index, 1));
  }
}
