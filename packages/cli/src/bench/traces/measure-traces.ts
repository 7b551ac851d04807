import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CliError } from "../../command-line/cli-error.ts";
import { runFresh } from "../fresh-process.ts";
import type { Phase, PhaseResult } from "./phase.ts";

/**
 * What to measure: a trace that is there, one that importing a kernel's trace gives, or one of so many events that is made
 * for it.
 */
export interface TraceBench {
  readonly path?: string;
  readonly capture?: string;
  readonly events: number;
  readonly seeks: number;
  /** How often each phase is run; the fastest counts. */
  readonly repeat: number;
}

/** Measures each phase in a fresh process. */
export async function* measureTraces({ path: given, capture, events, seeks, repeat }: TraceBench): AsyncGenerator<PhaseResult, void> {
  const folder = mkdtempSync(join(tmpdir(), "faultline-bench-"));
  const path = given ?? join(folder, "long.fltrace");
  const begin: Phase["phase"][] = capture === undefined ? ["record"] : ["import", "import --out"];
  const phases: Phase["phase"][] = [...(given === undefined ? begin : []), "decode", "replay", "seek", "bisect"];
  try {
    for (const phase of phases) {
      yield await fastest({ phase, path, events, seeks, ...(capture === undefined ? {} : { capture }) }, repeat);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fastest(phase: Phase, repeat: number): Promise<PhaseResult> {
  let best = await measure(phase);
  for (let again = 1; again < repeat; again++) {
    const other = await measure(phase);
    if (!other.right || (best.right && other.seconds < best.seconds)) best = other;
  }
  return best;
}

async function measure(phase: Phase): Promise<PhaseResult> {
  const { stdout } = await runFresh(["bench", "traces", "--json", "--cell", JSON.stringify(phase)]);
  if (stdout === "") throw new CliError("E_BENCH", `the process that measured ${phase.phase} gave no answer.`);
  const found = JSON.parse(stdout) as PhaseResult | { readonly error: { readonly code: string; readonly message: string } };
  if ("error" in found) throw new CliError(found.error.code, found.error.message);
  return found;
}
