import { transformSync } from "@swc/wasm-typescript";

/** A place in a file, both counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** TypeScript that cannot be run by taking its types out. */
export class StripError extends Error {
  override readonly name = "StripError";
  readonly place: Place;

  constructor(message: string, place: Place) {
    super(message);
    this.place = place;
  }
}

/**
 * The JavaScript of a TypeScript file: types are replaced by blanks, so every line and column stays where it was. The
 * stripper is Node's own (it is what amaro wraps); Node 20 has none built in.
 * @throws StripError for a syntax error, and for what is more than a type (enum, namespace, parameter property)
 */
export function stripTypes(source: string): string {
  try {
    return transformSync(source, { mode: "strip-only" }).code;
  } catch (error) {
    const { message, startLine, startColumn } = error as { message?: string; startLine?: number; startColumn?: number };
    throw new StripError(message ?? String(error), { line: startLine ?? 1, column: (startColumn ?? 0) + 1 });
  }
}
