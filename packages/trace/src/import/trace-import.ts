import { FtraceImport } from "./ftrace-import.ts";
import type { ImportOptions, ImportResult } from "./import-result.ts";
import { StraceImport } from "./strace/strace-import.ts";
import { isStrace } from "./strace/strace-line.ts";

/** An import in progress of whatever the first lines show: strace's text, or ftrace's and trace-cmd's. */
export class TraceImport {
  readonly #options: ImportOptions;
  #import: FtraceImport | StraceImport | undefined;
  #lines = 0;

  constructor(options: ImportOptions = {}) {
    this.#options = options;
  }

  get stopped(): boolean {
    return this.#import?.stopped === true;
  }

  /** Takes the next line, without its end. */
  push(line: string): void {
    this.#import ??= isStrace(line) ? new StraceImport(this.#options) : new FtraceImport(this.#options);
    this.#import.push(line);
    this.#options.onLine?.(++this.#lines);
  }

  /** The result, when all lines are in. */
  end(): ImportResult {
    return (this.#import ?? new FtraceImport(this.#options)).end();
  }
}
