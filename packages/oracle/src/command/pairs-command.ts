import { formatSchedule } from "@faultline/trace";
import { resultText } from "../concurrent/concurrent-result.ts";
import { type HeldPair, holdPair, reachedPart } from "../concurrent/hold-pair.ts";
import { observePair } from "../concurrent/live-pair.ts";
import { pairs } from "../concurrent/pairs.ts";
import { liveKernel } from "../live/live-kernel.ts";
import { UsageError, whole } from "./usage-error.ts";

/** Runs of each pair where nobody says how many. */
const DEFAULT = 300_000;
/** The part of the model's results that the kernel is to show, on average. */
const ENOUGH = 0.5;

/** Every pair of threads on the running kernel and on the model; 1 for a result outside of the model's, or too few of them. */
export function pairsCommand(
  values: {
    readonly runs?: string | undefined;
    readonly seed?: string | undefined;
    readonly only?: string | undefined;
  },
  say: (text: string) => void,
): number {
  const runs = whole("runs", values.runs, DEFAULT, 1);
  const seed = whole("seed", values.seed, 1, 0);
  const chosen = pairs.filter(({ name }) => values.only === undefined || name.includes(values.only));
  if (chosen.length === 0)
    throw new UsageError(`no pair is called ${values.only ?? ""}: ${pairs.map(({ name }) => name).join("; ")}`);
  const kernel = liveKernel();
  say(`kernel ${kernel.release}, model ${kernel.profile}, ${runs} runs of each pair`);
  const held = chosen.map((pair) => {
    const one = holdPair(pair, observePair(pair, runs, seed), kernel.profile);
    for (const line of renderPair(one)) say(line);
    return one;
  });
  const outside = held.reduce((sum, one) => sum + one.outside.length, 0);
  const part = held.reduce((sum, one) => sum + reachedPart(one), 0) / held.length;
  say(
    `${held.length} pairs: ${outside} results outside, ${Math.round(part * 100)} % of the model's results seen on average`,
  );
  return outside === 0 && part >= ENOUGH ? 0 : 1;
}

function renderPair(held: HeldPair): readonly string[] {
  const { pair, possible, complete, outside, unseen } = held;
  return [
    `${pair.name}: ${possible.length - unseen.length} of ${possible.length} results seen${complete ? "" : ", there may be more"}`,
    ...outside.map(({ result, times }) => `  outside, ${times} times: ${resultText(result)}`),
    ...unseen.flatMap(({ result, events }) => [
      `  never seen: ${resultText(result)}`,
      `    shortest: ${formatSchedule(events)}`,
    ]),
  ];
}
