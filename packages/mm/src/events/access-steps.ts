import { accessWindow, type AccessWindow } from "../objects/access-window.ts";
import { countTasks } from "../objects/task.ts";
import { vmaName, type VmaPtr } from "../objects/vma.ts";
import type { VmaField } from "../objects/vma-field.ts";
import { benignReason } from "../rules/benign-races.ts";
import { FIELD_READ } from "../rules/vma-fields.ts";
import { checkFieldWrite } from "./field-locks.ts";
import { type AnyStep, type Step, step } from "./step.ts";
import type { StepContext } from "./step-context.ts";
import { accessVma, vmaMemory } from "./vma-access.ts";

// The other way to see a data race, after KCSAN: a plain access takes time. Two windows open at once on one field, one
// of them a write, are two accesses that really overlap, whatever locks were held.

/**
 * A plain access of a field of a VMA begins. `where` names the kernel function, for the whitelist of benign races.
 * kernel/kcsan/core.c, kcsan_setup_watchpoint()
 */
export const plainAccessBegin: Step<[VmaPtr, VmaField, "read" | "write", string], null> = step(
  "plain_access_begin",
  (tx, ptr, field, kind, where) => {
    if (vmaMemory(tx, ptr) === undefined) return;
    checkOverlap(tx, ptr, field, { kind, where });
    tx.write(accessWindow.of(variable(ptr, field), tx.task), { kind, where });
  },
);

/** The plain access is over. */
export const plainAccessEnd: Step<[VmaPtr, VmaField], null> = step("plain_access_end", (tx, ptr, field) => {
  tx.write(accessWindow.of(variable(ptr, field), tx.task), null);
});

/** READ_ONCE, WRITE_ONCE or an atomic: no window of its own, but it may fall into a plain one. */
export const markedAccess: Step<[VmaPtr, VmaField, "read" | "write", string], null> = step(
  "marked_access",
  (tx, ptr, field, kind, where) => {
    if (vmaMemory(tx, ptr) !== undefined) checkOverlap(tx, ptr, field, { kind, where });
  },
);

/** A store to a field whose value the model does not have: what its row of the field table asks for must be held. */
export const vmaFieldWrite: Step<[VmaPtr, VmaField], null> = step("vma_field_write", (tx, ptr, field) => {
  const vma = accessVma(tx, ptr);
  if (vma !== undefined) checkFieldWrite(tx, vma, ptr, field);
});

function variable(ptr: VmaPtr, field: VmaField): string {
  return `vma${ptr.vma}.${field}`;
}

function checkOverlap(tx: StepContext, ptr: VmaPtr, field: VmaField, own: AccessWindow): void {
  const tasks = countTasks(tx);
  for (let task = 0; task < tasks; task++) {
    if (task === tx.task) continue;
    const other = tx.read(accessWindow.of(variable(ptr, field), task));
    if (other === null || (own.kind === "read" && other.kind === "read")) continue;
    const reason = benignReason(field, own.where, other.where);
    const what = `${own.where} ${verb(own)} ${field} of ${vmaName(ptr)} while ${other.where} ${verb(other)} it`;
    tx.violate(FIELD_READ, vmaName(ptr), reason === undefined ? what : `${what}; benign: ${reason}`);
  }
}

function verb({ kind }: AccessWindow): string {
  return kind === "read" ? "reads" : "writes";
}

export const accessSteps: readonly AnyStep[] = [plainAccessBegin, plainAccessEnd, markedAccess, vmaFieldWrite];
