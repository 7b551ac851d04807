import type { Program } from "@faultline/interleave";
import { hex, refOfKey, type Ref, Snapshot, type Value } from "@faultline/mm";

/** Every way to permute a list. */
function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));
}

/** Pages that are exchanged with threads: the n-th with the n-th. */
export type PagesOf = readonly { readonly threads: readonly string[]; readonly pages: readonly string[] }[];

/** Tasks are numbers, pages as long as they are not negative too: no task has the number of a page. */
type Renaming = ReadonlyMap<number, number>;

/** Every renaming that only moves threads within these sets, given by name, and their pages with them. */
function renamings({ threads }: Program, alike: readonly (readonly string[])[], pages: PagesOf): Renaming[] {
  return alike.reduce<Renaming[]>(
    (all, names) => {
      const units = names.map((name, i) => [
        threads.find((thread) => thread.name === name)!.task,
        ...pages.filter((one) => one.threads.join() === names.join()).map((one) => Number(one.pages[i])),
      ]);
      return all.flatMap((renaming) =>
        permutations(units).map(
          (order) =>
            new Map([
              ...renaming,
              ...units.flatMap((unit, i) => unit.map((name, at) => [name, order[i]![at]!] as const)),
            ]),
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
  pages: PagesOf = [],
): string[] {
  if (alike.length === 0) return [...new Set(states)].sort();
  const all = renamings(program, alike, pages);
  const least = [...states].map((state) => all.map((renaming) => renamed(state, renaming)).sort()[0]!);
  return [...new Set(least)].sort();
}

function renamed(state: string, renaming: Renaming): string {
  const rename = (name: number): number => renaming.get(name) ?? name;
  const lines = state.split("\n").filter((line) => line !== "");
  const entries = lines.map((line): [Ref, Value] => {
    const end = line.indexOf(" ");
    const { kind, ids } = refOfKey(line.slice(0, end))!;
    const value = JSON.parse(line.slice(end + 1)) as Value;
    const there = kind.of(
      ...ids.map((id, i) => {
        if (kind.pages.ids?.includes(i) === true) return typeof id === "number" ? rename(id) : hex(rename(Number(id)));
        return kind.tasks.ids?.includes(i) === true && typeof id === "number" ? rename(id) : id;
      }),
    );
    const moved = kind.tasks.value?.(value, rename) ?? value;
    return [there, kind.pages.value?.(moved, rename) ?? moved];
  });
  return Snapshot.empty.with(new Map(entries)).encode();
}
