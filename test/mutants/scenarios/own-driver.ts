import { type SetupKernel, scenario } from "@faultline/interleave";
import { type Context, type Kernel, PAGE_SIZE, presentPte, profile, type VmOps, VM } from "@faultline/mm";
import { pageFault } from "../../../packages/mm/src/kernel/fault.ts";
import { fork } from "../../../packages/mm/src/kernel/fork.ts";
import { mmap } from "../../../packages/mm/src/kernel/mmap.ts";
import { munmap } from "../../../packages/mm/src/kernel/munmap.ts";
import type { MutantScenario } from "./mutant-scenario.ts";
import { remembers } from "./together.ts";

const AT = 0x10_0000;
const PROFILE = "linux-6.18.19";
const STATE = "driver";

/** Drivers that do what no bundled one does: the procedures are theirs too. */
const drivers = {
  /** Its handler drops mmap_lock and asks for the access to be repeated, until the page is there. */
  waits: (k: Kernel): VmOps => ({
    *fault(_k, { mm, vma, address }) {
      if ((yield* k.readOnce("ready")) !== 1) {
        yield* k.mmapReadUnlock(mm);
        return "retry";
      }
      const page = yield* k.allocPage();
      const error = yield* k.vmInsertPage(mm, vma, address, page, null);
      yield* k.putPage(page);
      return error === 0 ? "ok" : "SIGBUS";
    },
  }),
  /** Its handler asks for a retry and keeps mmap_lock: a bug, once. */
  keepsLock: (k: Kernel): VmOps => ({
    *fault() {
      if ((yield* k.fetchAdd("asked", 1)) > 0) return "SIGBUS";
      return "retry";
    },
  }),
  /** What it has allocated for the file is in use until its mapping is closed. */
  closes: (k: Kernel): VmOps => ({
    *open() {
      yield* k.fetchAdd("mappings", 1);
      return yield* k.heapUse(STATE);
    },
    *close() {
      yield* k.fetchAdd("closed", 1);
      return yield* k.heapUse(STATE);
    },
    *release() {
      return yield* k.kfree(STATE);
    },
  }),
} satisfies Record<string, (k: Kernel) => VmOps>;

const contexts = new WeakMap<Kernel, Context>();

/** The kernel with one of these drivers in it, under a name that the set-up knows as a driver's. */
function withDriver(k: Kernel, name: keyof typeof drivers): Context {
  const known = contexts.get(k);
  if (known !== undefined) return known;
  const context: Context = { knobs: profile(PROFILE).knobs, vmOps: new Map([["other", drivers[name](k)]]) };
  contexts.set(k, context);
  return context;
}

function mapped(k: SetupKernel, withFile: boolean): { readonly mm: number; readonly file: number } {
  const mm = k.mm();
  const file = withFile ? k.run(k.doDentryOpen(0, "other", "other0")) : null;
  const area = { start: AT, length: PAGE_SIZE, flags: VM.READ | VM.WRITE | VM.MIXEDMAP, ops: "other", owner: "other0" };
  k.run(k.mmap(mm, file === null ? area : { ...area, file }));
  k.run(k.kmalloc(STATE));
  return { mm, file: file ?? -1 };
}

function faultOf(name: "waits" | "keepsLock"): MutantScenario {
  return {
    name: `a driver that ${name}`,
    profiles: [PROFILE],
    scenario: scenario({
      title: "a fault whose handler asks for a retry under mmap_lock",
      profile: PROFILE,
      variants: { only: {} },
      setup: (k) => mapped(k, false),
      threads: ({ mm }) => ({
        fault: remembers("fault", mm, (k) => pageFault(withDriver(k, name), mm, AT, true)),
        device: remembers("device", mm, function* (k) {
          const locked = yield* k.mmapWriteTrylock(mm);
          if (locked) yield* k.mmapWriteUnlock(mm);
          yield* k.writeOnce("ready", 1);
          return locked;
        }),
      }),
    }),
  };
}

function lifeOf(act: "munmap" | "fork"): MutantScenario {
  return {
    name: `a driver that closes: ${act}`,
    profiles: [PROFILE],
    scenario: scenario({
      title: `${act} of a mapping whose driver looks at what the file holds, while the file is closed`,
      profile: PROFILE,
      variants: { only: {} },
      setup: (k) => mapped(k, true),
      threads: ({ mm, file }) => ({
        owner: remembers("owner", mm, (k) => {
          const own = withDriver(k, "closes");
          return act === "munmap" ? munmap(own, mm, AT, PAGE_SIZE) : fork(own, mm, null, null);
        }),
        closer: remembers("closer", mm, (k) => k.filpClose(file)),
      }),
    }),
  };
}

/** Whether the child of a fork has what the driver mapped, and how many mappings the driver knows of by then. */
const forkWatched: MutantScenario = {
  name: "a driver that opens: fork",
  profiles: [PROFILE],
  scenario: scenario({
    title: "fork of a driver's mapping, its page, and the driver's count of mappings",
    profile: PROFILE,
    variants: { only: {} },
    setup(k) {
      const { mm } = mapped(k, false);
      k.run(k.mmapReadLock(mm));
      const page = k.run(k.allocPage());
      k.run(k.vmInsertPage(mm, k.run(k.vmaLookup(mm, AT))!, AT, page, null));
      k.run(k.putPage(page));
      k.run(k.mmapReadUnlock(mm));
      return mm;
    },
    threads: (mm) => ({
      owner: remembers("owner", mm, (k) => fork(withDriver(k, "closes"), mm, null, null)),
      watcher: remembers("watcher", null, function* (k) {
        const copied = presentPte(yield* k.ptepGet(mm + 1, AT)) !== null;
        return [copied, yield* k.readOnce("mappings")];
      }),
    }),
  }),
};

/** What a driver is told of a mapping that another takes the place of. */
const mappedOver: MutantScenario = {
  name: "a driver that closes: map over",
  profiles: [PROFILE],
  scenario: scenario({
    title: "mmap over a driver's mapping, which the driver closes once",
    profile: PROFILE,
    variants: { only: {} },
    setup: (k) => mapped(k, true),
    threads: ({ mm }) => ({
      owner: remembers("owner", mm, (k) => {
        const area = { start: AT, length: PAGE_SIZE, flags: VM.READ, ops: "", owner: "" };
        return mmap(withDriver(k, "closes"), mm, area);
      }),
    }),
  }),
};

/** Faults, munmap, fork and mmap with drivers of the scenarios' own. */
export const ownDrivers: readonly MutantScenario[] = [
  faultOf("waits"),
  faultOf("keepsLock"),
  lifeOf("munmap"),
  lifeOf("fork"),
  forkWatched,
  mappedOver,
];
