import { readFileSync } from "node:fs";
import { explore } from "@faultline/interleave";
import { describe, expect, it } from "vitest";
import { costs } from "../src/designs/cost.ts";
import { designs, withoutLock } from "../src/designs/designs.ts";
import { designsPage, verdictOf } from "../src/designs/page.ts";
import { situationOf, situations } from "../src/designs/situations.ts";

const design = (name: string): (typeof designs)[number] =>
  [...designs, ...withoutLock].find((one) => one.name === name)!;
const verdict = (name: string, situation: string): string =>
  verdictOf(
    design(name),
    situations.find((one) => one.name === situation)!,
  );

describe("the designs of binder", () => {
  it.each(situations)("P04 the lazy design is clean: $name", (situation) => {
    for (const name of ["lazy, on fault", "lazy, on return"]) expect(verdictOf(design(name), situation)).toBe("clean");
  });

  it("P04 the current designs break where the lazy one does not", () => {
    expect(verdict("Rust 6.18.0", "impostor, send")).toBe("S1 OWNER");
    expect(verdict("Rust 6.18.0", "impostor, reclaim")).toBe("S1 OWNER");
    expect(verdict("Rust 7.0", "impostor, send")).toBe("clean");
    expect(verdict("C 7.0", "impostor, reclaim")).toBe("S5 RECLAIM-LIVE");
    expect(verdict("C 2026-06", "impostor, reclaim")).toBe("clean");
    // H24: the ownership check passes, and the page is another one.
    expect(verdict("Rust 7.0", "wrong offset, send")).toBe("S1 RIGHT-OFFSET");
    expect(verdict("Rust 7.0", "wrong offset, reclaim")).toBe("S1 RIGHT-OFFSET");
    // H25: only the first piece is looked at.
    expect(verdict("Rust 7.0", "split, reclaim")).toBe("S1 DRV-PAGE, S6 ZAP-COMPLETE");
    // H32: close of one piece speaks for all.
    expect(verdict("C 7.0", "split, reclaim")).toBe("S5 RECLAIM-LIVE, S6 DRV-STATE");
    expect(verdict("C 7.0", "moved, reclaim")).toBe("S6 DRV-STATE, S6 ZAP-COMPLETE");
  });

  it("P04 R-B1: without the driver's lock a fault brings a page back between zap and free", () => {
    for (const { name } of withoutLock) expect(verdict(name, "read, reclaim")).toMatch(/S0 PAGE-REF/);
  });

  it("P05 both variants map the page, on fault or before the return", () => {
    const reading = situations.find(({ name }) => name === "read, reclaim")!;
    const reached = (name: string): string[] => {
      const { program } = situationOf(design(name), reading).instantiate("only");
      return explore(program).unreached.map(({ step }) => step);
    };
    expect(reached("lazy, on fault")).not.toContain("insert_page_into_pte_locked");
    expect(costs(design("lazy, on fault"))["new page"].faults).toBe(1);
    expect(costs(design("lazy, on return"))["new page"].faults).toBe(0);
  });

  it("P06 the current design saves a fault per page and pays with references and foreign locks", () => {
    const [current, lazy] = [costs(design("Rust 7.0")), costs(design("lazy, on fault"))];
    expect(current["new page"]).toMatchObject({ faults: 0, mmRefs: 1 });
    expect(lazy["new page"]).toMatchObject({ faults: 1, mmRefs: 0 });
    expect(current.reclaim).toMatchObject({ mmapLock: 1, mmRefs: 1, iMmap: 0 });
    expect(lazy.reclaim).toMatchObject({ mmapLock: 0, mmRefs: 0, iMmap: 1 });
    // Once the page is there and mapped, nobody touches a lock of the address space.
    for (const cost of [current["page there"], lazy["page there"]]) {
      expect(cost).toMatchObject({ mmapLock: 0, vmaLock: 0, mmRefs: 0, faults: 0, ptl: 0 });
    }
  });

  it("are compared in docs/designs.md, which `npm run docs:designs` writes", () => {
    const page = readFileSync(new URL("../../../docs/designs.md", import.meta.url), "utf8");
    expect(page).toBe(designsPage());
  });
});
