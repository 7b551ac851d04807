import { holdRecord } from "../live/hold-record.ts";
import { readMachine } from "../live/read-machine.ts";
import { describeMachine } from "../result/machine-of.ts";
import { UsageError } from "./usage-error.ts";

/** Differences that are shown whole. */
const SHOWN = 10;

/** A recorded list against the model: what differs, and how many lines do. */
export function holdCommand(
  values: {
    readonly list: string;
    readonly against?: string | undefined;
    readonly profile?: string | undefined;
    readonly machine?: string | undefined;
  },
  say: (text: string) => void,
): number {
  const { list, against, profile, machine } = values;
  if (against === undefined) throw new UsageError("--list needs --against, the file with its results");
  if (profile === undefined)
    throw new UsageError("--list needs --profile, the kernel that gave the results: linux-6.12");
  const held = holdRecord(list, against, profile, machine === undefined ? null : readMachine(machine));
  const source = machine ?? "as the results tell; --machine says otherwise";
  say(`machine: ${describeMachine(held.machine)} (${source})`);
  for (const { i, op, field, expected, got } of held.differences.slice(0, SHOWN)) {
    say(`${field} differs in operation ${i}, ${op}`);
    say(`  recorded: ${expected}`);
    say(`  model:    ${got}`);
  }
  const hidden = held.differences.length - SHOWN;
  if (hidden > 0) say(`and ${hidden} more`);
  if (held.refused > 0) say(`${held.refused} operations were refused by the program that recorded, and skipped`);
  say(`${held.lines} lines, ${held.differences.length} differences`);
  return held.differences.length === 0 ? 0 : 1;
}
