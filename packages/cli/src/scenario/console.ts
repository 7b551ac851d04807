import { Console } from "node:console";
import process from "node:process";
import { Writable } from "node:stream";

// What a scenario prints must not end up in the middle of the report, or of the JSON: it goes to stderr, in the order
// of the report even where another thread explores.

let sink: (text: string) => void = (text) => {
  process.stderr.write(text);
};

const stream = new Writable({
  decodeStrings: false,
  write: (text: string, _encoding, done) => {
    sink(text);
    done();
  },
});

/** The console that scenario files print to. */
export const scenarioConsole: Console = new Console(stream, stream);

/** Keeps what scenarios print while the action runs. One action at a time. */
export async function keepingPrints<T>(
  action: () => Promise<T>,
): Promise<{ readonly value: T; readonly printed: string }> {
  let printed = "";
  const value = await withSink((text) => (printed += text), action);
  return { value, printed };
}

async function withSink<T>(other: (text: string) => void, action: () => Promise<T>): Promise<T> {
  const before = sink;
  sink = other;
  try {
    return await action();
  } finally {
    sink = before;
  }
}
