import { openTrace, type Trace } from "@faultline/trace";

/** Opens a trace, hands it on, and closes it however that ends. */
export function withTrace<T>(path: string, use: (trace: Trace) => T): T {
  const trace = openTrace(path);
  try {
    return use(trace);
  } finally {
    trace.close();
  }
}
