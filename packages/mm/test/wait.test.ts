import { describe, expect, it } from "vitest";
import { taskWorkAdd } from "../src/events/work-steps.ts";
import { binderOpen, binderReply, doDentryOpen, VM } from "../src/index.ts";
import { completion, inSyscall, taskWorks } from "../src/objects/wait.ts";
import { World } from "./world.ts";

describe("completions", () => {
  it("let as many waiters go as were completed", () => {
    const w = new World();
    expect(w.attempt(1, w.k.waitForCompletion("c")).status).toBe("blocked");
    w.as(2, w.k.complete("c"));
    expect(w.attempt(1, w.k.waitForCompletion("c")).status).toBe("done");
    expect(w.as(1, w.k.tryWaitForCompletion("c"))).toBe(false);
    w.as(2, w.k.complete("c"));
    expect(w.as(1, w.k.tryWaitForCompletion("c"))).toBe(true);
  });

  it("let everybody go after complete_all", () => {
    const w = new World();
    w.as(2, w.k.completeAll("c"));
    w.as(2, w.k.complete("c"));
    for (let i = 0; i < 3; i++) expect(w.attempt(1, w.k.waitForCompletion("c")).status).toBe("done");
    expect(w.as(1, w.k.tryWaitForCompletion("c"))).toBe(true);
  });

  it("ATOMIC-SLEEP: waiting under a spinlock", () => {
    const w = new World();
    w.as(2, w.k.completeAll("c"));
    w.as(1, w.k.waitForCompletion("c"));
    expect(w.broken(1)).toEqual([]);
    w.as(1, w.k.spinLock("s"));
    w.as(1, w.k.waitForCompletion("c"));
    expect(w.broken(1)).toEqual(["ATOMIC-SLEEP"]);
  });
});

describe("wait queues", () => {
  it("wake one in order, or all; whoever prepared loses no wake-up", () => {
    const w = new World(4);
    w.as(1, w.k.prepareToWait("q"));
    w.as(1, w.k.prepareToWait("q"));
    w.as(2, w.k.prepareToWait("q"));
    w.as(3, w.k.wakeUp("q"));
    expect(w.attempt(1, w.k.schedule("q")).status).toBe("done");
    expect(w.attempt(2, w.k.schedule("q")).status).toBe("blocked");
    w.as(3, w.k.wakeUpAll("q"));
    w.as(3, w.k.wakeUpAll("q"));
    w.as(3, w.k.wakeUp("q"));
    expect(w.attempt(2, w.k.schedule("q")).status).toBe("done");
    w.as(2, w.k.finishWait("q"));
    w.as(2, w.k.prepareToWait("q"));
    w.as(2, w.k.finishWait("q"));
    expect(w.attempt(2, w.k.schedule("q")).status).toBe("done");
  });

  it("a killable wait ends by a fatal signal as well, and says so", () => {
    const w = new World();
    w.as(1, w.k.prepareToWait("q"));
    expect(w.attempt(1, w.k.scheduleKillable("q")).status).toBe("blocked");
    expect(w.as(1, w.k.fatalSignalPending())).toBe(false);
    w.as(2, w.k.sendSigKill(1));
    expect(w.as(1, w.k.scheduleKillable("q"))).toBe(false);
    expect(w.as(1, w.k.fatalSignalPending())).toBe(true);
    w.as(2, w.k.wakeUp("q"));
    expect(w.as(1, w.k.scheduleKillable("q"))).toBe(true);
  });
});

describe("interrupts", () => {
  it("off on one CPU keep another's smp_call_function waiting", () => {
    const w = new World();
    w.as(1, w.k.localIrqDisable());
    w.as(1, w.k.localIrqDisable());
    expect(w.attempt(2, w.k.smpCallFunction()).status).toBe("blocked");
    w.as(1, w.k.localIrqEnable());
    expect(w.attempt(2, w.k.smpCallFunction()).status).toBe("done");
    expect([w.broken(1), w.broken(2)]).toEqual([[], []]);
  });

  it("off: nothing may wait; on: nothing to switch on", () => {
    const w = new World();
    w.as(1, w.k.localIrqDisable());
    w.as(1, w.k.smpCallFunction());
    expect(w.broken(1)).toEqual(["ATOMIC-SLEEP"]);
    w.as(2, w.k.localIrqEnable());
    expect(w.broken(2)).toEqual(["LOCK-HELD"]);
  });
});

describe("work", () => {
  it("is queued once, run by a worker, and waited for", () => {
    const w = new World();
    expect(w.attempt(1, w.k.takeWork("a")).status).toBe("blocked");
    expect(w.as(2, w.k.queueWork("a"))).toBe(true);
    expect(w.as(2, w.k.queueWork("a"))).toBe(false);
    expect(w.attempt(2, w.k.flushWork("a")).status).toBe("blocked");
    w.as(1, w.k.takeWork("a"));
    expect(w.attempt(2, w.k.flushWork("a")).status).toBe("blocked");
    w.as(1, w.k.workDone("a"));
    expect(w.attempt(2, w.k.flushWork("a")).status).toBe("done");
  });

  it("queued again while it runs is run again", () => {
    const w = new World();
    w.as(2, w.k.queueWork("a"));
    w.as(1, w.k.takeWork("a"));
    expect(w.as(2, w.k.queueWork("a"))).toBe(true);
    w.as(1, w.k.workDone("a"));
    expect(w.attempt(1, w.k.takeWork("a")).status).toBe("done");
  });
});

describe("task work", () => {
  function mappedFile(w: World): { mm: number; file: number } {
    const mm = w.mm(1);
    w.as(0, binderOpen(mm, "binder", 1));
    const file = w.as(0, doDentryOpen(0, "binder", "binder0"));
    w.as(1, w.k.mmap(mm, { start: 0x10000, length: 4096, flags: VM.READ, ops: "binder", owner: "binder0", file }));
    return { mm, file };
  }

  it("releases a file when the task is on its way back to user mode, not before", () => {
    const w = new World();
    const { mm, file } = mappedFile(w);
    w.as(1, w.k.enterFromUserMode());
    w.as(1, w.k.filpClose(file));
    w.as(1, w.k.munmap(mm, 0x10000, 4096));
    expect(w.table.get(taskWorks.of(1))).toEqual([{ work: "____fput", file, ops: "binder", owner: "binder0" }]);
    expect(w.table.get(completion.of(binderReply(0)))).toBe(0);
    w.as(1, w.k.exitToUserMode());
    expect(w.table.get(completion.of(binderReply(0)))).toBe("all");
    expect(w.table.get(inSyscall.of(1))).toBe(false);
    expect(w.broken(1)).toEqual([]);
  });

  it("is done at once where the way back is not written out", () => {
    const w = new World();
    const { mm, file } = mappedFile(w);
    w.as(1, w.k.filpClose(file));
    w.as(1, w.k.munmap(mm, 0x10000, 4096));
    expect(w.table.get(completion.of(binderReply(0)))).toBe("all");
    expect(w.as(1, taskWorkAdd({ work: "____fput", file, ops: "", owner: "" }))).toBe(false);
  });
});
