import { type Kernel, type Steps, type Value, VM } from "@faultline/mm";
import type { Place } from "./places.ts";

/** Something that a thread does to the area, or asks about it. Its answer is remembered in a word of the state. */
export interface Act {
  /** Whether the thread is one of the kernel's. */
  readonly foreign?: true;
  /** Whether it may wait for ever. */
  readonly daemon?: true;
  readonly run: (k: Kernel, place: Place) => Steps<Value>;
}

/** What private memory is mapped with. */
export const PRIVATE = { flags: VM.READ | VM.WRITE, ops: "", owner: "" };

/** Acts by name, the names being known to the compiler. */
export function named<N extends string>(acts: Record<N, Act>): Readonly<Record<N, Act>> {
  return acts;
}
