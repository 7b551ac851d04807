import { readFileSync } from "node:fs";
import { basename } from "node:path";
import ts from "typescript";
import { type Change, changesOf } from "./changes.ts";
import type { CallMutant } from "./mutant.ts";
import { printed } from "./schemata.ts";
import { pathOf, targetOf } from "../mutants/target.ts";
import { targetFiles, targets } from "./targets.ts";

/** All mutants, and every target's file with them inside, by its absolute path. */
export interface CallMutants {
  /** In the order of the numbers by which the texts ask for them. */
  readonly mutants: readonly CallMutant[];
  readonly texts: ReadonlyMap<string, string>;
}

/** @param runtime what the import of the mutants' runtime names */
export function makeCallMutants(runtime: string): CallMutants {
  const mutants: CallMutant[] = [];
  const count = new Map<string, number>();
  const texts = targetFiles.map((file): [string, string] => {
    const path = pathOf(file);
    const source = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.ES2023, true);
    const numbers = new Map<Change, number>();
    const changes = changesOf(source, (name) => targetOf(targets, file, name) !== undefined);
    for (const change of changes) {
      numbers.set(change, mutants.length);
      const name = `${change.within}: ${change.kind} ${change.what}`;
      const times = (count.get(name) ?? 0) + 1;
      count.set(name, times);
      mutants.push({
        key: times === 1 ? name : `${name} (${times})`,
        target: targetOf(targets, file, change.within)!,
        kind: change.kind,
        place: `${basename(file)}:${source.getLineAndCharacterOfPosition(change.node.getStart()).line + 1}`,
      });
    }
    return [path, `import * as $m from ${JSON.stringify(runtime)};\n${printed(source, changes, numbers)}`];
  });
  return { mutants, texts: new Map(texts) };
}
