import { readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { CliError } from "../command-line/cli-error.ts";
import type { ImportFailure } from "./module-hooks.ts";
import { shownPath } from "./shown-path.ts";
import type { Place } from "./strip-types.ts";

interface Spot extends Place {
  readonly path: string;
}

/**
 * An error that a user's scenario file caused, as a message that names the file's own line: the place where it was
 * thrown, else the thread or text that it is about.
 * @param path the scenario file, absolute
 */
export async function blame(error: unknown, path: string): Promise<CliError> {
  const chain = causesOf(error);
  const spot = importSpot(chain[0]) ?? thrownSpot(chain, path) ?? (await subjectSpot(chain[0], path));
  const first = chain[0];
  const code = first !== undefined && "code" in first ? String(first.code) : "";
  const known = code.startsWith("E_");
  const reason = (first?.message ?? String(error)).split("\n")[0] ?? "";
  const at = spot === undefined ? shownPath(path) : `${shownPath(spot.path)}:${spot.line}:${spot.column}`;
  return new CliError(known ? code : codeOf(first), `${at}: ${reason}`, error);
}

function codeOf(error: Error | undefined): string {
  if (error instanceof SyntaxError) return "E_SCENARIO_SYNTAX";
  const code = error !== undefined && "code" in error ? String(error.code) : "";
  return code === "ERR_MODULE_NOT_FOUND" || code.startsWith("ERR_") ? "E_SCENARIO_IMPORT" : "E_SCENARIO_THROWS";
}

/** The error, what caused it, what caused that. */
function causesOf(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let at = error; at instanceof Error && chain.length < 10; at = at.cause) chain.push(at);
  return chain;
}

function importSpot(error: Error | undefined): Spot | undefined {
  const { failedUrl, line, column, specifier } = (error ?? {}) as ImportFailure;
  if (failedUrl?.startsWith("file:") !== true) return undefined;
  const path = fileURLToPath(failedUrl);
  if (line !== undefined) return { path, line, column: column ?? 1 };
  return textSpot(path, (text) => (specifier === undefined ? -1 : text.search(quoted(specifier))));
}

/** The innermost frame in a user's file, of the innermost error that has one. */
function thrownSpot(chain: readonly Error[], path: string): Spot | undefined {
  const url = pathToFileURL(path).href;
  for (const { stack = "" } of chain.toReversed()) {
    // V8 puts the place of a syntax or import error before everything else.
    const head = /^(file:\S+):(\d+)\n/.exec(stack);
    if (head !== null && isUsers(head[1]!, url))
      return { path: fileURLToPath(head[1]!), line: Number(head[2]), column: 1 };
    for (const [, file, line, column] of stack.matchAll(/(file:[^\s()]+):(\d+):(\d+)/g)) {
      if (isUsers(file!, url)) return { path: fileURLToPath(file!), line: Number(line), column: Number(column) };
    }
  }
  return undefined;
}

/** Faultline's own code runs compiled, so a frame in TypeScript is the user's. */
function isUsers(file: string, url: string): boolean {
  return file === url || /\.m?ts$/.test(file);
}

/** Where the thread begins that the error is about, or the word that it quotes. */
async function subjectSpot(error: Error | undefined, path: string): Promise<Spot | undefined> {
  if (error === undefined) return undefined;
  const { threadSource } = error as { threadSource?: string };
  if (threadSource !== undefined) {
    // Types become blanks, so what the function says of itself stands in the stripped text at the same place.
    const { stripTypes } = await import("./strip-types.ts");
    const found = textSpot(path, (text) => {
      const start = (path.endsWith("ts") ? stripTypes(text) : text).indexOf(threadSource);
      const plainYield = /\byield\b(?!\s*\*)/.exec(threadSource)?.index ?? 0;
      return start < 0 ? start : start + ("code" in error && error.code === "E_THREAD_YIELD" ? plainYield : 0);
    });
    if (found !== undefined) return found;
  }
  return textSpot(path, (text) => text.search(/export\s+default/));
}

function textSpot(path: string, find: (text: string) => number): Spot | undefined {
  const text = readFileSync(path, "utf8");
  const at = find(text);
  if (at < 0) return undefined;
  const before = text.slice(0, at).split("\n");
  return { path, line: before.length, column: before.at(-1)!.length + 1 };
}

function quoted(specifier: string): RegExp {
  return new RegExp(`["']${specifier.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}["']`);
}
