import type { StepEvent } from "@faultline/mm";
import { CliError } from "../command-line/cli-error.ts";
import type { NameOf } from "../render/value-text.ts";
import { callText } from "../render/step-text.ts";
import type { Scheduler } from "./scheduler.ts";

/** Who is asked. */
export interface Hand {
  /** The next answer; undefined when there are no more. */
  readonly ask: () => string | undefined;
  /** Shows what there is to choose from; undefined where nobody looks. */
  readonly show: ((text: string) => void) | undefined;
  /** Whether a wrong answer is asked for again; otherwise it is an error. */
  readonly patient: boolean;
}

/**
 * Asks for every step: a thread by its name, the beginning of it or its number, an outcome by its name. Nothing means
 * the same thread again, or the first that can go on; `quit`, or no more answers, ends the run. What follows a # is
 * left out.
 * @throws CliError E_CHOICE, from its methods, for an answer that says nothing
 */
export function byHand(nameOf: NameOf, { ask, show, patient }: Hand): Scheduler {
  let last: number | undefined;
  let over = false;
  let answers = 0;
  const choose = <T>(menu: string, meant: (answer: string) => T | undefined, there: string): T | undefined => {
    for (;;) {
      show?.(menu);
      const line = ask();
      answers++;
      if (line === undefined) return undefined;
      const answer = line.replace(/#.*$/, "").trim();
      if (answer === "" && line.includes("#")) continue;
      if (/^(q|quit)$/.test(answer)) return undefined;
      const found = meant(answer);
      if (found !== undefined) return found;
      const error = new CliError("E_CHOICE", `answer ${answers}, ${answer}, is none of ${there}.`);
      if (!patient) throw error;
      show?.(`${error.message}\n`);
    }
  };
  return {
    nextTask: (enabled, pending) => {
      if (over) return undefined;
      const menu = menuOf(enabled, pending, nameOf);
      const names = enabled.map(nameOf).join(", ");
      last = choose(menu, (answer) => taskMeant(answer, enabled, nameOf, last), names);
      over = last === undefined;
      return last;
    },
    choose: (options) => {
      const menu = `  outcome: ${options.join(", ")}\n> `;
      const meant = (answer: string): string | undefined =>
        answer === ""
          ? options[0]
          : (options.find((one) => one === answer) ?? only(options.filter((one) => one.startsWith(answer))));
      const chosen = choose(menu, meant, options.join(", "));
      over ||= chosen === undefined;
      return chosen ?? options[0]!;
    },
  };
}

function menuOf(enabled: readonly number[], pending: ReadonlyMap<number, StepEvent>, nameOf: NameOf): string {
  const lines = enabled.map((task) => `  ${task}  ${nameOf(task)}: ${callText(pending.get(task)!)}`);
  return `${lines.join("\n")}\n> `;
}

function taskMeant(answer: string, enabled: readonly number[], nameOf: NameOf, last?: number): number | undefined {
  if (answer === "") return last !== undefined && enabled.includes(last) ? last : enabled[0];
  const exact = enabled.find((task) => String(task) === answer || nameOf(task) === answer);
  return exact ?? only(enabled.filter((task) => nameOf(task).startsWith(answer)));
}

function only<T>(found: readonly T[]): T | undefined {
  return found.length === 1 ? found[0] : undefined;
}
