import type { Judgement } from "../explore/judge.ts";
import type { VariantResult } from "../explore/result.ts";
import { grouped, secondsText } from "./counts.ts";
import type { Style } from "./style.ts";
import { renderTable } from "./table.ts";
import { labelled, printable } from "./wrap.ts";

/** A variant's line in the gallery's table. */
export interface GalleryRow {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly result: VariantResult;
  readonly judgement: Judgement;
}

const HEAD = ["", "variant", "verdict", "states", "time", "declared", "rules"];
/** Engine `classes` stores no states. */
const CLASSES_HEAD = HEAD.with(3, "classes");
const NUMBERS: ReadonlySet<number> = new Set([3, 4]);
const DECLARED: Readonly<Record<Judgement["outcome"], string>> = {
  "as-declared": "yes",
  "not-as-declared": "NO",
  undecided: "?",
  undeclared: "-",
};

/** The gallery: a heading per entry, a line per variant, and below it why a variant is not as declared. */
export function renderGallery(rows: readonly GalleryRow[], width: number, style: Style): string[] {
  const [head = "", ...lines] = renderTable(
    rows[0]?.result.engine === "classes" ? CLASSES_HEAD : HEAD,
    rows.map(cellsOf),
    NUMBERS,
  );
  const colour = { clean: style.good, violation: style.bad, inconclusive: style.doubtful, sampled: style.doubtful };
  return [
    style.faint(head),
    ...rows.flatMap(({ id, slug, result, judgement }, i) => {
      const heading = rows[i - 1]?.id === id ? [] : [`${style.title(id)}  ${slug}`];
      const line = lines[i]!.replace(` ${result.verdict} `, ` ${colour[result.verdict](result.verdict)} `);
      const why = judgement.reason === "" ? [] : labelled("", printable(judgement.reason), width, 6);
      return [...heading, line, ...why];
    }),
  ];
}

function cellsOf({ result, judgement }: GalleryRow): string[] {
  const { variant, verdict, violations, seconds } = result;
  const size = result.engine === "classes" ? result.runs : result.states;
  const rules = [...new Set(violations.map(({ rule, severity }) => `${rule} ${severity}`))];
  return ["  ", variant, verdict, grouped(size), secondsText(seconds), DECLARED[judgement.outcome], rules.join(", ")];
}
