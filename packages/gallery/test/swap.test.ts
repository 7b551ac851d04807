import { type Body, explore, type Exploration, scenario } from "@faultline/interleave";
import {
  ERRNO,
  type Kernel,
  PAGE_SIZE,
  type PagePtr,
  presentPte,
  type Steps,
  swapSlots,
  TABLE_SPAN,
  VM,
} from "@faultline/mm";
import { describe, expect, it } from "vitest";

const AT = 0x10000;
const RW = VM.READ | VM.WRITE;

type Run = (k: Kernel, mm: number, page: PagePtr) => Steps<unknown>;

/** Threads over one process with one page, in swap from the start or not; how runs end, each with the whole state. */
function race(
  profile: string,
  inSwap: boolean,
  threads: Readonly<Record<string, Run>>,
): { result: Exploration; endings: string[] } {
  const made = scenario<object, { mm: number; page: PagePtr }>({
    title: "swap",
    profile,
    variants: { only: {} },
    setup(k) {
      const mm = k.mm();
      k.put(swapSlots, 1);
      k.run(k.mmap(mm, { start: AT, length: PAGE_SIZE, flags: RW, ops: "", owner: "" }));
      k.run(k.pageFault(mm, AT, true));
      const { page, gen } = presentPte(k.run(k.ptepGet(mm, AT)))!;
      if (inSwap) k.run(k.swapOut(mm, AT));
      return { mm, page: { page, gen } };
    },
    threads: ({ mm, page }) =>
      Object.fromEntries(
        Object.entries(threads).map(([name, run]): [string, Body] => [name, { mm, run: (k) => run(k, mm, page) }]),
      ),
  });
  const endings: string[] = [];
  const result = explore(made.instantiate("only").program, { onTerminal: (_, state) => endings.push(state()) });
  return { result, endings };
}

function clean({ findings, verdict }: Exploration): void {
  expect(findings.map(({ violation }) => violation.message)).toEqual([]);
  expect(verdict).toBe("clean");
}

describe.each(["linux-5.4", "linux-6.12", "linux-7.0"])("swap of %s", (profile) => {
  it("reclaim has a reference on what it takes, whoever unmaps it meanwhile", () => {
    const { result } = race(profile, false, {
      *process(k, mm) {
        yield* k.munmap(mm, AT, PAGE_SIZE);
      },
      *reclaim(k, mm) {
        yield* k.swapOut(mm, AT);
      },
    });
    clean(result);
  });

  it("a fault unlocks the folio before the page table: who sees it mapped and has the table's lock finds it unlocked", () => {
    const { result, endings } = race(profile, true, {
      *fault(k, mm) {
        yield* k.pageFault(mm, AT, true);
      },
      *other(k, mm, page) {
        yield* k.mmapReadLock(mm);
        if (yield* k.pteOffsetMapLock(mm, AT)) {
          const mapped = presentPte(yield* k.ptepGet(mm, AT)) !== null;
          const free = yield* k.mutexTrylock(`folio_lock${page.page}`);
          if (free) yield* k.mutexUnlock(`folio_lock${page.page}`);
          yield* k.pteUnmapUnlock(mm, AT);
          yield* k.writeOnce("seen", `${mapped ? "mapped" : "in swap"}, ${free ? "unlocked" : "locked"}`);
        }
        yield* k.mmapReadUnlock(mm);
      },
    });
    clean(result);
    const seen = new Set(endings.map((state) => /mapped, \w+|in swap, \w+/.exec(state)?.[0]));
    expect([...seen].sort()).toEqual(["in swap, locked", "in swap, unlocked", "mapped, unlocked"]);
  });
});

describe("UFFDIO_MOVE of a page that is in swap", () => {
  it("gives up where the page table that it was to go to is taken away again", () => {
    const to = 4 * TABLE_SPAN;
    const { result, endings } = race("linux-6.14", true, {
      *mover(k, mm) {
        yield* k.mmap(mm, { start: to, length: TABLE_SPAN, flags: RW, ops: "", owner: "" });
        yield* k.userfaultfdRegister(mm, to, TABLE_SPAN, 0, "missing");
        yield* k.writeOnce("moved", String(yield* k.uffdioMove(mm, to, AT)));
      },
      *other(k, mm) {
        yield* k.madviseDontneed(mm, to, TABLE_SPAN);
      },
    });
    clean(result);
    const moved = new Set(endings.map((state) => /(?<=word:moved ")[^"]+/.exec(state)?.[0]));
    expect([...moved].sort()).toEqual([String(ERRNO.EAGAIN), "0"]);
  });
});
