import type { Scenario } from "@faultline/interleave";
import { designs, withoutLock } from "../designs/designs.ts";
import { situationOf, situations } from "../designs/situations.ts";
import { absent } from "./absent.ts";
import { advice } from "./advice.ts";
import { binderInC } from "./binder-generations.ts";
import { binders } from "./binders.ts";
import { broken } from "./broken.ts";
import { drivers } from "./drivers.ts";
import { failures } from "./failures.ts";
import { faultWaits } from "./fault-waits.ts";
import { fileFaults } from "./file-faults.ts";
import type { CorpusItem } from "./item.ts";
import { killed } from "./killed.ts";
import { locks } from "./locks.ts";
import { mappings } from "./mappings.ts";
import { systemCalls } from "./system-calls.ts";
import { monitors } from "./monitors.ts";
import { pageAdvice } from "./page-advice.ts";
import { pages } from "./pages.ts";
import { processes } from "./processes.ts";
import { rust } from "./rust.ts";
import { seals } from "./seals.ts";
import { waits } from "./waits.ts";

/** These entries of the gallery, the designs of binder, and the scenarios that are here to reach the rest, in this order. */
export function corpusWith(
  gallery: readonly { readonly id: string; readonly scenario: Scenario }[],
): readonly CorpusItem[] {
  return [
    ...gallery.map(({ id, scenario }) => ({ id, scenario })),
    ...[...designs, ...withoutLock].flatMap((design) =>
      situations.map((situation) => ({
        id: `${design.name}: ${situation.name}`,
        scenario: situationOf(design, situation),
      })),
    ),
    ...mappings,
    ...systemCalls,
    ...processes,
    ...advice,
    ...pageAdvice,
    ...fileFaults,
    ...monitors,
    ...seals,
    ...pages,
    ...faultWaits,
    ...failures,
    ...killed,
    ...locks,
    ...waits,
    ...binderInC,
    ...binders,
    ...drivers,
    ...rust,
    ...broken,
    ...absent,
  ];
}
