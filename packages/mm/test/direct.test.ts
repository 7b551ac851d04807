import { describe, expect, it } from "vitest";
import { directStyle } from "../../../tooling/direct/style.js";
import { createDirectKernel, directly, type Performer } from "../src/direct.ts";
import { drive } from "../src/events/drive.ts";
import {
  apply,
  component,
  createKernel,
  createMachine,
  heldBy,
  InPlace,
  inPlacePerformer,
  kernelMachine,
  profile,
  step,
  StuckError,
  Table,
  VM,
} from "../src/index.ts";
import { AT } from "./mappings.ts";
import { World } from "./world.ts";

const { knobs } = profile("linux-6.18");
const direct = createDirectKernel(knobs);
const performerOf = (w: World): Performer => inPlacePerformer(new InPlace(kernelMachine, w.table), 1);
const mapping = { start: AT, length: 0x3000, flags: VM.READ | VM.WRITE, ops: "", owner: "" };

describe("procedures in direct style", () => {
  it("are the same procedures: every name, and nothing else", () => {
    expect(Object.keys(direct)).toEqual(Object.keys(createKernel(knobs)));
  });

  it("give results where the others give steps, and do the same steps", () => {
    const w = new World();
    const mm = w.mm(1);
    const perform = performerOf(w);
    const ops: string[] = [];
    const noted: Performer = (step, args) => {
      ops.push(step.op);
      return perform(step, args);
    };
    expect(directly(noted, () => direct.mmap(mm, mapping))).toBe(AT);
    const other = new World();
    const asked: string[] = [];
    const performAsked = performerOf(other);
    const returned = drive(createKernel(knobs).mmap(other.mm(1), mapping), (step, args) => {
      asked.push(step.op);
      return performAsked(step, args);
    });
    expect(returned).toBe(AT);
    expect(ops).toEqual(asked);
    expect(ops.length).toBeGreaterThan(5);
    expect(w.table.encode()).toBe(other.table.encode());
  });

  it("leave steps to be asked for again once it is over, whatever ended it", () => {
    const w = new World();
    w.as(2, w.k.mutexLock("alloc0"));
    expect(() => directly(performerOf(w), () => direct.mutexLock("alloc0"))).toThrow(StuckError);
    expect(w.k.mutexLock("alloc0").next().value).toMatchObject({ kind: "step", args: ["alloc0"] });
  });

  it("may do others meanwhile, in another state", () => {
    const [w, other] = [new World(), new World()];
    const [outer, inner] = [performerOf(w), performerOf(other)];
    const both: Performer = (step, args) => {
      directly(inner, () => direct.mutexLock("theirs"));
      return outer(step, args);
    };
    directly(both, () => direct.mutexLock("mine"));
    const held = [w, other].map(({ table }) => table.get(heldBy.of(1)).map(({ lock }) => lock));
    expect(held).toEqual([["lock:mine"], ["lock:theirs"]]);
  });

  it("are not to be mixed with those that ask", () => {
    const w = new World();
    const mm = w.mm(1);
    const perform = performerOf(w);
    expect(() => directly(perform, () => drive(w.k.mmap(mm, mapping), perform))).toThrow(
      "cannot run where steps are done",
    );
  });
});

describe("in place", () => {
  const number = component<number>("made-up number:#", 0);
  const store = step("made_up_store", (tx, value: number) => {
    tx.write(number.of(0), value);
  });
  const machine = createMachine({ steps: [store] });

  it("what an event writes is looked at; what a procedure does is explored and replayed, and looked at there", () => {
    const table = new Table();
    const state = new InPlace(machine, table);
    expect(() => state.applyCall(1, "made_up_store", [NaN], undefined)).toThrow("not a safe integer");
    expect(() => apply(machine, table, { task: 1, op: "made_up_store", args: [NaN] })).toThrow("not a safe integer");
    expect(table.get(number.of(0))).toBe(0);
    state.step(1, store, [NaN]);
    expect(table.get(number.of(0))).toBeNaN();
    expect(() => table.encode()).toThrow("not a safe integer");
    expect(() => state.applyCall(1, "made_up_store", [NaN], undefined)).toThrow("not a safe integer");
  });
});

describe("direct style", () => {
  it.each([
    ["function* f() { return yield* g(); }", "function f() { return g(); }"],
    ["const f = function* () { yield* g(); };", "const f = function () { g(); };"],
    [
      "const o = { *f() { return (yield* g()) + (yield* h(yield* g())); } };",
      "const o = { f() { return (g()) + (h(g())); } };",
    ],
    ["function* f() { return (yield* a()) ? yield* b() : c(); }", "function f() { return (a()) ? b() : c(); }"],
    ['const a = 2 * 3; // yield* in a comment\nconst b = "function* and yield*";', undefined],
  ])("%s", (text, wanted) => {
    const spaceless = (code: string): string => code.replace(/\s+/gu, "");
    expect(spaceless(directStyle(text, "x.ts"))).toBe(spaceless(wanted ?? text));
  });

  it("refuses a generator that yields something of its own, by its line", () => {
    expect(() => directStyle("function* f() {\n  yield 1;\n}", "x.ts")).toThrow(
      "x.ts:2: a procedure yields nothing of its own",
    );
  });
});
