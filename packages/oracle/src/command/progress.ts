import process from "node:process";
import type { Progress } from "../live/differential.ts";

/** How far a run has got, on a terminal. */
export function progressOf(operations: number): { readonly update: (so: Progress) => void; readonly end: () => void } {
  const { stderr } = process;
  return {
    update: (so) => {
      if (stderr.isTTY) stderr.write(`\r\u001b[K${so.operations} of ${operations} operations, ${so.lists} lists`);
    },
    end: () => {
      if (stderr.isTTY) stderr.write("\r\u001b[K");
    },
  };
}
