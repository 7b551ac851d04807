import { Command, Option } from "commander";
import type { BenchParallelOptions } from "../commands/bench-parallel.ts";
import type { BenchOptions } from "../commands/bench.ts";
import type { BenchCallsOptions } from "../commands/bench-calls.ts";
import type { BenchTracesOptions } from "../commands/bench-traces.ts";
import type { BisectOptions } from "../commands/bisect.ts";
import type { CaptureOptions } from "../commands/capture.ts";
import type { CheckOptions } from "../commands/check.ts";
import type { GalleryOptions } from "../commands/gallery.ts";
import type { ImportFileOptions } from "../trace/import-file.ts";
import type { RecordOptions } from "../commands/record.ts";
import type { ResultsOptions } from "../commands/results.ts";
import type { ShowOptions } from "../commands/show.ts";
import type { OtherKernel } from "../window/under-other.ts";
import { ENGINES } from "../explore/engine-names.ts";
import { bytes, collect, seconds, whole } from "./arguments.ts";
import { type ExitCode, forBisectRun } from "./exit-code.ts";
import { type CommonOptions, createUi, type Ui } from "./ui.ts";
import { version } from "./version.ts";

/** What a parsed command line has come to. */
export interface Outcome {
  /** The exit code of the command that ran; undefined when none did (help, version). */
  code?: number;
  /** Whether the object of `--json` has been printed. */
  reported?: boolean;
}

const EXIT_CODES = `
Exit codes: 0 as it should be, 1 a violation or divergence, 2 bad input or usage, 3 inconclusive or truncated.`;

/** The `faultline` command. Each command's code is loaded when it runs. */
export function createProgram(outcome: Outcome): Command {
  const program = new Command("faultline")
    .description("Deterministic replay and exhaustive interleaving checks for Linux mm locking")
    .version(version)
    .addHelpText("after", EXIT_CODES)
    .configureHelp({ showGlobalOptions: false })
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });

  const command = <O extends object>(
    nameAndArguments: string,
    description: string,
    run: (args: string[], options: O, ui: Ui) => Promise<ExitCode>,
  ): Command =>
    program
      .command(nameAndArguments)
      .description(description)
      .option("--json", "print one JSON object instead of text")
      .option("--quiet", "print the answer only")
      .option("--width <columns>", "columns to print in (default: the terminal's, or 100)", whole(40))
      .exitOverride()
      .configureOutput({ writeErr: () => undefined })
      .action(async (...given: unknown[]) => {
        const self = given.at(-1) as Command;
        const options = self.opts<O & CommonOptions & { bisectRun?: boolean }>();
        const args = self.processedArgs.flat().filter((arg): arg is string => typeof arg === "string");
        const code = await run(args, options, createUi(options, outcome));
        outcome.code = options.bisectRun === true ? forBisectRun(code) : code;
      });

  exploring(
    command<CheckOptions>(
      "check [scenario...]",
      "explore every ordering of a scenario: a name from the gallery or a .ts file; without one, the flagship",
      async (names, options, ui) => (await import("../commands/check.ts")).check(names, options, ui),
    ),
  )
    .option("--variant <name>", "only this variant")
    .option("--resume <checkpoint>", "go on where a budget ended, with a new one")
    .option("--all", "one shortest run per rule and pair of steps, not only per rule and step")
    .option("--explain", "which reversals undo each finding, and the fewest orders that bring it about")
    .option("--from <trace>", "instead of a scenario: a window of a trace, or of a kernel's trace as text")
    .option("--window <a..b>", "with --from: its events from a up to and including b")
    .option("--lines <a..b>", "with --from: the events of these lines of the text that it was imported from")
    .option("--knob <name=value>", "with --from: a knob of the kernel; may be given again", collect)
    .option("--generation <name>", "with --from: binder's allocator: 6.12, before-3f489c2067c5, reclaimVma=stash")
    .option("--ablate", "leave out each lock, check and reference in turn: what it protects against")
    .option("--bisect-run", "exit with 125 instead of 2 and 3, for git bisect run");

  exploring(
    command<GalleryOptions>(
      "gallery [filter]",
      "every bundled race, buggy and fixed, as a table",
      async ([filter], options, ui) => (await import("../commands/gallery.ts")).gallery(filter, options, ui),
    ),
  ).option("--bisect-run", "exit with 125 instead of 2 and 3, for git bisect run");

  command<RecordOptions>("record <scenario>", "run a scenario once and write the trace", async ([named], options, ui) =>
    (await import("../commands/record.ts")).record(named!, options, ui),
  )
    .option("--variant <name>", "which variant (may be left out where there is only one)")
    .option("--profile <name>", "another kernel than the scenario's: linux-6.12")
    .option("--seed <n>", "which random order (default: 1)", whole(0))
    .option("--schedule <text>", "a certain order, as a report prints it")
    .option("--by-hand", "ask for each step; without a terminal, standard input has a thread's name a line")
    .option("--out <file>", "where the trace goes (default: nothing is written)")
    .option("--sync", "with --out: each block is on the disk before the run goes on");

  command<OtherKernel>(
    "replay <trace>",
    "do a recorded run again and compare every result and state",
    async ([path], options, ui) => (await import("../commands/replay.ts")).replayCommand(path!, options, ui),
  )
    .option("--profile <name>", "under another kernel: where it takes another step, or a step has another result")
    .option("--knob <name=value>", "with another knob of the kernel; may be given again", collect)
    .option("--generation <name>", "with another generation of binder's allocator")
    .option("--bisect-run", "exit with 125 instead of 2 and 3, for git bisect run");

  command<ShowOptions>(
    "show <trace>",
    "a recorded run in columns, or the state around one event",
    async ([path], options, ui) => (await import("../commands/show.ts")).showTrace(path!, options, ui),
  )
    .option("--at <event>", "one event: the state before and after it", whole(0))
    .option("--around <n>", "with --at, so many events before and after as well", whole(0))
    .option("--full", "with --at, also the components that did not change");

  command<object>(
    "diff <left> <right>",
    "two traces (task by task, whatever the order of independent events), or two states: TRACE@N, TRACE@start",
    async ([left, right], _, ui) => (await import("../commands/diff.ts")).diffCommand(left!, right!, ui),
  );

  command<BisectOptions>(
    "bisect <trace>",
    "the first event after which a rule is broken, or a state is bad; or the first kernel",
    async ([path], options, ui) => (await import("../commands/bisect.ts")).bisectCommand(path!, options, ui),
  )
    .option("--rule <name>", "the rule (default: the one that the trace was recorded for, at its step)")
    .option("--step <name>", "only where this step breaks it")
    .option("--predicate <file>", "a .ts file: export default (state, events) => whether the state is bad")
    .option("--exec <command>", "a command: it gets the state as JSON and exits with 0 (good), 125 (skip), 1-124 (bad)")
    .option("--profiles", "over kernels instead of events: the first one that breaks a rule or does something else")
    .option("--scan", "look at every state as well, and compare")
    .option("--bisect-run", "exit with 125 instead of 2 and 3, for git bisect run");

  command<ImportFileOptions>(
    "import <file>",
    "hold a kernel's own trace (ftrace text, trace-cmd report, strace) against the model",
    async ([path], options, ui) => (await import("../commands/import.ts")).importTrace(path!, options, ui),
  )
    .option("--profile <name>", "the kernel that wrote it: linux-6.1 (default: guessed from the trace)")
    .option("--lean", "with --out: only the events that change something, little more than half the size")
    .option("--truth <file>", "what the traced program wrote down of itself, to compare with")
    .option("--out <file>", "where to write it as a trace that replays");

  command<CaptureOptions>(
    "capture <command...>",
    "run a command under ftrace (Linux, root) and hold what the kernel wrote against the model",
    async (argv, options, ui) => (await import("../commands/capture.ts")).captureCommand(argv, options, ui),
  )
    .option("--profile <name>", "the kernel: linux-6.18 (default: guessed from the trace)")
    .option("--out <file>", "where to write it as a trace that replays")
    .option("--lean", "with --out: only the events that change something, little more than half the size")
    .option("--save <file>", "where to keep the kernel's text")
    .option("--clock <name>", "trace_clock: mono, or counter for a strict order of all CPUs", "mono")
    .option("--buffer <kilobytes>", "ring buffer of each CPU", whole(1), 8192)
    .option("--tracefs <directory>", "where tracefs is mounted (default: as /proc/mounts says)");

  command<ResultsOptions>(
    "results <a> <b>",
    "which results two threads of system calls can have: two operation lists",
    async ([a, b], options, ui) => (await import("../commands/results.ts")).results([a!, b!], options, ui),
  )
    .option("--setup <list>", "the operations that come before both")
    .option("--profile <name>", "the kernel (default: linux-6.18)")
    .option("--schedule <text>", "one run, as a report prints it")
    .option("--no-minimize", "show the first run found of each result instead of the shortest")
    .option("--max-seconds <s>", "give up after so long", seconds);

  command<object>(
    "coverage [filter]",
    "which steps, knob values and rules of the model the bundled scenarios reach",
    async ([filter], _, ui) => (await import("../commands/coverage.ts")).coverage(filter, ui),
  );

  command<BenchOptions & BenchParallelOptions & BenchTracesOptions & BenchCallsOptions>(
    "bench [what]",
    "the performance tables, SPIN beside them; scaling: those alone; parallel: what several cores gain; " +
      "traces: a long trace; calls: system calls of the model process",
    async ([what], options, ui) => {
      if (what === "parallel") return (await import("../commands/bench-parallel.ts")).benchParallel(options, ui);
      if (what === "calls") return (await import("../commands/bench-calls.ts")).benchCalls(options, ui);
      if (what === "traces") return (await import("../commands/bench-traces.ts")).benchTraces(options, ui);
      return (await import("../commands/bench.ts")).bench(what, options, ui);
    },
  )
    .option("--n <faulters>", "only this size of the scaling scenario: 1 to 8", whole(1))
    .option("--p <pages>", "only this size of the scaling scenario: 1 to 4", whole(1))
    .option("--vma-lock", "only with per-VMA locks")
    .option("--no-reduction", "explore every ordering, SPIN too")
    .option("--max-seconds <s>", "give up a cell after so long", seconds, 60)
    .option(
      "--repeat <n>",
      "run each cell or row so often, and the fastest counts; with parallel: rounds, and the median",
      whole(1),
    )
    .option("--no-peer", "without SPIN")
    .option("--peer-timeout <s>", "give SPIN's search up after so long", seconds, 60)
    .option("--peer-memory <size>", "and at this size (default: half of the machine's, at most 9 GB)", bytes)
    .option("--profile <name>", "kernel of the real procedures")
    .option("--jobs <n>", "with parallel: threads (default: one for each core)", whole(1))
    .option("--seconds <s>", "with parallel: how long the batch takes on one core, at least", seconds, 40)
    .option("--events <n>", "with traces: length of the trace that is made for it", whole(1), 10_000_000)
    .option("--operations <n>", "with calls: how many are done, at least", whole(1), 200_000)
    .option("--seeks <n>", "with traces: random places sought", whole(1), 200)
    .option("--trace <file>", "with traces: one that is there")
    .option("--capture <file>", "with traces: one that importing this kernel trace gives, and what the import takes")
    .addOption(new Option("--cell <json>").hideHelp())
    .addOption(new Option("--batch <json>").hideHelp());
  return program;
}

/** Options of the commands that explore. */
function exploring(command: Command): Command {
  return command
    .option("--profile <name>", "another kernel than the scenario's: linux-6.12")
    .addOption(new Option("--engine <name>", "how to explore").choices(ENGINES).default("states"))
    .option("--count", "count interleavings and classes exactly, too")
    .option("--seed <n>", "random: of the first run; the others have the next ones (default: 1)", whole(0))
    .option("--runs <n>", "random: how many runs (default: 1000)", whole(1))
    .addOption(new Option("--strategy <name>", "random: how to draw runs (default: pct)").choices(["pct", "walk"]))
    .option("--depth <d>", "random, pct: how many orderings a bug takes (default: 3)", whole(1))
    .option("--no-persistent-sets", "also start with threads that the others cannot disturb")
    .option("--no-sleep-sets", "also take steps that were taken before independent ones")
    .option("--no-symmetry", "tell threads apart that run the same program")
    .option("--no-page-symmetry", "tell threads apart that differ by the pages they work on")
    .option("--no-macro-steps", "store states from which only one way leads on, too")
    .option("--preemptions <n>", "at most so many switches away from a thread that could go on", whole(0))
    .option("--no-liveness", "do not look for livelock and starvation where threads have loops")
    .option("--no-memo", "run the reducer for every transition")
    .option("--full-keys", "store whole states instead of 128-bit fingerprints")
    .option("--no-minimize", "show the first run found instead of the shortest")
    .option("--max-states <n>", "give up after so many states", whole(1))
    .option("--max-seconds <s>", "give up after so long", seconds)
    .option("--max-memory <size>", "give up when the table of states is this large: 512M", bytes)
    .option("--jobs <n>", "threads to explore on (default: one for each core)", whole(1))
    .option("--out <folder>", "where traces of findings go", "faultline-out");
}
