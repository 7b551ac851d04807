import { describeError } from "../command-line/cli-error.ts";
import type { Explored } from "../explore/explore-variant.ts";
import { findingNames } from "./finding-names.ts";
import { writeFinding } from "./write-finding.ts";

/**
 * The traces of a command's findings. A folder that cannot be written must not cost the findings themselves, so the
 * first failure is kept and told at the end.
 */
export class FindingFiles {
  readonly #folder: string;
  readonly #used = new Set<string>();
  failure: Error | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Writes one trace per finding. @returns their paths, null for what could not be written */
  write(explored: Explored): (string | null)[] {
    const { known, instance, findings } = explored;
    const names = findingNames(known.name, instance.variant, findings, this.#used);
    return findings.map((finding, i) => {
      if (this.failure !== undefined) return null;
      try {
        return writeFinding(explored, finding, this.#folder, names[i]!);
      } catch (error) {
        this.failure = error instanceof Error ? error : new Error(String(error));
        return null;
      }
    });
  }

  /** The failure as a field of the command's JSON, if there was one. */
  get error(): { readonly error?: { readonly code: string; readonly message: string } } {
    return this.failure === undefined ? {} : { error: describeError(this.failure) };
  }
}
