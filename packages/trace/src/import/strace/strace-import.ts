import { createKernel, type Kernel, PAGE_SIZE, vmaTree } from "@faultline/mm";
import { ImportError } from "../import-error.ts";
import type { ImportOptions, ImportResult, UnknownLine } from "../import-result.ts";
import { Areas } from "../kernel/areas.ts";
import { excuseOf } from "../kernel/call-excuse.ts";
import { planCall } from "../kernel/call-plan.ts";
import { freshOf } from "../kernel/call-ranges.ts";
import { forks, judge } from "../kernel/judge.ts";
import { spellPermissions } from "../kernel/permissions.ts";
import type { PhaseResult } from "../kernel/truth.ts";
import { UNJUDGED } from "../kernel/unjudged.ts";
import { LIMITS } from "../limits.ts";
import { registersOf } from "../line/syscall-lines.ts";
import { Model } from "../model.ts";
import { chooseKernel, type ChosenKernel } from "../profile-guess.ts";
import { Report, StopImport } from "../report.ts";
import { type OpsCompared, OpStream } from "../truth/op-stream.ts";
import type { Space } from "../world/space.ts";
import type { Task } from "../world/task.ts";
import { World } from "../world/world.ts";
import { parseColumns, parseStrace, type StraceLine } from "./strace-line.ts";

const CLONE_VM = 0x100;

type StraceCall = Extract<StraceLine, { kind: "call" }>;

/**
 * strace -f -ttt: system calls with their results, and nothing of what happens inside of them. Each is played as a whole
 * where it ends; its result is held against the model's.
 */
export class StraceImport {
  readonly #options: ImportOptions;
  readonly #report: Report;
  readonly #model: Model;
  readonly #world: World;
  readonly #chosen: ChosenKernel;
  readonly #kernel: Kernel;
  readonly #areas: Areas;
  readonly #ops: OpStream | undefined;
  readonly #unfinished = new Map<number, string>();
  readonly #unknown: UnknownLine[] = [];
  readonly #ignored = new Map<string, number>();
  #unknownCount = 0;
  #last: Task | undefined;
  #lines = 0;
  #said = 0;
  stopped = false;

  constructor(options: ImportOptions) {
    this.#options = options;
    this.#report = new Report(options.stopWhen);
    this.#model = new Model(this.#report, options.onEvent);
    const chosen = chooseKernel(options.profile ?? "linux-6.18", undefined);
    const because = options.profile === undefined ? "strace does not tell" : chosen.because;
    this.#chosen = { ...chosen, because };
    options.onStart?.(this.#model.boot(chosen.profile.knobs), chosen.profile.name);
    this.#kernel = createKernel(chosen.profile.knobs);
    this.#areas = new Areas(this.#model, this.#kernel);
    this.#world = new World(this.#model);
    this.#ops = options.truth === undefined ? undefined : new OpStream(options.truth, this.#report);
  }

  /** Takes the next line, without its end. */
  push(line: string): void {
    if (this.stopped) return;
    this.#lines++;
    if (line.length > LIMITS.lineLength) {
      throw new ImportError(
        "E_IMPORT_LIMIT",
        `line ${this.#lines} has more than ${LIMITS.lineLength} characters: this is no strace text.`,
      );
    }
    if (this.#lines - this.#said > LIMITS.senselessLines && this.#lines > this.#said * 10) {
      throw new ImportError(
        "E_IMPORT_LIMIT",
        `of ${this.#lines} lines only ${this.#said} say something: this is no strace text.`,
      );
    }
    this.#report.line = this.#lines;
    const { pid, time, text } = parseColumns(line);
    if (text === "") return;
    this.#model.time = time;
    const said = parseStrace(text);
    if (said !== undefined) this.#said++;
    try {
      this.#take(pid, said, text);
    } catch (error) {
      if (!(error instanceof StopImport)) throw error;
      this.stopped = true;
    }
  }

  /** The result, when all lines are in. */
  end(): ImportResult {
    let ops: OpsCompared | undefined;
    let phases: PhaseResult[] = [];
    try {
      phases = this.#holdEnd();
      ops = this.#ops?.compare(false);
    } catch (error) {
      if (!(error instanceof StopImport)) throw error;
    }
    const { divergences, total, compared } = this.#report;
    const differs = divergences.some(({ kind }) => kind === "ops");
    let ignored = 0;
    for (const count of this.#ignored.values()) ignored += count;
    return {
      lines: this.#lines,
      events: this.#model.events,
      ignored,
      unknown: this.#unknownCount,
      phases,
      ops: differs ? "differ" : compared.syscalls > 0 ? "match" : "unknown",
      divergences,
      trace: null,
      divergenceCount: total,
      profile: this.#chosen.profile.name,
      profileBecause: this.#chosen.because,
      compared,
      unjudged: this.#report.unjudgedByReason,
      ...(ops === undefined ? {} : { truthOps: ops }),
      inferred: { vmaLocks: this.#report.inferredLocks, pages: 0 },
      adoptedEdges: 0,
      lost: 0,
      lostEvents: 0,
      skipped: 0,
      ignoredKinds: Object.fromEntries(this.#ignored),
      unknownLines: this.#unknown,
    };
  }

  #take(pid: number, said: StraceLine | undefined, text: string): void {
    switch (said?.kind) {
      case undefined:
        this.#unknownCount++;
        if (this.#unknown.length < LIMITS.unknownLines) {
          this.#unknown.push({ line: this.#lines, text: text.slice(0, 200) });
        }
        return;
      case "call":
        this.#call(this.#taskOf(pid), said);
        return;
      case "unfinished":
        this.#unfinished.set(pid, said.text);
        return;
      case "resumed": {
        const whole = (this.#unfinished.get(pid) ?? "") + said.text;
        this.#unfinished.delete(pid);
        this.#take(pid, parseStrace(whole), whole);
        return;
      }
      case "signal":
        this.#ops?.fault(pid, said.address, said.signal);
        return;
      case "exec":
        this.#world.removeTask(this.#taskOf(pid));
        this.#last = this.#world.addTask(0, pid, "task", this.#newSpace(pid), false);
        return;
      case "exit": {
        const task = this.#world.known(pid);
        if (task !== undefined) this.#world.removeTask(task);
        return;
      }
      case "ignored":
        this.#ignored.set(said.name, (this.#ignored.get(said.name) ?? 0) + 1);
    }
  }

  /** A thread that no line has announced is one of the process that was there before. */
  #taskOf(pid: number): Task {
    const known = this.#world.known(pid);
    const task = known ?? this.#world.addTask(0, pid, "task", this.#last?.mm ?? this.#newSpace(pid), false);
    return (this.#last = task);
  }

  #newSpace(pid: number): Space {
    return this.#world.addSpace(0, `process ${pid} ${this.#lines}`);
  }

  #call(task: Task, call: StraceCall): void {
    const { name, args, result } = call;
    this.#ops?.call(task.pid, name, args, result);
    const unjudged = forks(name) ? this.#fork(task, call) : this.#play(task, call);
    this.#options.onSyscall?.({ task: task.pid, line: this.#lines, name, args, result, unjudged });
  }

  #fork(task: Task, { name, args, result }: StraceCall): string {
    const shares = name !== "fork" && name !== "vfork" && (args[0]! & CLONE_VM) !== 0;
    if (result > 0) this.#world.addTask(task.id, result, "task", shares ? task.mm : this.#newSpace(result), false);
    return this.#unjudged(UNJUDGED.child);
  }

  /** Plays a call where it ends. Why its result was not judged, if it was not. */
  #play(task: Task, { name, args, exact, result }: StraceCall): string | undefined {
    const space = task.mm!;
    const evidence = { result, stores: [], downgrades: false, locks: 0 };
    const plan = planCall(this.#kernel, space, { name, registers: registersOf(args, exact), evidence });
    if ("unplayed" in plan) return this.#unjudged(plan.unplayed);
    const fresh = freshOf(name, args, result);
    const known = space.known.with(fresh);
    if (!plan.ranges.every(([start, end]) => known.covers(start, end))) return this.#unjudged(UNJUDGED.memory);
    const ranges = [...plan.ranges, ...fresh];
    for (const [start, end] of ranges) space.known.add(start, end);
    const excuse = excuseOf(this.#model, space, name, args, evidence);
    const model = this.#areas.run(task, plan.steps) ?? undefined;
    const call = { name, args, result: model, unjudged: plan.place, excuse };
    const { unjudged, differs } = judge(this.#report, `task ${task.pid}`, call, result);
    if (differs && excuse !== undefined) for (const [start, end] of ranges) space.known.remove(start, end);
    return unjudged;
  }

  #unjudged(reason: string): string {
    this.#report.unjudge(reason);
    return reason;
  }

  /** The last phase of which the truth tells is what the program left: the trace has no marks. */
  #holdEnd(): PhaseResult[] {
    const { truth } = this.#options;
    const phase = truth?.phases.at(-1);
    const space = this.#last?.mm;
    if (truth === undefined || phase === undefined || space === undefined) return [];
    const { start, pages } = truth.window;
    const end = start + pages * PAGE_SIZE;
    const spell = (area: { start: number; end: number }, rights: string): string =>
      `[0x${area.start.toString(16)}, 0x${area.end.toString(16)}) ${rights}`;
    const model = this.#model.table
      .get(vmaTree.of(space.id))
      .filter((area) => start <= area.start && area.end <= end)
      .map((area) => spell(area, spellPermissions(this.#areas.flagsOf(area))));
    const wanted = phase.areas.map((area) => spell(area, area.permissions));
    this.#report.compared.maps += wanted.length;
    const vmas = !space.known.covers(start, end) ? "unknown" : model.join() === wanted.join() ? "match" : "differ";
    if (vmas === "differ")
      this.#report.differ("vma", `at the end: ${wanted.join(", ")}; the model ${model.join(", ")}`);
    const name = `${phase.number} ${phase.name}`.trim();
    return [{ phase: name, process: "task", source: "truth", vmas, pages: "unknown", uncertain: [] }];
  }
}
