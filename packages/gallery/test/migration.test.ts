import { type Exploration, explore, scenario } from "@faultline/interleave";
import { PAGE_SIZE, presentPte, VM } from "@faultline/mm";
import { describe, expect, it } from "vitest";

const AT = 0x4000_0000;

/** How somebody takes the right to write away from a mapping whose page is being migrated. */
type Change = "mprotect" | "flags only" | "plain store";

/** A page that is migrated, holding rmap locks only, while another task changes the rights of its VMA. */
function race(change: Change, profile: string): Exploration {
  const spec = scenario({
    title: "vm_flags against remove_migration_pte",
    profile,
    variants: { only: {} },
    setup(k) {
      const mm = k.mm();
      k.run(k.mmap(mm, { start: AT, length: PAGE_SIZE, flags: VM.READ | VM.WRITE, ops: "", owner: "" }));
      k.run(k.pageFault(mm, AT, true));
      const { page, gen } = presentPte(k.run(k.ptepGet(mm, AT)))!;
      k.run(k.mmapReadLock(mm));
      const vma = k.run(k.vmaLookup(mm, AT))!;
      k.run(k.mmapReadUnlock(mm));
      return { mm, vma, page: { page, gen } };
    },
    threads: ({ mm, vma, page }) => ({
      change: {
        mm,
        *run(k) {
          if (change === "mprotect") {
            yield* k.mprotect(mm, AT, PAGE_SIZE, VM.READ);
            return;
          }
          yield* k.mmapWriteLock(mm);
          if (change === "flags only") {
            yield* k.vmFlagsClear(vma, VM.WRITE);
          } else {
            // A flag that no PTE follows, stored as compilers store: the race alone, without consequence.
            yield* k.vmaStartWrite(vma);
            yield* k.plainAccessBegin(vma, "vm_flags", "write", "vm_flags_set");
            yield* k.vmFlagsMod(vma, VM.DONTDUMP, 0);
            yield* k.plainAccessEnd(vma, "vm_flags");
          }
          yield* k.mmapWriteUnlock(mm);
        },
      },
      *migrate(k) {
        yield* k.migratePages(page);
      },
    }),
  });
  return explore(spec.instantiate("only").program);
}

const found = (result: Exploration): string[] =>
  [...new Set(result.findings.map(({ violation }) => `${violation.rule.name} ${violation.severity}`))].sort();

describe.each(["linux-5.4", "linux-6.12", "linux-6.18.19"])("%s", (profile) => {
  it("P11 the store to vm_flags and pte_mkwrite's look at it overlap: a data race, known and benign", () => {
    const result = race("plain store", profile);
    expect(found(result)).toEqual(["FIELD-READ S2"]);
    for (const { violation } of result.findings) expect(violation.message).toContain("benign: ");
  });

  it("P11 flags changed and PTEs not rewritten: a page stays writable where the VMA is not", () => {
    expect(found(race("flags only", profile))).toContain("PERM S1");
  });

  it("P11 mprotect repairs whatever migration puts there, in every order", () => {
    const result = race("mprotect", profile);
    expect(result.verdict).toBe("clean");
    const unreached = result.unreached.map(({ step }) => step);
    for (const step of ["change_pte_range", "try_to_migrate_one", "remove_migration_pte"]) {
      expect(unreached).not.toContain(step);
    }
  });
});

describe("a page that is migrated", () => {
  it.each(["linux-5.4", "linux-6.12"])("while its VMA is unmapped: no order loses a page, %s", (profile) => {
    const spec = scenario({
      title: "migration against munmap",
      profile,
      variants: { only: {} },
      setup(k) {
        const mm = k.mm();
        k.run(k.mmap(mm, { start: AT, length: PAGE_SIZE, flags: VM.READ | VM.WRITE, ops: "", owner: "" }));
        k.run(k.pageFault(mm, AT, true));
        const { page, gen } = presentPte(k.run(k.ptepGet(mm, AT)))!;
        return { mm, page: { page, gen } };
      },
      threads: ({ mm, page }) => ({
        munmap: {
          mm,
          *run(k) {
            yield* k.munmap(mm, AT, PAGE_SIZE);
          },
        },
        // Migration isolates pages that it finds in page tables: under mmap_lock, with a reference, as here.
        *migrate(k) {
          yield* k.mmgetNotZero(mm);
          yield* k.mmapReadLock(mm);
          const vma = yield* k.vmaLookup(mm, AT);
          const there = vma !== null && presentPte(yield* k.ptepGet(mm, AT)) !== null;
          if (there) yield* k.getPage(page);
          yield* k.mmapReadUnlock(mm);
          yield* k.mmputAsync(mm);
          if (!there) return;
          yield* k.migratePages(page);
          yield* k.putPage(page);
        },
      }),
    });
    const result = explore(spec.instantiate("only").program);
    expect(found(result)).toEqual([]);
    expect(result.verdict).toBe("clean");
    expect(result.unreached.map(({ step }) => step)).not.toContain("remove_migration_pte");
  });
});
