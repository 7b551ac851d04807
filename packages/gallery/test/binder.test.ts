import { type Body, explore, scenario } from "@faultline/interleave";
import {
  addressOf,
  type BinderGeneration,
  type BinderGenerationName,
  binderGenerations,
  type BinderHandle,
  driverOf,
  type Kernel,
  openBinder,
  type RustBinderGeneration,
  rustBinderGenerations,
  VM,
  type VmaPtr,
} from "@faultline/mm";
import { describe, expect, it } from "vitest";

type Spec = Parameters<typeof scenario<object, BinderHandle>>[0];

/** Names of the rules that break in some ordering, sorted. */
function broken(spec: Omit<Spec, "title" | "variants">): string[] {
  const { program } = scenario<object, BinderHandle>({ title: "t", variants: { only: {} }, ...spec }).instantiate(
    "only",
  );
  const result = explore(program);
  expect(["clean", "violation"]).toContain(result.verdict);
  return [...new Set(result.findings.map(({ violation }) => violation.rule.name))].sort();
}

const munmap = (binder: BinderHandle): Body => ({
  mm: binder.mm,
  run: (k) => k.munmap(binder.mm, binder.start, binder.pages * 4096),
});

const replaced = (binder: BinderHandle): Body => ({
  mm: binder.mm,
  *run(k) {
    yield* k.munmap(binder.mm, binder.start, 4096);
    const flags = VM.READ | VM.WRITE;
    yield* k.mmap(binder.mm, { start: binder.start, length: 4096, flags, ops: "other", owner: "other0" });
  },
});

/** The generations of the C driver, each with the kernel it stands in, and what munmap against its shrinker breaks. */
const shrinkers: readonly (readonly [BinderGenerationName, string, readonly string[]])[] = [
  ["5.0", "linux-5.0", ["VMA-LIVE"]],
  ["5.4", "linux-5.4", ["VMA-LIVE"]],
  ["6.0", "linux-6.1", []],
  ["6.1", "linux-6.1", []],
  ["6.4", "linux-6.4.3", ["VMA-LIVE"]],
  ["6.6", "linux-6.6", ["VMA-LIVE"]],
  ["6.8", "linux-6.6", []],
  ["6.12", "linux-6.12", []],
  ["6.14", "linux-6.14", []],
  ["7.0", "linux-7.0", []],
  ["2026-06", "linux-7.0", []],
];

describe("binder", () => {
  it.each(shrinkers)("P03 shrinker of %s on %s against munmap: %j", (version, profile, rules) => {
    const gen: BinderGeneration = binderGenerations[version];
    const found = broken({
      profile,
      setup(k) {
        const binder = openBinder(k, "binder", 1);
        k.run(k.binderInstall(binder, gen, 0, 1));
        k.run(k.binderFreeBuf(binder, gen, 0, 1));
        return binder;
      },
      threads: (binder) => ({ munmap: munmap(binder), shrinker: (k) => k.binderShrinkScan([binder], gen, 1) }),
    });
    expect(found).toEqual(rules);
  });

  it.each(Object.keys(rustBinderGenerations))("P03 shrinker of Rust %s against munmap: clean", (version) => {
    const gen = rustBinderGenerations[version as keyof typeof rustBinderGenerations];
    const found = broken({
      profile: "linux-7.0",
      setup(k) {
        const binder = openBinder(k, "rust_binder", 1);
        k.run(k.rustUseRange(binder, gen, 0, 1));
        k.run(k.rustStopUsingRange(binder, 0, 1));
        return binder;
      },
      threads: (binder) => ({ munmap: munmap(binder), shrinker: (k) => k.rustShrinkScan(binder, gen) }),
    });
    expect(found).toEqual([]);
  });

  type Left = "nothing" | "mmget" | "mmput" | "lock" | "unlock" | "lookup" | "check";

  function* remoteWrite(k: Kernel, binder: BinderHandle, stashed: VmaPtr, left: Left): ReturnType<Kernel["mmput"]> {
    const { mm } = binder;
    const page = yield* k.allocPage();
    if (left === "mmget" || (yield* k.mmgetNotZero(mm))) {
      if (left !== "lock") yield* k.mmapReadLock(mm);
      const vma = left === "lookup" ? stashed : yield* k.vmaLookup(mm, binder.start);
      const found = vma === null || left === "check" ? null : yield* k.vmaDriver(vma);
      const own = left === "check" || found?.owner === driverOf(binder).owner;
      if (vma !== null && own) yield* k.vmInsertPage(mm, vma, addressOf(binder, 0), page, driverOf(binder, 0));
      if (left !== "lock" && left !== "unlock") yield* k.mmapReadUnlock(mm);
      if (left !== "mmget" && left !== "mmput") yield* k.mmputAsync(mm);
    }
    yield* k.putPage(page);
    return null;
  }

  /** Each step of the remote write, left out: a rule that tells. */
  const steps: readonly (readonly [Left, string | null])[] = [
    ["nothing", null],
    ["mmget", "MM-ACCESS"],
    ["mmput", "NO-LEAK"],
    ["lock", "VMA-LIVE"],
    ["unlock", "NO-LEAK"],
    ["lookup", "VMA-LIVE"],
    ["check", "OWNER"],
  ];

  it.each(steps)("P02 the remote write without %s breaks %s", (left, rule) => {
    let stashed: VmaPtr = { vma: 0, gen: 0 };
    const found = broken({
      profile: "linux-6.18.19",
      setup(k) {
        const binder = openBinder(k, "rust_binder", 1);
        k.run(k.mmapReadLock(binder.mm));
        stashed = k.run(k.vmaLookup(binder.mm, binder.start))!;
        k.run(k.mmapReadUnlock(binder.mm));
        return binder;
      },
      threads: (binder) => ({ owner: replaced(binder), sender: (k) => remoteWrite(k, binder, stashed, left) }),
    });
    if (rule === null) expect(found).toEqual([]);
    else expect(found).toContain(rule);
  });

  it("P27 close is too late: between downgrade and close a driver believes in a VMA that it must not use", () => {
    const trusting: BinderGeneration = { ...binderGenerations["6.14"], installLock: "read", installVma: "stash" };
    const run = (gen: BinderGeneration): string[] =>
      broken({
        profile: "linux-7.0",
        setup: (k) => openBinder(k, "binder", 1),
        threads: (binder) => ({ munmap: munmap(binder), sender: (k) => k.binderInstall(binder, gen, 0, 1) }),
      });
    expect(run(trusting)).toEqual(expect.arrayContaining(["PTE-INSTALL", "VMA-LIVE"]));
    // What tells is the lookup, under the lock; `mapped` alone does not.
    expect(run({ ...trusting, installVma: "lookup" })).toEqual([]);
  });

  it.each(["binder", "counted_binder"] as const)("P27 H32 a driver told by open and close: %s", (ops) => {
    const found = broken({
      profile: "linux-7.0",
      setup: (k) => openBinder(k, ops, 2),
      threads: (binder) => ({
        owner: { mm: binder.mm, run: (k) => k.munmap(binder.mm, binder.start, 4096) },
        sender: (k) => k.binderInstall(binder, binderGenerations["7.0"], 1, 1),
      }),
    });
    expect(found).toEqual(ops === "binder" ? ["DRV-STATE"] : []);
  });

  it.each([true, false])("G09 the Rust driver's mm_lock held: %s", (mmLock) => {
    const gen: RustBinderGeneration = { ...rustBinderGenerations["6.18.19"], mmLock };
    const results = new Set<string>();
    const made = scenario<object, BinderHandle>({
      title: "t",
      variants: { only: {} },
      profile: "linux-6.18.19",
      setup(k) {
        const binder = openBinder(k, "rust_binder", 1);
        k.run(k.rustUseRange(binder, gen, 0, 1));
        k.run(k.rustStopUsingRange(binder, 0, 1));
        return binder;
      },
      threads: (binder) => ({
        *sender(k) {
          const error = yield* k.rustUseRange(binder, gen, 0, 1);
          yield* k.writeOnce("result", error === 0 ? "result ok" : `result ${error}`);
        },
        *shrinker(k) {
          yield* k.rustShrinkScan(binder, gen);
        },
      }),
    });
    explore(made.instantiate("only").program, {
      onTerminal: (_ending, state) => results.add(/result (ok|-\d+)/.exec(state())?.[1] ?? "none"),
    });
    expect([...results].sort()).toEqual(mmLock ? ["ok"] : ["-16", "ok"]);
  });

  /** What the loser of two senders does, and what that breaks. */
  const busy: readonly (readonly [BinderGeneration["installBusy"], readonly string[]])[] = [
    ["fail", []],
    ["publish-own", ["DRV-PAGE"]],
    ["lookup", ["NO-LEAK"]],
    ["lookup-put", []],
  ];

  it.each(busy)("H23 two senders under the VMA lock, -EBUSY leads to %s: %j", (installBusy, rules) => {
    const gen: BinderGeneration = { ...binderGenerations["7.0"], installBusy };
    const found = broken({
      profile: "linux-7.0",
      setup: (k) => openBinder(k, "binder", 1),
      threads: (binder) => ({
        sender1: (k) => k.binderInstall(binder, gen, 0, 1),
        sender2: (k) => k.binderInstall(binder, gen, 0, 1),
      }),
    });
    for (const rule of rules) expect(found).toContain(rule);
    if (rules.length === 0) expect(found).toEqual([]);
  });

  it.each(["mmput", "mmput_async"] as const)("H4 the last reference of a sender, put with %s", (put) => {
    const gen: BinderGeneration = { ...binderGenerations["6.6"], put };
    const exits: Spec["threads"] = (binder) => ({
      owner: { mm: binder.mm, run: (k) => k.exitProcess(binder.mm) },
      sender: (k) => k.binderInstall(binder, gen, 0, 1),
      kworker: { daemon: true, run: (k) => k.kworker() },
    });
    expect(broken({ profile: "linux-6.6", setup: (k) => openBinder(k, "binder", 1), threads: exits })).toEqual([]);
  });
});
