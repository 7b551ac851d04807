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
    ...unjudgedLines(result, width),
    ...labelled("ignored", `${count(ignored, "line")}${kinds.length === 0 ? "" : `: ${kinds.join(", ")}`}`, width),
    ...labelled("unknown", count(unknown, "line"), width),
    ...result.unknownLines.slice(0, SHOWN).flatMap(({ line, text }) => {
      return labelled("", `line ${line}: ${printable(text)}`, width);
    }),
    ...(lost === 0 ? [] : labelled("lost", lostText(result), width)),
    ...(inferredText(result) === "" ? [] : labelled("inferred", inferredText(result), width)),
    ...opsLines(result, width),
    ...phaseLines(result, style),
    ...divergenceLines(result, width, style),
    ...(trace === null ? [] : [`replay    ${style.title(`faultline replay ${shellWord(trace)}`)}`]),
  ];
}

function verdictText({ divergenceCount, unknown, lost, ops }: ImportResult, style: Style): string {
  if (divergenceCount > 0) return `${style.bad("DIVERGES")}  ${count(divergenceCount, "time")} from the model`;
  if (unknown > 0) return `${style.doubtful("INCONCLUSIVE")}  not every line is understood`;
  if (lost > 0) return `${style.doubtful("INCONCLUSIVE")}  no difference in what is left of it: events are lost`;
  if (ops === "unknown") return `${style.doubtful("UNKNOWN")}  nothing in it could be held against the model`;
  return `${style.good("MATCHES")}  the model could have done all of it`;
}

/** System calls whose result says nothing that the model could be held against. */
function unjudgedLines({ unjudged }: ImportResult, width: number): string[] {
  const reasons = Object.entries(unjudged).map(([reason, times]) => `${reason} (${grouped(times)})`);
  if (reasons.length === 0) return [];
  const all = Object.values(unjudged).reduce((sum, times) => sum + times, 0);
  return labelled("unjudged", `${count(all, "system call")}: ${reasons.join("; ")}`, width);
}

/** What the trace lacks, in figures. */
function lostText({ lost, lostEvents, skipped }: ImportResult): string {
  const head =
    skipped === 0
      ? ""
      : `; ${count(skipped, "line")} at its head, which not all CPUs have, ${skipped === 1 ? "is" : "are"} not compared`;
  return `${count(lostEvents, "event")} at ${count(lost, "place")}: what was known before is unknown after${head}`;
}

/** What no line says and the model follows all the same. */
function inferredText({ inferred, adoptedEdges }: ImportResult): string {
  const told = [
    inferred.vmaLocks === 0 ? "" : `${count(inferred.vmaLocks, "VMA lock")}, which have no events`,
    inferred.pages === 0
      ? ""
      : `${count(inferred.pages, "page")} gone by reclaim or truncation, as rss_stat counts them`,
    adoptedEdges === 0 ? "" : `edges of VMAs after ${count(adoptedEdges, "call")}, which the model joins otherwise`,
  ];
  return told.filter((one) => one !== "").join("; ");
}

/** How the program's own list of what it did compares. */
function opsLines({ truthOps, ops }: ImportResult, width: number): string[] {
  if (truthOps === undefined) return [];
  const { compared, silent, lost } = truthOps;
  const before = lost === 0 ? "" : `, ${count(lost, "line")} before the trace begins`;
  const text = `${ops}: ${count(compared, "line")} as the trace shows them, ${count(silent, "access", "accesses")} without a trace`;
  return labelled("ops", text + before, width);
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
  const cells = phases.map(({ phase, process, vmas, pages, uncertain, source }) => [
    printable(phase),
    printable(process),
    vmas,
    uncertain.length === 0 ? pages : `${pages}, ${count(uncertain.length, "page")} in doubt`,
    source,
  ]);
  const [head = "", ...rows] = renderTable(["phase", "process", "vmas", "pages", "told by"], cells);
  const told = rows.map((row) => row.replaceAll(/\bdiffer\b/g, style.bad("differ")));
  return ["", style.faint(head), ...told, ...doubtLines(phases), ""];
}

/** Pages in doubt, with the reason, each reason once a phase. */
function doubtLines(phases: ImportResult["phases"]): string[] {
  return phases.flatMap(({ phase, uncertain }) => {
    const reasons = [...new Set(uncertain.map(({ why }) => why))];
    return reasons.map((why) => {
      const pages = uncertain.filter((one) => one.why === why).map(({ page }) => page);
      return `  ${printable(phase)}: pages ${pages.join(", ")}: ${why}`;
    });
  });
}

function divergenceLines({ divergences, divergenceCount }: ImportResult, width: number, style: Style): string[] {
  const shown = divergences.slice(0, SHOWN).flatMap(({ line, kind, reason }) => {
    return wrap(`line ${line}, ${kind}: ${printable(reason)}`, width, "  ");
  });
  const rest = divergenceCount - Math.min(SHOWN, divergences.length);
  return [...shown.map(style.bad), ...(rest > 0 ? [`and ${count(rest, "divergence")} more: see --json`] : [])];
}
