import { differential } from "../live/differential.ts";
import { liveKernel } from "../live/live-kernel.ts";
import { reportDifference } from "../live/report-difference.ts";
import { progressOf } from "./progress.ts";
import { whole } from "./usage-error.ts";

/** Operations where nobody says how many. */
const DEFAULT = 20_000;

/** Lists of all kinds on the running kernel and on the model; one difference ends it. */
export async function liveCommand(
  values: { readonly ops?: string | undefined; readonly seed?: string | undefined },
  say: (text: string) => void,
): Promise<number> {
  const operations = whole("ops", values.ops, DEFAULT, 1);
  const seed = whole("seed", values.seed, 1, 0);
  const kernel = liveKernel();
  say(`kernel ${kernel.release}, model ${kernel.profile}, ${JSON.stringify(kernel.machine)}`);
  const started = Date.now();
  const shown = progressOf(operations);
  const result = await differential(kernel, { operations, seed }, shown.update);
  shown.end();
  const seconds = (Date.now() - started) / 1000;
  const rate = Math.round(result.operations / Math.max(seconds, 0.001));
  if (result.difference !== null) for (const line of reportDifference(kernel, result.difference)) say(line);
  say(
    `${result.operations} operations in ${result.lists} lists of seed ${seed}, ${result.refused} refused; ` +
      `${seconds.toFixed(1)} s, ${rate} operations/s`,
  );
  say(`${result.lines} lines, ${result.difference === null ? 0 : 1} differences`);
  return result.difference === null ? 0 : 1;
}
