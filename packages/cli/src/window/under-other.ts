import { gallery } from "@faultline/gallery";
import { kernelMachine, type Knobs, profile as profileOf, type Profile, type Snapshot } from "@faultline/mm";
import { type Follower, followersOf, replayUnder, stateAt, stateUnder, type UnderResult } from "@faultline/trace";
import { generationFrom, knobsFrom } from "./kernel-options.ts";
import type { WindowTrace } from "./open-window-trace.ts";

/** Another kernel than the recorded one, as the command line names it. */
export interface OtherKernel {
  readonly profile?: string;
  readonly knob?: readonly string[];
  readonly generation?: string;
}

/**
 * Does a recorded run under another kernel. A run of a scenario of the gallery is done by the scenario's own threads; of
 * any other the calls are recognised.
 * @throws CliError, ProfileError for a kernel that there is not; TraceError; DivergedError
 */
export function underOther(source: WindowTrace, other: OtherKernel): UnderResult & { readonly kernel: Profile } {
  const { trace } = source;
  const recorded: Knobs = { ...source.profile.knobs, ...source.knobs };
  const kernel = other.profile === undefined ? source.profile : profileOf(other.profile);
  const base = kernel.name === source.profile.name ? recorded : kernel.knobs;
  const knobs = knobsFrom(other.knob ?? [], base);
  const scenario = ofScenario(source, kernel, other);
  if (scenario !== undefined)
    return { ...replayUnder(trace, kernelMachine, scenario.initial, scenario.followers), kernel };
  const followers = followersOf(trace, source.profile, recorded, {
    knobs,
    generation: (own) => generationFrom(other.generation, own),
  });
  const initial = stateUnder(stateAt(trace, kernelMachine, 0), knobs);
  return { ...replayUnder(trace, kernelMachine, initial, followers), kernel };
}

/** The threads of the scenario that a trace was recorded from, where it is the gallery's and nothing is asked of it. */
function ofScenario(
  { trace }: WindowTrace,
  kernel: Profile,
  { knob, generation }: OtherKernel,
): { readonly initial: Snapshot; readonly followers: readonly Follower[] } | undefined {
  const { scenario: name, variant } = trace.info.meta;
  const entry = gallery.find(({ id }) => id === name);
  const known = typeof variant === "string" && entry?.scenario.variants.includes(variant) === true;
  if (entry === undefined || !known || knob !== undefined || generation !== undefined) return undefined;
  const { program } = entry.scenario.instantiate(variant, { profile: kernel.name });
  const byTask = new Map<number, Follower["events"][number][]>();
  let number = 0;
  for (const recorded of trace.recorded()) {
    const { task } = recorded.event;
    byTask.set(task, [...(byTask.get(task) ?? []), { ...recorded, number: number++ }]);
  }
  const followers = program.threads.flatMap(({ task, start }): Follower[] => {
    const events = byTask.get(task);
    return events === undefined ? [] : [{ task, events, steps: start, ended: false }];
  });
  return { initial: program.initial, followers };
}
