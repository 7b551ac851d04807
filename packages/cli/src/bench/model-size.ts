import { FLAGSHIP, gallery, readUniverse } from "@faultline/gallery";
import { explore, type Program } from "@faultline/interleave";
import type { AnyStep } from "@faultline/mm";
import { readModelSources } from "../coverage/model-sources.ts";
import scaling from "./scaling.scenario.ts";

/** How large the model is, and how much of it two scenarios need. */
export interface ModelSize {
  /** Every procedure with the number of steps that its source mentions, those of procedures that it calls not counted. */
  readonly procedures: readonly { readonly name: string; readonly steps: number }[];
  /** How many components had a value in some state: no state has more. Unused ones cost nothing. */
  readonly components: readonly { readonly scenario: string; readonly components: number }[];
}

/** The largest cell of the scaling scenario that is explored for this. */
const SCALING = "n5p1";

/**
 * Counts the steps of each procedure and the components of the flagship and the scaling scenario.
 * @throws CliError E_COVERAGE_SOURCES when the model's source text is not there
 */
export function modelSize(): ModelSize {
  const { procedures } = readUniverse(readModelSources());
  const flagship = gallery.find(({ id }) => id === FLAGSHIP)!.scenario;
  return {
    procedures: [...procedures].map(([name, mentions]) => {
      return { name, steps: [...mentions].filter((mention) => mention.startsWith("step ")).length };
    }),
    components: [
      ...flagship.variants.map((variant) => ({
        scenario: `${FLAGSHIP} ${variant}`,
        components: componentsOf(flagship.instantiate(variant).program),
      })),
      { scenario: `scaling ${SCALING}`, components: componentsOf(scaling.instantiate(SCALING).program) },
    ],
  };
}

/** Explores every ordering and counts the components that there are at first or that some step writes. */
function componentsOf(program: Program): number {
  const keys = new Set(program.initial.entries().map(([{ key }]) => key));
  const noting = ({ op, run }: AnyStep): AnyStep => ({
    op,
    run: (tx, ...args) => {
      const outcome = run(tx, ...args);
      for (const { key } of tx.writes.keys()) keys.add(key);
      return outcome;
    },
  });
  const steps = new Map([...program.machine.steps].map(([op, step]) => [op, noting(step)]));
  explore({ ...program, machine: { ...program.machine, steps } }, { minimize: false });
  return keys.size;
}
