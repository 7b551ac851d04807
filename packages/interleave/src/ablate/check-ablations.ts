import { canonical, type Value } from "@faultline/mm";
import type { Thread } from "../program.ts";
import type { Ablation } from "./ablation.ts";
import type { Effects } from "./effects.ts";
import type { Answer, Site } from "./frame-log.ts";

/** Frames within frames that are looked at for where a result leads. */
const MAX_DEPTH = 12;

/**
 * The checks that a thread was seen to make: steps that only look, with results after which the procedure goes on and
 * results after which it does not. Left out, the step has always the result after which it goes on furthest.
 */
export function checkAblations({ task, name }: Thread, effects: Effects, sites: readonly Site[]): Ablation[] {
  const ahead = new Ahead(sites);
  return sites.flatMap((site): Ablation[] => {
    if (site.kind !== "step" || effects.writes(task, site.name)) return [];
    const answers = [...byPlace(site).values()].flatMap((all) => {
      const ranked = all
        .map((answer) => ({ answer, ahead: ahead.of(site.procedure, answer, MAX_DEPTH) }))
        .sort((a, b) => b.ahead - a.ahead || (canonical(a.answer.result) < canonical(b.answer.result) ? -1 : 1));
      const [furthest, last] = [ranked[0]!, ranked.at(-1)!];
      if (furthest.ahead === last.ahead) return [];
      const forArguments = new Map(all.map(({ args }) => [canonical(args), args]));
      return [...forArguments].map(([spelled, args]) => {
        const own = ranked.find(({ answer, ahead: far }) => canonical(answer.args) === spelled && far > last.ahead);
        return { args, result: (own ?? furthest).answer.result };
      });
    });
    if (answers.length === 0) return [];
    const results = [...new Set(answers.map(({ result }) => canonical(result)))].sort();
    return [
      {
        task,
        thread: name,
        kind: "check",
        what: `${site.name} = ${results.join(" or ")}`,
        steps: [site.name],
        procedures: site.procedure === null ? [] : [site.procedure],
        plan: { kind: "constant", procedure: site.procedure, op: site.name, answers },
      },
    ];
  });
}

/** The answers by what was asked, whatever objects that was asked of: a pointer's slot and generation do not count. */
function byPlace({ answers }: Site): Map<string, Answer[]> {
  const groups = new Map<string, Answer[]>();
  for (const answer of answers.values()) {
    const key = canonical(answer.args.map((arg) => (isRecord(arg) ? Object.keys(arg).sort() : arg)));
    groups.set(key, [...(groups.get(key) ?? []), answer]);
  }
  return groups;
}

function isRecord(value: Value): value is Readonly<Record<string, Value>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * How far the code goes on after an answer: by the requests that its own frame still makes; where it makes none, by how
 * far the caller goes on after what the frame then returns, which is always less. A turn that goes round again has not
 * gone on at all.
 */
class Ahead {
  readonly #sites: readonly Site[];

  constructor(sites: readonly Site[]) {
    this.#sites = sites;
  }

  of(procedure: string | null, { reach, returned }: Answer, depth: number): number {
    if (reach > 0) return reach;
    if (depth === 0) return 0;
    return Math.max(0, ...[...returned.values()].map((value) => this.#afterReturn(procedure, value, depth - 1)));
  }

  #afterReturn(procedure: string | null, value: Value, depth: number): number {
    const turn = turnOf(value);
    if (turn === "again") return 0;
    const result = canonical(turn === undefined ? value : turn.done);
    const callers = this.#sites.filter((site) =>
      turn === undefined
        ? site.kind === "call" && site.name === procedure
        : site.kind === "loop" && site.procedure === procedure,
    );
    const answers = callers.flatMap((site) =>
      [...site.answers.values()]
        .filter((answer) => canonical(answer.result) === result)
        .map((answer) => this.of(site.procedure, answer, depth)),
    );
    const furthest = Math.max(0, ...answers);
    return (furthest + 1) / (furthest + 2);
  }
}

function turnOf(value: Value): "again" | { readonly done: Value } | undefined {
  if (!isRecord(value)) return undefined;
  if ("again" in value) return "again";
  return "done" in value ? { done: value["done"] ?? null } : undefined;
}
