import { gallery } from "@faultline/gallery";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { VariantResult } from "../explore/result.ts";
import { medianOfThree, runFresh } from "./fresh-process.ts";
import { writeLongTrace } from "./traces/long-trace.ts";

/** One measurement of something that a user does. */
export interface ProcedureRow {
  readonly name: string;
  /** States explored, or events replayed. */
  readonly states?: number;
  readonly transitions?: number;
  readonly events?: number;
  readonly reducerRuns?: number;
  /** Exploring alone. */
  readonly exploring?: number;
  /** The whole process, start-up included. */
  readonly seconds: number;
}

const REPLAYED_EVENTS = 100_000;

/** Measures the real procedures: the flagship as a user runs it, every entry of the gallery, a long replay. */
export async function* measureProcedures(profile: string | undefined): AsyncGenerator<ProcedureRow> {
  const folder = mkdtempSync(join(tmpdir(), "faultline-bench-"));
  const common = ["--json", "--jobs", "1", "--out", folder, ...(profile === undefined ? [] : ["--profile", profile])];
  try {
    yield { name: "faultline check (the flagship)", ...totals(await medianOfThree(["check", ...common])) };
    for (const { id, scenario } of gallery) {
      for (const variant of scenario.variants) {
        const finished = await runFresh(["check", id, "--variant", variant, ...common]);
        yield { name: `${id} ${variant}`, ...totals(finished) };
      }
    }
    const trace = join(folder, "long.fltrace");
    writeLongTrace(trace, REPLAYED_EVENTS);
    const { seconds } = await medianOfThree(["replay", trace, "--json"]);
    yield { name: "faultline replay", events: REPLAYED_EVENTS, seconds: rounded(seconds) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function totals({
  stdout,
  seconds,
}: {
  readonly stdout: string;
  readonly seconds: number;
}): Omit<ProcedureRow, "name"> {
  const { results } = JSON.parse(stdout) as { readonly results: readonly VariantResult[] };
  const sum = (of: (result: VariantResult) => number): number => results.reduce((total, one) => total + of(one), 0);
  return {
    states: sum(({ states }) => states ?? 0),
    transitions: sum((one) => (one.engine === "states" ? one.totalTransitions : one.transitions)),
    reducerRuns: sum(({ reducerRuns }) => reducerRuns),
    exploring: rounded(sum((result) => result.seconds)),
    seconds: rounded(seconds),
  };
}

function rounded(seconds: number): number {
  return Number(seconds.toFixed(3));
}
