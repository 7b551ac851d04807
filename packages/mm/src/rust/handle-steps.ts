import { type AnyStep, type Step, step } from "../events/step.ts";
import type { StepContext } from "../events/step-context.ts";
import { anyReference, mmLife, mmUsers } from "../objects/mm.ts";
import { mmapLock } from "../objects/rwsem.ts";
import { holds } from "../objects/task.ts";
import { VM } from "../objects/vm-flags.ts";
import { vmaFlags, type VmaPtr, vmaSlot } from "../objects/vma.ts";
import { vmaLockName } from "../events/vma-access.ts";
import { TYPESTATE } from "../rules/typestate.ts";
import { component, type Kind } from "../store/component.ts";
import { apiGenerations } from "./generations.ts";
import { type ApiGeneration, methodOf, type Proof, proofsOf } from "./handle-type.ts";

/** The handles of a task that uses the Rust abstraction. Only the task itself reads or writes this. */
export const rustHandles: Kind<readonly RustHandle[]> = component<readonly RustHandle[]>("task:#/rust_handles", [], {
  ids: [0],
});
export type RustHandle = {
  readonly id: number;
  readonly type: string;
  readonly mm: number;
  /** The VMA that it refers to, where it refers to one. */
  readonly vma: VmaPtr | null;
  /** The handle that this one is borrowed from: it ends with it. */
  readonly from: number | null;
};

/** A handle comes into being: its number. `from`: the handle that it is borrowed from, null for one of its own. */
export const rustHandleNew: Step<[string, string, number, VmaPtr | null, number | null], number> = step(
  "rust_handle_new",
  (tx, api, type, mm, vma, from) => {
    if (!Object.hasOwn(generation(api).types, type)) throw new Error(`${api} has no type ${type}`);
    const handles = tx.read(rustHandles.of(tx.task));
    const id = 1 + Math.max(0, ...handles.map((handle) => handle.id));
    const handle = { id, type, mm, vma, from };
    tx.write(rustHandles.of(tx.task), [...handles, handle]);
    return id;
  },
);

/** The handle goes, and with it those that are borrowed from it. */
export const rustHandleDrop: Step<[number], null> = step("rust_handle_drop", (tx, id) => {
  if (find(tx, id) !== undefined) drop(tx, id);
});

/**
 * A method is called through a handle, before the step that the method stands for: whether the type has that method.
 * Checks that the handle is still there and that what its type proves is true.
 */
export const rustCall: Step<[string, number, string], boolean> = step("rust_call", (tx, api, id, method) => {
  const handle = find(tx, id);
  if (handle === undefined) return false;
  const found = methodOf(generation(api), handle.type, method);
  if (found === undefined) {
    tx.violate(TYPESTATE, `handle:${id}`, `${handle.type} has no ${method} in ${api}`);
    return false;
  }
  for (const proof of proofsOf(generation(api), handle.type)) {
    if (proves(tx, proof, handle)) continue;
    tx.violate(TYPESTATE, `handle:${id}`, `${handle.type}::${method}: the type proves ${proof}, which is false`);
  }
  if (found.consumes === true) drop(tx, id);
  return true;
});

function generation(name: string): ApiGeneration {
  const api = apiGenerations.get(name);
  if (api === undefined) throw new Error(`no generation of the Rust abstraction is called ${name}`);
  return api;
}

function find(tx: StepContext, id: number): RustHandle | undefined {
  const handle = tx.read(rustHandles.of(tx.task)).find((one) => one.id === id);
  if (handle === undefined) tx.violate(TYPESTATE, `handle:${id}`, `${tx.op} of a handle that this task does not have`);
  return handle;
}

function drop(tx: StepContext, id: number): void {
  const gone = new Set([id]);
  // A handle is listed after the one it is borrowed from.
  for (const one of tx.read(rustHandles.of(tx.task))) if (one.from !== null && gone.has(one.from)) gone.add(one.id);
  tx.write(
    rustHandles.of(tx.task),
    tx.read(rustHandles.of(tx.task)).filter((one) => !gone.has(one.id)),
  );
}

function proves(tx: StepContext, proof: Proof, { mm, vma }: RustHandle): boolean {
  const lock = holds(tx, tx.task, mmapLock(mm).name);
  switch (proof) {
    case "mm-struct":
      return tx.read(mmLife.of(mm)) !== "freed";
    case "mm-users":
      return anyReference(tx, mmUsers, mm);
    case "mmap-lock":
      return lock !== undefined;
    case "mmap-write-lock":
      return lock?.mode === "write";
    case "vma-stable":
    case "vma-new":
    case "mixedmap":
      return vma !== null && provesVma(tx, proof, vma, lock !== undefined);
    case "rcu":
      return holds(tx, tx.task, "rcu") !== undefined;
  }
}

function provesVma(tx: StepContext, proof: Proof, ptr: VmaPtr, mmapLocked: boolean): boolean {
  const { gen, state, by } = tx.read(vmaSlot.of(ptr.vma));
  if (gen !== ptr.gen || state === "free") return false;
  if (proof === "mixedmap") return (tx.read(vmaFlags.of(ptr.vma)) & VM.MIXEDMAP) !== 0;
  if (proof === "vma-new") return state === "new" && by === tx.task;
  if (state !== "attached") return by === tx.task;
  return mmapLocked || holds(tx, tx.task, vmaLockName(ptr.vma)) !== undefined;
}

export const rustHandleSteps: readonly AnyStep[] = [rustHandleNew, rustHandleDrop, rustCall];
