import { refOfKey, type Value } from "@faultline/mm";
import type { Space } from "../space/space.ts";
import { describePending, type Trie } from "../thread/trie.ts";
import { CheckpointError, type SpaceRecord, type TrieRecord } from "./checkpoint.ts";

/** The numbers that a space has given so far. */
export function recordSpace(space: Space): SpaceRecord {
  const { slots } = space;
  const numbers = Array.from({ length: slots.size - slots.threads }, (_, i) => slots.threads + i);
  return {
    slots: numbers.map((slot) => slots.ref(slot)!.key),
    values: numbers.map((slot) => slots.valuesOf(slot)),
    results: space.results,
    tries: distinct(space).map(recordTrie),
  };
}

/**
 * Gives a new space the numbers of a recorded one.
 * @throws CheckpointError when the program does not come to the same ones
 */
export function restoreSpace(space: Space, record: SpaceRecord): void {
  record.slots.forEach((key, i) => {
    const ref = refOfKey(key);
    if (ref === undefined) throw foreign(`no component of this version is called ${key}`);
    expectSame(`the number of ${key}`, space.slots.threads + i, space.slot(ref));
    record.values[i]!.forEach((value, id) => {
      expectSame(`the number of a value of ${key}`, id, space.slots.id(space.slots.threads + i, value));
    });
  });
  record.results.forEach((result, id) => {
    expectSame("the number of a result", id, space.resultId(result));
  });
  const tries = distinct(space);
  expectSame("the number of programs", record.tries.length, tries.length);
  tries.forEach((trie, i) => {
    restoreTrie(trie, record.tries[i]!, record.results);
  });
}

function distinct(space: Space): Trie[] {
  return [...new Set(space.tries)];
}

function recordTrie(trie: Trie): TrieRecord {
  const own = trie.positions().slice(2);
  return {
    positions: own.map(({ witness }) => (witness === undefined ? null : [witness.before.id, witness.resultId])),
    pending: own.map(describePending),
    edges: trie
      .positions()
      .flatMap(({ id, next }) =>
        next.flatMap((reached, result) => (reached === undefined ? [] : [[id, result, reached.id] as const])),
      ),
    cyclic: trie.cyclic,
  };
}

function restoreTrie(trie: Trie, record: TrieRecord, results: readonly Value[]): void {
  const follow = (before: number, result: number, reached: number): void => {
    const position = trie.positions()[before];
    const value = results[result];
    if (position === undefined || value === undefined) throw foreign("it has a step from nowhere");
    expectSame("the number of a position", reached, trie.after(position, value, result).id);
  };
  record.positions.forEach((from, i) => {
    if (from !== null) follow(from[0], from[1], i + 2);
    const position = trie.positions()[i + 2];
    if (position === undefined) throw foreign("a thread does less than it did");
    expectSame("what a thread does", record.pending[i], describePending(position));
  });
  for (const [before, result, reached] of record.edges) follow(before, result, reached);
  trie.cyclic = record.cyclic;
}

function expectSame(what: string, recorded: unknown, found: unknown): void {
  if (recorded !== found) throw foreign(`${what} was ${String(recorded)} and is ${String(found)}`);
}

function foreign(why: string): CheckpointError {
  return new CheckpointError(`the checkpoint is of another program or version: ${why}`);
}
