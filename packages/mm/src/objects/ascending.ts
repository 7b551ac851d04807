/** A list of numbers in ascending order, with one more in its place. */
export function withNumber(ascending: readonly number[], one: number): readonly number[] {
  let place = ascending.length;
  while (place > 0 && ascending[place - 1]! > one) place--;
  return place === ascending.length ? [...ascending, one] : ascending.toSpliced(place, 0, one);
}
