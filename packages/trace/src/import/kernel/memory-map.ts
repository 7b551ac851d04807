import { MAP, PAGE_SIZE, type Steps, type Value, VM, type VmaPtr, vmaSlot } from "@faultline/mm";
import type { TraceEvent, TraceLine } from "../line/trace-event.ts";
import { refusalOf } from "../thread/refusal.ts";
import { Script } from "../thread/script.ts";
import type { Space } from "../world/space.ts";
import type { Task } from "../world/task.ts";
import { Areas } from "./areas.ts";
import { mappedByBinder } from "./binder-evidence.ts";
import { type PlannedCall, planCall } from "./call-plan.ts";
import type { Forks } from "./forks.ts";
import { forks } from "./judge.ts";
import type { Shared } from "./shared.ts";
import { UNJUDGED } from "./unjudged.ts";

type MergedRange = { readonly start: number; readonly end: number; readonly flags: number };
type Store = Extract<TraceEvent, { kind: "store" }>;

/** mmap and munmap, with their arguments; and every other change of a memory map, by its stores. */
export class MemoryMap {
  readonly #s: Shared;
  readonly #areas: Areas;
  readonly #forks: Forks;
  /** What mmap's procedure must store next, by task. */
  readonly #storing = new Map<Task, { readonly start: number; readonly end: number }>();

  constructor(shared: Shared, forks: Forks) {
    this.#s = shared;
    this.#areas = new Areas(shared.model, shared.kernel);
    this.#forks = forks;
    shared.scripts.beforeDowngradeCheck = (task, [, end]) => this.#learnStack(task, end as number);
    shared.scripts.beforeMergeCheck = (task, [range]) => this.#learnNeighbours(task, range as MergedRange);
  }

  /** Whether changes are held against the trace store by store: by kernels of which every one leaves a line. */
  get byStores(): boolean {
    return this.#s.kernel.knobs.vmaSlab !== "typesafe";
  }

  /** The entry of a system call: mmap and munmap are played, others change the map by their stores. */
  enter(task: Task, args: readonly number[], call: PlannedCall, line: TraceLine): void {
    const { name } = call;
    task.call = { name, args, result: null };
    task.call.unjudged = this.#begin(task, args, call, line);
  }

  /** Begins to play it. Why its result will not be judged, if that is known now. */
  #begin(task: Task, args: readonly number[], call: PlannedCall, line: TraceLine): string | undefined {
    const space = task.mm!;
    const [start = 0, length = 0] = args;
    switch (call.name) {
      case "mmap":
        return this.#mmap(task, space, args, call, line);
      case "munmap": {
        const steps = this.#s.kernel.sysMunmap(space.id, call.registers[0]!, call.registers[1]!);
        const refused = refusalOf(this.#s.kernel.sysMunmap(space.id, call.registers[0]!, call.registers[1]!));
        if (refused === undefined && !this.#covers(space, start, start + length)) {
          this.#loseBuffer(space, start, start + length);
          return UNJUDGED.memory;
        }
        this.#play(task, space, "munmap", steps);
        return undefined;
      }
      default:
        return forks(call.name) ? UNJUDGED.child : UNJUDGED.stores;
    }
  }

  /** The entry of mmap. Where it will map, and what for, the trace tells later. */
  #mmap(task: Task, space: Space, args: readonly number[], call: PlannedCall, line: TraceLine): string | undefined {
    const start = call.evidence.result;
    if (start === undefined) return UNJUDGED.endless;
    if (start < 0) return this.#failingMmap(task, space, call);
    if (start % PAGE_SIZE !== 0) return undefined;
    const length = Math.ceil(args[1]! / PAGE_SIZE) * PAGE_SIZE;
    const end = start + length;
    const stored = storeBefore(line);
    if (stored === undefined && !space.complete) return UNJUDGED.memory;
    const flags = flagsOf(args);
    const binder = isFile(args) && mappedByBinder(line, task, start);
    const place = (args[3]! & (MAP.FIXED | MAP.FIXED_NOREPLACE)) === 0 ? UNJUDGED.place : undefined;
    const merges = stored !== undefined && (stored.start !== start || stored.end !== end);
    if (merges && !space.complete) return UNJUDGED.memory;
    this.#storing.set(task, stored ?? { start, end });
    let owner = "";
    if (binder) owner = this.#openBinder(task, space, start, length / PAGE_SIZE);
    const mapping = { start, length, flags, ops: binder ? "binder" : opsOf(args), owner };
    this.#play(task, space, "mmap", this.#s.kernel.mmap(space.id, mapping));
    return place;
  }

  /** One that its registers alone make fail is played; another may have found no room. */
  #failingMmap(task: Task, space: Space, call: PlannedCall): string | undefined {
    const plan = planCall(this.#s.kernel, space, call);
    if ("unplayed" in plan) return plan.unplayed;
    if (plan.ranges.length > 0 && !space.complete) return UNJUDGED.memory;
    this.#play(task, space, "mmap", plan.steps);
    return undefined;
  }
  /** A VMA, or nothing, is stored in a range. */
  store(task: Task, event: Store): void {
    const { start, end, erase } = event;
    this.#draw(task, event);
    if (task.fork !== undefined && task.holds.get(task.fork.child) === "write") {
      this.#forks.store(task, start, end);
      return;
    }
    const space = [...task.holds].findLast(([, mode]) => mode === "write")?.[0];
    if (space === undefined && task.early) return;
    if (space === undefined) {
      const growing = [...task.holds.keys()].at(-1);
      // Before 6.5 a stack grows under the read lock, which the model has no step for.
      if (growing !== undefined && this.#growsStack(growing, event)) growing.lost = true;
      else this.#s.report.differ("vma", `${task.who} stores ${range(start, end)} without an mmap_lock for writing`);
      return;
    }
    if (space.lost || space.broken || task.astray || !this.byStores) return;
    this.#s.report.compared.areas++;
    if (task.script !== undefined) this.#storeOf(task, task.script, event);
    else if (erase) this.#areas.erase(task, space, start, end);
    else this.#areas.store(task, space, start, end);
  }

  /** What the trace stores is drawn where the task holds the lock for writing; munmap's side tree starts at 0. */
  #draw(task: Task, { start, end, vma, erase }: Store): void {
    this.#s.world.storesSeen = true;
    const space = [...task.holds].findLast(([, mode]) => mode === "write")?.[0];
    if (start % PAGE_SIZE === 0 && end % PAGE_SIZE === 0) space?.shadow.store(start, end, vma, erase);
  }

  /** A VMA goes back to its slab. */
  freed(task: Task, vma: string): void {
    const space = [...task.holds.keys()].at(-1);
    space?.shadow.free(vma);
  }

  #storeOf(task: Task, script: Script, { start, end, erase }: Store): void {
    const wanted = erase ? task.cleared : this.#stores(task, script);
    if (wanted?.start !== start || wanted.end !== end) {
      const expected = wanted === undefined ? "nothing" : range(wanted.start, wanted.end);
      const what = erase ? "takes out" : "stores";
      this.#s.scripts.drop(task);
      this.#s.report.differ("vma", `${task.who} ${what} ${range(start, end)}; the model's ${script.kind} ${expected}`);
    } else if (!erase) {
      if (script.op !== "vma_iter_store" && script.op !== "commit_merge")
        this.#s.scripts.abandon(task, `stores ${range(start, end)}`);
      script.passed = true;
      this.#s.scripts.advance(task);
    }
  }

  /** What the procedure is about to store: a VMA, or what one becomes that takes in its neighbours. */
  #stores(task: Task, { op, args }: Script): { readonly start: number; readonly end: number } | undefined {
    if (op === "commit_merge") return { start: args[1] as number, end: args[2] as number };
    if (op === "vma_iter_store") return this.#s.model.table.get(vmaSlot.of((args[0] as VmaPtr).vma));
    return this.#storing.get(task);
  }

  #play(task: Task, space: Space, kind: "mmap" | "munmap", steps: Steps<number>): void {
    const call = task.call!;
    call.result = undefined;
    const onDone = (result: Value): void => {
      call.result = result as number;
      this.#storing.delete(task);
    };
    this.#s.scripts.begin(task, new Script(kind, steps, { space, onDone }));
  }

  /** binder_open, which the trace does not show. Returns the owner of the mapping to come. */
  #openBinder(task: Task, space: Space, start: number, pages: number): string {
    const alloc = this.#s.model.must(task.id, "binder_open", [space.id, "binder", pages]) as number;
    const handle = { alloc, mm: space.id, ops: "binder", start, pages };
    const buffer = { handle, space, vma: undefined, lost: false };
    space.binder = buffer;
    this.#s.world.buffers.set(task.lastLine?.tgid ?? task.pid, buffer);
    return `binder${alloc}`;
  }

  /** An mmap that stores more than it maps shows that its neighbours are like what it maps, if nothing else is known of them. */
  #learnNeighbours(task: Task, { start, end, flags }: MergedRange): void {
    const space = task.mm;
    const stored = this.#storing.get(task);
    if (space === undefined || stored === undefined) return;
    for (const area of space.areas(this.#s.model)) {
      const joined = (area.end === start && stored.start < start) || (area.start === end && end < stored.end);
      if (joined) this.#areas.settle(task, space, area, flags);
    }
  }

  /** A munmap that does not downgrade shows that the next area above is a stack, if nothing else is known of it. */
  #learnStack(task: Task, end: number): void {
    const space = task.mm;
    const next = space?.areas(this.#s.model).find((area) => area.start >= end);
    if (space === undefined || next === undefined || !this.#areas.isVague(space, next)) return;
    for (let line = task.lastLine?.nextOfTask; line !== undefined; line = line.nextOfTask) {
      const { event } = line;
      const kept = (event.kind === "lock_released" && event.write) || event.kind === "vma_close";
      if (kept) this.#areas.adopt(task, space, next, VM.GROWSDOWN);
      if (kept || event.kind === "lock_released" || event.kind === "lock_got" || event.kind === "sys_exit") return;
    }
  }

  /** What an munmap that is not followed leaves of a binder buffer is not known. */
  #loseBuffer({ binder }: Space, start: number, end: number): void {
    if (binder === undefined) return;
    const { handle } = binder;
    if (start < handle.start + handle.pages * PAGE_SIZE && handle.start < end) this.#s.world.lose(binder);
  }

  /** Whether what munmap will do is known: all VMAs are, or there is one at each page and no other matters. */
  #covers(space: Space, start: number, end: number): boolean {
    if (space.complete) return true;
    if (this.#s.kernel.knobs.munmapDowngrade === "unless-next-to-stack") return false;
    let upTo = start;
    for (const area of space.areas(this.#s.model)) if (area.start <= upTo) upTo = Math.max(upTo, area.end);
    return upTo >= end;
  }

  #growsStack(space: Space, { start, end, erase }: Store): boolean {
    return !erase && space.areas(this.#s.model).some((area) => area.end === end && start < area.start);
  }
}

/** What the call stores, as far as the trace has been read ahead. */
function storeBefore(entry: TraceLine): { start: number; end: number } | undefined {
  for (let line = entry.nextOfTask; line !== undefined; line = line.nextOfTask) {
    const { event } = line;
    if (event.kind === "store" && !event.erase) return { start: event.start, end: event.end };
    if (event.kind === "sys_exit" || event.kind === "sys_enter") return undefined;
  }
  return undefined;
}

/** A file's VMA, or shared memory, has vm_ops of its own; which ones nobody asks. */
function opsOf(args: readonly number[]): string {
  return isFile(args) || (args[3]! & MAP.SHARED) !== 0 ? "file" : "";
}

function isFile([, , , flags = 0]: readonly number[]): boolean {
  return (flags & MAP.ANONYMOUS) === 0;
}

function flagsOf([, , prot = 0, flags = 0]: readonly number[]): number {
  let vm = prot & (VM.READ | VM.WRITE | VM.EXEC);
  if ((flags & MAP.SHARED) !== 0) vm |= VM.SHARED;
  if ((flags & MAP.GROWSDOWN) !== 0) vm |= VM.GROWSDOWN;
  return vm;
}

function range(start: number, end: number): string {
  return `[0x${start.toString(16)}, 0x${end.toString(16)})`;
}
