import type { ExplanationResult, StepResult } from "../explore/explain-findings.ts";
import { count } from "./counts.ts";
import { labelled, printable } from "./wrap.ts";

/** What undoes a finding and what brings it about, a line for each. */
export function renderExplanation(explanation: ExplanationResult, width: number): string[] {
  const { reversals, undecided, stopped } = explanation;
  const undone = reversals.map(({ first, second }) => `${stepText(second)} before ${stepText(first)}`);
  const open = undecided.length === 0 ? [] : [`${count(undecided.length, "pair")} of steps ${openText(stopped)}`];
  return [...listed("needs", needsTexts(explanation), width), ...listed("undone by", [...undone, ...open], width)];
}

function openText(stopped: string | null): string {
  return `not decided: ${stopped ?? "the run has no end"}`;
}

function needsTexts({ verdict, needs, stopped }: ExplanationResult): string[] {
  if (verdict === "undecided") return [openText(stopped)];
  if (verdict === "not-enough") return ["more than its orders and outcomes: not even all of them make it certain"];
  if (needs.length === 0) return ["nothing: every run to the end breaks it"];
  return needs.map(({ first, second, waits }) => {
    if (first === null) return `${stepText(second)} to take the outcome ${printable(second.choice ?? "")}`;
    return `${outcomeText(first)} before ${waits ? `${stepText(second)}, which waits` : outcomeText(second)}`;
  });
}

/** `munmap 7 (vma_mark_detached)`. */
function stepText({ thread, step, event }: StepResult): string {
  return printable(event === null ? `${thread}, later (${step})` : `${thread} ${event} (${step})`);
}

/** With the outcome, where it has several. */
function outcomeText(step: StepResult): string {
  return step.choice === null ? stepText(step) : `${stepText(step)} [${printable(step.choice)}]`;
}

function listed(label: string, texts: readonly string[], width: number): string[] {
  return texts.flatMap((text, i) => labelled(i === 0 ? label : "", text, width));
}
