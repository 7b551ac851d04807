import { addressOf, BINDER_LRU, lruList, type Value } from "@faultline/mm";
import { LIMITS } from "../limits.ts";
import type { PageRange, TraceEvent } from "../line/trace-event.ts";
import { Script, type ScriptKind } from "../thread/script.ts";
import type { Task } from "../world/task.ts";
import type { Shared } from "./shared.ts";

type PageLine = Extract<TraceEvent, { index: number }>;

/** What the binder driver's page allocator does, line by line. drivers/android/binder_alloc.c */
export class Binder {
  readonly #s: Shared;

  constructor(shared: Shared) {
    this.#s = shared;
  }

  /** binder_update_page_range: pages of a buffer come into use, or go to the lru. */
  updateRange(task: Task, proc: number, allocate: boolean, { first, count }: PageRange): void {
    if (count === 0) return;
    const buffer = this.#s.world.buffers.get(proc);
    if (buffer === undefined || buffer.lost || buffer.space.lost) {
      // Mapped before the trace began, or not followed any more.
      this.#s.world.lruKnown = false;
      this.#s.scripts.abandon(task, "turns to another buffer");
      task.astray = true;
      return;
    }
    const { handle, space } = buffer;
    if (first + count > Math.min(handle.pages, LIMITS.binderPages)) {
      this.#s.report.differ("ops", `${task.who} updates pages ${first} to ${first + count - 1} of ${handle.pages}`);
      task.astray = true;
      return;
    }
    const { kernel, generation } = this.#s;
    const steps = allocate
      ? kernel.binderInstall(handle, generation, first, count)
      : kernel.binderFreeBuf(handle, generation, first, count);
    const kind = allocate ? "install" : "free";
    this.#s.scripts.begin(task, new Script(kind, steps, { buffer, space }));
  }

  /** A page is allocated, put on the lru or taken off it, or about to be unmapped. */
  page(task: Task, { kind, proc, index }: PageLine): void {
    const script = this.#scriptOf(
      task,
      kind === "unmap_user_start" || kind === "unmap_user_end" ? "shrink" : undefined,
    );
    if (script === undefined) return;
    this.#s.report.compared.lruPages++;
    switch (kind) {
      case "page_start":
        this.#pass(task, "alloc_page", `allocates page ${index}`, script.index === index);
        return;
      case "alloc_lru_start":
        this.#pass(task, "list_lru_del", `takes page ${index} off the lru`, this.#isPage(script.args[1], proc, index));
        return;
      case "free_lru_start":
        this.#pass(task, "list_lru_add", `puts page ${index} on the lru`, this.#isPage(script.args[1], proc, index));
        return;
      case "unmap_user_start": {
        const buffer = this.#s.world.buffers.get(proc);
        const expected = buffer === undefined ? undefined : addressOf(buffer.handle, index);
        const right = script.op === "zap_page_range_single" && script.args[1] === expected;
        if (!right) this.#s.scripts.abandon(task, `unmaps page ${index} of ${proc}`);
        return;
      }
      case "unmap_user_end":
        if (script.op !== "mmap_read_unlock" && script.op !== "mmap_write_unlock") {
          this.#s.scripts.abandon(task, `has unmapped page ${index} of ${proc}`);
        }
    }
  }

  insertPage(task: Task, vma: string, address: number): void {
    const script = this.#scriptOf(task, "install");
    if (script === undefined) return;
    this.#s.report.compared.inserts++;
    const buffer = script.buffer!;
    buffer.vma ??= vma;
    const right = script.args[1] === address && buffer.vma === vma;
    this.#pass(task, "vm_insert_page", `inserts a page at 0x${address.toString(16)} of ${vma}`, right);
  }

  insertPageReturned(task: Task, result: number): void {
    if (this.#scriptOf(task, "install") === undefined) return;
    this.#s.report.compared.inserts++;
    this.#passReturn(task, "vm_insert_page", result);
  }

  /** A zap by the driver, or by core code in a task that is in no procedure (madvise). */
  zap(task: Task, vma: string, address: number, size: number): void {
    if (task.script === undefined) {
      this.#coreZap(task, address, size);
      return;
    }
    const script = this.#scriptOf(task, "shrink");
    if (script === undefined) return;
    this.#s.report.compared.zaps++;
    const buffer = [...this.#s.world.buffers.values()].find(({ vma: known }) => known === vma);
    const right =
      script.args[1] === address && script.args[2] === size && buffer?.space.id === mmOf(script.args[3], this.#s);
    this.#pass(task, "zap_page_range_single", `zaps 0x${size.toString(16)} bytes at 0x${address.toString(16)}`, right);
  }

  /** do_shrink_slab: `items` pages on the lru were counted, `scan` are looked at. */
  shrinkStart(task: Task, items: number, scan: number): void {
    const { world } = this.#s;
    // The lru may have pages of buffers that were mapped before the trace began: the first count tells.
    if (!world.lruConfirmed && this.#s.model.table.get(lruList.of(BINDER_LRU)).length !== items) world.lruKnown = false;
    world.lruConfirmed = true;
    if (!world.lruKnown) {
      this.#s.scripts.abandon(task, "begins a shrinker pass");
      for (const buffer of world.buffers.values()) buffer.lost = true;
      task.astray = true;
      return;
    }
    const handles = [...this.#s.world.buffers.values()].map(({ handle }) => handle);
    this.#s.scripts.begin(
      task,
      new Script("shrink", this.#s.kernel.binderShrinkScan(handles, this.#s.generation, scan)),
    );
  }

  shrinkEnd(task: Task, freed: number): void {
    const script = this.#scriptOf(task, "shrink");
    if (script === undefined) return;
    this.#s.report.compared.shrinkerStatuses++;
    this.#pass(task, "shrink_slab_end", `ends its pass with ${freed} pages freed`, script.args[0] === freed);
  }

  freePageReturned(task: Task, status: number): void {
    if (this.#scriptOf(task, "shrink") === undefined) return;
    this.#s.report.compared.shrinkerStatuses++;
    this.#passReturn(task, "binder_alloc_free_page", status);
  }

  vmaClose(task: Task, vma: string): void {
    const script = task.script;
    if (script === undefined || task.astray) return;
    const buffer = [...this.#s.world.buffers.values()].find(({ handle }) => handle.alloc === script.args[0]);
    // A buffer that was mapped before the trace began is not in the model.
    if (script.op !== "binder_vma_close" && script.space?.complete === false) return;
    const right = buffer !== undefined && (buffer.vma === undefined || buffer.vma === vma);
    this.#pass(task, "binder_vma_close", `closes ${vma}`, right);
  }

  mmputAsync(task: Task, raw: string): void {
    const script = task.script;
    // Others put references like this, too.
    if (script === undefined) return;
    const mm = script.op === "mmput_async" ? script.args[0] : undefined;
    const space = [...this.#s.world.buffers.values()].find((buffer) => buffer.space.id === mm)?.space;
    if (space !== undefined) space.raw ??= raw;
    this.#pass(task, "mmput_async", `puts its reference on ${raw}`, space?.raw === raw);
  }

  #coreZap(task: Task, address: number, size: number): void {
    const space = [...task.holds.keys()].at(-1);
    if (space === undefined || space.lost || space.broken || task.astray) return;
    this.#s.report.compared.zaps++;
    const area = space.areaAt(this.#s.model, address);
    if (area === undefined || address + size > area.end || size <= 0) {
      if (space.mapped) this.#s.report.differ("vma", `${task.who} zaps at 0x${address.toString(16)}, where no VMA is`);
      return;
    }
    const vma = { vma: area.vma, gen: area.gen };
    const script = new Script("zap", this.#s.kernel.zapPageRangeSingle(space.id, vma, address, size, null), { space });
    this.#s.scripts.begin(task, script);
    script.passed = true;
    this.#s.scripts.advance(task);
  }

  /** The task's procedure, if it is in one that may write such a line; undefined when it is not followed. */
  #scriptOf(task: Task, kind: ScriptKind | undefined): Script | undefined {
    const script = task.script;
    if (script !== undefined && (kind === undefined || script.kind === kind)) return script;
    if (script !== undefined) this.#s.scripts.abandon(task, `does what belongs to ${kind}`);
    else if (!task.astray) {
      this.#s.report.differ("ops", `${task.who} is in no procedure of the driver`);
      task.astray = true;
    }
    return undefined;
  }

  #pass(task: Task, op: string, what: string, right: boolean): void {
    const script = task.script!;
    if (script.op !== op || !right) {
      this.#s.scripts.abandon(task, what);
      return;
    }
    script.passed = true;
    this.#s.scripts.advance(task);
  }

  #passReturn(task: Task, name: string, value: number): void {
    const script = task.script!;
    const { pending } = script.coroutine;
    if (pending?.kind !== "returned" || pending.name !== name || pending.value !== value) {
      this.#s.scripts.abandon(task, `returns ${value} from ${name}`);
      return;
    }
    script.passed = true;
    this.#s.scripts.advance(task);
  }

  #isPage(item: Value | undefined, proc: number, index: number): boolean {
    const page = item as { alloc: number; index: number } | undefined;
    return page?.index === index && page.alloc === this.#s.world.buffers.get(proc)?.handle.alloc;
  }
}

/** The address space of the buffer that a driver's VMA belongs to. */
function mmOf(driver: Value | undefined, { world }: Shared): number | undefined {
  const owner = (driver as { owner?: string } | null | undefined)?.owner;
  for (const { handle } of world.buffers.values()) if (owner === `binder${handle.alloc}`) return handle.mm;
  return undefined;
}
