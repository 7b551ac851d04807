import { describe, expect, it } from "vitest";
import { apply, kernelMachine, runAlone, Snapshot, StepError, StuckError, VM, violationsOf } from "../src/index.ts";
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
