import { kernelMachine, rules } from "@faultline/mm";
import { CliError } from "../command-line/cli-error.ts";
import { nearest } from "../scenario/nearest.ts";

/**
 * The rule that a user names, in its own spelling.
 * @throws CliError for one that there is not, and for one that no trace can tell
 */
export function ruleNamed(named: string): string {
  const names = [...new Set([...rules.keys(), ...kernelMachine.endRules.map(({ name }) => name)])];
  const name = names.find((one) => one === named.toUpperCase());
  if (name === undefined) {
    const guess = nearest(named, names);
    const hint = guess === undefined ? "" : ` Did you mean ${guess}?`;
    throw new CliError("E_RULE_UNKNOWN", `no rule is called ${named}.${hint} There are ${names.join(", ")}.`);
  }
  if (name === "NO-STUCK") {
    throw new CliError(
      "E_RULE_UNTRACED",
      "NO-STUCK is about what threads wait for, and a trace holds only what they did: its last event is the place.",
    );
  }
  return name;
}
