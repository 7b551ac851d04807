import { heapObject } from "../objects/heap.ts";
import { type VmaPtr, vmaName } from "../objects/vma.ts";
import { HEAP_LIVE } from "../rules/rcu.ts";
import { component, type Kind } from "../store/component.ts";
import { NAME_SET } from "../store/task-names.ts";
import { checkFieldWrite } from "./field-locks.ts";
import { type AnyStep, type Step, step } from "./step.ts";
import type { StepContext } from "./step-context.ts";
import { accessVma } from "./vma-access.ts";

/** vma->vm_policy: the name of a mempolicy, one of the heap's objects, for one generation of the VMA. */
export const vmaPolicy: Kind<VmaPolicy | null> = component<VmaPolicy | null>("vma:#/policy", null);
type VmaPolicy = { readonly gen: number; readonly policy: string };

/** Who holds a reference on a mempolicy: a VMA or a task, by name. */
export const policyRefs: Kind<readonly string[]> = component<readonly string[]>("mempolicy:#/refs", [], NAME_SET);

/** mbind's vma_replace_policy: the VMA has this policy now, and lets go of the one it had. mm/mempolicy.c */
export const vmaReplacePolicy: Step<[VmaPtr, string], null> = step("vma_replace_policy", (tx, ptr, policy) => {
  const vma = accessVma(tx, ptr);
  if (vma === undefined) return;
  checkFieldWrite(tx, vma, ptr, "vm_policy");
  const old = policyOf(tx, ptr);
  tx.write(heapObject.of(policy), "live");
  tx.write(policyRefs.of(policy), [vmaName(ptr)]);
  tx.write(vmaPolicy.of(ptr.vma), { gen: ptr.gen, policy });
  if (old !== null) put(tx, old, vmaName(ptr));
});

/** __get_vma_policy: vma->vm_policy, with a reference of this task where `get`. */
export const getVmaPolicy: Step<[VmaPtr, boolean], string | null> = step("__get_vma_policy", (tx, ptr, get) => {
  if (accessVma(tx, ptr) === undefined) return null;
  const policy = policyOf(tx, ptr);
  if (policy !== null && get) tx.update(policyRefs.of(policy), (refs) => [...refs, `task${tx.task}`].sort());
  return policy;
});

/** mpol_put: drops this task's reference; the last one frees the policy. */
export const mpolPut: Step<[string], null> = step("mpol_put", (tx, policy) => {
  put(tx, policy, `task${tx.task}`);
});

function policyOf(tx: StepContext, { vma, gen }: VmaPtr): string | null {
  const set = tx.read(vmaPolicy.of(vma));
  return set?.gen === gen ? set.policy : null;
}

function put(tx: StepContext, policy: string, holder: string): void {
  const refs = tx.read(policyRefs.of(policy));
  const at = refs.indexOf(holder);
  if (at < 0) tx.violate(HEAP_LIVE, `heap:${policy}`, `${tx.op} of ${policy}, on which ${holder} has no reference`);
  const rest = at < 0 ? refs : refs.toSpliced(at, 1);
  tx.write(policyRefs.of(policy), rest);
  if (rest.length === 0) tx.write(heapObject.of(policy), "freed");
}

export const mempolicySteps: readonly AnyStep[] = [vmaReplacePolicy, getVmaPolicy, mpolPut];
