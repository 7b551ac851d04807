import { canonical, type Ref, type RenameTask, type Value } from "@faultline/mm";

/** The component that stands where this one stood, once tasks are renamed. */
export function renameRef(ref: Ref, rename: RenameTask): Ref {
  const places = ref.kind.tasks.ids;
  if (places === undefined) return ref;
  return ref.kind.of(
    ...ref.ids.map((id, place) => (places.includes(place) && typeof id === "number" ? rename(id) : id)),
  );
}

/** A component's value with its tasks renamed. */
export function renameValue(ref: Ref, value: Value, rename: RenameTask): Value {
  return ref.kind.tasks.value?.(value, rename) ?? value;
}

/** Whether a value is another one, renamed. */
export function isRenamed(ref: Ref, value: Value, other: Value, rename: RenameTask): boolean {
  return canonical(renameValue(ref, value, rename)) === canonical(renameValue(ref, other, same));
}

/** Exchanges two tasks. */
export function exchange(a: number, b: number): RenameTask {
  return (task) => (task === a ? b : task === b ? a : task);
}

const same: RenameTask = (task) => task;
