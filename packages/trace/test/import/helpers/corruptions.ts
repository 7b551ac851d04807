/** A trace with one thing wrong. */
export interface Corruption {
  readonly how: "delete" | "flip write" | "flip success" | "other mm" | "swap";
  /** Line that is wrong, or the first of two, counted from 1. */
  readonly line: number;
  readonly lines: string[];
}

const LOCK = /: mmap_lock_(?:start_locking|acquire_returned|released): mm=(\w+)/;

/** Numbers of the lock lines, counted from 0. */
export function lockLines(lines: readonly string[]): number[] {
  return lines.flatMap((line, i) => (LOCK.test(line) ? [i] : []));
}

/** Every lock line deleted, and altered in each of its fields, and every two neighbouring lock lines swapped. */
export function* corruptions(lines: readonly string[]): Generator<Corruption> {
  const at = lockLines(lines);
  const mms = [...new Set(at.map((i) => LOCK.exec(lines[i]!)![1]!))];
  if (mms.length === 1) mms.push("00000000c0441e55");
  for (const [n, i] of at.entries()) {
    const line = lines[i]!;
    const altered = (how: Corruption["how"], text: string): Corruption => ({
      how,
      line: i + 1,
      lines: lines.with(i, text),
    });
    yield { how: "delete", line: i + 1, lines: lines.toSpliced(i, 1) };
    yield altered(
      "flip write",
      line.replace(/write=(true|false)/, (_, was) => `write=${was !== "true"}`),
    );
    if (line.includes("success=")) {
      yield altered(
        "flip success",
        line.replace(/success=(true|false)/, (_, was) => `success=${was !== "true"}`),
      );
    }
    const mm = LOCK.exec(line)![1]!;
    yield altered("other mm", line.replace(mm, mms[(mms.indexOf(mm) + 1) % mms.length]!));
    const j = at[n + 1];
    if (j !== undefined) yield { how: "swap", line: i + 1, lines: lines.with(i, lines[j]!).with(j, line) };
  }
}
