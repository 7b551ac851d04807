import { explore, type Exploration, scenario, type SetupKernel } from "@faultline/interleave";
import { type Kernel, kernelNames, PAGE_SIZE, presentPte, swapSlots, VM } from "@faultline/mm";
import { describe, expect, it } from "vitest";

const AT = 0x10000;
const RW = VM.READ | VM.WRITE;
const PROFILES = ["linux-5.4", "linux-6.6", "linux-6.12", "linux-7.0"];

/** Threads over one address space with one private page, which set-up has brought about. */
function race<H extends object>(
  profile: string,
  setup: (k: SetupKernel, mm: number) => H,
  threads: (handles: H & { mm: number }) => Record<string, (k: Kernel) => Generator>,
): Exploration {
  const made = scenario<object, H & { mm: number }>({
    title: "faults that wait",
    profile,
    variants: { only: {} },
    setup(k) {
      const mm = k.mm();
      k.run(k.mmap(mm, { start: AT, length: PAGE_SIZE, flags: RW, ops: "", owner: "" }));
      return { mm, ...setup(k, mm) };
    },
    threads: (handles) =>
      Object.fromEntries(
        Object.entries(threads(handles)).map(([name, run]) => [name, { mm: handles.mm, run: run as never }]),
      ),
  });
  return explore(made.instantiate("only").program);
}

function* write(k: Kernel, mm: number): Generator {
  for (let turn = 0; turn < 2; turn++) {
    if ((yield* k.userAccess(mm, AT, true)) === "ok") return;
    yield* k.pageFault(mm, AT, true);
  }
}

function clean(result: Exploration, ...reached: string[]): void {
  expect(result.findings.map(({ violation }) => violation.message)).toEqual([]);
  expect(result.verdict).toBe("clean");
  const unreached = result.unreached.map(({ step }) => step);
  for (const step of reached) {
    expect([...kernelNames.values()]).toContain(step);
    expect(unreached).not.toContain(step);
  }
}

describe.each(PROFILES)("a fault of %s", (profile) => {
  it("waits for a page that is on the move, and goes on when it has arrived", () => {
    const result = race(
      profile,
      (k, mm) => {
        k.run(k.pageFault(mm, AT, true));
        const { page, gen } = presentPte(k.run(k.ptepGet(mm, AT)))!;
        return { page: { page, gen } };
      },
      ({ mm, page }) => ({
        *migrate(k) {
          yield* k.migratePages(page);
        },
        *user(k) {
          yield* write(k, mm);
        },
      }),
    );
    clean(result, "migration_entry_wait");
  });

  it("lets go of its lock before it waits for a folio, and keeps mmap_lock the second time", () => {
    const result = race(
      profile,
      (k, mm) => {
        k.put(swapSlots, 1);
        k.run(k.pageFault(mm, AT, true));
        k.run(k.swapOut(mm, AT));
        return {};
      },
      ({ mm }) => ({
        *one(k) {
          yield* write(k, mm);
        },
        *other(k) {
          yield* write(k, mm);
        },
        *reclaim(k) {
          yield* k.swapOut(mm, AT);
        },
      }),
    );
    clean(result, "folio_wait_locked", "mutex_lock");
  });

  it("two first writes, a read and a fork leave each with its own page", () => {
    const result = race(
      profile,
      () => ({}),
      ({ mm }) => ({
        *writer(k) {
          yield* k.pageFault(mm, AT, false);
          yield* k.pageFault(mm, AT, true);
        },
        *other(k) {
          yield* k.pageFault(mm, AT, true);
        },
        *forker(k) {
          const child = yield* k.fork(mm, null, null);
          yield* k.exitProcess(child);
        },
      }),
    );
    clean(result, "set_zero_pte", "do_wp_page");
  });

  it("of memory with a monitor waits for it with no lock held", () => {
    const result = race(
      profile,
      (k, mm) => {
        k.run(k.userfaultfdRegister(mm, AT, PAGE_SIZE, 0, "missing"));
        return {};
      },
      ({ mm }) => ({
        *user(k) {
          yield* k.pageFault(mm, AT, true);
        },
        *monitor(k) {
          yield* k.uffdioCopy(mm, AT);
        },
      }),
    );
    clean(result, "handle_userfault");
  });

  it("waits for ever for a monitor that does not come", () => {
    const result = race(
      profile,
      (k, mm) => {
        k.run(k.userfaultfdRegister(mm, AT, PAGE_SIZE, 0, "missing"));
        return {};
      },
      ({ mm }) => ({
        *user(k) {
          yield* k.pageFault(mm, AT, false);
        },
      }),
    );
    expect(result.findings.map(({ violation }) => violation.rule.name)).toEqual(["NO-STUCK"]);
  });
});
