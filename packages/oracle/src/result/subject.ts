import type { Operation } from "../list/operation.ts";
import type { ResultLine } from "./result-line.ts";

/** What runs operations: the model process, a kernel, a record of one. */
export interface Subject {
  /** The lines that the operation gives: a child's, if there is one, then its own. */
  run(operation: Operation): readonly ResultLine[];
}
