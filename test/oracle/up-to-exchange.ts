import type { Program } from "@faultline/interleave";
import { refOfKey, type Ref, Snapshot, type Value } from "@faultline/mm";

/** Every way to permute a list. */
function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));
}

/** Every renaming of tasks that only moves threads within these sets, given by name. */
function renamings({ threads }: Program, alike: readonly (readonly string[])[]): Map<number, number>[] {
  return alike.reduce<Map<number, number>[]>(
    (all, names) => {
      const tasks = names.map((name) => threads.find((thread) => thread.name === name)!.task);
      return all.flatMap((renaming) =>
        permutations(tasks).map(
          (order) => new Map([...renaming, ...tasks.map((task, i) => [task, order[i]!] as const)]),
        ),
      );
    },
    [new Map<number, number>()],
  );
}

/** Encoded states, of those that an exchange of alike threads makes equal only the one that sorts first. */
export function upToExchange(
  program: Program,
  alike: readonly (readonly string[])[],
  states: Iterable<string>,
): string[] {
  if (alike.length === 0) return [...new Set(states)].sort();
  const all = renamings(program, alike);
  const least = [...states].map((state) => all.map((renaming) => renamed(state, renaming)).sort()[0]!);
  return [...new Set(least)].sort();
}

function renamed(state: string, renaming: ReadonlyMap<number, number>): string {
  const rename = (task: number): number => renaming.get(task) ?? task;
  const lines = state.split("\n").filter((line) => line !== "");
  const entries = lines.map((line): [Ref, Value] => {
    const end = line.indexOf(" ");
    const { kind, ids } = refOfKey(line.slice(0, end))!;
    const value = JSON.parse(line.slice(end + 1)) as Value;
    const there = kind.of(
      ...ids.map((id, i) => (kind.tasks.ids?.includes(i) === true && typeof id === "number" ? rename(id) : id)),
    );
    return [there, kind.tasks.value?.(value, rename) ?? value];
  });
  return Snapshot.empty.with(new Map(entries)).encode();
}
