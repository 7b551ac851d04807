import { type Body, explore, type Scenario, scenario } from "@faultline/interleave";
import { type Knobs, PAGE_SIZE, VM, type VmaPtr } from "@faultline/mm";
import { describe, expect, it } from "vitest";
import { gallery } from "../src/index.ts";

const AT = 0x10_0000;
const RW = VM.READ | VM.WRITE;

/** Two tasks of one process, over two pages of anonymous memory, the first of them mapped. */
function race(profile: string, threads: (mm: number, vma: VmaPtr) => Record<string, Run>): Scenario {
  return scenario({
    title: "operations on VMAs against faults",
    profile,
    variants: { only: {} },
    setup(k) {
      const mm = k.mm();
      k.run(k.mmap(mm, { start: AT, length: 2 * PAGE_SIZE, flags: RW, ops: "", owner: "" }));
      k.run(k.pageFault(mm, AT, true));
      k.run(k.mmapReadLock(mm));
      const vma = k.run(k.vmaLookup(mm, AT))!;
      k.run(k.mmapReadUnlock(mm));
      return { mm, vma };
    },
    threads: ({ mm, vma }) =>
      Object.fromEntries(Object.entries(threads(mm, vma)).map(([name, run]) => [name, { mm, run }])) as Record<
        string,
        Body
      >,
  });
}

type Run = Extract<Body, { readonly run: unknown }>["run"];

function found(one: Scenario): string[] {
  const { program } = one.instantiate("only");
  const { findings, verdict } = explore(program);
  expect(verdict).toBe(findings.length > 0 ? "violation" : "clean");
  return [...new Set(findings.map(({ violation }) => `${violation.rule.name} ${violation.severity}`))].sort();
}

/** What a task may do while another faults. */
const operations: Record<string, (mm: number) => Run> = {
  mprotect: (mm) =>
    function* (k) {
      yield* k.mprotect(mm, AT, PAGE_SIZE, VM.READ);
    },
  "mremap, move": (mm) =>
    function* (k) {
      const [start, to] = [AT, AT + 8 * PAGE_SIZE];
      yield* k.mremap(mm, { start, oldLength: PAGE_SIZE, newLength: PAGE_SIZE, to, dontUnmap: false });
    },
  "mremap, grow": (mm) =>
    function* (k) {
      const remap = { start: AT, oldLength: 2 * PAGE_SIZE, newLength: 3 * PAGE_SIZE, to: null, dontUnmap: false };
      yield* k.mremap(mm, remap);
    },
  MADV_DONTNEED: (mm) =>
    function* (k) {
      yield* k.madviseDontneed(mm, AT, PAGE_SIZE);
    },
  MADV_DONTFORK: (mm) =>
    function* (k) {
      yield* k.madviseFlags(mm, AT, PAGE_SIZE, "DONTFORK");
    },
  mlock: (mm) =>
    function* (k) {
      yield* k.mlock(mm, AT, PAGE_SIZE, true);
    },
  "mmap, merged": (mm) =>
    function* (k) {
      const start = AT + 2 * PAGE_SIZE;
      yield* k.mmap(mm, { start, length: PAGE_SIZE, flags: RW, ops: "", owner: "" });
    },
  "mmap, over it": (mm) =>
    function* (k) {
      yield* k.mmap(mm, { start: AT, length: PAGE_SIZE, flags: VM.READ, ops: "", owner: "" });
    },
};

describe.each(["linux-5.4", "linux-6.6", "linux-7.0"])("%s", (profile) => {
  for (const [name, operation] of Object.entries(operations)) {
    it(`${name} against a fault and an access`, () => {
      const one = race(profile, (mm) => ({
        operation: operation(mm),
        *fault(k) {
          yield* k.pageFault(mm, AT, true);
          yield* k.userAccess(mm, AT, true);
        },
      }));
      expect(found(one)).toEqual([]);
    });
  }
});

describe("P10: a mutable VMA needs the VMA write lock, not just mmap_write_lock", () => {
  const setFlags = (vmaLock: boolean): Scenario =>
    race("linux-6.12", (mm, vma) => ({
      *set_flags(k) {
        yield* k.mmapWriteLock(mm);
        if (vmaLock) yield* k.vmaStartWrite(vma);
        yield* k.plainAccessBegin(vma, "vm_flags", "write", "VmAreaMut::set_flags");
        yield* k.vmFlagsModUnlocked(vma, VM.DONTDUMP, 0);
        yield* k.plainAccessEnd(vma, "vm_flags");
        yield* k.mmapWriteUnlock(mm);
      },
      *fault(k) {
        const locked = yield* k.lockVmaUnderRcu(mm, AT);
        if (locked === null) return;
        yield* k.plainAccessBegin(locked, "vm_flags", "read", "handle_mm_fault");
        yield* k.readVmFlags(locked);
        yield* k.plainAccessEnd(locked, "vm_flags");
        yield* k.vmaEndRead(locked);
      },
    }));

  it("P10 without it: the lock table says so, and the accesses really overlap", () => {
    expect(found(setFlags(false))).toEqual(["FIELD-READ S2", "FIELD-WRITE S2"]);
  });

  it("P10 with it: clean", () => {
    expect(found(setFlags(true))).toEqual([]);
  });
});

describe("H27: what an mmap hook has mapped, before rmap can see the VMA", () => {
  const revoke = (mmapHook: Knobs["mmapHook"]): Scenario =>
    scenario({
      title: "a device goes away while it is being mapped",
      profile: "linux-7.0",
      kernel: { mmapHook },
      variants: { only: {} },
      setup(k) {
        const mm = k.mm();
        const file = k.run(k.doDentryOpen(0, "pfn_device", "pfn0"));
        k.run(k.pfnDeviceProbe(0, k.run(k.dmaAllocCoherent())));
        return { mm, file };
      },
      threads: ({ mm, file }) => ({
        user: {
          mm,
          *run(k) {
            const [length, flags, owner] = [PAGE_SIZE, VM.READ | VM.SHARED, "pfn0"];
            yield* k.mmap(mm, { start: AT, length, flags, ops: "pfn_device", owner, file });
            yield* k.userAccess(mm, AT, false);
          },
        },
        *remove(k) {
          yield* k.pfnDeviceRemove(0, 0);
        },
      }),
    });

  it.each(["mmap", "prepare"] as const)("H27 %s: the revoke misses it, and its memory stays mapped", (mmapHook) => {
    expect(found(revoke(mmapHook)).some((rule) => rule.endsWith("S0"))).toBe(true);
  });

  it("H27 prepare-hides-rmap: the revoke waits for i_mmap, or the hook sees that the device is gone", () => {
    expect(found(revoke("prepare-hides-rmap"))).toEqual([]);
  });
});

describe("G20: an inversion that lockdep reports and that no order of steps turns into a deadlock", () => {
  it("breaks LOCK-ORDER and leaves nobody stuck", () => {
    const { program } = gallery.find(({ id }) => id === "G20")!.scenario.instantiate("buggy");
    const rules = explore(program).findings.map(({ violation }) => violation.rule.name);
    expect([...new Set(rules)]).toEqual(["LOCK-ORDER"]);
  });
});
