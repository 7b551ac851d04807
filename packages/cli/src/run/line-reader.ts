import { readSync } from "node:fs";

/**
 * The next line of standard input, without its end; undefined when there is none. Waits for it: a run by hand is done
 * step by step, and nothing else goes on meanwhile.
 */
export function readInputLine(): string | undefined {
  const bytes: number[] = [];
  const byte = Buffer.alloc(1);
  for (;;) {
    if (readByte(byte) === 0) return bytes.length === 0 ? undefined : textOf(bytes);
    if (byte[0] === 0x0a) return textOf(bytes);
    bytes.push(byte[0]!);
  }
}

function readByte(into: Buffer): number {
  for (;;) {
    try {
      return readSync(0, into, 0, 1, null);
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code === "EOF") return 0;
      // A terminal that another program has made non-blocking: it is asked again.
      if (code !== "EAGAIN") throw error;
    }
  }
}

function textOf(bytes: readonly number[]): string {
  return Buffer.from(bytes).toString("utf8").replace(/\r$/, "");
}
