/** Rows as aligned columns, two spaces between them. Columns of numbers go to the right. */
export function renderTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  toTheRight: ReadonlySet<number> = new Set(),
): string[] {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => (row[i] ?? "").length)));
  return [head, ...rows].map((row) =>
    head
      .map((_, i) => {
        const cell = row[i] ?? "";
        return toTheRight.has(i) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!);
      })
      .join("  ")
      .trimEnd(),
  );
}
