import ts from "typescript";
import type { Change } from "./changes.ts";

/** The file's text with all changes inside: at each place it is asked which of them is made. */
export function printed(
  source: ts.SourceFile,
  changes: readonly Change[],
  numbers: ReadonlyMap<Change, number>,
): string {
  const byNode = new Map<ts.Node, Change[]>();
  const later = new Map<ts.Node, Change[]>();
  const orders = new Map<ts.Node, Change[]>();
  for (const change of changes) {
    byNode.set(change.node, [...(byNode.get(change.node) ?? []), change]);
    if (change.first !== undefined) orders.set(change.first, [...(orders.get(change.first) ?? []), change]);
    if (change.later !== undefined) later.set(change.later, [...(later.get(change.later) ?? []), change]);
  }
  const text = source.getFullText();
  const asked = (change: Change): string => {
    const known = change.matters !== undefined || change.first !== undefined;
    return `$m.${known ? "on" : "at"}(${numbers.get(change)!})`;
  };

  /** The node's text with the changes to what is inside it. */
  const inside = (node: ts.Node): string => {
    let [out, at] = ["", node.getStart(source)];
    ts.forEachChild(node, (child) => {
      const start = child.getStart(source);
      out += text.slice(at, start) + print(child);
      at = child.getEnd();
    });
    return out + text.slice(at, node.getEnd());
  };

  const print = (node: ts.Node): string => {
    const [own, left] = [byNode.get(node) ?? [], later.get(node) ?? []];
    if (own.length === 0 && left.length === 0) return inside(node);
    if (ts.isStatement(node)) {
      const before = own.map((change) => `if (${asked(change)}) ${change.text} `).join("");
      const unless = left.map((change) => `if (!${asked(change)}) `).join("");
      return `${before}${unless}${inside(node)}`;
    }
    const choices = own.map((change) => `${asked(change)} ? (${change.text}) : `).join("");
    const numbersOf = (some: readonly Change[]): number[] => some.map((change) => numbers.get(change)!);
    const others = numbersOf([...own.filter(({ matters }) => matters === true), ...(orders.get(node) ?? [])]);
    const instead = numbersOf(own.filter(({ matters }) => matters === false));
    const looks = own.flatMap((change) => {
      const { matters } = change;
      return typeof matters === "object"
        ? `$m.sides(${matters.left}, ${matters.right}, ${numbers.get(change)!}) && `
        : [];
    });
    const value = `${looks.join("")}(${inside(node)})`;
    if (others.length + instead.length === 0) return `(${choices}${value})`;
    return `(${choices}$m.answer(${value}, [${others.join(", ")}], [${instead.join(", ")}]))`;
  };

  return text.slice(0, source.getStart()) + inside(source);
}
