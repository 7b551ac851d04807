import { basename } from "node:path";
import ts from "typescript";
import { drops } from "./make-drops.ts";
import type { Edit } from "./edits.ts";
import { merges } from "./make-merges.ts";
import { swaps } from "./make-swaps.ts";
import type { Mutant, MutantKind } from "./mutant.ts";
import type { Site, Sources, Unit } from "./sites.ts";
import { splits } from "./make-splits.ts";

/** A mutant as a kind of mutation gives it: still without a name. */
export interface Draft {
  readonly kind: MutantKind;
  /** The step concerned; with others where the change shows when one of them is reached. */
  readonly sites: readonly [Site, ...Site[]];
  readonly what: string;
  readonly writer?: string;
  readonly parties?: Mutant["parties"];
  readonly edits: readonly Edit[];
}

/** A mutant with the change that makes it. */
export interface Made {
  readonly mutant: Mutant;
  readonly unit: Unit;
  readonly edits: readonly Edit[];
}

/** The name of each site of a unit, by which programs say where they have been. */
export function siteKeys(unit: Unit): ReadonlyMap<Site, string> {
  const count = new Counter();
  return new Map(unit.sites.map((site) => [site, count.unique(`${unit.name}: ${site.name}`)]));
}

/** Every mutant there is, in order of file, function and line. */
export function makeMutants({ checker, units }: Sources): Made[] {
  return units.flatMap((unit) => {
    const keys = siteKeys(unit);
    const count = new Counter();
    const drafts = [drops, swaps, merges, splits].flatMap((make) => make(checker, unit));
    return drafts.map(({ kind, sites, what, writer, parties, edits }): Made => {
      const mutant: Mutant = {
        key: count.unique(`${unit.name}: ${kind} ${what}`),
        target: unit.target,
        kind,
        what,
        place: `${basename(unit.file)}:${sites[0].line}`,
        sites: sites.map((site) => keys.get(site)!),
        ...(writer === undefined ? {} : { writer }),
        ...(parties === undefined ? {} : { parties }),
      };
      return { mutant, unit, edits };
    });
  });
}

class Counter {
  readonly #seen = new Map<string, number>();

  /** The key, with a number from its second use on. */
  unique(key: string): string {
    const count = (this.#seen.get(key) ?? 0) + 1;
    this.#seen.set(key, count);
    return count === 1 ? key : `${key} (${count})`;
  }
}

/** An edit that replaces a node. */
export function replace(node: ts.Node, text: string): Edit {
  return { start: node.getStart(), end: node.getEnd(), text };
}

/** An edit that puts a call around a node. */
export function wrap(node: ts.Node, before: string, after = ")"): readonly Edit[] {
  // `export` stays outside.
  const modifiers = ts.isFunctionDeclaration(node) ? node.modifiers : undefined;
  const start = modifiers?.end ?? node.getStart();
  return [
    { start, end: start, text: before },
    { start: node.getEnd(), end: node.getEnd(), text: after },
  ];
}
