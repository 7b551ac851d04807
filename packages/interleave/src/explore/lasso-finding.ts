import type { Lasso } from "../liveness/find-lassos.ts";
import type { Finding } from "./exploration.ts";
import { switchesOf } from "./path.ts";

/** A lasso as a finding: its run is the stem and once round the loop. */
export function findingOf({ violation, stem, loop, minimal }: Lasso): Finding {
  const events = [...stem, ...loop];
  return { violation, events, switches: switchesOf(events), minimal, loop: loop.length };
}
