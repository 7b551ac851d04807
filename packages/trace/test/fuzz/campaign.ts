import { readFileSync } from "node:fs";
import { decodeTrace } from "../../src/index.ts";
import { golden } from "../helpers/golden.ts";
import { judge } from "./judge.ts";
import { makeInput, type Seed } from "./mutate.ts";
import { Random } from "./random.ts";

/** An input that must not do what it does. */
export interface Failure {
  readonly input: number;
  readonly how: string;
  readonly error: unknown;
  readonly bytes: Uint8Array;
}

export interface Report {
  readonly inputs: number;
  /** Fates that were met, by the kind of the answer. */
  readonly answers: ReadonlyMap<string, number>;
  readonly fates: number;
  readonly failures: readonly Failure[];
  /** Milliseconds that the slowest input took, and which it was. */
  readonly slowest: number;
  readonly slowestInput: number;
}

/** Traces to begin with are short: what a block may be does not depend on how many there are. */
const MAX_SEED_BYTES = 4096;
const MAX_SEEDS = 400;
const MAX_FAILURES = 20;

/**
 * Makes so many files and looks at what comes of each. A file whose fate is new is one to make others of.
 * @param watch called after each hundred
 */
export function campaign(inputs: number, seed: number, watch: (done: number) => void = () => undefined): Report {
  const random = new Random(seed);
  const seeds = golden
    .map(({ path }) => seedOf(readFileSync(path)))
    .filter(({ bytes }) => bytes.length < MAX_SEED_BYTES);
  const fates = new Set<string>();
  const answers = new Map<string, number>();
  const failures: Failure[] = [];
  let slowest = 0;
  let slowestInput = 0;
  for (let i = 0; i < inputs && failures.length < MAX_FAILURES; i++) {
    const input = makeInput(random, seeds);
    const start = performance.now();
    try {
      const fate = judge(input, i);
      const [kind = ""] = fate.split(" ", 1);
      answers.set(kind, (answers.get(kind) ?? 0) + 1);
      if (!fates.has(fate)) {
        fates.add(fate);
        const next = seeds.length < MAX_SEEDS ? seedFrom(input.bytes) : undefined;
        if (next !== undefined) seeds.push(next);
      }
    } catch (error) {
      failures.push({ input: i, how: input.how, error, bytes: input.bytes });
    }
    const took = performance.now() - start;
    if (took > slowest) [slowest, slowestInput] = [took, i];
    if (i % 100 === 99) watch(i + 1);
  }
  return { inputs, answers, fates: fates.size, failures, slowest, slowestInput };
}

function seedOf(bytes: Uint8Array): Seed {
  const trace = decodeTrace(bytes);
  return { bytes, initial: trace.storedState(0), events: [...trace.recorded()] };
}

/** Undefined for what cannot be taken apart again. */
function seedFrom(bytes: Uint8Array): Seed | undefined {
  try {
    return decodeTrace(bytes).finalHash === undefined ? undefined : seedOf(bytes);
  } catch {
    return undefined;
  }
}
