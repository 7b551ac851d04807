import type { Value } from "@faultline/mm";

/** A step: its op, then its arguments. */
export type Act = readonly [op: string, ...args: (string | number)[]];

/** A piece of a thread, as plain data: it shrinks, and a failing program prints as it is. */
export type Statement =
  | Act
  /** Looks at the last result: by equality, null and false being as good as any other value. */
  | { readonly if: Value; readonly then: Block; readonly else: Block }
  /** A nameless frame; what it gives back becomes the last result. */
  | { readonly frame: Block; readonly gives: Gives }
  /** A named procedure of the program, called with the last result. */
  | { readonly call: number }
  /** Again and again until the result is this one; may spin for ever. */
  | { readonly until: Value; readonly act: Act }
  /** Adds to a word by compare_exchange, carrying the value seen; may spin for ever. */
  | { readonly casAdd: string; readonly by: number }
  /** A counted loop. */
  | { readonly times: number; readonly body: Block }
  /** Goes round for ever, or until a step of the body stops the thread. */
  | { readonly forever: Block }
  /** Takes the fair rwsem, waiting when it must. */
  | { readonly down: "read" | "write"; readonly sem: string };

export type Block = readonly Statement[];

/** What a frame returns. */
export type Gives = "nothing" | "last" | "handle";

export type ThreadText = { readonly body: Block; readonly daemon: boolean };

/** These words and locks must never (or not at the end) all have these values. */
export type RuleText = readonly (readonly [cell: string, value: number])[];

/** A whole program as plain data. Threads with equal text run the same program. */
export type ProgramText = {
  /** Values of words that do not start at 0. */
  readonly initial: Readonly<Record<string, number>>;
  readonly threads: readonly ThreadText[];
  readonly procedures: readonly { readonly body: Block; readonly gives: Gives }[];
  /** Evaluated by every step that writes one of the cells. */
  readonly never: readonly RuleText[];
  /** Evaluated when a run ends. */
  readonly neverAtEnd: readonly RuleText[];
  /** Whether a live object at the end breaks a rule. */
  readonly noLeak: boolean;
};

/** Whether a statement is a single step. */
export function isAct(statement: Statement): statement is Act {
  return Array.isArray(statement);
}
