/** References by holder, with one of this holder's less. */
export function refsWithout(refs: Readonly<Record<string, number>>, holder: string): Readonly<Record<string, number>> {
  const left: Record<string, number> = {};
  for (const name in refs) {
    const count = refs[name]! - (name === holder ? 1 : 0);
    if (count > 0) left[name] = count;
  }
  return left;
}
