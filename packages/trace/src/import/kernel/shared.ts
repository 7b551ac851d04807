import type { BinderGeneration, Kernel } from "@faultline/mm";
import type { Model } from "../model.ts";
import type { Report } from "../report.ts";
import type { Scripts } from "../thread/scripts.ts";
import type { World } from "../world/world.ts";

/** What every part of the importer works on. */
export interface Shared {
  readonly model: Model;
  readonly report: Report;
  readonly world: World;
  readonly scripts: Scripts;
  /** The kernel whose procedures are played. */
  readonly kernel: Kernel;
  readonly generation: BinderGeneration;
}
