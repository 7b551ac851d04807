import { createKernel } from "@faultline/mm";
import { ImportError } from "./import-error.ts";
import type { ImportOptions, ImportResult, UnknownLine } from "./import-result.ts";
import type { Verdict } from "./kernel/truth.ts";
import { LIMITS } from "./limits.ts";
import { readLine } from "./line/line-parser.ts";
import { LookAhead } from "./line/look-ahead.ts";
import type { TraceLine } from "./line/trace-event.ts";
import { Model } from "./model.ts";
import { type ChosenKernel, chooseKernel } from "./profile-guess.ts";
import { LineReplay } from "./replay-line.ts";
import { Report, StopImport } from "./report.ts";
import { Scripts } from "./thread/scripts.ts";
import { type OpsCompared, OpStream } from "./truth/op-stream.ts";
import { World } from "./world/world.ts";

/** An import in progress: lines go in one by one, the result comes out at the end. */
export class FtraceImport {
  readonly #options: ImportOptions;
  readonly #report: Report;
  readonly #model: Model;
  readonly #world: World;
  readonly #ahead: LookAhead;
  readonly #lostBefore = new Set<TraceLine>();
  readonly #unknown: UnknownLine[] = [];
  readonly #ignored = new Map<string, number>();
  #replay: LineReplay | undefined;
  #ops: OpStream | undefined;
  #chosen: ChosenKernel | undefined;
  #lines = 0;
  #parsed = 0;
  #headers = 0;
  #unknownCount = 0;
  #lost = 0;
  #lostEvents = 0;
  #skipped = 0;
  #losing = false;
  /** Whether `stopWhen` has ended it: what else is pushed is not looked at. */
  stopped = false;

  constructor(options: ImportOptions = {}) {
    this.#options = options;
    this.#report = new Report(options.stopWhen);
    this.#model = new Model(this.#report, options.onEvent);
    this.#world = new World(this.#model);
    this.#ahead = new LookAhead(options.lookAhead ?? LIMITS.lookAhead);
  }

  /** Takes the next line, without its end. */
  push(text: string): void {
    if (this.stopped) return;
    this.#lines++;
    if (text.length > LIMITS.lineLength) {
      throw new ImportError(
        "E_IMPORT_LIMIT",
        `line ${this.#lines} has more than ${LIMITS.lineLength} characters: this is no ftrace text.`,
      );
    }
    const read = readLine(text.endsWith("\r") ? text.slice(0, -1) : text, this.#lines);
    switch (read.what) {
      case "blank":
        this.#headers++;
        this.#mustMakeSense();
        return;
      case "entries":
        this.#headers++;
        this.#lostEvents += read.overwritten;
        if (read.overwritten > 0) this.#ahead.grow(LIMITS.headOfOverrun);
        return;
      case "started":
        this.#headers++;
        this.#begin();
        return;
      case "lost":
        this.#lostEvents += read.events;
        this.#lose();
        return;
      case "unknown":
        this.#noteUnknown(text);
        return;
      case "event":
        this.#take(read.line);
    }
  }

  /** The result, when all lines are in. */
  end(): ImportResult {
    if (this.#parsed === 0 && (this.#unknownCount > 0 || this.#headers === 0)) throw foreign(this.#lines);
    this.#world.allRead = true;
    this.#guard(() => {
      for (let line = this.#ahead.take(); line !== undefined; line = this.#ahead.take()) this.#replayLine(line);
    });
    this.#replay ??= this.#start(undefined);
    const headLost = this.#lost > 0 || this.#skipped > 0;
    let ops: OpsCompared | undefined;
    this.#guard(() => {
      ops = this.#ops?.compare(headLost);
    });
    return this.#result(ops);
  }

  /** A CPU's buffer begins here: what others wrote before is half of a story. */
  #begin(): void {
    if (this.#replay === undefined) this.#skipped += this.#ahead.drop();
    this.#lose();
  }

  #lose(): void {
    this.#lost++;
    this.#losing = true;
  }

  #take(line: TraceLine): void {
    this.#parsed++;
    if (this.#losing) this.#lostBefore.add(line);
    this.#losing = false;
    this.#ahead.push(line);
    if (!this.#ahead.full) return;
    this.#guard(() => {
      this.#replayLine(this.#ahead.take()!);
    });
  }

  #replayLine(line: TraceLine): void {
    if (this.stopped) return;
    const begins = this.#replay === undefined;
    this.#replay ??= this.#start(line);
    const lost = this.#lostBefore.delete(line);
    if (lost) this.#replay.lost();
    if (begins || lost) this.#replay.begin(line, this.#unbroken(line));
    if (line.event.kind === "ignored") {
      this.#ignored.set(line.event.name, (this.#ignored.get(line.event.name) ?? 0) + 1);
    }
    this.#replay.line(line);
  }

  /** The lines from this one on, up to where others are missing, as far as they have been read ahead. */
  *#unbroken(first: TraceLine): Generator<TraceLine> {
    yield first;
    for (let line = first.next; line !== undefined && !this.#lostBefore.has(line); line = line.next) yield line;
  }

  #start(first: TraceLine | undefined): LineReplay {
    this.#chosen = chooseKernel(this.#options.profile, first);
    const initial = this.#model.boot(this.#chosen.profile.knobs);
    this.#options.onStart?.(initial, this.#chosen.profile.name);
    const kernel = createKernel(this.#chosen.profile.knobs);
    const generation = this.#options.generation ?? this.#chosen.generation;
    const world = this.#world;
    const scripts = new Scripts(this.#model, this.#report, world);
    const { onSyscall, truth } = this.#options;
    this.#ops = truth === undefined ? undefined : new OpStream(truth, this.#report);
    const shared = { model: this.#model, report: this.#report, world, scripts, kernel, generation, onSyscall };
    return new LineReplay({ ...shared, ops: this.#ops }, truth);
  }

  #noteUnknown(text: string): void {
    this.#unknownCount++;
    if (this.#unknown.length < LIMITS.unknownLines) this.#unknown.push({ line: this.#lines, text: text.slice(0, 200) });
    if (this.#parsed === 0 && this.#unknownCount >= LIMITS.foreignLines) throw foreign(this.#lines);
    this.#mustMakeSense();
  }

  #mustMakeSense(): void {
    const senseless = this.#lines - this.#parsed;
    if (senseless <= LIMITS.senselessLines || senseless <= this.#parsed * 10) return;
    throw new ImportError(
      "E_IMPORT_LIMIT",
      `of ${this.#lines} lines only ${this.#parsed} are events: this is no ftrace text.`,
    );
  }

  #guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof StopImport)) throw error;
      this.stopped = true;
    }
  }

  #result(truthOps: OpsCompared | undefined): ImportResult {
    const { divergences, total, compared } = this.#report;
    const chosen = this.#chosen ?? chooseKernel(this.#options.profile, undefined);
    const differs = divergences.some(({ kind }) => kind === "ops" || kind === "lock");
    const ops: Verdict = differs ? "differ" : compared.syscalls + compared.locks > 0 ? "match" : "unknown";
    let ignored = 0;
    for (const count of this.#ignored.values()) ignored += count;
    return {
      lines: this.#lines,
      events: this.#model.events,
      ignored,
      unknown: this.#unknownCount,
      phases: [...(this.#replay?.truth.phases ?? []), ...(this.#replay?.file?.phases ?? [])],
      ops,
      divergences,
      trace: null,
      divergenceCount: total,
      profile: chosen.profile.name,
      profileBecause: chosen.because,
      compared,
      unjudged: this.#report.unjudgedByReason,
      ...(truthOps === undefined ? {} : { truthOps }),
      inferred: { vmaLocks: this.#report.inferredLocks, pages: this.#report.inferredPages },
      adoptedEdges: this.#report.adoptedEdges,
      lost: this.#lost,
      lostEvents: this.#lostEvents,
      skipped: this.#skipped,
      ignoredKinds: Object.fromEntries([...this.#ignored].sort(([a], [b]) => (a < b ? -1 : 1))),
      unknownLines: this.#unknown,
    };
  }
}

function foreign(lines: number): ImportError {
  return new ImportError("E_IMPORT_FORMAT", `this is no ftrace text: none of its ${lines} lines parses.`);
}
