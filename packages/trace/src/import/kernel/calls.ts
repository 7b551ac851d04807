import { PAGE_SIZE, type Value } from "@faultline/mm";
import type { SyscallName } from "../line/syscall-lines.ts";
import type { TraceLine } from "../line/trace-event.ts";
import { Script } from "../thread/script.ts";
import type { Range } from "../world/ranges.ts";
import type { Space } from "../world/space.ts";
import type { Task } from "../world/task.ts";
import type { Areas } from "./areas.ts";
import { type CallEvidence, evidenceOf } from "./call-evidence.ts";
import { type CallPlan, planCall } from "./call-plan.ts";
import type { MemoryMap } from "./memory-map.ts";
import type { Shared } from "./shared.ts";

/**
 * System calls: the model's procedure is played where all that it looks at is known, and its result and the memory map
 * that it leaves are held against the trace's. Where something is not known, neither is what the call leaves.
 */
export class Calls {
  readonly #s: Shared;
  readonly #memory: MemoryMap;
  readonly #areas: Areas;
  /** What the followed call of a task may have changed. */
  readonly #touched = new Map<Task, readonly Range[]>();
  /** What a call that is not followed may have changed. */
  readonly #stale = new Map<Task, readonly Range[]>();

  constructor(shared: Shared, memory: MemoryMap, areas: Areas) {
    this.#s = shared;
    this.#memory = memory;
    this.#areas = areas;
  }

  enter(task: Task, name: SyscallName, args: readonly number[], line: TraceLine): void {
    task.call = { name, args, result: null };
    this.#touched.delete(task);
    this.#stale.delete(task);
    const space = task.mm;
    if (space === undefined || space.lost) return;
    if (this.#memory.byStores) {
      if (name === "mmap") this.#memory.mmap(task, args, line);
      else if (name === "munmap") this.#memory.munmap(task, args[0]!, args[1]!);
      return;
    }
    const evidence = evidenceOf(line, name);
    const plan = planCall(this.#s.kernel, space, name, args, evidence);
    const fresh = freshOf(name, args, evidence.result);
    if (plan === undefined || !knows(space, plan, fresh, evidence)) this.#lose(task, space, name, args, evidence);
    else this.#play(task, space, name, plan, fresh);
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
    if (call?.name !== name) return;
    this.#s.onSyscall?.({ task: task.pid, name, args: call.args, result });
    this.#s.ops?.call(task.pid, name, call.args, result);
    if (call.result === null) return;
    this.#s.report.compared.syscalls++;
    if (call.result === result) return;
    const model = call.result === undefined ? "has not returned" : `returns ${call.result}`;
    this.#s.report.differ("ops", `${name} of ${task.who} returns ${result}; the model's ${model}`);
  }

  /** A task is about to let go of the lock: the map is as the call leaves it, and what it took out is freed. */
  released(task: Task, space: Space, write: boolean): void {
    const touched = this.#touched.get(task);
    if (write && this.#isUnseen(task, space)) space.forget();
    if (touched !== undefined && this.#s.world.storesSeen && !space.undrawn) this.#compare(task, space, touched, write);
    if (write) this.#mayHaveJoined(task, space);
    if (write) this.downgraded(task, space);
  }

  /** What lies at memory that is not known may be one VMA with it, and have its anon_vma. */
  #mayHaveJoined(task: Task, space: Space): void {
    for (const [start, end] of space.coming.get(task) ?? []) {
      if (!space.known.covers(start - 1, end + 1)) this.#areas.giveAnonVma(task, space, start);
    }
  }

  /** A task is about to stop having the lock alone: what the call may have changed is changed. */
  downgraded(task: Task, space: Space): void {
    for (const [start, end] of this.#stale.get(task) ?? []) this.#areas.forget(task, space, start, end);
    this.#stale.delete(task);
    space.coming.delete(task);
  }

  /** Whether the lock was had for something that the trace shows neither the call of nor the stores. */
  #isUnseen(task: Task, space: Space): boolean {
    if (task.call !== undefined || task.script !== undefined || task.fork?.child === space) return false;
    return !this.#memory.byStores && !this.#s.world.storesSeen;
  }

  #play(task: Task, space: Space, name: SyscallName, plan: CallPlan, fresh: readonly Range[]): void {
    const call = { name, args: task.call!.args, result: undefined as number | undefined | null };
    task.call = call;
    const touched = [...plan.ranges, ...fresh];
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
    this.#s.scripts.begin(task, new Script("call", plan.steps, { space, onDone, paced: true, label: name }));
  }

  /** The call is not followed: what it may have changed is not known any more. */
  #lose(task: Task, space: Space, name: SyscallName, args: readonly number[], evidence: CallEvidence): void {
    // What a fork stores is the child's.
    const forks = name === "clone" || name === "clone3" || name === "fork" || name === "vfork";
    const stores = forks ? [] : evidence.stores.map(({ start, end }): Range => [start, end]);
    const stale = [...staleOf(name, args), ...freshOf(name, args, evidence.result), ...stores];
    for (const [start, end] of stale) space.known.remove(start, end);
    if (stale.length > 0) this.#stale.set(task, stale);
  }

  /** Holds the model's VMAs in and around what a call may have changed against those of the trace. */
  #compare(task: Task, space: Space, touched: readonly Range[], write: boolean): void {
    for (const [start, end] of touched) {
      this.#s.report.compared.areas++;
      // Neighbours count where they are known: those that were there before the trace began are not.
      const counts = (area: { start: number; end: number }): boolean =>
        (area.start < end && start < area.end) || space.known.covers(area.start, area.end);
      const near = space.areas(this.#s.model).filter((area) => area.start <= end && start <= area.end);
      const model = near.filter(counts);
      const trace = space.shadow.within(start - 1, end + 1).filter(counts);
      if (spell(model) === spell(trace)) continue;
      const [from, to] = [Math.min(start, trace[0]?.start ?? start), Math.max(end, trace.at(-1)?.end ?? end)];
      if (write && this.#areas.reshape(task, space, from, to, trace)) {
        this.#s.report.adoptedEdges++;
        continue;
      }
      const what = `${task.call?.name ?? "a call"} of ${task.who} leaves ${spell(trace)}`;
      this.#s.report.differ("vma", `${what}; the model's ${spell(model)}`);
      space.known.remove(start, end);
      return;
    }
  }
}

/** Whether the model knows all that the call looks at, and the trace shows it to change nothing else. */
function knows(space: Space, plan: CallPlan, fresh: readonly Range[], evidence: CallEvidence): boolean {
  const known = space.known.with(fresh);
  return (
    plan.ranges.every(([start, end]) => known.covers(start, end)) &&
    evidence.stores.every(({ start, end }) => known.covers(start, end))
  );
}

/** What a call puts in place without having to know what was there. */
function freshOf(name: SyscallName, [, length = 0]: readonly number[], result: number | undefined): readonly Range[] {
  return name === "mmap" && result !== undefined && result >= 0 ? [whole(result, length)] : [];
}

/** What a call may change by its arguments. */
function staleOf(name: SyscallName, [a = 0, b = 0, c = 0, , e = 0]: readonly number[]): readonly Range[] {
  switch (name) {
    case "munmap":
    case "mprotect":
    case "mlock":
    case "munlock":
      return [whole(a, b)];
    case "mremap":
      return [whole(a, b), whole(e, c)];
    default:
      return [];
  }
}

function whole(start: number, length: number): Range {
  return [start, start + Math.ceil(length / PAGE_SIZE) * PAGE_SIZE];
}

function spell(areas: readonly { readonly start: number; readonly end: number }[]): string {
  const all = areas.map(({ start, end }) => `[0x${start.toString(16)}, 0x${end.toString(16)})`);
  return all.join(" ") || "nothing";
}
