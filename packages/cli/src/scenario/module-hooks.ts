import { readFile } from "node:fs/promises";
import type { LoadHook, ResolveHook } from "node:module";
import { fileURLToPath } from "node:url";
import { StripError, stripTypes } from "./strip-types.ts";

// Module hooks, which run in a thread of their own: what they throw crosses to the main thread as plain properties.

/** This file, for module.register. */
export const hooksUrl: string = import.meta.url;

/** What a failed import tells the main thread. */
export interface ImportFailure {
  readonly failedUrl?: string;
  readonly line?: number;
  readonly column?: number;
  /** The specifier that leads nowhere, as it stands in `failedUrl`. */
  readonly specifier?: string;
}

/**
 * Imports of Faultline's packages lead to the running command's own, wherever the importing file lies; relative ones
 * find a TypeScript file also under the name that it would have once compiled, or without an ending.
 * @public called by Node
 */
export const resolve: ResolveHook = async (specifier, context, next) => {
  if (/^(@faultline\/|faultline(\/|$))/.test(specifier)) return next(specifier, { ...context, parentURL: hooksUrl });
  try {
    return await next(specifier, context);
  } catch (error) {
    if (/^\.{1,2}\//.test(specifier)) {
      const stem = specifier.replace(/\.[cm]?js$/, "");
      for (const other of [`${stem}.ts`, `${stem}.mts`]) {
        try {
          return await next(other, context);
        } catch {
          // The first failure is the one that speaks of what the user wrote.
        }
      }
    }
    throw withFailure(error, {
      ...(context.parentURL === undefined ? {} : { failedUrl: context.parentURL }),
      specifier,
    });
  }
};

/** @public called by Node */
export const load: LoadHook = async (url, context, next) => {
  if (!/^file:.*\.m?ts$/.test(url)) return next(url, context);
  const source = await readFile(fileURLToPath(url), "utf8");
  try {
    return { format: "module", source: stripTypes(source), shortCircuit: true };
  } catch (error) {
    if (!(error instanceof StripError)) throw error;
    throw withFailure(new SyntaxError(error.message), { failedUrl: url, ...error.place });
  }
};

function withFailure(error: unknown, failure: ImportFailure): unknown {
  return error instanceof Error ? Object.assign(error, failure) : error;
}
