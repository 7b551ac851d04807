import { designs, withoutLock } from "../designs/designs.ts";
import { situationOf, situations } from "../designs/situations.ts";
import { gallery } from "../entries.ts";
import { absent } from "./absent.ts";
import { advice } from "./advice.ts";
import { binderInC } from "./binder-generations.ts";
import { binders } from "./binders.ts";
import { broken } from "./broken.ts";
import { drivers } from "./drivers.ts";
import type { CorpusItem } from "./item.ts";
import { locks } from "./locks.ts";
import { mappings } from "./mappings.ts";
import { pages } from "./pages.ts";
import { processes } from "./processes.ts";
import { rust } from "./rust.ts";
import { waits } from "./waits.ts";

/** Everything bundled that is explored, in this order: the gallery, the designs of binder, and what is here for this. */
export const corpus: readonly CorpusItem[] = [
  ...gallery.map(({ id, scenario }) => ({ id, scenario })),
  ...[...designs, ...withoutLock].flatMap((design) =>
    situations.map((situation) => ({
      id: `${design.name}: ${situation.name}`,
      scenario: situationOf(design, situation),
    })),
  ),
  ...mappings,
  ...processes,
  ...advice,
  ...pages,
  ...locks,
  ...waits,
  ...binderInC,
  ...binders,
  ...drivers,
  ...rust,
  ...broken,
  ...absent,
];
