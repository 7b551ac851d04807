import { explore } from "@faultline/interleave";
import { type Cost, costs, phases } from "./cost.ts";
import type { Design } from "./design.ts";
import { designs, withoutLock } from "./designs.ts";
import { type Situation, situationOf, situations } from "./situations.ts";

/** `clean`, or the rules that break with the worst severity of each. */
export function verdictOf(design: Design, situation: Situation): string {
  const { verdict, findings } = explore(situationOf(design, situation).instantiate("only").program);
  if (verdict !== "violation") return verdict;
  const worst = new Map<string, string>();
  for (const { violation } of findings) {
    const { name } = violation.rule;
    const known = worst.get(name);
    if (known === undefined || violation.severity < known) worst.set(name, violation.severity);
  }
  const cells = [...worst].map(([rule, severity]) => `${severity} ${rule}`).sort();
  return cells.join(", ");
}

const COLUMNS: readonly (readonly [keyof Cost, string])[] = [
  ["mmapLock", "mmap_lock"],
  ["vmaLock", "VMA lock"],
  ["iMmap", "i_mmap"],
  ["driver", "driver's locks"],
  ["lru", "lru lock"],
  ["ptl", "PTL"],
  ["mmRefs", "mm references"],
  ["faults", "faults"],
];

const WHAT: Readonly<Record<(typeof phases)[number], string>> = {
  "new page": "A transaction whose page is not there yet: sent, received, read, given back",
  "page there": "The next one, which finds the page on the lru",
  reclaim: "Reclaim of the page",
  "page reclaimed": "A transaction after that",
};

/** The page that compares binder's designs, docs/designs.md: everything in it is found by exploring or running them. */
export function designsPage(): string {
  const all = [...designs, ...withoutLock];
  const races = situations.map((situation) => [
    situation.name,
    ...designs.map((design) => verdictOf(design, situation)),
  ]);
  const ablation = situations
    .map((situation) => [situation.name, ...withoutLock.map((design) => verdictOf(design, situation))])
    .filter((row) => row.slice(1).some((cell) => cell !== "clean"));
  const counted = designs.map((design) => ({ design, cost: costs(design) }));
  const parts = [
    "# Binder's designs",
    "<!-- Written by `npm run docs:designs`. -->",
    "How a page gets into a receiver's buffer and out of it again, in the designs that were released and in the lazy one:" +
      "\na page array that the sender writes directly, mapped on fault or before the receiver returns to user mode, and" +
      "\nunmapped through rmap. Every cell is the result of an exhaustive exploration, every number is counted from the" +
      "\nevents of a sequential run.",
    table(
      ["design", "kernel profile", "in short"],
      all.map(({ name, profile, about }) => [name, profile, about]),
    ),
    "## Situations",
    table(
      ["situation", "what happens at once"],
      situations.map(({ name, about }) => [name, about]),
    ),
    "## Races",
    "`clean`: no ordering breaks a rule. Otherwise each broken rule with its worst severity; S0 is memory safety, S1" +
      "\nprivilege, S5 a leak or starvation, S6 a weird state.",
    table(["situation", ...designs.map(({ name }) => name)], races),
    "## The lazy design without its lock",
    "Only the situations in which something breaks: the page comes back between its unmapping and its end.",
    table(["situation", ...withoutLock.map(({ name }) => name)], ablation),
    "## Cost",
    "Lock acquisitions, references taken on the receiver's address space, and faults of the receiver.",
    ...phases.flatMap((phase) => [
      `### ${WHAT[phase]}`,
      table(
        ["design", ...COLUMNS.map(([, title]) => title)],
        counted.map(({ design, cost }) => [design.name, ...COLUMNS.map(([key]) => String(cost[phase][key]))]),
      ),
    ]),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** A Markdown table, its columns aligned as prettier wants them. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(3, title.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}
