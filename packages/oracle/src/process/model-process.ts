import {
  type Kernel,
  type Knobs,
  mmAlloc,
  mmapMinAddr,
  PAGE_SIZE,
  profile,
  rwsemForm,
  type Table,
  task,
  taskCount,
  vmaLockForm,
  vmaSlabForm,
} from "@faultline/mm";
import { type Operation, WINDOW_PAGES, WINDOW_START } from "../list/operation.ts";
import type { ResultLine } from "../result/result-line.ts";
import type { Subject } from "../result/subject.ts";
import { type Call, callOf, type Returned, touchOf } from "./call-steps.ts";
import { errnoName } from "./errno-name.ts";
import { type Machine, PLAIN_MACHINE } from "./machine.ts";
import { INODE_NAMES, OpenFiles } from "./open-files.ts";
import { Runner, type Watchers } from "./runner.ts";
import { type FileNames, showPages, showVmas } from "./show.ts";

/** How a model process is made. */
export type ProcessOptions = {
  /** Name or alias of a profile. */
  readonly profile: string;
  readonly machine?: Machine;
  /** Pages of the window. */
  readonly pages?: number;
  /** Whether results tell of VMAs and pages. */
  readonly state?: boolean;
  /** Knobs that differ from the profile's. */
  readonly knobs?: Partial<Knobs>;
  /** Whether the file on disk is filled. */
  readonly disk?: boolean;
} & Watchers;

/** The task that runs first. */
const FIRST = 1;

/** A process of the model that does what operations say: every call runs the kernel's procedures, step by step. */
export class ModelProcess implements Subject {
  readonly #runner: Runner;
  readonly #machine: Machine;
  readonly #pages: number;
  readonly #state: boolean;
  readonly #files: OpenFiles;
  #mm: number;
  #count = 0;

  constructor({
    profile: name,
    machine = PLAIN_MACHINE,
    pages = WINDOW_PAGES,
    state = true,
    disk = true,
    knobs: own,
    observe,
    watch,
  }: ProcessOptions) {
    this.#machine = machine;
    this.#pages = pages;
    this.#state = state;
    const knobs: Knobs = { ...profile(name).knobs, pku: machine.pku, ...own };
    this.#runner = new Runner(knobs, FIRST, { observe, watch });
    this.table.set(rwsemForm, knobs.rwsem);
    this.table.set(vmaLockForm, knobs.vmaLock);
    this.table.set(vmaSlabForm, knobs.vmaSlab);
    this.table.set(mmapMinAddr, machine.mmapMinAddr);
    this.table.set(taskCount, FIRST + 1);
    this.#mm = this.#runner.run(() => mmAlloc());
    this.table.set(task.of(FIRST), { name: "process", mm: this.#mm });
    this.#files = new OpenFiles(this.#runner, machine.diskIsTmpfs, disk);
  }

  /** The state, which the next operation changes. */
  get table(): Table {
    return this.#runner.table;
  }

  /** The address space of the process that runs. */
  get mm(): number {
    return this.#mm;
  }

  /** What does its calls. */
  get kernel(): Kernel {
    return this.#runner.kernel;
  }

  /** The struct file of each open file, by name. */
  get files(): ReadonlyMap<string, number> {
    return this.#files.slots;
  }

  /** The names by which inodes show. */
  get names(): FileNames {
    return INODE_NAMES;
  }

  run(operation: Operation): readonly ResultLine[] {
    const lines: ResultLine[] = [];
    const i = this.#count++;
    const base = { i, op: operation.text };
    if (operation.op === "fork") lines.push(this.#fork(operation, base));
    const outcome = this.#outcome(operation);
    lines.push(Object.assign(base, outcome, this.#state ? this.#show() : undefined));
    return lines;
  }

  #outcome(operation: Operation): Pick<ResultLine, "ret" | "err" | "touch"> {
    this.#files.note(operation);
    switch (operation.op) {
      case "fork":
        return { ret: "0" };
      case "forkcont":
        this.#become(this.#runner.task + 1, this.#forkChild());
        return { ret: "0" };
      case "reset":
        this.#reset();
        return { ret: "0" };
      default: {
        const caller = { mm: this.#mm, files: this.files, child: this.#runner.task + 1 };
        const returned = this.#call(callOf(caller, operation));
        if (returned.kind === "touch") return { touch: returned.text };
        if (returned.kind === "value") return result(returned.value);
        this.#tidy(operation, returned.value);
        return this.#place(returned.value);
      }
    }
  }

  /** What the kernel has placed outside of the window goes again, as the program on real kernels does it. */
  #tidy(operation: Operation, at: number): void {
    if (at <= 0 || this.#inWindow(at)) return;
    if (operation.op !== "mmap" && operation.op !== "mremap") return;
    const length = operation.op === "mmap" ? operation.length : operation.newLength;
    this.#runner.run((k) => k.sysMunmap(this.#mm, BigInt(at), length));
  }

  #fork(operation: Extract<Operation, { op: "fork" }>, base: Pick<ResultLine, "i" | "op">): ResultLine {
    const [parent, mm] = [this.#runner.task, this.#mm];
    this.#become(parent + 1, this.#forkChild());
    const line: ResultLine = { ...base, child: true, touch: this.#touch(operation), ...this.#show() };
    this.#runner.run((k) => k.exitProcess(this.#mm));
    this.#become(parent, mm);
    return line;
  }

  #touch({ touch, address }: Extract<Operation, { op: "fork" }>): string {
    if (touch === "none") return "-";
    const returned = this.#call(touchOf(this.#mm, touch, address));
    return returned.kind === "touch" ? returned.text : "-";
  }

  /** The child's address space; the next task will run in it. Whoever looks at all tasks looks at no more than there are. */
  #forkChild(): number {
    const child = this.#runner.task + 1;
    this.table.set(taskCount, Math.max(this.table.get(taskCount), child + 1));
    return this.#runner.run((k) => k.fork(this.#mm, child, null));
  }

  #become(taskId: number, mm: number): void {
    this.#runner.become(taskId);
    this.#mm = mm;
  }

  #reset(): void {
    this.#runner.run((k) => k.sysMunmap(this.#mm, BigInt(WINDOW_START), BigInt(this.#pages * PAGE_SIZE)));
    this.#files.reset();
  }

  #inWindow(address: number): boolean {
    return address >= WINDOW_START && address < WINDOW_START + this.#pages * PAGE_SIZE;
  }

  #place(address: number): Pick<ResultLine, "ret" | "err"> {
    if (address <= 0) return result(address);
    return { ret: this.#inWindow(address) ? (address - WINDOW_START).toString(16) : `=${address.toString(16)}` };
  }

  #show(): Pick<ResultLine, "vmas" | "pg"> {
    if (!this.#state) return {};
    const vmas = showVmas(this.table, this.#mm, this.#pages, this.#machine, INODE_NAMES);
    return { vmas, pg: showPages(this.table, this.#mm, this.#pages) };
  }

  #call(call: Call | Returned): Returned {
    return call.kind === "call" ? call.told(this.#runner.run(call.begin)) : call;
  }
}

function result(value: number): Pick<ResultLine, "ret" | "err"> {
  return value < 0 ? { err: errnoName(value) } : { ret: value.toString(16) };
}
