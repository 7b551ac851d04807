import type { Value } from "@faultline/mm";
import type { Trace } from "@faultline/trace";
import { namesFrom } from "../render/names.ts";
import { isFields, type NameOf } from "../render/value-text.ts";

/** What a trace's header says, as far as it says it: the file may come from anywhere. */
export interface TraceMeta {
  readonly scenario: string | undefined;
  readonly variant: string | undefined;
  readonly profile: string | undefined;
  readonly title: string | undefined;
  readonly schedule: string | undefined;
  /** The rule that the recorded run breaks. */
  readonly rule: string | undefined;
  /** The step that breaks it; `end` when it is seen at the end. */
  readonly step: string | undefined;
  /** The object it concerns, and the task that breaks it. */
  readonly object: string | undefined;
  readonly task: number | undefined;
  readonly message: string | undefined;
  /** Whether the run went to its end, so that the rules about the end apply. */
  readonly complete: boolean;
  readonly threads: readonly string[];
  readonly nameOf: NameOf;
}

/** The parts of the header that have the shape they should have. */
export function metaOf(trace: Trace): TraceMeta {
  const { meta } = trace.info;
  const threads = meta["threads"];
  const names = isList(threads) ? threads.filter((name) => typeof name === "string") : [];
  const nameOf = names.length > 0 ? namesFrom(names) : namesFrom(namesInState(trace));
  return {
    scenario: text(meta["scenario"]),
    variant: text(meta["variant"]),
    profile: text(meta["profile"]),
    title: text(meta["title"]),
    schedule: text(meta["schedule"]),
    rule: text(meta["rule"]),
    step: text(meta["step"]),
    object: text(meta["object"]),
    task: typeof meta["task"] === "number" ? meta["task"] : undefined,
    message: text(meta["message"]),
    complete: meta["complete"] === true,
    threads: names,
    nameOf,
  };
}

/** `G02 buggy`, or what else there is to call a trace by. */
export function traceTitle({ scenario, variant }: TraceMeta, path: string): string {
  return scenario === undefined ? path : [scenario, variant].filter((part) => part !== undefined).join(" ");
}

/** What the state that was kept last calls its tasks: an imported trace knows no threads beforehand. */
function namesInState(trace: Trace): (string | undefined)[] {
  const names: (string | undefined)[] = [];
  for (const [key, value] of trace.storedState(trace.keyframes.at(-1) ?? 0).plain) {
    const number = /^task:(\d{1,6})$/.exec(key)?.[1];
    if (number !== undefined && isFields(value) && typeof value["name"] === "string")
      names[Number(number)] = value["name"];
  }
  return names;
}

function text(value: Value | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}
