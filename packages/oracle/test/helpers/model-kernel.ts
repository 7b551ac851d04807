import { ModelProcess, parseOperation, PLAIN_MACHINE, type ResultLine } from "@faultline/oracle";
import type { LiveKernel } from "../../src/live/live-kernel.ts";

/** What a kernel says in place of a line of the `list`th list that it is given, from 0. */
export type Lie = (line: ResultLine, list: number) => ResultLine;

/** A kernel that is a model process of its own for each list, and the lists that it was given. */
export interface ModelKernel extends LiveKernel {
  readonly given: (readonly string[])[];
}

/**
 * A kernel whose answers another model process gives, but for what it lies about.
 * @param wait what an answer waits for while others work
 */
export function modelKernel(lie: Lie = (line) => line, wait = (): Promise<void> => Promise.resolve()): ModelKernel {
  const given: (readonly string[])[] = [];
  const [profile, machine] = ["linux-6.12", PLAIN_MACHINE];
  const run = (lines: readonly string[]): readonly ResultLine[] => {
    const list = given.push(lines) - 1;
    const process = new ModelProcess({ profile, machine });
    return lines.flatMap((line, at) => process.run(parseOperation(line, at + 1))).map((line) => lie(line, list));
  };
  const ask = async (lines: readonly string[]): Promise<readonly ResultLine[]> => {
    const results = run(lines);
    await wait();
    return results;
  };
  return { release: "6.12.0-model", profile, machine, run, ask, given };
}
