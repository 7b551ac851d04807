import process from "node:process";
import { expect, test } from "vitest";
import { ImportError, importFtraceLines } from "../../src/index.ts";
import { capture } from "./helpers/captures.ts";
import { FuzzGrammar, Numbers } from "./helpers/fuzz-grammar.ts";

// `npm run fuzz:import -- --inputs N --seed S` runs more of them.
const inputs = Number(process.env["FAULTLINE_FUZZ_INPUTS"] ?? 1_500);
const seed = Number(process.env["FAULTLINE_FUZZ_SEED"] ?? 1);

/** Lines of an input: more than any single rule of the importer looks ahead in such a text. */
const MOST = 80;
/** Milliseconds of processor time that an input may take: a thousand times what it does. */
const LIMIT = 10_000;
/** Bytes that the heap may have grown by when all is done. */
const GROWTH = 512 * 1024 * 1024;

test(
  `${inputs} inputs of a grammar, seed ${seed}: no crash, no hang, no memory that stays`,
  { timeout: 86_400_000 },
  () => {
    const real = (["binder-6.1", "race-counter", "fork-counter", "race-tracecmd", "reclaim-mono"] as const).map(
      capture,
    );
    const outcomes = { clean: 0, diverged: 0, refused: 0, unknown: 0, events: 0 };
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < inputs; i++) {
      const lines = new FuzzGrammar(new Numbers(seed * 1_000_003 + i)).input(MOST, real);
      const began = process.cpuUsage();
      try {
        const result = importFtraceLines(lines);
        if (result.divergenceCount > 0) outcomes.diverged++;
        else outcomes.clean++;
        outcomes.unknown += result.unknown;
        outcomes.events += result.events;
      } catch (error) {
        if (!(error instanceof ImportError)) {
          throw new Error(`input ${i} of seed ${seed}:\n${lines.join("\n")}`, { cause: error });
        }
        outcomes.refused++;
      }
      expect(process.cpuUsage(began).user / 1000, `input ${i} of seed ${seed}`).toBeLessThan(LIMIT);
    }
    console.log(JSON.stringify({ inputs, seed, ...outcomes }));
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(GROWTH);
    // A grammar of which nothing is understood, or all is lawful, tests nothing.
    expect(Math.min(outcomes.clean, outcomes.diverged, outcomes.unknown, outcomes.events)).toBeGreaterThan(inputs / 50);
  },
);
