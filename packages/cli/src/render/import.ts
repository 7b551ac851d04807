import type { ImportResult } from "@faultline/trace";
import { count, grouped } from "./counts.ts";
import { shellWord } from "./shell-word.ts";
import type { Style } from "./style.ts";
import { renderTable } from "./table.ts";
import { labelled, printable, wrap } from "./wrap.ts";

/** Divergences and unknown lines that the text shows; the JSON has more. */
const SHOWN = 20;

/** What an import found. */
export function renderImport(path: string, result: ImportResult, width: number, style: Style): string[] {
  const { lines, events, profile, profileBecause, ignored, ignoredKinds, unknown, lost, trace } = result;
  const kinds = Object.entries(ignoredKinds).map(([name, times]) => `${name} ${grouped(times)}`);
  return [
    `${style.title(printable(path))}  ${verdictText(result, style)}`,
    ...labelled("read", `${count(lines, "line")}, as ${count(events, "event")} of the model`, width),
    ...labelled("kernel", `${profile} (${printable(profileBecause)})`, width),
    ...labelled("compared", comparedText(result), width),
    ...labelled("ignored", `${count(ignored, "line")}${kinds.length === 0 ? "" : `: ${kinds.join(", ")}`}`, width),
    ...labelled("unknown", count(unknown, "line"), width),
    ...result.unknownLines.slice(0, SHOWN).flatMap(({ line, text }) => {
      return labelled("", `line ${line}: ${printable(text)}`, width);
    }),
    ...(lost === 0 ? [] : labelled("lost", `the kernel dropped events at ${count(lost, "place")}`, width)),
    ...phaseLines(result, style),
    ...divergenceLines(result, width, style),
    ...(trace === null ? [] : [`replay    ${style.title(`faultline replay ${shellWord(trace)}`)}`]),
  ];
}

function verdictText({ divergenceCount, unknown, lost, ops }: ImportResult, style: Style): string {
  if (divergenceCount > 0) return `${style.bad("DIVERGES")}  ${count(divergenceCount, "time")} from the model`;
  if (unknown > 0 || lost > 0) return `${style.doubtful("INCONCLUSIVE")}  not every line is understood`;
  if (ops === "unknown") return `${style.doubtful("UNKNOWN")}  nothing in it could be held against the model`;
  return `${style.good("MATCHES")}  the model could have done all of it`;
}

/** `774 locks, 12 failed trylocks`. */
function comparedText({ compared }: ImportResult): string {
  const told = Object.entries(compared as unknown as Readonly<Record<string, number>>)
    .filter(([, times]) => times > 0)
    .map(([name, times]) => `${grouped(times)} ${name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}`);
  return told.join(", ") || "nothing";
}

function phaseLines({ phases }: ImportResult, style: Style): string[] {
  if (phases.length === 0) return [];
  const cells = phases.map(({ phase, process, vmas, pages, source }) => [
    printable(phase),
    printable(process),
    vmas,
    pages,
    source,
  ]);
  const [head = "", ...rows] = renderTable(["phase", "process", "vmas", "pages", "told by"], cells);
  return ["", style.faint(head), ...rows.map((row) => row.replaceAll(/\bdiffer\b/g, style.bad("differ"))), ""];
}

function divergenceLines({ divergences, divergenceCount }: ImportResult, width: number, style: Style): string[] {
  const shown = divergences.slice(0, SHOWN).flatMap(({ line, kind, reason }) => {
    return wrap(`line ${line}, ${kind}: ${printable(reason)}`, width, "  ");
  });
  const rest = divergenceCount - Math.min(SHOWN, divergences.length);
  return [...shown.map(style.bad), ...(rest > 0 ? [`and ${count(rest, "divergence")} more: see --json`] : [])];
}
