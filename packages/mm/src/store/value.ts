/**
 * What a component may hold: plain data with one canonical spelling. Numbers are safe integers (addresses stay below
 * 2^48), so that equal states are equal bytes on every machine and Node version.
 */
export type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value };

/** Thrown when something that is no {@link Value} reaches the store: a program error of the caller, never a finding. */
export class ValueError extends Error {
  override readonly name = "ValueError";
  readonly code = "E_VALUE";
}

/**
 * The canonical text of a value: JSON with sorted keys and no spaces. Two values are equal exactly when their
 * canonical texts are.
 * @throws ValueError for undefined, functions, symbols, bigints, non-integer or unsafe numbers, and class instances.
 */
export function canonical(value: Value): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "boolean":
      return value ? "true" : "false";
    case "number":
      if (!Number.isSafeInteger(value)) throw new ValueError(`not a safe integer: ${String(value)}`);
      return value === 0 ? "0" : String(value);
    case "object":
      break;
    default:
      throw new ValueError(`a state holds plain data only, not ${typeof value}`);
  }
  if (value === null) return "null";
  // Texts grow by appending, and keys are sorted only where they are not: states are spelt at every keyframe.
  let text = "";
  if (isList(value)) {
    for (const part of value) text += `${text === "" ? "[" : ","}${canonical(part)}`;
    return text === "" ? "[]" : `${text}]`;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new ValueError("a state holds plain data only, not an instance of a class");
  }
  const keys = Object.keys(value);
  if (!keys.every((key, i) => i === 0 || keys[i - 1]! < key)) keys.sort();
  for (const key of keys) text += `${text === "" ? "{" : ","}${JSON.stringify(key)}:${canonical(value[key] as Value)}`;
  return text === "" ? "{}" : `${text}}`;
}

/** Structural equality of values, without building their canonical text. */
export function sameValue(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (isList(a)) return isList(b) && a.length === b.length && a.every((item, i) => sameValue(item, b[i] as Value));
  if (isList(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameValue(a[key] as Value, b[key] as Value))
  );
}

/** Freezes a value all the way down and returns it. Frozen parts are taken as frozen whole. */
export function deepFreeze<T extends Value>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const part of Object.values(value as Record<string, Value>)) deepFreeze(part);
  return Object.freeze(value);
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}
