import {
  createKernel,
  doDentryOpen,
  fileMode,
  genericPerformWrite,
  InPlace,
  inPlacePerformer,
  inodeLimit,
  inodeShmem,
  inodeSize,
  type Kernel,
  kernelMachine,
  type Knobs,
  mmAlloc,
  mmapMinAddr,
  PAGE_SIZE,
  profile,
  type Ref,
  runAlone,
  rwsemForm,
  type StepEvent,
  type Steps,
  Table,
  task,
  taskCount,
  type Transition,
  type Value,
  vmaLockForm,
  vmaSlabForm,
} from "@faultline/mm";
import { createDirectKernel, directly, type Performer } from "@faultline/mm/direct";
import {
  type Descriptor,
  FILE_NAMES,
  FILE_PAGES,
  type Operation,
  WINDOW_PAGES,
  WINDOW_START,
} from "../list/operation.ts";
import type { ResultLine } from "../result/result-line.ts";
import type { Subject } from "../result/subject.ts";
import { type Call, callOf, type Returned, touchOf } from "./call-steps.ts";
import { errnoName } from "./errno-name.ts";
import { type Machine, PLAIN_MACHINE } from "./machine.ts";
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
  /** Called after each step, with what it did. */
  readonly observe?: (event: StepEvent, transition: Transition) => void;
  /** Called after each step where nobody observes, which takes half as long: its name, and what it was given and gave. */
  readonly watch?: Watch;
};

/** @param writes what the step wrote */
export type Watch = (op: string, args: readonly Value[], result: Value, writes: () => ReadonlyMap<Ref, Value>) => void;

/** The inodes of the files, by the letter of their names. */
const INODES = { m0: 0, m1: 1, f0: 2, f1: 2, f2: 2 } as const;
const NAMES: ReadonlyMap<number, string> = new Map([
  [0, "m0"],
  [1, "m1"],
  [2, "f"],
]);
const MODES = { m0: "rw", m1: "rw", f0: "rw", f1: "r", f2: "w" } as const;
/** How many pages a file of ext4 may have. */
const EXT4_PAGES = 2 ** 32 - 1;
/** What each page of the file on disk begins with. */
const FILE_BYTE = 0x46;

/** A process of the model that does what operations say: every call runs the kernel's procedures, step by step. */
export class ModelProcess implements Subject {
  readonly table: Table = new Table();
  readonly #inPlace = new InPlace(kernelMachine, this.table);
  readonly #knobs: Knobs;
  /** Made when somebody wants it: most processes do with the other. */
  #asking: Kernel | undefined;
  /** The same in direct style, where nobody observes. */
  readonly #direct: Kernel;
  readonly #machine: Machine;
  readonly #pages: number;
  readonly #state: boolean;
  readonly #disk: boolean;
  readonly #observe: ProcessOptions["observe"];
  readonly #watch: Parameters<typeof inPlacePerformer>[2];
  readonly #files = new Map<string, number>();
  #task = 1;
  #perform: Performer;
  #mm: number;
  #count = 0;
  /** Whether anything since the file on disk was filled can have changed it, or what its cache holds. */
  #diskUsed = false;

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
    this.#disk = disk;
    this.#observe = observe;
    const writes = (): ReadonlyMap<Ref, Value> => this.#inPlace.writes();
    this.#watch = watch && (({ op }, args, result) => watch(op, args, result, writes));
    const knobs: Knobs = { ...profile(name).knobs, pku: machine.pku, ...own };
    this.#knobs = knobs;
    // Called inside `directly` only, where steps are their results: what is passed on unlooked at has the same types.
    this.#direct = createDirectKernel(knobs) as unknown as Kernel;
    this.#perform = inPlacePerformer(this.#inPlace, this.#task, this.#watch);
    this.#put(
      [rwsemForm, knobs.rwsem],
      [vmaLockForm, knobs.vmaLock],
      [vmaSlabForm, knobs.vmaSlab],
      [mmapMinAddr, machine.mmapMinAddr],
      [taskCount, this.#task + 1],
    );
    this.#mm = this.#run(() => mmAlloc());
    this.#put([task.of(1), { name: "process", mm: this.#mm }]);
    for (const file of FILE_NAMES)
      this.#files.set(
        file,
        this.#run(() => doDentryOpen(INODES[file], "", "")),
      );
    for (const file of FILE_NAMES) this.#put([fileMode.of(this.#files.get(file)!), MODES[file]]);
    for (const inode of [0, 1]) this.#put([inodeShmem.of(inode), true]);
    this.#put([inodeShmem.of(2), machine.diskIsTmpfs]);
    if (!machine.diskIsTmpfs) this.#put([inodeLimit.of(2), EXT4_PAGES]);
    this.#fillFiles(disk);
  }

  /** The address space of the process that runs. */
  get mm(): number {
    return this.#mm;
  }

  /** What does its calls. */
  get kernel(): Kernel {
    return (this.#asking ??= createKernel(this.#knobs));
  }

  /** The struct file of each open file, by name. */
  get files(): ReadonlyMap<string, number> {
    return this.#files;
  }

  /** The names by which inodes show. */
  get names(): FileNames {
    return NAMES;
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
    if ("fd" in operation && isOnDisk(operation.fd)) this.#diskUsed = true;
    switch (operation.op) {
      case "fork":
        return { ret: "0" };
      case "forkcont":
        this.#become(this.#task + 1, this.#forkChild());
        return { ret: "0" };
      case "reset":
        this.#reset();
        return { ret: "0" };
      default: {
        const caller = { mm: this.#mm, files: this.#files, child: this.#task + 1 };
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
    this.#run((k) => k.sysMunmap(this.#mm, BigInt(at), length));
  }

  #fork(operation: Extract<Operation, { op: "fork" }>, base: Pick<ResultLine, "i" | "op">): ResultLine {
    const [parent, mm] = [this.#task, this.#mm];
    this.#become(parent + 1, this.#forkChild());
    const line: ResultLine = { ...base, child: true, touch: this.#touch(operation), ...this.#show() };
    this.#run((k) => k.exitProcess(this.#mm));
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
    const child = this.#task + 1;
    this.#put([taskCount, Math.max(this.table.get(taskCount), child + 1)]);
    return this.#run((k) => k.fork(this.#mm, child, null));
  }

  #become(taskId: number, mm: number): void {
    this.#task = taskId;
    this.#perform = inPlacePerformer(this.#inPlace, taskId, this.#watch);
    this.#mm = mm;
  }

  #reset(): void {
    this.#run((k) => k.sysMunmap(this.#mm, BigInt(WINDOW_START), BigInt(this.#pages * PAGE_SIZE)));
    for (const name of ["m0", "m1", ...(this.#diskUsed ? ["f0"] : [])]) {
      const file = this.#files.get(name)!;
      this.#run((k) => k.sysFtruncate(file, 0n));
    }
    this.#fillFiles(this.#disk && this.#diskUsed);
    this.#diskUsed = false;
  }

  /** All files are as long as they are at the start; the one on disk has been written. */
  #fillFiles(onDisk: boolean): void {
    for (const inode of [0, 1, 2]) this.#put([inodeSize.of(inode), FILE_PAGES * PAGE_SIZE]);
    for (let index = 0; onDisk && index < FILE_PAGES; index++)
      this.#run(() => genericPerformWrite(INODES.f0, index, FILE_BYTE));
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
    const vmas = showVmas(this.table, this.#mm, this.#pages, this.#machine, NAMES);
    return { vmas, pg: showPages(this.table, this.#mm, this.#pages) };
  }

  #call(call: Call | Returned): Returned {
    return call.kind === "call" ? call.told(this.#run(call.begin)) : call;
  }

  #run<R>(begin: (k: Kernel) => Steps<R>): R {
    if (this.#observe !== undefined)
      return runAlone(kernelMachine, this.table, this.#task, begin(this.kernel), this.#observe);
    return directly(this.#perform, () => begin(this.#direct) as unknown as R);
  }

  #put(...values: readonly (readonly [Ref<never>, Value] | readonly [Ref, Value])[]): void {
    this.table.apply(new Map<Ref, Value>(values as readonly (readonly [Ref, Value])[]));
  }
}

function isOnDisk(fd: Descriptor): boolean {
  return typeof fd === "string" && fd.startsWith("f");
}

function result(value: number): Pick<ResultLine, "ret" | "err"> {
  return value < 0 ? { err: errnoName(value) } : { ret: value.toString(16) };
}
