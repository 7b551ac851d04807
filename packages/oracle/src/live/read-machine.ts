import { readFileSync } from "node:fs";
import { type Machine, PLAIN_MACHINE } from "../process/machine.ts";
import { RecordError } from "./record-error.ts";

/**
 * The knobs of a machine, as JSON in a file or on the command line; what is missing is as on a plain one.
 * @throws RecordError
 */
export function readMachine(given: string | undefined): Machine {
  if (given === undefined) return PLAIN_MACHINE;
  const text = given.trimStart().startsWith("{") ? given : fileText(given);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RecordError(`${given} holds no JSON object`);
  }
  if (typeof value !== "object" || value === null) throw new RecordError(`${given} holds no JSON object`);
  for (const [name, knob] of Object.entries(value)) {
    const known = (PLAIN_MACHINE as Readonly<Record<string, unknown>>)[name];
    if (known === undefined) {
      throw new RecordError(
        `${given}: no machine knob is called ${name}. There are ${Object.keys(PLAIN_MACHINE).join(", ")}`,
      );
    }
    if (typeof knob !== typeof known) throw new RecordError(`${given}: ${name} must be a ${typeof known}`);
  }
  return { ...PLAIN_MACHINE, ...value };
}

function fileText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new RecordError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
