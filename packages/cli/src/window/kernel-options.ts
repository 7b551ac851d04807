import {
  type BinderGeneration,
  binderGenerations,
  binderRepairs,
  type Knobs,
  profile,
  profileNames,
} from "@faultline/mm";
import { CliError } from "../command-line/cli-error.ts";
import { nearest } from "../scenario/nearest.ts";

type Choices = Readonly<Record<string, ReadonlySet<unknown>>>;

/**
 * Knobs of a kernel as `--knob` gives them, `name=value` each.
 * @throws CliError E_KNOB that lists what there is
 */
export function knobsFrom(given: readonly string[], base: Knobs): Knobs {
  const choices = choicesOf(profileNames.map((name) => profile(name).knobs));
  const changed = given.map((text) => change(text, choices, "the kernel"));
  return { ...base, ...Object.fromEntries(changed) };
}

/**
 * The driver as `--generation` gives it, parts separated by commas: the name of a preset, `before-COMMIT` for what a
 * repair changed, `name=value` for one knob. Each part changes what the parts before it have left.
 * @param base the driver that the trace was recorded with
 * @throws CliError E_GENERATION, E_KNOB that list what there is
 */
export function generationFrom(text: string | undefined, base: BinderGeneration): BinderGeneration {
  if (text === undefined) return base;
  const choices = choicesOf([...Object.values(binderGenerations), ...Object.values(binderRepairs)]);
  let generation = base;
  for (const part of text.split(",")) {
    if (part.includes("=")) {
      generation = { ...generation, ...Object.fromEntries([change(part, choices, "the driver")]) };
      continue;
    }
    const repair = Object.keys(binderRepairs).find((commit) => part === `before-${commit}`);
    if (repair !== undefined) generation = { ...generation, ...binderRepairs[repair] };
    else if (Object.hasOwn(binderGenerations, part))
      generation = binderGenerations[part as keyof typeof binderGenerations];
    else throw unknownGeneration(part);
  }
  return generation;
}

function change(text: string, choices: Choices, whose: string): [string, unknown] {
  const [name = "", value] = text.split("=", 2);
  if (!Object.hasOwn(choices, name)) {
    const names = Object.keys(choices);
    const guess = nearest(name, names);
    const hint = guess === undefined ? "" : ` Did you mean ${guess}?`;
    throw new CliError("E_KNOB", `${whose} has no knob ${name}.${hint} There are ${names.join(", ")}.`);
  }
  const allowed = [...choices[name]!].map(String);
  const found = [...choices[name]!].find((one) => String(one) === value);
  if (found === undefined) {
    const what = value === undefined ? "has no value" : `cannot be ${value}`;
    throw new CliError("E_KNOB", `the knob ${name} ${what}: write ${name}=${allowed.join(` or ${name}=`)}.`);
  }
  return [name, found];
}

/** What each knob is somewhere. A switch may be set either way. Lists are no choice. */
function choicesOf(all: readonly object[]): Choices {
  const choices: Record<string, Set<unknown>> = {};
  for (const knobs of all) {
    for (const [name, value] of Object.entries(knobs) as [string, unknown][]) {
      if (typeof value === "object") continue;
      const known = (choices[name] ??= new Set());
      for (const one of typeof value === "boolean" ? [false, true] : [value]) known.add(one);
    }
  }
  return choices;
}

function unknownGeneration(part: string): CliError {
  const names = [...Object.keys(binderGenerations), ...Object.keys(binderRepairs).map((commit) => `before-${commit}`)];
  const guess = nearest(part, names);
  const hint = guess === undefined ? "" : ` Did you mean ${guess}?`;
  return new CliError(
    "E_GENERATION",
    `no generation of binder's allocator is called ${part}.${hint} There are ${names.join(", ")}; or name=value.`,
  );
}
