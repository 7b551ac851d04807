/** Where a trace goes. The writer hands over whole blocks, in order. */
export interface ByteSink {
  /** Takes all of the bytes, or throws. The bytes are not changed afterwards. */
  write(bytes: Uint8Array): void;
  /** The trace is complete. */
  commit(): void;
  /** The trace will not be completed. Must not throw. */
  abort(): void;
}

/** A sink that keeps what it gets. */
export class MemorySink implements ByteSink {
  readonly #parts: Uint8Array[] = [];

  write(bytes: Uint8Array): void {
    this.#parts.push(bytes);
  }

  commit(): void {
    // Nothing to do: the bytes are where they should be.
  }

  abort(): void {
    // What was written is a trace that was cut, and may be wanted as such.
  }

  /** Everything so far. */
  bytes(): Uint8Array {
    return Buffer.concat(this.#parts);
  }
}
