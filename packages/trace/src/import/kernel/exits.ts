import type { TraceLine } from "../line/trace-event.ts";
import { isFromUser, isSchedulers } from "../line/trace-event.ts";
import { Script } from "../thread/script.ts";
import type { Space } from "../world/space.ts";
import type { Task } from "../world/task.ts";
import type { Shared } from "./shared.ts";

/** The end of tasks and address spaces. kernel/exit.c, exit_mm(); mm/mmap.c, exit_mmap(); kernel/fork.c, __mmdrop() */
export class Exits {
  readonly #s: Shared;

  constructor(shared: Shared) {
    this.#s = shared;
  }

  /** A task starts to take its own lock: if that leads straight to exit_mmap, its process lets go of its memory. */
  beginIfLeaving(task: Task, space: Space, start: TraceLine): void {
    if (task.script !== undefined || task.mm !== space || space.lost || space.broken || !space.mapped) return;
    if (!leadsToExit(start)) return;
    this.#s.scripts.begin(task, new Script("exit", this.#s.kernel.exitProcess(space.id), { space }));
  }

  /**
   * exit_mmap: everything is unmapped, closed and freed; only the lock is still held. Which mm it was the line says up
   * to 6.1 only: later the tree is not the first thing in it.
   */
  exitMmap(task: Task, pointer: string): void {
    const { report, scripts, world } = this.#s;
    const held = [...task.holds].findLast(([, mode]) => mode === "write")?.[0];
    const named = world.spaceNamed(pointer);
    const space = named ?? held;
    if (space === undefined) return;
    const since = task.early && !task.touched.has(space);
    if (space !== held && !space.lost && !since)
      report.differ("ops", `${task.who} tears down mm:${space.id}, which it has not locked`);
    space.dead = true;
    if (space.lost || task.astray) return;
    if (task.script === undefined) {
      if (space.mapped && !execs(task.lastLine))
        report.differ("ops", `${task.who} tears down mm:${space.id}, which has users in the model`);
    } else if (!scripts.standsBefore(task, "mmap_write_unlock", space.id)) {
      scripts.abandon(task, `has torn down mm:${space.id}`);
    }
  }

  /** sched_process_exit */
  exit(task: Task): void {
    this.#s.world.removeTask(task);
  }

  /** __mmdrop: the last reference on the struct is gone, so there can be no users. */
  mmdrop(raw: string): void {
    const space = this.#s.world.spaceByRaw(raw);
    if (space === undefined || space.lost || space.dead) return;
    this.#s.report.differ("ops", `mm:${space.id} is freed although it was never torn down`);
  }
}

/** What closing and freeing VMAs leaves between the lock lines of exit_mmap. */
const PASSED: ReadonlySet<string> = new Set(["vma_close", "rss", "vma_free"]);

/** Whether the task goes on in another address space, before it is in user mode again. */
function execs(from: TraceLine | undefined): boolean {
  for (let line = from?.nextOfTask; line !== undefined && !isFromUser(line.event); line = line.nextOfTask) {
    if (line.event.kind === "exec") return true;
  }
  return false;
}

/** START R, GOT R, REL R, START W, GOT W, closes, exit_mmap: nothing else does this. */
function leadsToExit(start: TraceLine): boolean {
  let line: TraceLine | undefined = start;
  for (let locks = 0; line !== undefined && locks < 6; line = line.nextOfTask) {
    const { event } = line;
    if (event.kind === "exit_mmap") return locks === 5;
    if (PASSED.has(event.kind) || isSchedulers(event)) continue;
    if (event.kind !== "lock_start" && event.kind !== "lock_got" && event.kind !== "lock_released") return false;
    locks++;
  }
  return false;
}
