/** Names that one cache remembers. Numbers come from traces too, as many as somebody likes. */
const MOST_NAMES = 50_000;

/** Spells names of pairs of numbers, each of which is asked for over and over: to spell one costs more than many a step. */
export function namesOfPairs(spell: (one: number, two: number) => string): (one: number, two: number) => string {
  const known = new Map<number, Map<number, string>>();
  let count = 0;
  return (one, two) => {
    let names = known.get(one);
    const found = names?.get(two);
    if (found !== undefined) return found;
    const name = spell(one, two);
    if (count >= MOST_NAMES) return name;
    count++;
    if (names === undefined) known.set(one, (names = new Map<number, string>()));
    names.set(two, name);
    return name;
  };
}

/** Makes something of a name, which is asked for over and over. */
export function ofName<V>(make: (name: string) => V): (name: string) => V {
  const known = new Map<string, V>();
  return (name) => {
    let value = known.get(name);
    if (value === undefined) {
      value = make(name);
      if (known.size < MOST_NAMES) known.set(name, value);
    }
    return value;
  };
}

/** The same for names of one number. */
export function namesOf(spell: (one: number) => string): (one: number) => string {
  const known: string[] = [];
  return (one) => {
    if (one >>> 0 !== one || one >= MOST_NAMES) return spell(one);
    return (known[one] ??= spell(one));
  };
}
