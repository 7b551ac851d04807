import { scenario } from "@faultline/interleave";
import { again, PAGE_SIZE, VM } from "@faultline/mm";
import { fileSink, Recorder } from "@faultline/trace";
import { producer } from "../command-line/version.ts";
import { runOnce } from "../run/run-once.ts";
import { randomScheduler } from "../run/scheduler.ts";

const START = 0x1000_0000;
const PAGES = 16;

/** Threads that map, fault and unmap for ever. */
const churn = scenario({
  title: "mmap, munmap and faults without end",
  profile: "linux-6.12",
  variants: { only: {} },
  setup: (k) => k.mm(),
  threads: (mm) => ({
    mapper: {
      mm,
      run: (k) =>
        k.loop(null, function* () {
          const mapping = { start: START, length: PAGES * PAGE_SIZE, flags: VM.READ | VM.WRITE, ops: "", owner: "" };
          yield* k.mmap(mm, mapping);
          yield* k.munmap(mm, START, PAGES * PAGE_SIZE);
          return again(null);
        }),
    },
    ...Object.fromEntries(
      [0, 1].map((which) => [
        `faulter${which}`,
        {
          mm,
          run: (k) =>
            k.loop(which, function* (page) {
              yield* k.pageFault(mm, START + page * PAGE_SIZE, true);
              return again((page + 1) % PAGES);
            }),
        } satisfies ReturnType<Parameters<typeof scenario>[0]["threads"]>[string],
      ]),
    ),
  }),
});

/** Records a random run of so many events of real procedures. */
export function writeLongTrace(path: string, events: number): void {
  const { program } = churn.instantiate("only");
  const meta = { scenario: "churn", threads: ["setup", ...program.threads.map(({ name }) => name)] };
  const recorder = new Recorder(fileSink(path), { producer, meta }, program.initial);
  const random = randomScheduler(1);
  const scheduler = {
    nextTask: (...asked: Parameters<typeof random.nextTask>) =>
      recorder.events < events ? random.nextTask(...asked) : undefined,
    // The first outcome is the ordinary one: an allocator that never reuses would leak free slots without end.
    choose: (options: readonly string[]) => options[0]!,
  };
  runOnce(program, scheduler, (event, transition) => recorder.record(event, transition));
  recorder.finish();
}
