import { canonical, type Ref, type Value } from "@faultline/mm";

/** A piece of a state: a thread's position, or a component with its key. */
export interface Part {
  /** The pool slot that the component belongs to, for instance `vma:3`; else empty. */
  readonly slot: string;
  readonly value: Value;
}

/** Pools whose slots have generations. By convention a pointer is `{ vma, gen }`: the slot, then its generation. */
const POOLS = ["vma", "page", "anon_vma"] as const;
const POOL_COMPONENT = /^((?:vma|page|anon_vma):\d+)(?:\/|$)/;
/** How messages name an object: `vma:0#1`. */
const NAME = /\b((?:vma|page|anon_vma):\d+)#(\d+)/g;

/** The pool slot that a component belongs to: `vma:3` of `vma:3/flags`. Empty for others. */
export function poolSlot(ref: Ref): string {
  return POOL_COMPONENT.exec(ref.key)?.[1] ?? "";
}

/** The generation that a pool's slot has by this value; 0 for what is none. */
export function generationOf(ref: Ref | undefined, value: Value): number {
  if (ref === undefined || typeof value !== "object" || value === null || Array.isArray(value)) return 0;
  const { gen } = value as Readonly<Record<string, Value>>;
  return typeof gen === "number" && poolSlot(ref) === ref.key ? gen : 0;
}

/**
 * A key of these parts in which the generations of each slot are numbered 1, 2, … in their order. Orders stay: the
 * slot's own is the highest, and the next will be higher.
 * @returns undefined when there is a generation of no known slot
 */
export function renumbered(parts: readonly Part[]): string | undefined {
  const seen = new Map<string, Set<number>>();
  const strays: number[] = [];
  for (const { slot, value } of parts) {
    visit(value, slot, (owner, gen) => {
      if (owner === "") strays.push(gen);
      let gens = seen.get(owner);
      if (gens === undefined) seen.set(owner, (gens = new Set()));
      gens.add(gen);
    });
  }
  if (strays.length > 0) return undefined;
  const rank = new Map<string, Map<number, number>>();
  for (const [owner, gens] of seen) {
    rank.set(owner, new Map([...gens].sort((a, b) => a - b).map((gen, i) => [gen, i + 1])));
  }
  return parts.map(({ slot, value }) => canonical(rename(value, slot, rank))).join("\n");
}

function visit(value: Value, slot: string, found: (owner: string, gen: number) => void): void {
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    for (const part of value as readonly Value[]) visit(part, slot, found);
    return;
  }
  const record = value as Readonly<Record<string, Value>>;
  if (typeof record["gen"] === "number" && record["gen"] > 0) found(ownerOf(record, slot), record["gen"]);
  for (const part of Object.values(record)) visit(part, slot, found);
}

/** Whose generation `record.gen` is: the slot's that it names, else that of the component in which it stands. */
function ownerOf(record: Readonly<Record<string, Value>>, slot: string): string {
  for (const pool of POOLS) if (typeof record[pool] === "number") return `${pool}:${record[pool]}`;
  return slot;
}

type Ranks = ReadonlyMap<string, ReadonlyMap<number, number>>;

function rename(value: Value, slot: string, rank: Ranks): Value {
  if (typeof value === "string") {
    // Names in messages keep nothing alive: an object that is named nowhere else is one of the old ones.
    return value.replace(
      NAME,
      (_, owner: string, gen: string) => `${owner}#${rank.get(owner)?.get(Number(gen)) ?? "old"}`,
    );
  }
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return unique((value as readonly Value[]).map((part) => rename(part, slot, rank)));
  const record = value as Readonly<Record<string, Value>>;
  const renamed: Record<string, Value> = {};
  for (const [key, part] of Object.entries(record)) renamed[key] = rename(part, slot, rank);
  if (typeof record["gen"] === "number" && record["gen"] > 0) {
    renamed["gen"] = rank.get(ownerOf(record, slot))!.get(record["gen"])!;
  }
  return renamed;
}

/** Messages that name old objects only become alike: once is enough. */
function unique(list: Value[]): Value[] {
  return list.filter((item, i) => typeof item !== "string" || !item.includes("#old") || list.indexOf(item) === i);
}
