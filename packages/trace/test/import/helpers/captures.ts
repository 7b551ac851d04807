import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

const folder = new URL("../../../../../test/captures/", import.meta.url);

/** The lines of a real trace. */
export function capture(name: "binder-6.1" | "binder-6.12" | "binder-6.1-full" | "binder-6.12-full"): string[] {
  const packed = name.endsWith("-full");
  const bytes = readFileSync(new URL(`${name}.txt${packed ? ".gz" : ""}`, folder));
  const lines = (packed ? gunzipSync(bytes) : bytes).toString("utf8").split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}
