import { canonical, type Request, type Value } from "@faultline/mm";
import type { FrameGuest, Guest } from "./rewrite.ts";

/** One result of a step or call, and what its frame did next. */
export interface Answer {
  readonly args: readonly Value[];
  readonly result: Value;
  /** The most requests that the frame made after it, before it returned. */
  reach: number;
  /** What the frame returned right after it. */
  readonly returned: Map<string, Value>;
}

/** A request at one place of the code: a step, call or loop in a kernel function. */
export interface Site {
  readonly procedure: string | null;
  readonly kind: Request["kind"];
  /** The step's or procedure's name; empty for a loop. */
  readonly name: string;
  readonly answers: Map<string, Answer>;
}

/** The kernel functions that call this one. */
export function callersOf(sites: readonly Site[], callee: string): string[] {
  const callers = sites.filter(({ kind, name }) => kind === "call" && name === callee);
  return callers.flatMap(({ procedure }) => (procedure === null ? [] : [procedure])).sort();
}

/** What the frames of one thread asked, what they were answered, and how far they went on from there. */
export class FrameLog {
  readonly #sites = new Map<string, Site>();

  sites(): Site[] {
    return [...this.#sites.values()];
  }

  /** Sees to it that everything is noted. Runs of the same frame are noted again and again, which changes nothing. */
  readonly guest: Guest = (procedure) => this.#frame(procedure);

  #frame(procedure: string | null): FrameGuest {
    const answers: Answer[] = [];
    return {
      saw: (request, result) => {
        for (const [i, earlier] of answers.entries()) earlier.reach = Math.max(earlier.reach, answers.length - i);
        answers.push(this.#answer(procedure, request, result));
      },
      returned: (value) => {
        answers.at(-1)?.returned.set(canonical((value ?? null) as Value), (value ?? null) as Value);
      },
    };
  }

  #answer(procedure: string | null, request: Request, result: Value): Answer {
    const name = nameOf(request);
    const args = request.kind === "loop" ? [] : request.args;
    const site = getOrAdd(this.#sites, `${procedure ?? ""} ${request.kind} ${name}`, () => ({
      procedure,
      kind: request.kind,
      name,
      answers: new Map<string, Answer>(),
    }));
    return getOrAdd(site.answers, canonical([args, result]), () => ({ args, result, reach: 0, returned: new Map() }));
  }
}

function nameOf(request: Request): string {
  switch (request.kind) {
    case "step":
      return request.step.op;
    case "call":
      return request.name;
    case "loop":
      return "";
  }
}

function getOrAdd<V>(map: Map<string, V>, key: string, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
