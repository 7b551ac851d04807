import type { Snapshot } from "@faultline/mm";
import { loadUserModule } from "../scenario/load-scenario-file.ts";
import { CliError } from "../command-line/cli-error.ts";

/** What a predicate file exports by default: whether a state is bad, given how many events came before it. */
export type Predicate = (state: Snapshot, events: number) => boolean;

/**
 * Runs a user's file as it is, types and all, and takes the function that it exports.
 * @throws CliError E_PREDICATE, and what a scenario file that cannot be loaded gives
 */
export async function loadPredicate(named: string): Promise<Predicate> {
  const { value } = await loadUserModule(named, "predicate");
  if (typeof value !== "function") {
    throw new CliError(
      "E_PREDICATE",
      `${named} exports no function by default. It should read: export default (state, events) => boolean.`,
    );
  }
  return (state, events) => {
    let bad: unknown;
    try {
      bad = (value as Predicate)(state, events);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new CliError("E_PREDICATE", `${named} throws on the state after ${events} events: ${reason}`, error);
    }
    if (typeof bad === "boolean") return bad;
    throw new CliError("E_PREDICATE", `${named} must return true (bad) or false; it returned ${typeof bad}.`);
  };
}
