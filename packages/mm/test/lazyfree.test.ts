import { describe, expect, it } from "vitest";
import { ERRNO, presentPte, pteAt, VM } from "../src/index.ts";
import { pagePool } from "../src/objects/page.ts";
import { AT, mapAt, PAGE } from "./mappings.ts";
import { World } from "./world.ts";

/** An address space of task 1 with two written pages, the first of which its TLB knows. */
function written(profile: string): { w: World; mm: number } {
  const w = new World(3, profile);
  const mm = w.mm(1);
  mapAt(w, mm, AT, 2);
  for (const at of [AT, AT + PAGE]) w.as(1, w.k.pageFault(mm, at, true));
  w.as(1, w.k.userAccess(mm, AT, true));
  return { w, mm };
}

describe.each(["linux-5.4", "linux-6.6", "linux-7.0"])("MADV_FREE of %s", (profile) => {
  it("lets reclaim throw pages away, which then read as zeroes", () => {
    const { w, mm } = written(profile);
    expect(w.as(1, w.k.madviseFree(mm, AT, 2 * PAGE))).toBe(0);
    expect(presentPte(w.table.get(pteAt(mm, AT)))?.clean).toBe(true);
    expect(w.as(1, w.k.userAccess(mm, AT, false))).toBe("ok");
    expect(w.as(2, w.k.reclaimLazyfree(mm, AT))).toBe(true);
    expect(w.table.get(pteAt(mm, AT))).toBeNull();
    expect(w.table.get(pagePool).free).toHaveLength(1);
    w.as(1, w.k.pageFault(mm, AT, false));
    expect(w.table.get(pteAt(mm, AT))).toEqual({ kind: "zero" });
    expect([w.broken(1), w.broken(2)]).toEqual([[], []]);
  });

  it("keeps what is written again, through a TLB that knew the page as dirty as well", () => {
    const { w, mm } = written(profile);
    w.as(1, w.k.madviseFree(mm, AT, PAGE));
    expect(w.as(1, w.k.userAccess(mm, AT, false))).toBe("ok");
    expect(w.as(1, w.k.userAccess(mm, AT, true))).toBe("ok");
    expect(presentPte(w.table.get(pteAt(mm, AT)))?.clean).toBeUndefined();
    expect(w.as(2, w.k.reclaimLazyfree(mm, AT))).toBe(false);
    expect(w.as(2, w.k.reclaimLazyfree(mm, AT))).toBe(false);
    expect(presentPte(w.table.get(pteAt(mm, AT)))).not.toBeNull();
    expect([w.broken(1), w.broken(2)]).toEqual([[], []]);
  });

  it("leaves alone what a child maps too, what somebody holds, and what it was not asked about", () => {
    const { w, mm } = written(profile);
    const { page, gen } = presentPte(w.table.get(pteAt(mm, AT)))!;
    w.as(1, w.k.madviseFree(mm, AT, PAGE));
    w.as(2, w.k.getPage({ page, gen }));
    expect(w.as(2, w.k.reclaimLazyfree(mm, AT))).toBe(false);
    w.as(2, w.k.putPage({ page, gen }));
    w.as(1, w.k.fork(mm, null, null));
    w.as(1, w.k.madviseFree(mm, AT + PAGE, PAGE));
    expect(presentPte(w.table.get(pteAt(mm, AT + PAGE)))?.clean).toBeUndefined();
    expect(w.as(2, w.k.reclaimLazyfree(mm, AT + PAGE))).toBe(false);
    expect([w.broken(1), w.broken(2)]).toEqual([[], []]);
  });

  it("is for private anonymous memory that is not locked", () => {
    const w = new World(3, profile);
    const mm = w.mm(1);
    mapAt(w, mm, AT, 1, VM.READ, "drv");
    mapAt(w, mm, AT + 2 * PAGE, 1, VM.READ | VM.LOCKED);
    expect(w.as(1, w.k.madviseFree(mm, AT, PAGE))).toBe(ERRNO.EINVAL);
    expect(w.as(1, w.k.madviseFree(mm, AT + 2 * PAGE, PAGE))).toBe(ERRNO.EINVAL);
    expect(w.as(1, w.k.madviseFree(mm, AT + 4 * PAGE, PAGE))).toBe(ERRNO.ENOMEM);
    expect(w.as(1, w.k.madviseFree(mm, AT + 1, PAGE))).toBe(ERRNO.EINVAL);
    expect(w.broken(1)).toEqual([]);
  });
});
