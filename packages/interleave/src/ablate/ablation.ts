import type { Value } from "@faultline/mm";

/** A step that takes or drops what is left out: the same name, and arguments if they were seen. */
export interface HoldingStep {
  readonly op: string;
  readonly args: readonly Value[];
  /** What it returns when it is left out: for one that takes, what it returned where it took. */
  readonly result: Value;
  /** The objects taken or dropped, each as often; none for one that turns a hold of one kind into another. */
  readonly objects: readonly string[];
}

/** How steps are left out. */
export type Plan =
  /** What takes is left out, and what drops it is left out where its thread would only have believed to hold it. */
  | {
      readonly kind: "holding";
      readonly takes: readonly HoldingStep[];
      readonly drops: readonly HoldingStep[];
      readonly turns: readonly HoldingStep[];
    }
  /** Calls of this procedure are left out. */
  | { readonly kind: "call"; readonly name: string; readonly result: Value }
  /** In this procedure, the step has always the same result. */
  | {
      readonly kind: "constant";
      readonly procedure: string | null;
      readonly op: string;
      readonly answers: readonly { readonly args: readonly Value[]; readonly result: Value }[];
    };

/** A lock, check or reference of one thread, to be left out. Plain data: it can be sent to another process. */
export interface Ablation {
  readonly task: number;
  readonly thread: string;
  readonly kind: "lock" | "check" | "reference";
  /** In words: `mmap_lock read`, `vma_lookup = {"gen":1,"vma":0}`. */
  readonly what: string;
  /** The steps left out, or the procedure, as the kernel spells them. */
  readonly steps: readonly string[];
  /** The kernel functions that take it; empty where the thread does itself. */
  readonly procedures: readonly string[];
  readonly plan: Plan;
}
