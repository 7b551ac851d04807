import { PAGE_SIZE, type Steps, type Value } from "@faultline/mm";
import { registersOf, type SyscallName } from "../line/syscall-lines.ts";
import type { TraceEvent, TraceLine } from "../line/trace-event.ts";
import { Script } from "../thread/script.ts";
import { type Range, Ranges } from "../world/ranges.ts";
import type { Space } from "../world/space.ts";
import type { Call, Task } from "../world/task.ts";
import type { Areas } from "./areas.ts";
import { type CallEvidence, evidenceOf } from "./call-evidence.ts";
import { excuseOf } from "./call-excuse.ts";
import { planCall } from "./call-plan.ts";
import { freshOf, meet, staleOf, whole } from "./call-ranges.ts";
import { forks, judge, type Judgement } from "./judge.ts";
import { KnownAreas } from "./known-areas.ts";
import type { MemoryMap } from "./memory-map.ts";
import type { Shared } from "./shared.ts";
import { UNJUDGED } from "./unjudged.ts";

type Entry = Extract<TraceEvent, { kind: "sys_enter" }>;

/**
 * System calls: the model's procedure is played where all that it looks at is known, and its result and the memory map
 * that it leaves are held against the trace's. Where something is not known, neither is what the call leaves.
 */
export class Calls {
  readonly #s: Shared;
  readonly #memory: MemoryMap;
  readonly #areas: Areas;
  readonly #known: KnownAreas;
  /** What the followed call of a task may have changed. */
  readonly #touched = new Map<Task, readonly Range[]>();
  /** What a call that is not followed may have changed. */
  readonly #stale = new Map<Task, readonly Range[]>();

  constructor(shared: Shared, memory: MemoryMap, areas: Areas) {
    this.#s = shared;
    this.#memory = memory;
    this.#areas = areas;
    this.#known = new KnownAreas(shared, areas);
  }

  enter(task: Task, { name, args, exact }: Entry, line: TraceLine): void {
    this.#touched.delete(task);
    this.#stale.delete(task);
    const space = task.mm;
    if (space === undefined || space.lost) {
      task.call = { name, args, result: null, unjudged: UNJUDGED.lost };
      return;
    }
    const evidence = evidenceOf(line, name);
    const call = { name, registers: registersOf(args, exact), evidence };
    if (this.#memory.byStores) {
      this.#memory.enter(task, args, call, line);
      return;
    }
    const plan = forks(name) ? { unplayed: UNJUDGED.child } : planCall(this.#s.kernel, space, call);
    const fresh = name === "mremap" && this.#hasHole(space, args) ? [] : freshOf(name, args, evidence.result);
    if ("unplayed" in plan) task.call = { name, args, result: null, unjudged: plan.unplayed };
    else if (!knows(space.knownTo(task), plan.ranges, fresh, evidence)) {
      task.call = { name, args, result: null, unjudged: UNJUDGED.memory };
    } else {
      const excuse = excuseOf(this.#s.model, space, name, args, evidence);
      const { ranges, place } = plan;
      task.call = { name, args, result: undefined, unjudged: place, excuse, ranges, fresh };
      this.#play(task, space, task.call, plan.steps);
      return;
    }
    this.#lose(task, space, name, args, evidence);
  }

  /** Where nothing is mapped nothing moves, and what was there stays: mremap of several VMAs at once. mm/mremap.c */
  #hasHole(space: Space, [from = 0, length = 0]: readonly number[]): boolean {
    const mapped = new Ranges().with(space.areas(this.#s.model).map(({ start, end }): Range => [start, end]));
    return !mapped.covers(...whole(from, length));
  }

  /** The return of a system call: what the model's procedure returned. */
  returned(task: Task, name: SyscallName, result: number): void {
    const { call } = task;
    task.call = undefined;
    this.#touched.delete(task);
    this.#stale.delete(task);
    task.mm?.coming.delete(task);
    if (name === "mmap" && result >= 0 && result % PAGE_SIZE !== 0) {
      this.#s.report.differ("ops", `mmap of ${task.who} returns ${result}, which is no page's address`);
      return;
    }
    if (call?.name !== name) {
      this.#returnedElsewhere(task, name, result);
      return;
    }
    this.#s.ops?.call(task.pid, name, call.args, result);
    const made = forks(name) && call.result !== null;
    const { unjudged, differs } = made
      ? this.#judgePid(task, call, result)
      : judge(this.#s.report, task.who, call, result);
    if (differs && call.excuse !== undefined) this.#giveUp(task, call);
    this.#s.onSyscall?.({ task: task.pid, line: this.#s.report.line, name, args: call.args, result, unjudged });
  }

  /** A call of which the trace does not show the beginning; a child's first return is that of its parent's call. */
  #returnedElsewhere(task: Task, name: SyscallName, result: number): void {
    const { report } = this.#s;
    if (!task.starting || !forks(name)) {
      report.unjudge(UNJUDGED.begun);
      return;
    }
    task.starting = false;
    judge(report, task.who, { name, args: [], result: 0 }, result);
  }

  /** A parent gets its child's pid: by the number of its own namespace, where that is another. */
  #judgePid(task: Task, call: Call, result: number): Judgement {
    const { report, world } = this.#s;
    if (call.result === result) world.pidsAgree = true;
    const excuse = result > 0 && !world.pidsAgree ? UNJUDGED.namespace : undefined;
    return judge(report, task.who, { ...call, excuse }, result);
  }

  /** The model's call did what the kernel's did not, for a reason that the trace does not show. */
  #giveUp(task: Task, { ranges = [] }: Call): void {
    if (task.script !== undefined) this.#s.scripts.drop(task);
    for (const [start, end] of ranges) task.mm?.known.remove(start, end);
  }

  /** A task is about to let go of the lock: the map is as the call leaves it, and what it took out is freed. */
  released(task: Task, space: Space, write: boolean): void {
    const touched = this.#touched.get(task);
    if (write && this.#isUnseen(task, space)) space.forget();
    for (const [start, end] of touched ?? []) this.#known.spread(space, start, end);
    if (touched !== undefined) this.#learn(space, task.call?.fresh ?? []);
    if (touched !== undefined && this.#s.world.storesSeen && !space.undrawn)
      this.#known.compare(task, space, touched, write);
    if (write) this.#known.mayHaveJoined(task, space);
    if (write) this.downgraded(task, space);
  }

  /** What a call has put in place is known, but for what others that are not followed may have changed since. */
  #learn(space: Space, fresh: readonly Range[]): void {
    for (const [start, end] of fresh) space.known.add(start, end);
    for (const other of space.members) {
      for (const [start, end] of this.#stale.get(other) ?? []) space.known.remove(start, end);
    }
  }

  /** A task is about to stop having the lock alone: what the call may have changed is changed. */
  downgraded(task: Task, space: Space): void {
    space.coming.delete(task);
    // Of a call that began before the trace nobody knows what it is.
    const unseen = task.early && task.call === undefined && !this.#memory.byStores && !space.dead;
    const stale = unseen ? space.known.list.map(({ start, end }): Range => [start, end]) : this.#stale.get(task);
    for (const [start, end] of stale ?? []) {
      this.#areas.forget(task, space, start, end);
      space.unlearn(start, end);
      this.#known.mayStayJoined(task, space, start, end);
    }
    this.#stale.delete(task);
    this.#overtake(task, space, stale ?? []);
  }

  /** Whether the lock was had for something that the trace shows neither the call of nor the stores. */
  #isUnseen(task: Task, space: Space): boolean {
    if (task.call !== undefined || task.script !== undefined || task.fork?.child === space) return false;
    return !this.#memory.byStores && !this.#s.world.storesSeen;
  }

  #play(task: Task, space: Space, call: Call, steps: Steps<number>): void {
    const { name, excuse, ranges = [], fresh = [] } = call;
    const touched = [...ranges, ...fresh];
    if (name === "mmap") for (const [start, end] of fresh) space.unsure.remove(start, end);
    if (name === "mremap") this.#carry(space, call);
    space.coming.set(
      task,
      fresh.filter(([start, end]) => !space.known.covers(start, end)),
    );
    for (const [start, end] of touched) space.known.add(start, end);
    // madvise changes no map, and may read it while an munmap that has downgraded frees what it took out.
    if (name !== "madvise") this.#touched.set(task, touched);
    const onDone = (result: Value): void => {
      call.result = result as number;
    };
    const excused =
      excuse === undefined
        ? undefined
        : (): void => {
            call.unjudged = excuse;
            this.#giveUp(task, call);
          };
    this.#s.scripts.begin(task, new Script("call", steps, { space, onDone, paced: true, label: name, excused }));
  }

  /** mremap takes what VMAs are along. */
  #carry(space: Space, { args: [from = 0, length = 0], ranges = [], fresh = [] }: Call): void {
    const [start, end] = whole(from, length);
    if (!space.unsure.meets(start, end)) return;
    for (const [to, upTo] of [...ranges, ...fresh]) space.unsure.add(to, upTo);
  }

  /** The call is not followed: what it may have changed is not known any more. */
  #lose(task: Task, space: Space, name: SyscallName, args: readonly number[], evidence: CallEvidence): void {
    // What a fork stores is the child's.
    const stores = forks(name) ? [] : evidence.stores.map(({ start, end }): Range => [start, end]);
    const stale = [...staleOf(name, args), ...freshOf(name, args, evidence.result), ...stores];
    for (const [start, end] of stale) space.known.remove(start, end);
    if (stale.length > 0) this.#stale.set(task, stale);
    this.#overtake(task, space, stale);
  }

  /** Calls that are under way look at what this task's, which is not followed, may change before: neither are they. */
  #overtake(by: Task, space: Space, stale: readonly Range[]): void {
    for (const task of space.members) {
      const { call, script } = task;
      if (task === by || call === undefined || script?.kind !== "call") continue;
      const replaced = new Ranges().with(call.fresh ?? []);
      const looks = (call.ranges ?? []).filter(([start, end]) => !replaced.covers(start, end));
      if (!looks.some((one) => stale.some((other) => meet(one, other)))) continue;
      this.#s.scripts.drop(task);
      call.unjudged = UNJUDGED.memory;
      space.coming.delete(task);
      const touched = this.#touched.get(task) ?? [];
      for (const [start, end] of touched) space.known.remove(start, end);
      this.#touched.delete(task);
      this.#stale.set(task, touched);
    }
  }
}

/** Whether the model knows all that the call looks at, and the trace shows it to change nothing else. */
function knows(before: Ranges, ranges: readonly Range[], fresh: readonly Range[], evidence: CallEvidence): boolean {
  const known = before.with(fresh);
  return (
    ranges.every(([start, end]) => known.covers(start, end)) &&
    evidence.stores.every(({ start, end }) => known.covers(start, end))
  );
}
