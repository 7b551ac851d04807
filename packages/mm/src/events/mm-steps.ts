import { anyReference, mmCount, mmExiter, mmLife, mmRefs, mmUsers } from "../objects/mm.ts";
import { task } from "../objects/task.ts";
import { workQueue } from "../objects/work.ts";
import { MM_REF, MM_USERS_GET } from "../rules/mm-life.ts";
import { beforeSleep } from "./lock-rules.ts";
import { type AnyStep, BLOCKED, type Step, step } from "./step.ts";
import type { StepContext } from "./step-context.ts";

/** Any touch of an mm_struct's memory: whether there ever was one. */
export function touchMm(tx: StepContext, mm: number): boolean {
  const life = tx.read(mmLife.of(mm));
  if (life === "freed") tx.violate(MM_REF, `mm:${mm}`, `${tx.op} touches mm:${mm} after it was freed`);
  if (life === "none") tx.violate(MM_REF, `mm:${mm}`, `${tx.op} touches mm:${mm}, which nobody has allocated`);
  return life !== "none";
}

/** mm_alloc: a new address space, whose process holds one reference. Returns its number. */
export const mmAlloc: Step<[], number> = step("mm_alloc", (tx) => {
  const mm = tx.read(mmCount);
  tx.write(mmCount, mm + 1);
  tx.write(mmLife.of(mm), "live");
  tx.write(mmUsers.of(mm, "proc"), 1);
  tx.write(mmRefs.of(mm, "users"), 1);
  return mm;
});

export const mmget: Step<[number], null> = step("mmget", (tx, mm) => {
  if (!touchMm(tx, mm)) return;
  if (!anyReference(tx, mmUsers, mm)) tx.violate(MM_USERS_GET, `mm:${mm}`, `mmget when mm_users is 0`);
  tx.update(mmUsers.of(mm, tx.task), (count) => count + 1);
});

/** mmget_not_zero: a reference on the address space, unless it is gone or going. */
export const mmgetNotZero: Step<[number], boolean> = step("mmget_not_zero", (tx, mm) => {
  touchMm(tx, mm);
  if (!anyReference(tx, mmUsers, mm)) return false;
  tx.update(mmUsers.of(mm, tx.task), (count) => count + 1);
  return true;
});

/**
 * mm_access: a reference on an address space that another task may look into; whether it is the caller's own, or null
 * where its process has let go of it. kernel/fork.c
 */
export const mmAccess: Step<[number], "own" | "other" | null> = step("mm_access", (tx, mm) => {
  touchMm(tx, mm);
  if (tx.read(mmUsers.of(mm, "proc")) === 0) return null;
  tx.update(mmUsers.of(mm, tx.task), (count) => count + 1);
  return tx.read(task.of(tx.task)).mm === mm ? "own" : "other";
});

/** atomic_dec_and_test(mm_users) of mmput: whether it was the last, so that the caller tears the address space down. */
export const mmputTestzero: Step<[number], boolean> = step("mmput", (tx, mm) => {
  beforeSleep(tx, `mm:${mm}`);
  return putUser(tx, mm, tx.task);
});

/** The process lets go of its address space (exit_mm): whether it was the last. */
export const exitMm: Step<[number], boolean> = step("exit_mm", (tx, mm) => putUser(tx, mm, "proc"));

/** mmput_async: the last put is left to the system workqueue. */
export const mmputAsync: Step<[number], null> = step("mmput_async", (tx, mm) => {
  if (putUser(tx, mm, tx.task)) tx.update(workQueue, (queue) => [...queue, { work: "__mmput" as const, mm }]);
});

/** A worker takes the oldest work, waiting for one: which mm it must tear down. */
export const processOneWork: Step<[], number> = step("process_one_work", (tx) => {
  const [work, ...rest] = tx.read(workQueue);
  if (work === undefined) return BLOCKED;
  tx.write(workQueue, rest);
  return work.mm;
});

export const mmgrab: Step<[number], null> = step("mmgrab", (tx, mm) => {
  if (!touchMm(tx, mm)) return;
  tx.update(mmRefs.of(mm, tx.task), (count) => count + 1);
});

/** mmdrop: drops this task's reference on the struct. The last one frees it. */
export const mmdrop: Step<[number], null> = step("mmdrop", (tx, mm) => {
  if (touchMm(tx, mm)) putStruct(tx, mm, tx.task);
});

/** exit_mmap begins: from here on the address space only dies. */
export const exitMmapBegin: Step<[number], null> = step("exit_mmap", (tx, mm) => {
  if (!touchMm(tx, mm)) return;
  tx.write(mmLife.of(mm), "exiting");
  tx.write(mmExiter.of(mm), tx.task);
});

/** The end of __mmput: the reference that all users held together. */
export const mmputFinish: Step<[number], null> = step("__mmput_finish", (tx, mm) => {
  if (!touchMm(tx, mm)) return;
  tx.write(mmLife.of(mm), "dead");
  tx.write(mmExiter.of(mm), null);
  putStruct(tx, mm, "users");
});

function putUser(tx: StepContext, mm: number, holder: number | string): boolean {
  if (!touchMm(tx, mm)) return false;
  const slot = mmUsers.of(mm, holder);
  if (tx.read(slot) === 0) {
    tx.violate(MM_REF, `mm:${mm}`, `${tx.op} puts a reference on mm:${mm} that it does not hold`);
    return false;
  }
  tx.update(slot, (count) => count - 1);
  return !anyReference(tx, mmUsers, mm);
}

function putStruct(tx: StepContext, mm: number, holder: number | string): void {
  const slot = mmRefs.of(mm, holder);
  if (tx.read(slot) === 0) {
    tx.violate(MM_REF, `mm:${mm}`, `${tx.op} drops a reference on mm:${mm} that it does not hold`);
    return;
  }
  tx.update(slot, (count) => count - 1);
  if (anyReference(tx, mmRefs, mm)) return;
  if (anyReference(tx, mmUsers, mm)) tx.violate(MM_REF, `mm:${mm}`, `mm:${mm} is freed while it has users`);
  tx.write(mmLife.of(mm), "freed");
}

export const mmSteps: readonly AnyStep[] = [
  mmAccess,
  mmAlloc,
  mmget,
  mmgetNotZero,
  mmputTestzero,
  exitMm,
  mmputAsync,
  processOneWork,
  mmgrab,
  mmdrop,
  exitMmapBegin,
  mmputFinish,
];
