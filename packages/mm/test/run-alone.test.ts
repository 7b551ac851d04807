import { describe, expect, it } from "vitest";
import {
  apply,
  done,
  heldBy,
  InPlace,
  kernelMachine,
  loop,
  runInPlace,
  type Steps,
  runAlone,
  Snapshot,
  StepError,
  StuckError,
  VM,
  violationsOf,
} from "../src/index.ts";
import { mmapReadLockFast } from "../src/events/mmap-lock-steps.ts";
import { isAtOnce } from "../src/events/at-once.ts";
import { rcuReadLock, rcuReadUnlock } from "../src/events/rcu-steps.ts";
import { rcuReader } from "../src/objects/rcu.ts";
import { AT, mapAt, page } from "./mappings.ts";
import { World } from "./world.ts";

/** What running this throws. */
function thrown(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("steps run alone", () => {
  it("a step that stops its task keeps what it broke: in the table, in the error, and for whoever observes", () => {
    const w = new World();
    const mm = w.mm(1);
    const vma = mapAt(w, mm, AT, 1, VM.READ);
    const own = page(w);
    w.as(1, w.k.mmapReadLock(mm));
    const seen: string[] = [];
    const error = thrown(() =>
      runAlone(kernelMachine, w.table, 1, w.k.vmInsertPage(mm, vma, AT, own, null), ({ op }, { status }) => {
        seen.push(`${op} ${status}`);
      }),
    );
    expect(error).toBeInstanceOf(StuckError);
    const stuck = error as StuckError;
    expect(stuck.violations.map(({ rule, object }) => `${rule.name} ${object}`)).toEqual(["INS-MIXED vma:0#1"]);
    expect(stuck.message).toContain("of task 1 is stopped; INS-MIXED: BUG_ON in vm_insert_page(vma:0#1)");
    expect(stuck.event).toMatchObject({ task: 1, op: "vm_insert_page" });
    expect(w.table.get(violationsOf.of(1))).toEqual(["INS-MIXED vm_insert_page vma:0#1"]);
    expect(seen).toEqual(["vm_insert_page stopped"]);
  });

  it("a step that blocks has done nothing, and is named", () => {
    const w = new World();
    w.as(2, w.k.mutexLock("alloc0"));
    const error = thrown(() => w.as(1, w.k.mutexLock("alloc0")));
    expect(error).toBeInstanceOf(StuckError);
    expect((error as StuckError).message).toBe('mutex_lock("alloc0") of task 1 is blocked');
    expect((error as StuckError).violations).toEqual([]);
  });
});

describe("steps done where they are written", () => {
  const inPlace = <R>(w: World, steps: Steps<R>): R => runInPlace(new InPlace(kernelMachine, w.table), 1, steps);

  it("must be awaited there", () => {
    const w = new World();
    const mm = w.mm(1);
    function* early(): Steps<null> {
      const lock = mmapReadLockFast(mm);
      yield* rcuReadLock();
      yield* lock;
      return null;
    }
    function* never(): Steps<null> {
      mmapReadLockFast(mm);
      return null;
    }
    expect(() => inPlace(w, early())).toThrow("whose result nobody awaits there");
    expect(() => inPlace(w, never())).toThrow("whose result nobody awaits there");
    expect(w.table.get(rcuReader.of(1))).toBe(0);
  });

  it("must be awaited there in loops, too, and so must loops", () => {
    const w = new World();
    function* inside(): Steps<null> {
      yield* loop(null, function* () {
        yield* rcuReadLock();
        rcuReadUnlock();
        return done();
      });
      return null;
    }
    function* whole(): Steps<null> {
      loop(null, function* () {
        yield* rcuReadLock();
        return done();
      });
      yield* rcuReadUnlock();
      return null;
    }
    expect(() => inPlace(w, inside())).toThrow("whose result nobody awaits there");
    expect(() => inPlace(w, whole())).toThrow("whose result nobody awaits there");
  });

  it("leave nothing behind that is not awaited: who runs next is not taken to task for it", () => {
    const w = new World();
    function* left(): Steps<null> {
      rcuReadLock();
      throw new Error("in the middle");
    }
    expect(() => inPlace(w, left())).toThrow("in the middle");
    expect(inPlace(w, rcuReadUnlock())).toBeNull();
  });

  it("may do others meanwhile, in another state", () => {
    const [w, other] = [new World(), new World()];
    function* locks(of: World, name: string): Steps<boolean> {
      yield* rcuReadUnlock();
      const before = isAtOnce();
      yield* of.k.mutexLock(name);
      return before;
    }
    const state = new InPlace(kernelMachine, w.table);
    const inner: boolean[] = [];
    const outer = runInPlace(state, 1, locks(w, "mine"), ({ op }) => {
      if (op === "rcu_read_unlock") inner.push(inPlace(other, locks(other, "theirs")));
    });
    expect([inner, outer, isAtOnce()]).toEqual([[true], true, false]);
    const held = [w, other].map(({ table }) => table.get(heldBy.of(1)).map(({ lock }) => lock));
    expect(held).toEqual([["lock:mine"], ["lock:theirs"]]);
  });

  it("are asked for again once it is over, whatever ended it", () => {
    const w = new World();
    w.as(2, w.k.mutexLock("alloc0"));
    expect(thrown(() => inPlace(w, w.k.mutexLock("alloc0")))).toBeInstanceOf(StuckError);
    expect(w.k.mutexLock("alloc0").next().value).toMatchObject({ kind: "step", args: ["alloc0"] });
  });
});

describe("a malformed event", () => {
  const applying = (op: string, ...args: never[]): unknown =>
    thrown(() => apply(kernelMachine, Snapshot.empty, { task: 3, op, args }));

  it.each([
    ["an unknown step", "mmap_lock", [], "task 3: no step is called mmap_lock"],
    ["too few arguments", "vm_flags", [], "vm_flags() by task 3: "],
    ["a name that no component can have", "mutex_lock", ["a/b"], 'mutex_lock("a/b") by task 3: '],
    ["an unknown generation", "rust_handle_new", ["v99", "Mm", 0, null, null], "no generation"],
  ])("%s is a StepError that tells task and step", (_what, op, args, message) => {
    const error = applying(op, ...(args as never[]));
    expect(error).toBeInstanceOf(StepError);
    expect(error).toMatchObject({ code: "E_STEP", task: 3, op });
    expect((error as StepError).message).toContain(message);
  });
});
