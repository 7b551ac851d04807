import { type Operation, parseOperations } from "@faultline/oracle";

/** A part of a list that begins with an empty window: one rule, or one check. */
export type Section = { readonly title: string; readonly operations: readonly Operation[] };

/** The sections of a list: a line `## title` begins one. Each has been recorded in a process of its own. */
export function sections(text: string): readonly Section[] {
  const [, ...parts] = text.split(/^## /mu);
  return parts.map((part) => {
    const [title, ...lines] = part.split("\n");
    return { title: title!, operations: parseOperations(lines.join("\n")) };
  });
}

/** How many lines the results of the section have: a fork has one of the child's too. */
export function linesOf({ operations }: Section): number {
  return operations.reduce((sum, { op }) => sum + (op === "fork" ? 2 : 1), 0);
}
