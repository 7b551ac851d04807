import { expect, test } from "vitest";
import { lockLinesOf } from "./helpers/lock-lines.ts";
import { unlawfulLine } from "./helpers/unlawful-line.ts";

// Histories of one lock that four or five tasks want at once, all lawful: which of those who wait have queued, or got it,
// before the trace says so is decided by what comes long after.

const OUT = ["A", "B", "C", "D"].map((task) => `${task} is out`).join("\n");

const histories: readonly [what: string, text: string][] = [
  [
    "a writer that waits need not queue before another gets the lock: it does while that one has it",
    `${OUT}
     A starts W
     D starts R
     B starts W
     C starts R
     D gets R
     D leaves R
     B gets W
     D starts R
     B leaves W
     D fails R
     C gets R`,
  ],
  [
    "who tries while another has the lock fails because of it, and not of one that queued",
    `${OUT}
     A starts R
     B starts R
     A gets R
     B gets R
     D starts R
     D gets R
     C starts W
     D leaves R
     D starts W
     D fails W
     D starts R
     D gets R
     A leaves R
     B leaves R
     D leaves R
     D is out`,
  ],
  [
    "who tries while another has it alone fails because of it: a writer that waits does not keep readers from coming together",
    `${OUT}
     A starts R
     A gets R
     D starts W
     B starts W
     C starts R
     A leaves R
     B gets W
     A starts W
     B leaves W
     A fails W
     C gets R
     A starts R
     A gets R
     B starts R
     B gets R
     A leaves R
     B leaves R
     C leaves R
     D gets W`,
  ],
  [
    "a reader may have the lock from now to the end of the trace, a writer that waits may not: others get it meanwhile",
    `${OUT}
     C starts W
     D starts W
     B starts R
     C fails W
     C starts R
     C gets R`,
  ],
  [
    "a writer queues behind the first of two readers that wait: the second has not got the lock when another goes past",
    `${OUT}
     B starts W
     A starts R
     D starts R
     C starts R
     C fails R
     A gets R
     C starts R
     A leaves R
     C gets R
     C leaves R
     D gets R`,
  ],
  [
    "a writer queues behind readers that wait: not one that gets the lock after another writer",
    `${OUT}
     E is out
     A starts W
     C starts R
     B starts R
     E starts R
     B gets R
     D starts W
     B leaves R
     B starts W
     B fails W
     C gets R
     C leaves R
     D gets W
     D leaves W
     E gets R`,
  ],
];

for (const [what, text] of histories) {
  test(what, () => {
    expect(unlawfulLine(lockLinesOf(text).lines)).toBeUndefined();
  });
}
