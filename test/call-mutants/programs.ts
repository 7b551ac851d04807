import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import {
  holdAgainst,
  ModelProcess,
  type Operation,
  parseOperations,
  parseResults,
  type ResultLine,
} from "@faultline/oracle";
import { fixtures } from "../../packages/oracle/test/fixtures/machines.ts";
import { BROKEN, directedList, KERNELS, machineOf } from "../../packages/oracle/test/helpers/directed-list.ts";
import { listsOf } from "../../packages/oracle/test/helpers/directed-lists.ts";
import { WatchedProcess } from "../../packages/oracle/test/helpers/watched-process.ts";

/** What a mutant is tried on: it passes with the model, and is a test of its own or a part of one. */
export interface CallProgram {
  readonly name: string;
  /** Runs it: the first thing that is not as it should be, or undefined. */
  readonly run: () => string | undefined;
  /** Left out where it does not pass as it is run here. */
  readonly optional?: true;
}

/** Every list with results of a real kernel: directed sections and recorded lists. */
export function callPrograms(): CallProgram[] {
  return [...directed(), ...recorded()];
}

function directed(): CallProgram[] {
  return KERNELS.flatMap((kernel) => {
    const machine = machineOf(kernel);
    return listsOf(kernel).flatMap((list) =>
      directedList(kernel, list).parts.map(({ title, operations, results }): CallProgram => {
        // The file on disk takes longer to fill than most sections to run.
        const disk = operations.some(({ text }) => /\bf[012]\b/u.test(text));
        const options = { profile: kernel, machine, disk };
        return {
          name: `${list} on ${kernel}: ${title}`,
          run: () => {
            const process = new WatchedProcess(options);
            const difference = firstDifference(process, operations, results);
            return difference ?? process.wrong.find((one) => BROKEN[kernel]?.test(one) !== true);
          },
        };
      }),
    );
  });
}

function recorded(): CallProgram[] {
  const text = (name: string): string =>
    gunzipSync(readFileSync(new URL(`../../packages/oracle/test/fixtures/${name}.gz`, import.meta.url))).toString(
      "utf8",
    );
  return fixtures.map(({ list, version, machine }): CallProgram => {
    const operations = parseOperations(text(`${list}.ops`));
    const results = parseResults(text(`${list}-${version}.jsonl`));
    const options = { profile: `linux-${version}`, machine };
    return {
      name: `${list} of ${version}`,
      run: () => firstDifference(new ModelProcess(options), operations, results),
    };
  });
}

/** The first operation that gives something else. */
function firstDifference(
  subject: ModelProcess | WatchedProcess,
  operations: readonly Operation[],
  results: readonly ResultLine[],
): string | undefined {
  let at = 0;
  for (const operation of operations) {
    const lines = results[at]?.child === true ? 2 : 1;
    const [difference] = holdAgainst(subject, [operation], results.slice(at, at + lines)).differences;
    if (difference !== undefined) return `${difference.op}: ${difference.field} ${difference.got.slice(0, 40)}`;
    at += lines;
  }
  return undefined;
}
