import {
  canonical,
  hex,
  type Ref,
  type RenamePage,
  type RenameTask,
  renameIn,
  renamePagesIn,
  type Value,
} from "@faultline/mm";

/** A renaming of tasks, and of pages of user memory with them. */
export interface Renaming {
  readonly task: RenameTask;
  readonly page: RenamePage;
}

/** What goes with a thread when it is exchanged with another: its task number, and addresses of pages. */
export interface Named {
  readonly task: number;
  readonly pages: readonly number[];
}

/** The component that stands where this one stood, once tasks and pages are renamed. */
export function renameRef(ref: Ref, { task, page }: Renaming): Ref {
  const { tasks, pages } = ref.kind;
  if (tasks.ids === undefined && pages.ids === undefined) return ref;
  return ref.kind.of(
    ...ref.ids.map((id, place) => {
      if (tasks.ids?.includes(place) === true && typeof id === "number") return task(id);
      if (pages.ids?.includes(place) !== true) return id;
      return typeof id === "number" ? page(id) : hex(page(Number(id)));
    }),
  );
}

/** A component's value with its tasks and pages renamed. */
export function renameValue({ kind }: Ref, value: Value, { task, page }: Renaming): Value {
  const renamed = kind.tasks.value?.(value, task) ?? value;
  return kind.pages.value?.(renamed, page) ?? renamed;
}

/** A name in which tasks and PTEs may stand, with these renamed. */
export function renameName(name: string, { task, page }: Renaming): string {
  return renamePagesIn(renameIn(name, task), page);
}

/** Whether a value is another one, renamed. */
export function isRenamed(ref: Ref, value: Value, other: Value, renaming: Renaming): boolean {
  return canonical(renameValue(ref, value, renaming)) === canonical(renameValue(ref, other, SAME));
}

/** Exchanges two tasks, and the pages of the one with those of the other. */
export function exchange(a: Named, b: Named): Renaming {
  return {
    task: (task) => (task === a.task ? b.task : task === b.task ? a.task : task),
    page: (address) => counterpart(a, b, address) ?? counterpart(b, a, address) ?? address,
  };
}

/** Puts each of these names in the place of the one before it that stands at the same place of the other list. */
export function permutation(from: readonly Named[], to: readonly Named[]): Renaming {
  const tasks = new Map(from.map(({ task }, i) => [task, to[i]!.task]));
  const pages = new Map(from.flatMap((one, i) => one.pages.map((page, at) => [page, to[i]!.pages[at]!] as const)));
  return { task: (task) => tasks.get(task) ?? task, page: (address) => pages.get(address) ?? address };
}

/** Puts one thread's names in the place of another's. */
export function replace(from: Named, to: Named): Renaming {
  return {
    task: (task) => (task === from.task ? to.task : task),
    page: (address) => counterpart(from, to, address) ?? address,
  };
}

function counterpart(from: Named, to: Named, address: number): number | undefined {
  return to.pages[from.pages.indexOf(address)];
}

/** Renames nothing. */
export const SAME: Renaming = { task: (task) => task, page: (address) => address };
